"""Hashes of passwords: which calls make one, how cheap it is to try passwords against it, and what it is for."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.judgement import Kind, name_kind
from perffix.semantic.written_names import last_name, names_and_texts_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_HASHING = frozenset(
    {"hashlib", "Crypto", "Cryptodome", "bcrypt", "cryptography", "flask_bcrypt", "passlib", "crypt"}
    | {"werkzeug.security.generate_password_hash", "django.contrib.auth.hashers.make_password"}
)


class CheapHash(NamedTuple):
    """A call that hashes a password so that others are cheap to try.

    Attributes:
        message: what is wrong, one sentence.
        fast: there is nothing slow about it at all.
        rounds: the literal that says how often, where a greater one is understood by what was stored before.
        instead: the rounds to say instead.
    """

    message: str
    fast: bool = False
    rounds: ast.expr | None = None
    instead: int = 0


def cheap_hashes(model: SemanticModel) -> Iterator[tuple[ast.Call, CheapHash]]:
    """Yield the calls that hash a password cheaply, with the reason."""
    calls = list(model.calls_into(_HASHING))
    if "generate_password_hash" in model.written_names:  # a method of an object of flask_bcrypt's
        calls += [call for call in model.every(ast.Call) if last_name(call.func) == "generate_password_hash"]
    for call in dict.fromkeys(calls):
        found = _cheap_hash(call, model)
        if found is not None:
            yield call, found


def _cheap_hash(call: ast.Call, model: SemanticModel) -> CheapHash | None:
    """Return why a call hashes a password cheaply, or None when it does not or that is not certain."""
    name = model.qualified_name(call.func) or ""
    package = name.partition(".")[0]
    if package in ("hashlib", "Crypto", "Cryptodome"):
        return _fast_digest(call, name, model) or _few_rounds(call, name, model)
    if package in ("bcrypt", "cryptography", "flask_bcrypt"):
        return _few_rounds(call, name, model)
    if package == "passlib":
        return _by_passlib(call, name, model)
    if package == "crypt":
        return _by_crypt(call, name)
    if name == "werkzeug.security.generate_password_hash":
        return _by_werkzeug(call)
    if name == "django.contrib.auth.hashers.make_password":
        return _by_django(call)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "generate_password_hash":
        return _few_rounds(call, f"{_class_of(call.func.value, model)}.generate_password_hash", model)
    return None


# One round


def _fast_digest(call: ast.Call, name: str, model: SemanticModel) -> CheapHash | None:
    table = facts.load("passwords")["hashing"]
    if any(keyword.arg is None or keyword.arg == "key" for keyword in call.keywords):
        return None
    if name == "hashlib.new":
        text = getattr(argument_of(call, "name", 0), "value", "")
        if str(text).lower() not in table["fast_names"]:
            return None
        algorithm, data = str(text).upper(), argument_of(call, ("data", "string"), 1)
    elif name in table["fast"]:
        algorithm = name.removesuffix(".new").rpartition(".")[2].upper()
        data = argument_of(call, ("string", "data"), 0)
    else:
        return None
    words = set(_words_hashed(call, data, model))
    if not any(name_kind(word) is Kind.PASSWORD for word in words) or _is_prescribed(call, words, model):
        return None
    if not _is_stored(call, model) or _is_hashed_slowly(call, model) or _is_key(call, model):
        return None
    return _one_round(algorithm)


def _one_round(algorithm: str) -> CheapHash:
    written = re.sub(r"\bSHA-?(?=\d{3})", "SHA-", algorithm.upper().replace("_", "-"))
    return CheapHash(f"A password is hashed with one round of {written}", fast=True)


def _words_hashed(call: ast.Call, data: ast.expr | None, model: SemanticModel) -> Iterator[str]:
    """Yield the names in what is hashed, and in the values of local names in there."""
    from perffix.semantic.weaknesses.hashes import names_hashed

    yield from names_hashed(call, data, model)
    for node in () if data is None else ast.walk(data):
        binding = model.binding_of(node) if isinstance(node, ast.Name) else None
        if binding is not None and binding.is_local and binding.single is not None:
            value = binding.single.value
            if value is not None and not _is_slow(value):
                yield from names_hashed(call, value, model)


def _is_slow(expr: ast.AST) -> bool:
    slow = facts.load("passwords")["hashing"]["slow"]
    return any(isinstance(node, ast.Call) and last_name(node.func) in slow for node in ast.walk(expr))


def _is_prescribed(call: ast.Call, hashed: set[str], model: SemanticModel) -> bool:
    """Tell whether a protocol, a format or a cache asks for this very hash, or old hashes are still understood."""
    from pathlib import PurePath

    from perffix.semantic.weaknesses.prescribed import names_around, prescribed_by

    table = facts.load("passwords")["purpose"]
    names = [*hashed, *names_around(call, model), _receiver(call, model), PurePath(model.source.path).stem]
    words = {word for name in names for word in words_of(name)}
    if not words.isdisjoint(table["prescribed"]) or "pwned" in model.source.text:
        return True
    return prescribed_by(call, "", hashed, model) is not None


def _is_stored(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether names say that a hash is stored, or compared with one that was."""
    table = facts.load("passwords")["purpose"]
    receiver = set(words_of(_receiver(call, model)))
    if not receiver.isdisjoint(table["password"]) or not receiver.isdisjoint(table["hashed"]):
        return True
    from perffix.semantic.weaknesses.prescribed import names_around

    for name in names_around(call, model):
        words = set(words_of(name))
        if not words.isdisjoint(table["password"]) and not words.isdisjoint(table["verbs"]):
            return True
    return _is_compared(call, model) or any(_is_stored(digest, model) for digest in _digests(call, model))


def _digests(call: ast.Call, model: SemanticModel) -> Iterator[ast.Call]:
    """Yield the calls that take the digest of a hash that has a name: `state.hexdigest()`."""
    parent = model.parent(call)
    binding = model.binding_of(parent.targets[0]) if isinstance(parent, ast.Assign) else None
    for use in () if binding is None else model.uses.uses_of(binding):
        if use.detail in ("digest", "hexdigest") and isinstance(use.user, ast.Call):
            yield use.user


def _is_key(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the hash is looked up in a container: then it stands for the password only as long as that lives."""
    statement = model.statement_of(call)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    binding = model.binding_of(target) if isinstance(target, ast.Name) else None
    for use in () if binding is None else binding.uses:
        parent = model.parent(use)
        if isinstance(parent, ast.Subscript) and parent.slice is use:
            return True
        if isinstance(parent, ast.Compare) and parent.left is use and isinstance(parent.ops[0], (ast.In, ast.NotIn)):
            return True
    return False


def _is_compared(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the hash is compared with something that is called a password or a hash."""
    table = facts.load("passwords")["purpose"]
    for parent in model.ancestors(call):
        if isinstance(parent, ast.stmt):
            return False
        others: list[ast.expr] = []
        if isinstance(parent, ast.Compare):
            others = [parent.left, *parent.comparators]
        elif isinstance(parent, ast.Call) and last_name(parent.func) in ("compare_digest", "constant_time_compare"):
            others = parent.args
        named = names_and_texts_in(*(other for other in others if not model.is_within(call, other)))
        words = {word for name in named for word in words_of(name)}
        if not words.isdisjoint(table["password"]) or not words.isdisjoint(table["hashed"]):
            return True
    return False


def _receiver(call: ast.Call, model: SemanticModel) -> str:
    """Return the name of the variable, attribute, key or argument that gets the hash; empty when it has none."""
    child: ast.AST = call
    for parent in model.ancestors(call):
        if isinstance(parent, ast.keyword):
            return parent.arg or ""
        if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
            target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                return str(target.slice.value)
            return last_name(target)
        if isinstance(parent, ast.Dict):
            index = next((at for at, value in enumerate(parent.values) if value is child), None)
            key = None if index is None else parent.keys[index]
            return str(key.value) if isinstance(key, ast.Constant) else ""
        if isinstance(parent, (ast.stmt, ast.comprehension, ast.Compare)):
            return ""
        child = parent
    return ""


def _is_hashed_slowly(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the hash goes on into a slow one, is repeated, or the function hashes slowly besides."""
    for parent in model.ancestors(call):
        if isinstance(parent, (ast.For, ast.While, ast.comprehension)):
            return True
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return _is_slow(parent)
    return False


# Few rounds


def _few_rounds(call: ast.Call, name: str, model: SemanticModel) -> CheapHash | None:
    limits = facts.load("passwords")["rounds"]
    if name in ("bcrypt.gensalt", "flask_bcrypt.generate_password_hash", "flask_bcrypt.Bcrypt.generate_password_hash"):
        rounds = argument_of(call, "rounds", 0 if name == "bcrypt.gensalt" else 1)
        return _few(rounds, limits, "bcrypt", model)
    if name == "hashlib.scrypt" or name.endswith(".KDF.scrypt"):
        count = number(argument_of(call, "N", 3) if "KDF" in name else argument_of(call, "n", 9), model)
        if count is None or count >= limits["scrypt"] or not _is_over_password(call, model):
            return None
        return CheapHash(f"scrypt costs little with n={count:,}")
    places = {"hashlib.pbkdf2_hmac": (3, "iterations"), "PBKDF2HMAC": (3, "iterations"), "PBKDF2": (3, "count")}
    key = name if name in places else name.rpartition(".")[2]
    if key not in places or not name.startswith(("hashlib.", "Crypto", "cryptography.")):
        return None
    position, keyword = places[key]
    rounds = argument_of(call, keyword, position)
    count = 1000 if key == "PBKDF2" and rounds is None else number(rounds, model)
    if count is None or count >= limits["pbkdf2"] or any(each.arg is None for each in call.keywords):
        return None
    if not _is_over_password(call, model, named=key != "PBKDF2HMAC"):
        return None
    return CheapHash(f"PBKDF2 runs {count:,} rounds over a password")


def _is_over_password(call: ast.Call, model: SemanticModel, *, named: bool = True) -> bool:
    """Tell whether the arguments of a call name a password, where they can, and no protocol prescribes the call."""
    words = {*names_and_texts_in(*call.args, *(given.value for given in call.keywords))}
    if _is_prescribed(call, words, model):
        return False
    return not named or any(name_kind(word) is Kind.PASSWORD for word in words)


def _few(rounds: ast.expr | None, limits: dict[str, Any], kind: str, model: SemanticModel) -> CheapHash | None:
    count = number(rounds, model)
    if rounds is None or count is None or not 0 < count < limits[kind]:
        return None
    literal = rounds if isinstance(rounds, ast.Constant) else None
    what = f"bcrypt works with a cost of {count}" if kind == "bcrypt" else f"PBKDF2 runs {count:,} rounds"
    return CheapHash(what, rounds=literal, instead=limits[f"{kind}_instead"])


def number(expr: ast.expr | None, model: SemanticModel) -> int | None:
    """Return the value of an integer that is written down, also as a power or behind a name with one value."""
    binding = model.binding_of(expr) if expr is not None else None
    if binding is not None:
        expr = None if binding.single is None else binding.single.value
    if isinstance(expr, ast.Constant) and type(expr.value) is int:
        return expr.value
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Pow, ast.LShift, ast.Mult)):
        left, right = number(expr.left, model), number(expr.right, model)
        if left is None or right is None or not 0 < right < 1_000_000 or left > 1_000_000:
            return None
        if isinstance(expr.op, ast.Mult):
            return left * right
        return None if right > 64 else left**right if isinstance(expr.op, ast.Pow) else left << right
    return None


# Libraries that let one choose


def _by_passlib(call: ast.Call, name: str, model: SemanticModel) -> CheapHash | None:
    table = facts.load("passwords")
    if name == "passlib.context.CryptContext":
        schemes = argument_of(call, "schemes", 0)
        listed = schemes.elts if isinstance(schemes, (ast.List, ast.Tuple)) else []
        default = argument_of(call, "default") or (listed[0] if listed else None)
        scheme = str(default.value) if isinstance(default, ast.Constant) else None
        if scheme in table["hashing"]["weak_schemes"]:
            return CheapHash(f"Passwords are hashed with {scheme}", fast=True)
        for keyword in call.keywords:
            if keyword.arg in ("bcrypt__rounds", "bcrypt__default_rounds"):
                return _few(keyword.value, table["rounds"], "bcrypt", model)
            if keyword.arg in ("pbkdf2_sha256__rounds", "pbkdf2_sha256__default_rounds"):
                return _few(keyword.value, table["rounds"], "pbkdf2", model)
        return None
    module, _, method = name.rpartition(".")
    scheme = module.removeprefix("passlib.hash.")
    if method in ("hash", "encrypt") and scheme in table["hashing"]["weak_schemes"]:
        return CheapHash(f"A password is hashed with {scheme}", fast=True)
    if method in ("hash", "using", "encrypt") and scheme in (
        "bcrypt",
        "pbkdf2_sha256",
        "pbkdf2_sha512",
        "bcrypt_sha256",
    ):
        return _few(argument_of(call, "rounds"), table["rounds"], scheme.partition("_")[0], model)
    return None


def _by_crypt(call: ast.Call, name: str) -> CheapHash | None:
    """Judge `crypt.crypt(word, "ab")`; the methods of the module are SEC324's."""
    salt = argument_of(call, "salt", 1)
    if name != "crypt.crypt" or not isinstance(salt, ast.Constant) or not isinstance(salt.value, str):
        return None
    if salt.value.startswith("$1$"):
        return CheapHash("A password is hashed with MD5 by `crypt`", fast=True)
    if len(salt.value) >= 2 and salt.value[0] not in "$_":
        return CheapHash("A password is hashed with DES by `crypt`, which reads eight characters of it", fast=True)
    return None


def _by_werkzeug(call: ast.Call) -> CheapHash | None:
    method = argument_of(call, "method", 1)
    if not isinstance(method, ast.Constant) or not isinstance(method.value, str):
        return None
    kind, _, rest = method.value.partition(":")
    if kind in ("sha1", "sha224", "sha256", "sha384", "sha512", "md5"):
        return _one_round(kind)
    if kind == "plain":
        return CheapHash('A password is stored as it is by the method "plain"', fast=True)
    rounds = rest.partition(":")[2]
    if kind == "pbkdf2" and rounds.isdigit() and int(rounds) < facts.load("passwords")["rounds"]["pbkdf2"]:
        return CheapHash(f"PBKDF2 runs {int(rounds):,} rounds over a password")
    return None


def _by_django(call: ast.Call) -> CheapHash | None:
    hasher = argument_of(call, "hasher", 2)
    name = str(hasher.value) if isinstance(hasher, ast.Constant) else None
    if name not in facts.load("passwords")["hashing"]["weak_hashers"]:
        return None
    return CheapHash(f"A password is hashed with Django's hasher {name}", fast=True)


def cheap_setting(name: str, value: ast.expr, model: SemanticModel) -> CheapHash | None:
    """Return why a setting makes hashes of passwords cheap: `PASSWORD_HASHERS`, `BCRYPT_LOG_ROUNDS`; else None."""
    table = facts.load("passwords")
    if name == "BCRYPT_LOG_ROUNDS":
        return _few(value, table["rounds"], "bcrypt", model)
    if name != "PASSWORD_HASHERS" or not isinstance(value, (ast.List, ast.Tuple)) or not value.elts:
        return None
    first = value.elts[0]
    hasher = str(first.value).rpartition(".")[2] if isinstance(first, ast.Constant) else ""
    if hasher not in table["hashing"]["weak_hashers"]:
        return None
    return CheapHash(f"New passwords are hashed with {hasher}, the first of PASSWORD_HASHERS", fast=True)


def cheap_hasher(node: ast.ClassDef, model: SemanticModel) -> Iterator[CheapHash]:
    """Yield why a hasher derived from one of Django's is cheap: its `iterations` or `rounds` are few."""
    limits = facts.load("passwords")["rounds"]
    bases = {(model.qualified_name(base) or "").rpartition(".")[2] for base in node.bases}
    for statement in node.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        name = statement.targets[0].id
        if name == "iterations" and bases & {"PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher"}:
            found = _few(statement.value, limits, "pbkdf2", model)
        elif name == "rounds" and bases & {"BCryptPasswordHasher", "BCryptSHA256PasswordHasher"}:
            found = _few(statement.value, limits, "bcrypt", model)
        else:
            found = None
        if found is not None:
            yield found


def _class_of(expr: ast.expr, model: SemanticModel) -> str:
    """Return the canonical name of the class whose call made an object."""
    binding = model.binding_of(expr)
    value = binding.single.value if binding is not None and binding.single is not None else None
    return model.qualified_name(value.func) or "" if isinstance(value, ast.Call) else ""
