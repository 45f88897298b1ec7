"""Models of pydantic that describe requests, and the fields in them that hold credentials."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.judgement import Kind, name_kind
from perffix.semantic.secrets.named_literals import meant_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_BASES = ("pydantic.BaseModel", "pydantic.main.BaseModel")
_REQUEST = frozenset(
    {"request", "create", "in", "input", "register", "registration", "signup", "sign", "login", "signin", "update"}
    | {"payload", "form", "body", "new", "add", "change", "reset", "invite", "credentials"}
)
_NO_REQUEST = frozenset(
    {"response", "out", "output", "read", "public", "db", "config", "settings", "result", "entity", "detail", "list"}
)
# Whoever logs in is compared with what is stored: a rule about new passwords may lock out old ones.
_LOGIN = frozenset({"login", "signin", "credentials", "auth", "authenticate", "token", "session", "connect"})
_OTHER_PASSWORDS = frozenset({"old", "current", "confirm", "confirmation", "repeat", "repeated", "again", "verify"})
_EMAIL_CHECKS = frozenset({"pattern", "regex"})
_LENGTH_CHECKS = frozenset({"min_length", "pattern", "regex", "min_len"})
_V1_MARKS = ("pydantic.v1", "orm_mode", "each_item", "allow_population_by_field_name")
_V2_MARKS = ("field_validator", "model_validator", "ConfigDict", "model_config", "model_dump", "model_validate")


class PlainField(NamedTuple):
    """A field for a credential that takes any text.

    Attributes:
        statement: its declaration.
        name: its name.
        is_email: it is for a mail address, else for a password.
        text: the `str` in its annotation.
    """

    statement: ast.AnnAssign
    name: str
    is_email: bool
    text: ast.expr


def plain_fields(node: ast.ClassDef, model: SemanticModel) -> Iterator[PlainField]:
    """Yield the fields of a request model that take any text for a mail address or a new password."""
    if not _is_pydantic(node, model) or not _is_request(node, model):
        return
    checked = set(_checked(node, model))
    if "*" in checked:
        return
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        name = statement.target.id
        words = words_of(name)
        is_email = words[-1:] == ("email",) or words[-2:] in (("email", "address"), ("e", "mail"))
        is_password = name_kind(name) is Kind.PASSWORD and _OTHER_PASSWORDS.isdisjoint(words)
        if not (is_email or (is_password and _LOGIN.isdisjoint(words_of(node.name)))) or name in checked:
            continue
        text = _plain_text(statement.annotation, model)
        if text is not None and not _is_limited(statement.value, _EMAIL_CHECKS if is_email else _LENGTH_CHECKS):
            yield PlainField(statement, name, is_email, text)


def _is_pydantic(node: ast.ClassDef, model: SemanticModel, depth: int = 4) -> bool:
    for base in node.bases:
        if model.qualified_name(base) in _BASES:
            return True
        definition = model.names.definition_of(base)
        if depth and isinstance(definition, ast.ClassDef) and _is_pydantic(definition, model, depth - 1):
            return True
    return False


def _is_request(node: ast.ClassDef, model: SemanticModel) -> bool:
    """Tell whether a class describes what a client sends: by its name, a handler, or a class derived from it."""
    words = set(words_of(node.name))
    if not words.isdisjoint(_NO_REQUEST):
        return False
    if not words.isdisjoint(_REQUEST):
        return True
    from perffix.semantic.web.handlers import handler_of

    binding = model.scopes.lookup(node.name, model.scopes.scope_of(node))
    for use in () if binding is None else binding.uses:
        parent = model.parent(use)
        if isinstance(parent, ast.arg):
            arguments = model.parent(parent)
            function = None if arguments is None else model.parent(arguments)
            if (
                isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
                and handler_of(function, model) is not None
            ):
                return True
        if (
            isinstance(parent, ast.ClassDef)
            and parent is not node
            and use in parent.bases
            and _is_request(parent, model)
        ):
            return True
    return False


def _checked(node: ast.ClassDef, model: SemanticModel) -> Iterator[str]:
    """Yield the fields that validators of a class look at; a star when one may look at any."""
    for statement in node.body:
        for decorator in getattr(statement, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = meant_name(called, model)
            if name in ("model_validator", "root_validator"):
                yield "*"
            elif name in ("validator", "field_validator") and isinstance(decorator, ast.Call):
                for argument in decorator.args:
                    yield str(argument.value) if isinstance(argument, ast.Constant) else "*"


def _plain_text(annotation: ast.expr, model: SemanticModel) -> ast.expr | None:
    """Return the `str` of `str`, `str | None` or `Optional[str]`; None for all other annotations."""
    if model.names.is_builtin(annotation, "str"):
        return annotation
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        for one, other in ((annotation.left, annotation.right), (annotation.right, annotation.left)):
            if model.names.is_builtin(one, "str") and isinstance(other, ast.Constant) and other.value is None:
                return one
    if isinstance(annotation, ast.Subscript) and model.qualified_name(annotation.value) == "typing.Optional":
        return annotation.slice if model.names.is_builtin(annotation.slice, "str") else None
    return None


def _is_limited(value: ast.expr | None, limits: frozenset[str]) -> bool:
    """Tell whether `Field(...)` limits what a field takes, or gives it more than a default."""
    if not isinstance(value, ast.Call):
        return False
    return any(keyword.arg is None or keyword.arg in limits for keyword in value.keywords)


def old_validators(node: ast.ClassDef, model: SemanticModel) -> Iterator[tuple[ast.Call, ast.FunctionDef]]:
    """Yield the decorators `@validator` of pydantic 1 for credentials, unless the module is written for pydantic 1."""
    if not _is_pydantic(node, model) or any(mark in model.source.text for mark in _V1_MARKS):
        return
    for statement in node.body:
        if not isinstance(statement, ast.FunctionDef):
            continue
        for decorator in statement.decorator_list:
            if isinstance(decorator, ast.Call) and model.qualified_name(decorator.func) == "pydantic.validator":
                names = [str(each.value) for each in decorator.args if isinstance(each, ast.Constant)]
                if any("email" in words_of(name) or name_kind(name) is Kind.PASSWORD for name in names):
                    yield decorator, statement


def is_for_pydantic_2(model: SemanticModel) -> bool:
    """Tell whether a module uses what only pydantic 2 has."""
    return any(mark in model.source.text for mark in _V2_MARKS)
