"""Closed values: expressions whose every possible value is written in the program or is a plain number.

Such a value cannot carry input from outside, whatever route it takes: a literal, a constant of the module, a member
of an enumeration, a number, the result of a look-up in a constant table, a name checked against a list of allowed
ones, or text made from those alone.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.fields import tests_of_field
from perffix.semantic.flow.private_calls import arguments_for
from perffix.semantic.flow.reach import assignments_before
from perffix.semantic.flow.selectors import attribute, item
from perffix.semantic.scopes import How
from perffix.semantic.strings import build_of
from perffix.semantic.uses import WRITES, UseKind
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding

_NUMBERS = ("int", "float", "bool", "complex")
_NUMBER_MAKERS = ("int", "float", "len", "round", "abs", "hash", "id", "ord", "bool", "sum", "hex", "bin", "oct")
_SAME_TEXT = ("upper", "lower", "strip", "title", "capitalize", "casefold", "lstrip", "rstrip", "ljust", "rjust")
_HOLDERS = ("builtins.tuple", "builtins.list", "builtins.set", "builtins.frozenset", "builtins.sorted", "builtins.dict")
_TEXT_OF_SAFE = ("uuid.UUID", "uuid.uuid4", "uuid.uuid1", "decimal.Decimal", "datetime.datetime.now", "time.time")
_PARTS_OF_REQUESTS = ("GET", "POST", "FILES", "COOKIES", "META", "REQUEST", "PUT")  # upper case, and no constants
_ENUMERATIONS = ("enum.Enum", "enum.IntEnum", "enum.StrEnum")
_MEMBER_MAKERS = ("_missing_", "__new__")
_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_DEPTH = 8


def is_closed(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> bool:
    """Tell whether all values that an expression can have are known to be closed; see the module's text."""
    if depth == 0:
        return False
    if isinstance(expr, ast.Constant):
        return True
    known = model.type_of(expr)
    if known is not None and known.name in _NUMBERS and not known.optional:
        return True
    if _is_checked(expr, model, depth) or _is_choice(expr, model):
        return True
    if isinstance(expr, (ast.Name, ast.Attribute)):
        return _is_closed_name(expr, model, depth)
    if isinstance(expr, ast.Call):
        return _is_closed_call(expr, model, depth)
    return all(is_closed(part, model, depth - 1) for part in _sources(expr, model))


def _sources(expr: ast.expr, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield the expressions that all values of an expression come from; itself when that cannot be told."""
    if isinstance(expr, ast.IfExp):
        yield from (expr.body, expr.orelse)
    elif isinstance(expr, ast.BoolOp):
        yield from expr.values
    elif isinstance(expr, (ast.Tuple, ast.List, ast.Set)):
        yield from expr.elts
    elif isinstance(expr, ast.Starred):
        yield expr.value
    elif isinstance(expr, ast.Dict):
        yield from expr.values
    elif isinstance(expr, ast.Subscript):
        yield expr.value  # an element of a closed container, whatever the key
    elif isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Mult):
        known = model.type_of(expr.right)
        yield expr.left
        if known is None or known.name not in _NUMBERS:
            yield expr.right
    elif isinstance(expr, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
        yield expr.elt
    elif isinstance(expr, (ast.JoinedStr, ast.BinOp)):
        built = build_of(expr, model)
        yield from [expr] if built is None else [hole.value for hole in built.holes]
    elif isinstance(expr, ast.NamedExpr):
        yield expr.value
    else:
        yield _UNKNOWN


_UNKNOWN = ast.Name(id="", ctx=ast.Load())


def _is_closed_name(expr: ast.Name | ast.Attribute, model: SemanticModel, depth: int) -> bool:
    if expr is _UNKNOWN:
        return False
    binding = model.binding_of(expr)
    if binding is not None and binding.assignments:
        reaching = assignments_before(expr, binding, model)
        return bool(reaching) and all(_is_closed_assignment(each, binding, model, depth) for each in reaching)
    if isinstance(expr, ast.Attribute):
        return _is_member_of_class(expr, model, depth)
    return False


def _is_closed_assignment(assignment: Assignment, binding: Binding, model: SemanticModel, depth: int) -> bool:
    how, value = assignment.how, assignment.value
    if how in (How.DELETED, How.DEFINED):
        return True
    if how is How.IMPORTED:
        # A constant of another module by the convention for their names.
        return binding.name.isupper()
    if how is How.PARAMETER:
        given = arguments_for(binding, model)
        return given is not None and all(is_closed(each, model, depth - 1) for each in given)
    if value is None:
        return False
    if how in (How.UNPACKED, How.ITERATED_UNPACKED):
        return _is_constant_table(value, model, depth)
    if how is How.ITERATED:
        return _holds_closed(value, model, depth)
    return is_closed(value, model, depth - 1) and _stays_closed(binding, model, depth)


def _stays_closed(binding: Binding, model: SemanticModel, depth: int) -> bool:
    """Tell whether what a container behind a name is filled with later is closed, too."""
    for use in model.uses.uses_of(binding):
        if use.kind in WRITES:
            statement = model.statement_of(use.user)
            value = getattr(statement, "value", None)
            if not isinstance(value, ast.expr) or not is_closed(value, model, depth - 1):
                return False
        elif use.kind is UseKind.METHOD and use.detail in ("append", "add", "insert", "extend", "update", "setdefault"):
            call = use.user
            if not isinstance(call, ast.Call) or not all(is_closed(each, model, depth - 1) for each in call.args):
                return False
    return True


def _holds_closed(iterable: ast.expr, model: SemanticModel, depth: int) -> bool:
    if isinstance(iterable, ast.Call) and model.names.is_builtin(iterable.func, "range", "enumerate"):
        return model.names.is_builtin(iterable.func, "range") or _holds_closed(iterable.args[0], model, depth)
    if isinstance(iterable, ast.Dict):
        return all(key is not None and is_closed(key, model, depth - 1) for key in iterable.keys)
    return is_closed(iterable, model, depth - 1)


def _is_constant_table(value: ast.expr, model: SemanticModel, depth: int) -> bool:
    """Tell it for the source of an unpacking: everything inside must be closed, keys of dictionaries, too."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "items":
        value = value.func.value
    if isinstance(value, ast.Name):
        binding = model.binding_of(value)
        single = None if binding is None else binding.single
        if binding is None or single is None or depth == 0:
            return False
        if single.how is How.PARAMETER:
            given = arguments_for(binding, model)
            return given is not None and all(_is_constant_table(each, model, depth - 1) for each in given)
        if single.value is None or single.how not in (How.ASSIGNED, How.ANNOTATED):
            return False
        value = single.value
    if isinstance(value, ast.Dict):
        return all(each is not None and is_closed(each, model, depth - 1) for each in (*value.keys, *value.values))
    return isinstance(value, (ast.Tuple, ast.List)) and is_closed(value, model, depth - 1)


def _is_member_of_class(expr: ast.Attribute, model: SemanticModel, depth: int) -> bool:
    """Tell it for `Color.RED`, `Color.RED.value`, `self.__class__.__name__`, `Model._meta.db_table` and the like."""
    if expr.attr in ("__name__", "__qualname__", "__module__", "db_table", "__tablename__"):
        return True
    owner = expr.value
    if expr.attr in ("value", "name") and _is_of_enumeration(owner, model, depth):
        return True
    if expr.attr in ("value", "name") and isinstance(owner, ast.Attribute):
        return _is_member_of_class(owner, model, depth)
    definition = model.names.definition_of(owner)
    if isinstance(definition, ast.ClassDef):
        scope = model.scopes.scope_of(definition.body[0])
        if scope.kind is ScopeKind.CLASS and expr.attr in scope.names:
            member = model.scopes.binding_in(scope, expr.attr)
            return bool(member.assignments) and all(
                _is_closed_assignment(each, member, model, depth) for each in member.assignments
            )
        return False
    return expr.attr.isupper() and expr.attr not in _PARTS_OF_REQUESTS


def _is_of_enumeration(expr: ast.expr, model: SemanticModel, depth: int) -> bool:
    """Tell whether an expression is a member of an enumeration of this module whose values are all closed."""
    known = model.type_of(expr)
    if known is None or not known.name.startswith("."):
        return False
    for each in model.every(ast.ClassDef):
        if each.name == known.name[1:]:
            values = [item.value for item in each.body if isinstance(item, ast.Assign)]
            made = any(isinstance(item, ast.FunctionDef) and item.name in _MEMBER_MAKERS for item in each.body)
            closed = bool(values) and all(is_closed(value, model, depth - 1) for value in values)
            return is_enumeration(each, model) and not made and closed
    return False


def is_enumeration(cls: ast.ClassDef, model: SemanticModel) -> bool:
    """Tell whether a class is an enumeration by one of its bases."""
    return any(model.qualified_name(base) in _ENUMERATIONS for base in cls.bases)


def _is_closed_call(call: ast.Call, model: SemanticModel, depth: int) -> bool:
    func = call.func
    name = model.qualified_name(func) or ""
    if name.startswith("builtins.") and name[9:] in _NUMBER_MAKERS:
        return True
    if name in _TEXT_OF_SAFE:
        return True
    if name in _HOLDERS or name in ("builtins.str", "builtins.repr"):
        return all(is_closed(each, model, depth - 1) for each in call.args)
    if name == "itertools.repeat":
        return all(is_closed(each, model, depth - 1) for each in call.args[:1])
    if not isinstance(func, ast.Attribute):
        return False
    if func.attr in _SAME_TEXT or func.attr in ("keys", "values", "items", "copy", "replace"):
        return is_closed(func.value, model, depth - 1) and all(is_closed(each, model, depth - 1) for each in call.args)
    if func.attr in ("get", "pop"):
        defaults = call.args[1:]
        return bool(call.args) and all(is_closed(each, model, depth - 1) for each in (func.value, *defaults))
    if func.attr == "join":
        return is_closed(func.value, model, depth - 1) and len(call.args) == 1 and is_closed(call.args[0], model, depth)
    if func.attr == "format":
        built = build_of(call, model)
        return built is not None and all(is_closed(hole.value, model, depth - 1) for hole in built.holes)
    return func.attr == "isoformat" and not call.args


def is_constant_by_name(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is a constant of the program by its name, whatever made it: `LOG_FILE`, `self.TABLE`.

    A name that a function fills is none, nor is one that the module assigns again.
    """
    name = expr.id if isinstance(expr, ast.Name) else expr.attr if isinstance(expr, ast.Attribute) else ""
    if not name.isupper() or name in _PARTS_OF_REQUESTS:
        return False
    binding = model.binding_of(expr)
    if binding is None:
        return isinstance(expr, ast.Attribute)
    return not binding.is_local and binding.single is not None


def _is_choice(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is an argument of the command line that is one of some choices, or a number."""
    if not isinstance(expr, (ast.Attribute, ast.Subscript)) or "add_argument" not in model.written_names:
        return False
    from perffix.semantic.flow.sources import are_arguments, is_limited_argument

    if not are_arguments(expr.value, model):
        return False
    if isinstance(expr, ast.Attribute):
        return is_limited_argument((attribute(expr.attr),), model)
    return isinstance(expr.slice, ast.Constant) and is_limited_argument((item(expr.slice.value),), model)


# Checks against a list of allowed values


def _is_checked(expr: ast.expr, model: SemanticModel, depth: int) -> bool:
    """Tell whether a test on the way to an expression leaves only closed values: `if x not in ALLOWED: raise`."""
    if not isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return False
    wanted = ast.dump(expr)
    return any(
        _admits_only_closed(test, wanted, positive, model, depth) for test, positive in tests_before(expr, model)
    )


def tests_before(expr: ast.expr, model: SemanticModel) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the tests that have come out true (or false) wherever the expression is evaluated."""
    yield from tests_of_field(expr, model)
    child: ast.AST = expr
    for parent in model.ancestors(expr):
        if isinstance(parent, ast.If):
            if child in parent.body:
                yield parent.test, True
            elif child in parent.orelse:
                yield parent.test, False
        elif isinstance(parent, ast.IfExp):
            if child is parent.body:
                yield parent.test, True
            elif child is parent.orelse:
                yield parent.test, False
        if isinstance(child, ast.stmt):
            yield from _leaving_tests(model.block_of(child), child)
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return
        child = parent


def _leaving_tests(block: list[ast.stmt], end: ast.stmt) -> Iterator[tuple[ast.expr, bool]]:
    for statement in block[: block.index(end)]:
        if isinstance(statement, ast.If):
            yield from ((test, False) for test in _tests_that_leave(statement))
        elif isinstance(statement, ast.Assert):
            yield statement.test, True


def _tests_that_leave(statement: ast.stmt) -> list[ast.expr]:
    """Return the tests of an `if` all branches of which leave the block; none when one does not."""
    found: list[ast.expr] = []
    while isinstance(statement, ast.If) and isinstance(statement.body[-1], _LEAVES):
        found.append(statement.test)
        if not statement.orelse:
            return found
        statement = statement.orelse[0]
    return []


def _admits_only_closed(test: ast.expr, wanted: str, positive: bool, model: SemanticModel, depth: int) -> bool:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _admits_only_closed(test.operand, wanted, not positive, model, depth)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) is positive:
        return any(_admits_only_closed(each, wanted, positive, model, depth) for each in test.values)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or ast.dump(test.left) != wanted:
        return False
    operator, other = test.ops[0], test.comparators[0]
    member = (ast.In, ast.Eq) if positive else (ast.NotIn, ast.NotEq)
    if not isinstance(operator, member):
        return False
    if isinstance(operator, (ast.In, ast.NotIn)):
        return _holds_closed(other, model, depth - 1) or _is_constant_name(other)
    return is_closed(other, model, depth - 1)


def _is_constant_name(expr: ast.expr) -> bool:
    """Tell whether a container is a constant by its name: `ALLOWED`, `settings.TABLES`, `self.FIELDS`."""
    name = expr.id if isinstance(expr, ast.Name) else expr.attr if isinstance(expr, ast.Attribute) else ""
    return name.isupper()
