"""Weak hashes: which calls make one, what goes into it, and whether it guards something."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.arguments import argument_of
from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.judgement import Kind, name_kind
from perffix.semantic.weaknesses.prescribed import is_sent, prescribed_by
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_MODULES = frozenset({"hashlib", "crypt"})  # of all calls below
_CONSTRUCTORS = {"hashlib.md5": "md5", "hashlib.sha1": "sha1"}
_WEAK_NAMES = {"md4": "md4", "md5": "md5", "sha": "sha1", "sha1": "sha1", "sha-1": "sha1"}
_WEAK_CRYPT_METHODS = {"crypt.METHOD_CRYPT": "DES", "crypt.METHOD_MD5": "md5"}
_FACTS = ("digest_size", "block_size")
_PASSWORD_WORDS = frozenset({"password", "passwd", "passphrase", "pwd"})
_PASSWORD_VERBS = frozenset({"hash", "encrypt", "encode", "check", "verify", "make", "crypt", "digest", "store"})
_GUARDS = frozenset({"signature", "sig", "sign", "signed", "hmac", "mac", "nonce", "csrf", "token", "secret", "otp"})
_NO_GUARDS = frozenset(
    {"cache", "etag", "checksum", "id", "file", "filename", "path", "count", "counts", "type", "version", "revision"}
    | {"page", "pagination", "next", "continuation", "cursor", "env", "environment"}
)
_MADE_UP = frozenset(
    {"email", "mail", "username", "nickname", "filename", "folder", "directory", "dir", "cache", "etag"}
)
_SIGNING = frozenset({"signature", "sig", "sign", "signed", "hmac", "mac", "digest"})
_DERIVING = frozenset({"derive", "derives", "derived", "derivation", "kdf"})
_HOLDERS_OF_PASSWORDS = frozenset({"passhash", "passhex", "pwhash", "passdigest"})
_ADMITTING = frozenset({"auth", "account", "login", "session", "credentials", "localclient"})


class Purpose(enum.Enum):
    """What a hash is for, as far as names tell."""

    PASSWORD = "a password"
    GUARD = "a secret, a signature or a token"
    PRESCRIBED = "what another side understands"
    UNKNOWN = "something"


class WeakHash(NamedTuple):
    """A call that makes a hash with a broken algorithm.

    Attributes:
        algorithm: its usual name.
        data: what is hashed, as far as the call itself says.
        flag: the value of the argument `usedforsecurity`, None when it is not given.
        is_crypt: it is a call of the module `crypt`, which has no such argument.
        chosen: where the algorithm is an argument of a function that has no such argument either, `file_digest`, that
            argument.
    """

    algorithm: str
    data: ast.expr | None
    flag: ast.expr | None
    is_crypt: bool = False
    chosen: ast.expr | None = None


def weak_hashes(model: SemanticModel) -> Iterator[tuple[ast.Call, WeakHash]]:
    """Yield the calls that make a weak hash, with what kind of one."""
    for call in model.calls_into(_MODULES):
        weak = weak_hash_of(call, model)
        if weak is not None:
            yield call, weak


def weak_hash_of(call: ast.Call, model: SemanticModel) -> WeakHash | None:
    """Return what kind of weak hash a call makes, or None when it makes none or that is not certain."""
    name = model.qualified_name(call.func)
    if name is None or any(keyword.arg is None for keyword in call.keywords):
        return None
    flag = argument_of(call, "usedforsecurity")
    parent = model.parent(call)
    if isinstance(parent, ast.Attribute) and parent.attr in _FACTS:
        return None  # hashes nothing
    if name in _CONSTRUCTORS:
        return WeakHash(_CONSTRUCTORS[name], argument_of(call, ("string", "data"), 0), flag)
    if name == "hashlib.new":
        algorithm = _WEAK_NAMES.get(_text(argument_of(call, "name", 0), model).lower())
        return None if algorithm is None else WeakHash(algorithm, argument_of(call, ("data", "string"), 1), flag)
    chosen = argument_of(call, "digest", 1) if name == "hashlib.file_digest" else None
    if chosen is not None:
        algorithm = _WEAK_NAMES.get(_text(chosen, model).lower())
        algorithm = algorithm or _CONSTRUCTORS.get(model.qualified_name(chosen) or "")
        return None if algorithm is None else WeakHash(algorithm, argument_of(call, "fileobj", 0), None, chosen=chosen)
    if name in ("crypt.crypt", "crypt.mksalt"):
        method = argument_of(call, "salt", 1) if name == "crypt.crypt" else argument_of(call, "method", 0)
        weak = None if method is None else _WEAK_CRYPT_METHODS.get(model.qualified_name(method) or "")
        return None if weak is None else WeakHash(weak, None, None, is_crypt=True)
    return None


def _text(expr: ast.expr | None, model: SemanticModel) -> str:
    """Return the text of a string literal, also through a name that only ever stands for it; else nothing."""
    if isinstance(expr, ast.Name):
        single = model.single_of(expr)
        expr = single.value if single is not None and single.how in (How.ASSIGNED, How.ANNOTATED) else None
    return expr.value if isinstance(expr, ast.Constant) and isinstance(expr.value, str) else ""


def has_variant_with_flag(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call is the branch for old Pythons beside another branch that gives `usedforsecurity`."""
    for parent in model.ancestors(call):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
            return False
        if isinstance(parent, (ast.Try, ast.If, ast.IfExp)) and any(
            (isinstance(node, ast.keyword) and node.arg == "usedforsecurity")
            or (isinstance(node, ast.Constant) and node.value == "usedforsecurity")
            for node in ast.walk(parent)
        ):
            return True
    return False


def purpose_of(call: ast.Call, weak: WeakHash, model: SemanticModel) -> Purpose:
    """Tell what a hash is for by the names of what goes in, of what gets it and of the function around it."""
    if "pwned" in model.source.text:
        return Purpose.UNKNOWN  # the list of leaked passwords is asked by SHA-1
    hashed = list(names_hashed(call, weak.data, model))
    if weak.is_crypt:
        return Purpose.PASSWORD
    is_over_password = _is_over_password(call, hashed, model)
    if not is_over_password and (not _is_guard(call, hashed, model) or _is_stirred(weak.data, model)):
        return Purpose.UNKNOWN
    if prescription_of(call, weak, model) is not None:
        return Purpose.PRESCRIBED
    return Purpose.PASSWORD if is_over_password else Purpose.GUARD


def prescription_of(call: ast.Call, weak: WeakHash, model: SemanticModel) -> str | None:
    """Return why another side prescribes the hash of something that somebody relies on, as a phrase, or None.

    What goes out with a request, a signature or the hash of a password, is of the kind that the server asks for.
    """
    because = prescribed_by(call, weak.algorithm, names_hashed(call, weak.data, model), model)
    if because is None and is_sent(call, model):
        return "it is sent to a server, which prescribes the hash"
    return because


def _is_over_password(call: ast.Call, hashed: list[str], model: SemanticModel) -> bool:
    around = _words_around(call, model)
    if any(name_kind(name) is Kind.PASSWORD for name in hashed):
        return True
    if around & _PASSWORD_WORDS and around & _PASSWORD_VERBS:
        return True
    return not _HOLDERS_OF_PASSWORDS.isdisjoint(words_of(_receiver_of(call, model)))


def _is_guard(call: ast.Call, hashed: list[str], model: SemanticModel) -> bool:
    """Tell whether names say that somebody relies on a hash."""
    # What is called so already before it is hashed does not become one: `sha1(get_mac())` is no authentication.
    guards = _GUARDS - ({"mac"} & {word for name in hashed for word in words_of(name)})
    around, receiver = _words_around(call, model), frozenset(words_of(_receiver_of(call, model)))
    if around & _DERIVING and not around & _NO_GUARDS:
        return True  # a key for a cipher
    if around & _ADMITTING and any(_is_random(each, model) for each in ast.walk(call)):
        return True  # it lets in who knows it
    if receiver & guards and not receiver & _NO_GUARDS:
        return not _becomes_something_else(call, model)
    if around & guards and not around & _NO_GUARDS and _is_result(call, model):
        return True
    return not receiver & _NO_GUARDS and any(name_kind(name) is Kind.SECRET for name in hashed)


def chosen_at_random(call: ast.Call, weak: WeakHash, model: SemanticModel) -> str | None:
    """Return the function of `random` whose result a hash makes a key or token of, or None when there is none.

    What is signed may well hold a random number besides.
    """
    names = {*_words_around(call, model), *words_of(_receiver_of(call, model))}
    if weak.data is None or not names.isdisjoint(_SIGNING):
        return None
    found = (each for each in ast.walk(weak.data) if isinstance(each, ast.Call) and _is_random(each, model))
    return next((model.qualified_name(each.func) for each in found), None)


def _becomes_something_else(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a hash with a local name only serves to make up an address or a name: `f"{token}@example.com"`."""
    statement = model.statement_of(call)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    binding = model.binding_of(target) if isinstance(target, ast.Name) else None
    if binding is None or not binding.is_local or not binding.uses:
        return False
    return all(not _MADE_UP.isdisjoint(words_of(_receiver_of(use, model))) for use in binding.uses)


def _words_around(call: ast.Call, model: SemanticModel) -> frozenset[str]:
    function = model.function_of(call)
    return frozenset() if function is None else frozenset(words_of(function.name))


def _is_stirred(data: ast.expr | None, model: SemanticModel) -> bool:
    """Tell whether what is hashed holds true randomness: then the hash only mixes, and nobody can guess the result."""
    for node in () if data is None else ast.walk(data):
        if isinstance(node, ast.Call) and _is_truly_random(node, model):
            return True
        binding = model.binding_of(node) if isinstance(node, ast.Name) else None
        for assignment in () if binding is None or not binding.is_local else binding.assignments:
            value = assignment.value
            if value is not None and any(
                isinstance(each, ast.Call) and _is_truly_random(each, model) for each in ast.walk(value)
            ):
                return True
    return False


def _is_truly_random(call: ast.Call, model: SemanticModel) -> bool:
    name = model.qualified_name(call.func) or ""
    return name in ("os.urandom", "uuid.uuid4") or name.startswith("secrets.")


def _is_random(node: ast.AST, model: SemanticModel) -> bool:
    return isinstance(node, ast.Call) and (model.qualified_name(node.func) or "").startswith("random.")


def _is_result(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the function around gets its name from this hash: it is not only the key of a look-up there."""
    parent = model.statement_of(call)
    if not isinstance(parent, (ast.Assign, ast.AnnAssign)):
        return True
    target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
    binding = model.binding_of(target) if isinstance(target, ast.Name) else None
    if binding is None or not binding.is_local:
        return True
    return not binding.uses or not all(_looks_up(use, model) for use in binding.uses)


def _looks_up(use: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a use of a name only finds or keeps something under it: `cache.get(key)`, `cache[key]`."""
    parent = model.parent(use)
    if isinstance(parent, ast.Subscript):
        return parent.slice is use
    if not isinstance(parent, ast.Call) or parent.args[:1] != [use]:
        return False
    words = words_of(last_name(parent.func))
    return not {"get", "set", "add", "delete", "cache", "cached"}.isdisjoint(words)


def names_hashed(call: ast.Call, argument: ast.expr | None, model: SemanticModel) -> Iterator[str]:
    """Yield names, attributes and keys in what is hashed, later `update(...)` calls included.

    Args:
        call: the call that makes the hash.
        argument: what it is given to hash.
        model: of the module.
    """
    data = [] if argument is None else [argument]
    parent = model.parent(call)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        binding = model.binding_of(parent.targets[0])
        for use in () if binding is None else model.uses.uses_of(binding):
            if use.detail == "update" and isinstance(use.user, ast.Call):
                data.extend(use.user.args)
    for expr in data:
        for node in ast.walk(expr):
            if isinstance(node, (ast.Name, ast.Attribute)):
                yield last_name(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_key(node, model):
                yield node.value


def _is_key(constant: ast.Constant, model: SemanticModel) -> bool:
    """Tell whether a text is the key in `form["password"]`, `form.get("password")` or `form.get_field("password")`."""
    parent = model.parent(constant)
    if isinstance(parent, ast.Call):
        getter = parent.func.attr if isinstance(parent.func, ast.Attribute) else ""
        return words_of(getter)[:1] == ("get",) and constant in parent.args[:1]
    return isinstance(parent, ast.Subscript)


def _receiver_of(expr: ast.expr, model: SemanticModel) -> str:
    """Return the name of the variable, attribute or parameter that gets an expression's value, alone or in a text."""
    child: ast.AST = expr
    for parent in model.ancestors(expr):
        if isinstance(parent, ast.keyword):
            return parent.arg or ""
        if isinstance(parent, (ast.Assign, ast.AnnAssign)):
            target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
            return last_name(target)
        if isinstance(parent, ast.Call) and child is not parent.func:
            return ""
        if isinstance(parent, (ast.stmt, ast.comprehension)):
            return ""
        child = parent
    return ""
