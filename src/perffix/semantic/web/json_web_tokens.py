"""JSON Web Tokens: which calls decode one, what they verify, and what becomes of what they return."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.secrets import words_of
from perffix.semantic.uses import LEAKS, WRITES, UseKind
from perffix.semantic.web.answered_tokens import was_asked_for
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.semantic.model import SemanticModel

PYJWT, JOSE, AUTHLIB, GOOGLE = "PyJWT", "python-jose", "Authlib", "google-auth"
_PARAMETERS = {
    PYJWT: ("jwt", "key", "algorithms", "options", "verify"),
    JOSE: ("token", "key", "algorithms", "options"),
    AUTHLIB: ("s", "key", "claims_cls", "claims_options", "claims_params"),
    GOOGLE: ("token", "certs", "verify", "audience"),
}
_FUNCTIONS = {
    "jwt.decode": PYJWT,
    "jwt.decode_complete": PYJWT,
    "jwt.api_jwt.decode": PYJWT,
    "jwt.api_jwt.decode_complete": PYJWT,
    "jose.jwt.decode": JOSE,
    "jose.jws.verify": JOSE,
    "jose.jwt.get_unverified_claims": JOSE,
    "jose.jws.get_unverified_claims": JOSE,
    "authlib.jose.jwt.decode": AUTHLIB,
    "google.auth.jwt.decode": GOOGLE,
}
_CLASSES = {"jwt.PyJWT": PYJWT, "jwt.api_jwt.PyJWT": PYJWT, "authlib.jose.JsonWebToken": AUTHLIB}
_HEADERS = ("jwt.get_unverified_header", "jose.jwt.get_unverified_header", "jose.jws.get_unverified_header")
# What an unverified token may be asked for: who must verify it, with which key, and whether that is worth while.
_INNOCENT_CLAIMS = frozenset({"iss", "kid", "alg", "exp", "iat", "nbf"})
_VERIFYING = frozenset({"verify", "verified", "validate", "validated", "authenticate", "check", "introspect"})
_SAYING = frozenset({"unverified", "insecure", "insecurely", "unsafe", "peek", "unvalidated", "noverify"})


class Decode(NamedTuple):
    """A call that decodes a token.

    Attributes:
        call: the call.
        library: whose it is.
        arguments: what each parameter is given, as far as that is seen.
        open_ended: further arguments may be given by `*` or `**`.
        options: the verification options by name; None when there are some that are not seen.
        unverified: the call by its name never verifies.
    """

    call: ast.Call
    library: str
    arguments: dict[str, ast.expr]
    open_ended: bool
    options: dict[str, ast.expr] | None
    unverified: bool

    def is_off(self, option: str) -> bool:
        """Tell whether an option is given as False."""
        value = None if self.options is None else self.options.get(option)
        return isinstance(value, ast.Constant) and value.value is False

    @property
    def skips_signature(self) -> bool:
        """Whether the call certainly returns what the token says without looking at its signature."""
        if self.unverified or self.is_off("verify_signature"):
            return True
        return self.library == GOOGLE and _is_false(self.arguments.get("verify"))

    @property
    def token(self) -> ast.expr | None:
        """What is decoded."""
        return self.arguments.get(_PARAMETERS[self.library][0])


def decode_of(call: ast.Call, model: SemanticModel) -> Decode | None:
    """Return what a call decodes and how, or None when it is not certain that it decodes a token."""
    name = model.qualified_name(call.func) or ""
    library = _FUNCTIONS.get(name) or _library_of_object(call.func, model)
    if library is None:
        return None
    positional = [each for each in call.args if not isinstance(each, ast.Starred)]
    arguments = dict(zip(_PARAMETERS[library], positional, strict=False))
    arguments.update((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None)
    third = arguments.get("algorithms")
    if library == PYJWT and isinstance(third, ast.Constant) and isinstance(third.value, bool) and third in call.args:
        arguments["verify"] = arguments.pop("algorithms")  # its place in PyJWT 1
    open_ended = len(positional) < len(call.args) or any(keyword.arg is None for keyword in call.keywords)
    options = options_in(arguments.get("options"), model)
    return Decode(call, library, arguments, open_ended, options, name.endswith("get_unverified_claims"))


def _library_of_object(func: ast.expr, model: SemanticModel) -> str | None:
    """Return the library of `decoder.decode` where the decoder was made by a call that is seen."""
    if not isinstance(func, ast.Attribute) or func.attr not in ("decode", "decode_complete"):
        return None
    maker: ast.expr | None = func.value
    binding = model.binding_of(func.value)
    if binding is not None:
        maker = None if binding.single is None else binding.single.value
    return _CLASSES.get(model.qualified_name(maker.func) or "") if isinstance(maker, ast.Call) else None


def options_in(expr: ast.expr | None, model: SemanticModel) -> dict[str, ast.expr] | None:
    """Return the entries of a dict with literal keys, also behind a name with one value; None when some are unseen."""
    if expr is None or (isinstance(expr, ast.Constant) and expr.value is None):
        return {}
    binding = model.binding_of(expr)
    if binding is not None:
        single = binding.single
        if single is None or single.value is None or any(use.kind in WRITES for use in model.uses.uses_of(binding)):
            return None
        expr = single.value
    if isinstance(expr, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in expr.keys]
        return None if None in keys else dict(zip(map(str, keys), expr.values, strict=True))
    if not isinstance(expr, ast.Call) or last_name(expr.func) not in ("dict", "Options") or expr.args:
        return None
    entries = {keyword.arg: keyword.value for keyword in expr.keywords}
    return None if None in entries else {str(name): value for name, value in entries.items()}


def algorithms_in(expr: ast.expr | None, model: SemanticModel) -> list[ast.expr]:
    """Return the elements of a list of algorithms, also behind a name with one value; none when that is not seen."""
    binding = model.binding_of(expr) if expr is not None else None
    if binding is not None:
        expr = None if binding.single is None else binding.single.value
    return list(expr.elts) if isinstance(expr, (ast.List, ast.Tuple, ast.Set)) else []


def is_header_of_token(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is an entry of a token's own header: `get_unverified_header(token)["alg"]`."""
    owner: ast.expr | None = None
    if isinstance(expr, ast.Subscript):
        owner = expr.value
    elif isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "get":
        owner = expr.func.value
    else:
        binding = model.binding_of(expr)
        single = None if binding is None else binding.single
        value = None if single is None else single.value
        return isinstance(value, (ast.Subscript, ast.Call)) and is_header_of_token(value, model)
    binding = model.binding_of(owner)
    if binding is not None:
        owner = None if binding.single is None else binding.single.value
    return isinstance(owner, ast.Call) and model.qualified_name(owner.func) in _HEADERS


# What becomes of the token and of what it says


def is_only_looked_at(decode: Decode, model: SemanticModel) -> bool:
    """Tell whether nothing rests on an unverified token: its issuer or expiry is read, or it is verified besides.

    A function that says in its name what it does leaves the decision to its callers.
    """
    function = model.function_of(decode.call)
    if function is not None:
        words = words_of(function.name)
        if not _SAYING.isdisjoint(words) or "without verif" in " ".join(words) or "no verif" in " ".join(words):
            return True
    return (
        _asks_innocently(decode.call, model)
        or _is_verified_besides(decode, function, model)
        or was_asked_for(decode.token, model)
    )


def _asks_innocently(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether only claims are read that decide nothing."""
    parent = model.parent(expr)
    if isinstance(parent, ast.Await):
        return _asks_innocently(parent, model)
    if isinstance(parent, ast.Expr):
        return True  # only whether it can be decoded
    if isinstance(parent, ast.Subscript) and parent.value is expr:
        return _claim(parent.slice) in _INNOCENT_CLAIMS
    if isinstance(parent, ast.Attribute) and parent.attr == "get":
        call = model.parent(parent)
        return isinstance(call, ast.Call) and bool(call.args) and _claim(call.args[0]) in _INNOCENT_CLAIMS
    if isinstance(parent, ast.Compare) and parent.left is not expr:
        return _claim(parent.left) in _INNOCENT_CLAIMS  # `"exp" in claims`
    if not isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
        return False
    target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
    binding = model.binding_of(target) if isinstance(target, ast.Name) else None
    if binding is None or not binding.uses or not binding.is_local:
        return False
    return all(_asks_innocently(use, model) for use in binding.uses)


def _claim(expr: ast.expr) -> object:
    return expr.value if isinstance(expr, ast.Constant) else None


def _is_verified_besides(
    decode: Decode, function: ast.FunctionDef | ast.AsyncFunctionDef | None, model: SemanticModel
) -> bool:
    """Tell whether the same token is also decoded with verification, or given to a function that verifies."""
    token = None if decode.token is None else ast.dump(decode.token)
    if function is None or token is None:
        return False
    for node in ast.walk(function):
        if isinstance(node, ast.Dict) and any(ast.dump(each) == token for each in node.values):
            return True  # kept with other arguments for a later call
        if not isinstance(node, ast.Call) or node is decode.call:
            continue
        if not any(ast.dump(each) == token for each in _given(node)):
            continue
        other = decode_of(node, model)
        if other is not None and not other.skips_signature:
            return True
        if other is None and not _VERIFYING.isdisjoint(words_of(last_name(node.func))):
            return True
    return False


def _given(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def is_claim_checked(name: str, decode: Decode, model: SemanticModel) -> bool:
    """Tell whether the program looks at a claim itself, or at none: `claims["exp"]`, `claims.exp`, a required claim."""
    if isinstance(model.parent(decode.call), ast.Expr):
        return True
    required = None if decode.options is None else decode.options.get("require")
    if required is not None and name in map(_claim, algorithms_in(required, model)):
        return True
    function = model.function_of(decode.call)
    return any(
        (isinstance(node, ast.Attribute) and node.attr == name)
        or (isinstance(node, ast.Constant) and node.value == name)
        for node in ast.walk(function if function is not None else model.source.tree)
    )


def claims_are_validated(decode: Decode, model: SemanticModel) -> bool:
    """Tell whether `claims.validate()` is called on what Authlib decoded, or may be called where it goes."""
    parent = model.parent(decode.call)
    if isinstance(parent, ast.Subscript):
        return False
    if not isinstance(parent, ast.Assign) or not isinstance(parent.targets[0], ast.Name):
        return True
    binding = model.binding_of(parent.targets[0])
    if binding is None or not binding.is_local or binding.single is None:
        return True
    uses = model.uses.uses_of(binding)
    validated = any(use.kind is UseKind.METHOD and use.detail.startswith("validate") for use in uses)
    return validated or any(use.kind in LEAKS for use in uses)


def algorithm_of_module(calls: Iterable[ast.Call], library: str, model: SemanticModel) -> str | None:
    """Return the one algorithm with which a module encodes its tokens, if it is written there.

    Args:
        calls: the calls named `encode`.
        library: whose `encode` counts.
        model: of the module.
    """
    wanted = "jwt.encode" if library == PYJWT else "jose.jwt.encode"
    found = set()
    for call in calls:
        if model.qualified_name(call.func) != wanted:
            continue
        given = dict(zip(("payload", "key", "algorithm"), call.args, strict=False))
        given.update((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None)
        algorithm = given.get("algorithm")
        found.add("HS256" if algorithm is None else str(_claim(algorithm)))
    return found.pop() if len(found) == 1 and "None" not in found else None


def _is_false(expr: ast.expr | None) -> bool:
    return isinstance(expr, ast.Constant) and expr.value is False
