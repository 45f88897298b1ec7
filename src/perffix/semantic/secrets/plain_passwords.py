"""Passwords as they were typed: where one is stored in a database, and where one is compared with what is stored."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.judgement import Kind, name_kind
from perffix.semantic.secrets.named_literals import meant_name
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Related
    from perffix.semantic.model import SemanticModel


_LOGGING_IN = ("name", "user", "username", "user_name", "login", "email", "mail", "phone", "id", "user_id", "role")


class Raw(NamedTuple):
    """A password as it was typed.

    Attributes:
        says: where it comes from, a phrase.
        steps: how it got here.
        proved: its way from the person who typed it is known.
    """

    says: str
    steps: tuple[Related, ...]
    proved: bool = True


def raw_password(expr: ast.expr, model: SemanticModel) -> Raw | None:
    """Return where an expression has a password from that nobody has hashed yet, or None when that is not certain."""
    from perffix.semantic.flow.input import input_in

    while isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr in ("strip", "encode"):
        expr = expr.func.value
    origin = input_in(expr, model, "password")
    if origin is not None and origin.kind in ("request", "handler", "message", "terminal"):
        return Raw(origin.says, origin.steps)
    value = value_of(expr, model)
    if isinstance(value, ast.Call) and model.qualified_name(value.func) == "getpass.getpass":
        return Raw("`getpass` is typed in by the user", ())
    field = value.value if isinstance(value, ast.Attribute) and value.attr == "data" else None
    if isinstance(field, ast.Attribute) and name_kind(field.attr) is Kind.PASSWORD and _is_form(field.value):
        return Raw(f"`{model.text(expr)}` is what was typed into the form", ())
    if (
        isinstance(value, ast.Call)
        and last_name(value.func) in ("get", "pop")
        and isinstance(value.func, ast.Attribute)
    ):
        value = value.func.value
    elif isinstance(value, ast.Subscript):
        value = value.value
    if isinstance(value, ast.Attribute) and value.attr in ("cleaned_data", "validated_data"):
        return Raw(f"`{model.text(value)}` is what was typed into the form", ())
    return None


def _is_form(expr: ast.expr) -> bool:
    return "form" in words_of(last_name(expr))


def asked_password(expr: ast.expr, model: SemanticModel) -> Raw | None:
    """Return the same also for the parameter `password` of a function that is asked whether somebody may come in."""
    raw = raw_password(expr, model)
    if raw is not None or not isinstance(expr, ast.Name):
        return raw
    single = model.single_of(expr)
    function = model.function_of(expr)
    if single is None or single.how is not How.PARAMETER or function is None:
        return None
    table = facts.load("passwords")["storage"]
    if expr.id not in table["plain"] or set(words_of(function.name)).isdisjoint(table["asking"]):
        return None
    return Raw(f"`{function.name}` is asked with it", (), proved=False)


def value_of(expr: ast.expr, model: SemanticModel) -> ast.expr | None:
    """Return the expression that gave a local name its one value; an expression that is no name itself."""
    if not isinstance(expr, ast.Name):
        return expr
    binding = model.binding_of(expr)
    single = None if binding is None or not binding.is_local else binding.single
    return None if single is None or single.how is not How.ASSIGNED else single.value


# Stored


def stored_by_class(call: ast.Call, model: SemanticModel) -> Iterator[tuple[ast.expr, Raw, str]]:
    """Yield the raw passwords that a call gives to a class with columns: `User(name=..., password=...)`."""
    owner = call.func
    if isinstance(owner, ast.Attribute) and owner.attr in ("create", "get_or_create", "update_or_create"):
        owner = owner.value
        if isinstance(owner, ast.Attribute) and owner.attr == "objects":
            owner = owner.value
    keywords = [each for each in call.keywords if is_plain(each.arg)]
    what = _model_of(owner, model) if keywords else None
    for keyword in keywords if what is not None else ():
        raw = raw_password(keyword.value, model)
        if raw is not None:
            yield keyword.value, raw, f"`{what}.{keyword.arg}`"


def stored_by_assignment(node: ast.Assign, model: SemanticModel) -> Iterator[tuple[ast.expr, Raw, str]]:
    """Yield the raw password that `user.password = ...` gives to an object with columns."""
    target = node.targets[0]
    if not isinstance(target, ast.Attribute) or not is_plain(target.attr):
        return
    what = _class_of(target.value, model)
    raw = raw_password(node.value, model) if what is not None else None
    if raw is not None:
        yield node.value, raw, f"`{what}.{target.attr}`"


def _class_of(expr: ast.expr, model: SemanticModel) -> str | None:
    """Return the class with columns that an object is of: it was made by a call, or read by a query."""
    value = value_of(expr, model)
    if isinstance(value, ast.Name) or value is None:
        return None
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(value, ast.Call):
        made = _model_of(value.func, model)
        if made is not None:
            return made
    if not _is_from_database(value):
        return None
    found = {
        name for node in ast.walk(value) if isinstance(node, ast.Name) and (name := _model_of(node, model)) is not None
    }
    return found.pop() if len(found) == 1 else None


def _model_of(expr: ast.expr, model: SemanticModel) -> str | None:
    """Return the name of a class of people whose field `password` is a column and is not hashed on the way in."""
    table = facts.load("passwords")["storage"]
    if isinstance(expr, ast.Name):
        name = model.qualified_name(expr)
        if name in table["unhashed"] or _is_made_by(expr, table["unhashed"], model):
            return expr.id
    definition = model.names.definition_of(expr)
    if not isinstance(definition, ast.ClassDef) or not is_of_people(definition.name):
        return None
    if not any(_is_model(base, model) for base in definition.bases) or _hashes(definition, model):
        return None
    return definition.name if any(is_plain(name) for name in _fields(definition)) else None


def _is_made_by(expr: ast.Name, makers: list[str], model: SemanticModel) -> bool:
    binding = model.binding_of(expr)
    value = None if binding is None or binding.single is None else binding.single.value
    return isinstance(value, ast.Call) and model.qualified_name(value.func) in makers


def _is_model(base: ast.expr, model: SemanticModel, depth: int = 3) -> bool:
    names = facts.load("passwords")["storage"]["models"]
    if depth == 0:
        return False
    if model.qualified_name(base) in names:
        return True
    definition = model.names.definition_of(base)
    if isinstance(definition, ast.ClassDef):
        return any(_is_model(each, model, depth - 1) for each in definition.bases)
    owner = base.value if isinstance(base, ast.Attribute) else base
    binding = model.binding_of(owner)
    value = None if binding is None or binding.single is None else binding.single.value
    if not isinstance(value, ast.Call):
        return False
    made = model.qualified_name(value.func) or ""
    return made in names or (isinstance(base, ast.Attribute) and f"{made}.{base.attr}" in names)


def _hashes(definition: ast.ClassDef, model: SemanticModel) -> bool:
    """Tell whether a class, or a listener to its events, may hash the password by itself."""
    words = facts.load("passwords")["storage"]["hashing"]
    for node in ast.walk(definition):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (
            is_plain(node.name) or node.name in ("__setattr__", "save", "__init__")
        ):
            return True
        if isinstance(node, ast.Call):
            called = meant_name(node.func, model)
            if called in ("validates", "field_validator", "validator", "observes"):
                return True
            if "password" in called.lower() and called[:1].isupper():
                return True  # a type of column that hashes
        name = last_name(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
        if any(word in words for word in (*words_of(name), name)) and not _is_in_method(node, model):
            return True
    return "listens_for" in model.source.text or "pre_save" in model.source.text


def _is_in_method(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether a node stands in a method: one that is called by name does nothing by itself."""
    return any(isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) for each in model.ancestors(node))


def _fields(definition: ast.ClassDef) -> Iterator[str]:
    for statement in definition.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if isinstance(target, ast.Name):
            yield target.id


def stored_by_document(call: ast.Call, model: SemanticModel) -> Iterator[tuple[ast.expr, Raw, str]]:
    """Yield the raw passwords that a call puts into a collection: `users.insert_one({"password": ...})`."""
    collection = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    if isinstance(collection, ast.Subscript) and isinstance(collection.slice, ast.Constant):
        name = str(collection.slice.value)
    else:
        name = last_name(collection)
    if not is_of_people(name):
        return
    for argument in call.args[:2]:
        value = value_of(argument, model)
        for node in () if value is None else ast.walk(value):
            if not isinstance(node, ast.Dict):
                continue
            for key, each in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and is_plain(str(key.value)):
                    raw = raw_password(each, model)
                    if raw is not None:
                        yield each, raw, f'`{name}`, field "{key.value!s}"'


# Compared


def compared_with_stored(node: ast.Compare, model: SemanticModel) -> tuple[ast.expr, Raw] | None:
    """Return the stored password, and the raw one that `user.password == password` compares it with."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        return None
    left, right = node.left, node.comparators[0]
    for stored, typed in ((left, right), (right, left)):
        if _is_stored(stored, model):
            raw = asked_password(typed, model)
            if raw is not None and raw_password(stored, model) is None and (raw.proved or not _is_wanted(node, model)):
                return stored, raw
    return None


def _is_wanted(node: ast.Compare, model: SemanticModel) -> bool:
    """Tell whether a comparison looks for a setting to be written, and lets nobody in.

    Without a password it is left out (`if password and password != user["password"]`), or at least two other settings
    are compared in the same way around it.
    """
    parent = model.parent(node)
    optional = (
        isinstance(parent, ast.BoolOp)
        and isinstance(parent.op, ast.And)
        and isinstance(node.ops[0], ast.NotEq)
        and any(
            isinstance(side, ast.Name) and isinstance(each, ast.Name) and each.id == side.id
            for each in parent.values[: parent.values.index(node)]
            for side in (node.left, node.comparators[0])
        )
    )
    function = model.function_of(node)
    return optional or (function is not None and len(_settings_compared(function)) > 1)


def _settings_compared(function: ast.AST) -> set[str]:
    """Return the fields that a function compares with variables of the same names, but for those that log in."""
    found = set()
    for each in ast.walk(function):
        if isinstance(each, ast.Compare) and len(each.ops) == 1 and isinstance(each.ops[0], ast.NotEq):
            for one, other in ((each.left, each.comparators[0]), (each.comparators[0], each.left)):
                key = one.slice if isinstance(one, ast.Subscript) else None
                name = one.attr if isinstance(one, ast.Attribute) else getattr(key, "value", None)
                if isinstance(other, ast.Name) and name == other.id and not is_plain(name) and name not in _LOGGING_IN:
                    found.add(other.id)
    return found


def looked_for(call: ast.Call, model: SemanticModel) -> Iterator[tuple[ast.expr, Raw, str]]:
    """Yield the raw passwords that a query looks for: `User.query.filter_by(name=..., password=...)`."""
    func = call.func
    if not isinstance(func, ast.Attribute) or not any(
        is_of_people(last_name(each)) for each in ast.walk(func.value) if isinstance(each, (ast.Name, ast.Attribute))
    ):
        return
    if not any(
        last_name(each) in ("query", "objects", "select") for each in ast.walk(func.value) if isinstance(each, ast.expr)
    ):
        return
    for keyword in call.keywords:
        raw = asked_password(keyword.value, model) if is_plain(keyword.arg) else None
        if raw is not None:
            yield keyword.value, raw, f"`{keyword.arg}`"


def _is_stored(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression reads the password of somebody who was looked up, as `user.password` does."""
    key = expr.slice if isinstance(expr, ast.Subscript) else None
    name = expr.attr if isinstance(expr, ast.Attribute) else str(key.value) if isinstance(key, ast.Constant) else None
    if not isinstance(expr, (ast.Attribute, ast.Subscript)) or not is_plain(name) or _has_hashing_type(model):
        return False
    owner = expr.value
    if isinstance(owner, ast.Name) and (inside := model.scopes.class_of_self(owner)) is not None:
        return isinstance(inside.node, ast.ClassDef) and any(_is_model(base, model) for base in inside.node.bases)
    root = owner
    while isinstance(root, (ast.Subscript, ast.Call)):
        root = root.value if isinstance(root, ast.Subscript) else root.func
        root = root.value if isinstance(root, ast.Attribute) and root.attr in ("get", "setdefault") else root
    if not isinstance(root, (ast.Name, ast.Attribute)):
        return False
    binding = model.binding_of(root)
    if binding is None or any(each.how is How.PARAMETER for each in binding.assignments):
        return is_of_people(last_name(root)) and binding is not None
    values = [each.value for each in binding.assignments if each.value is not None]
    return is_of_people(last_name(root)) or any(_is_from_database(value) for value in values)


def _has_hashing_type(model: SemanticModel) -> bool:
    """Tell whether a module uses the column of SQLAlchemy-Utils whose values hash what they are compared with."""
    return "sqlalchemy_utils" in model.imports.packages and not {"Password", "PasswordType"}.isdisjoint(
        model.written_names
    )


def _is_from_database(value: ast.expr) -> bool:
    queries = facts.load("passwords")["storage"]["queries"]
    return any(
        last_name(node) in queries for node in ast.walk(value) if isinstance(node, (ast.Name, ast.Attribute))
    ) and any(isinstance(node, ast.Call) for node in ast.walk(value))


def is_plain(name: str | None) -> bool:
    """Tell whether a column or field of this name holds a password as such: `password`, not `password_hash`."""
    return name is not None and name.lower() in facts.load("passwords")["storage"]["plain"]


def is_of_people(name: str) -> bool:
    """Tell whether a table, class or variable of this name holds people who log in."""
    return not set(words_of(name)).isdisjoint(facts.load("passwords")["storage"]["people"])


def hashing_of(packages: Iterable[str]) -> str:
    """Return the functions to hash and check with, in the words of the framework that a module imports."""
    packages = set(packages)
    if packages & {"django", "rest_framework"}:
        return "`user.set_password(...)` and `user.check_password(...)`"
    if packages & {"flask", "quart", "flask_sqlalchemy"}:
        return "Werkzeug's `generate_password_hash` and `check_password_hash`"
    return "argon2-cffi's `PasswordHasher().hash(...)` and `.verify(...)`"
