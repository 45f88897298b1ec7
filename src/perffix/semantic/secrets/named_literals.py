"""String literals that code gives a name: assigned, stored, passed, defaulted or compared.

The functions `of_...` take one node and return the named literals that it holds itself, not those of nodes inside
it. They are called for every such node of every module, so they look at the value before anything else.
"""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.semantic.secrets import SHORTEST, words_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from perffix.semantic.model import SemanticModel


class Role(enum.Enum):
    """How a literal came by its name."""

    ASSIGNED = "assigned"  # name = "...", self.name = "...", config["name"] = "..."
    ENTRY = "entry"  # {"name": "..."}
    ARGUMENT = "argument"  # call(name="...")
    DEFAULT = "default"  # def f(name="...")
    COMPARED = "compared"  # name == "..."
    FALLBACK = "fallback"  # os.getenv("NAME", "...")


class NamedLiteral(NamedTuple):
    """A string or bytes literal under a name.

    Attributes:
        name: the last part of what it is called: an identifier, or the text of a key.
        literal: the constant.
        role: how it came by the name.
        owner: what the name hangs on, where that is known: `client` of `client.name = "..."`, the called
            function, the dict's own name; None for plain names.
        whole: the expression that a replacement of the literal has to take the place of.
    """

    name: str
    literal: ast.Constant
    role: Role
    owner: ast.expr | None
    whole: ast.expr

    @property
    def value(self) -> str | bytes:
        """What the literal evaluates to."""
        assert isinstance(self.literal.value, (str, bytes))
        return self.literal.value


_NONE: tuple[NamedLiteral, ...] = ()


def of_assignment(node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> Iterable[NamedLiteral]:
    """Return the literals of `name = "..."`, also behind `or` and in tuples of equal length."""
    value = node.value
    if value is None or value.__class__ not in HOLDERS or (value.__class__ is ast.Constant and not _is_text(value)):
        return _NONE
    targets = node.targets if isinstance(node, ast.Assign) else (node.target,)
    return [found for target in targets for found in _pairs(target, value)]


def of_dict(node: ast.Dict) -> Iterable[NamedLiteral]:
    """Return the literals of `{"name": "..."}`."""
    return [
        NamedLiteral(key.value, literal, Role.ENTRY, None, literal)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and value.__class__ in HOLDERS
        for literal in _literals(value)
    ]


def of_keyword(node: ast.keyword, call: ast.expr | None = None) -> Iterable[NamedLiteral]:
    """Return the literals of `call(name="...")`."""
    value = node.value
    if node.arg is None or value.__class__ not in HOLDERS:
        return _NONE
    if node.arg == "auth" and isinstance(value, ast.Tuple) and len(value.elts) == 2:  # user and password, of requests
        return [NamedLiteral("auth_password", each, Role.ARGUMENT, call, each) for each in _literals(value.elts[1])]
    return [NamedLiteral(node.arg, literal, Role.ARGUMENT, call, literal) for literal in _literals(value)]


def of_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterable[NamedLiteral]:
    """Return the literals of `def f(name="...")`."""
    arguments = node.args
    if not any(map(_is_text, arguments.defaults)) and not any(map(_is_text, arguments.kw_defaults)):
        return _NONE
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [
        *zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return [
        NamedLiteral(parameter.arg, default, Role.DEFAULT, None, default)
        for parameter, default in defaults
        if isinstance(default, ast.Constant) and _is_text(default)
    ]


def of_comparison(node: ast.Compare) -> Iterable[NamedLiteral]:
    """Return the literal of `name == "..."`, on either side, also `!=`."""
    left, right = node.left, node.comparators[0]
    if not _is_text(right):
        left, right = right, left
    if not isinstance(right, ast.Constant) or not _is_text(right):
        return _NONE
    if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        return _NONE
    named = _name_of(left)
    return _NONE if named is None else (NamedLiteral(named[0], right, Role.COMPARED, named[1], right),)


def of_lookup(call: ast.Call, model: SemanticModel | None) -> Iterable[NamedLiteral]:
    """Return the literal of `getenv("NAME", "...")`, `add_argument("--name", default="...")` and their like."""
    first = call.args[0] if call.args else None
    if meant_name(call.func, model) not in LOOKUPS:
        return _NONE
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return _NONE
    fallback = call.args[1] if len(call.args) == 2 else None
    for keyword in call.keywords:
        if keyword.arg == "default":
            fallback = keyword.value
    if not isinstance(fallback, ast.Constant) or not _is_text(fallback):
        return _NONE
    return (NamedLiteral(first.value.lstrip("-"), fallback, Role.FALLBACK, call.func, call),)


def of_positions(call: ast.Call, model: SemanticModel | None) -> Iterable[NamedLiteral]:
    """Return the literal in the place where a well-known function takes a secret: `jwt.encode(claims, "...")`."""
    name = meant_name(call.func, model)
    if name not in POSITIONS:
        return _NONE
    owner, position, called = POSITIONS[name]
    if owner and not (isinstance(call.func, ast.Attribute) and last_name(call.func.value) in owner):
        return _NONE
    if len(call.args) <= position or any(isinstance(each, ast.Starred) for each in call.args[:position]):
        return _NONE
    literals = _literals(call.args[position])
    return [NamedLiteral(called, literal, Role.ARGUMENT, call.func, literal) for literal in literals]


def holder_of(literal: ast.Constant, model: SemanticModel) -> NamedLiteral | None:
    """Return a literal with the name that it stands under, or None when it stands under none."""
    parent = model.parent(literal)
    while isinstance(parent, (ast.BoolOp, ast.IfExp, ast.Tuple)):
        parent = model.parent(parent)
    if isinstance(parent, ast.arguments):
        parent = model.parent(parent)
    found = [] if parent is None else [named for named in _of_node(parent, model) if named.literal is literal]
    return found[0] if found else None


def is_illustration(literal: ast.Constant, model: SemanticModel) -> bool:
    """Tell whether a literal only shows something: under a name that says test or example, or as an Enum's choice."""
    for node in model.ancestors(literal):
        names: list[str] = []
        if isinstance(node, ast.keyword):
            names = [node.arg or ""]
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [node.name]
            if isinstance(node, ast.ClassDef) and any(last_name(base).endswith(_ENUMS) for base in node.bases):
                return True
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [named[0] for target in targets if (named := _name_of(target)) is not None]
        elif isinstance(node, ast.Dict):
            keys = (key for key, value in zip(node.keys, node.values, strict=True) if _holds(value, literal))
            names = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        if any(not _ILLUSTRATING.isdisjoint(words_of(name)) for name in names):
            return True
    return False


def all_named_literals(nodes: Iterable[ast.AST]) -> Iterator[NamedLiteral]:
    """Yield the named literals that some nodes hold themselves; `ast.walk` gives the nodes of a whole module."""
    for node in nodes:
        of_node = _OF_NODE.get(node.__class__)
        if of_node is not None:
            yield from of_node(node)


def _of_call(call: ast.Call) -> Iterable[NamedLiteral]:
    return [*of_lookup(call, None), *of_positions(call, None)] if last_name(call.func) in _CALLED else _NONE


def _of_node(node: ast.AST, model: SemanticModel) -> Iterable[NamedLiteral]:
    if isinstance(node, ast.Call):
        return [*of_lookup(node, model), *of_positions(node, model)]
    if isinstance(node, ast.keyword):
        call = model.parent(node)
        return [*of_lookup(call, model), *of_keyword(node, call.func)] if isinstance(call, ast.Call) else _NONE
    of_node = _OF_NODE.get(node.__class__)
    return _NONE if of_node is None else of_node(node)


# Expressions that can hand on a literal: for others the functions above need not be called.
HOLDERS = frozenset({ast.Constant, ast.BoolOp, ast.IfExp, ast.Tuple})
_TEXT = (str, bytes)
# Functions and methods whose second argument, or `default`, takes the place of a value that is not set.
LOOKUPS = ("getenv", "get", "pop", "setdefault", "config", "env", "add_argument", "option")
# Functions and methods that take a secret without a name: on what they are called (any object where that is empty),
# in which place, and what it is.
POSITIONS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "encode": (("jwt",), 1, "signing_key"),
    "decode": (("jwt",), 1, "signing_key"),
    "new": (("hmac",), 0, "signing_key"),
    "login": (
        ("server", "smtp", "mail", "imap", "ftp", "session", "mailserver", "smtp_server", "s", "m"),
        1,
        "password",
    ),
    "HTTPBasicAuth": ((), 1, "password"),
    "HTTPDigestAuth": ((), 1, "password"),
    "BasicAuth": ((), 1, "password"),
    "Fernet": ((), 0, "fernet_key"),
    "URLSafeTimedSerializer": ((), 0, "secret_key"),
    "URLSafeSerializer": ((), 0, "secret_key"),
    "TimestampSigner": ((), 0, "secret_key"),
}
_CALLED = frozenset({*LOOKUPS, *POSITIONS})
_OF_NODE: dict[type[ast.AST], Callable[[Any], Iterable[NamedLiteral]]] = {
    **dict.fromkeys((ast.Assign, ast.AnnAssign, ast.NamedExpr), of_assignment),
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda), of_parameters),
    ast.Call: _of_call,
    ast.Compare: of_comparison,
    ast.Dict: of_dict,
    ast.keyword: of_keyword,
}
NAMING = tuple(_OF_NODE)  # the classes of nodes that may give a literal a name
_ENUMS = ("Enum", "Choices", "Flag")
_ILLUSTRATING = frozenset(
    {"test", "tests", "testcase", "fixture", "fixtures", "mock", "doctest", "docs", "documentation", "schema"}
    | {"example", "examples", "sample", "samples", "placeholder", "placeholders", "help", "description"}
)


def _is_text(value: ast.expr | None) -> bool:
    """Tell whether a value is a string or bytes literal of a length that is worth a look."""
    if value.__class__ is not ast.Constant:
        return False
    content = value.value
    return content.__class__ in _TEXT and len(content) >= SHORTEST


def _literals(value: ast.expr) -> Iterable[ast.Constant]:
    """Return the string literals that an expression may evaluate to."""
    if isinstance(value, ast.Constant):
        return (value,) if _is_text(value) else ()
    if isinstance(value, ast.BoolOp):
        return [literal for part in value.values for literal in _literals(part)]
    if isinstance(value, ast.IfExp):
        return [*_literals(value.body), *_literals(value.orelse)]
    return ()


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[NamedLiteral]:
    if isinstance(target, (ast.Tuple, ast.List)):
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            for one, other in zip(target.elts, value.elts, strict=True):
                yield from _pairs(one, other)
        return
    named = _name_of(target)
    if named is not None:
        for literal in _literals(value):
            yield NamedLiteral(named[0], literal, Role.ASSIGNED, named[1], literal)


def _name_of(expr: ast.expr) -> tuple[str, ast.expr | None] | None:
    """Return what an expression is called and what that hangs on."""
    if isinstance(expr, ast.Name):
        return expr.id, None
    if isinstance(expr, ast.Attribute):
        return expr.attr, expr.value
    key: ast.expr | None = None
    owner: ast.expr | None = None
    if isinstance(expr, ast.Subscript):
        key, owner = expr.slice, expr.value
    elif isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "get" and expr.args:
        key, owner = expr.args[0], expr.func.value
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key.value, owner
    return None


def meant_name(expr: ast.expr, model: SemanticModel | None) -> str:
    """Return the last name of what an expression stands for: `system` of `go` after `from os import system as go`."""
    known = model.qualified_name(expr) if isinstance(expr, ast.Name) and model is not None else None
    return last_name(expr) if known is None else known.rpartition(".")[2]


def _holds(node: ast.AST, part: ast.AST) -> bool:
    return any(each is part for each in ast.walk(node))
