"""What becomes of the rows of a query in the function that asks for them, by its tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Collection

    from perffix.semantic.model import SemanticModel

COUNT, ANY, NONE = "count", "any", "none"
_LISTS = ("list", "tuple")
_NUMBERS: dict[tuple[type[ast.cmpop], int], str] = {
    (ast.Gt, 0): ANY, (ast.GtE, 1): ANY, (ast.NotEq, 0): ANY,
    (ast.Eq, 0): NONE, (ast.LtE, 0): NONE, (ast.Lt, 1): NONE,
}  # fmt: skip
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip


class Held(NamedTuple):
    """A value and all that uses it.

    Attributes:
        value: the expression that makes it; with `list()` around it, that call.
        uses: the expressions that stand for it: itself, or every place that reads the name that holds it.
        assigned: the expressions that the name is given, itself among them; empty without a name.
    """

    value: ast.expr
    uses: tuple[ast.expr, ...]
    assigned: tuple[ast.expr, ...]


class Counting(NamedTuple):
    """A place where no more is wanted of rows than their number, or whether there are any.

    Attributes:
        node: the expression that says so, `len(books)`.
        value: what stands for the rows in it.
        wanted: `COUNT`; `ANY` for whether there are some; `NONE` for whether there are none.
    """

    node: ast.expr
    value: ast.expr
    wanted: str


def held(node: ast.expr, known: Collection[ast.expr], model: SemanticModel) -> Held | None:
    """Return where a value of a function is used; None when not all of its uses can be told.

    Args:
        node: the expression that makes it.
        known: the expressions that may take its place: that the same name may hold elsewhere.
        model: what the module means.
    """
    value = listed(node, model)
    statement = model.parent(value)
    target: ast.expr | None = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    if target is None:
        return None if isinstance(statement, ast.NamedExpr) else Held(value, (value,), ())
    binding = model.binding_of(target) if isinstance(target, ast.Name) else None
    if binding is None or not binding.is_local or model.locals.is_used_by_functions(binding):
        return None
    assigned = []
    for each in binding.assignments:
        if each.how not in (How.ASSIGNED, How.ANNOTATED) or each.value is None:
            return None
        if each.value is not value and each.value not in known:
            return None
        assigned.append(each.value)
    if model.locals.is_seen_dynamically(value):
        return None
    return Held(value, binding.uses, tuple(assigned))


def listed(node: ast.expr, model: SemanticModel) -> ast.expr:
    """Return an expression with the call of `list` or `tuple` that it is the only argument of."""
    parent = model.parent(node)
    if isinstance(parent, ast.Call) and parent.args == [node] and not parent.keywords:
        return parent if model.names.is_builtin(parent.func, *_LISTS) else node
    return node


def is_once(use: ast.expr, held: Held, model: SemanticModel) -> bool:
    """Tell whether a use is evaluated at most once for each time that the value is made."""
    around = set(model.loops.loops_around(use))
    return all(around <= set(model.loops.loops_around(each)) for each in held.assigned)


def counting(value: ast.expr, model: SemanticModel) -> Counting | None:
    """Return how rows, that an expression stands for, are only counted; None when more may be done with them."""
    parent = model.parent(value)
    if isinstance(parent, ast.Call) and parent.args == [value] and not parent.keywords:
        if model.names.is_builtin(parent.func, "bool"):
            return Counting(parent, value, ANY)
        if model.names.is_builtin(parent.func, "len"):
            return judged(parent, value, model) or Counting(parent, value, COUNT)
        return None
    if isinstance(parent, ast.Compare) and isinstance(value, ast.Call) and listed_inside(value, model) is not value:
        return _with_empty(parent, value)
    return Counting(value, value, ANY) if is_tested(value, model) else None


def judged(number: ast.expr, value: ast.expr, model: SemanticModel) -> Counting | None:
    """Return how a number of rows serves only to tell whether there are any; None when it does not."""
    parent = model.parent(number)
    if isinstance(parent, ast.Compare) and len(parent.ops) == 1:
        operator = type(parent.ops[0])
        other = parent.comparators[0]
        if other is number:
            other, operator = parent.left, _MIRRORED.get(operator, operator)
        if isinstance(other, ast.Constant) and type(other.value) is int:
            wanted = _NUMBERS.get((operator, other.value))
            return None if wanted is None else Counting(parent, value, wanted)
        return None
    if isinstance(parent, ast.Call) and parent.args == [number] and model.names.is_builtin(parent.func, "bool"):
        return Counting(parent, value, ANY)
    return Counting(number, value, ANY) if is_tested(number, model) else None


def listed_inside(value: ast.Call, model: SemanticModel) -> ast.expr:
    """Return what a call of `list` or `tuple` lists; the call itself when it is none."""
    if len(value.args) == 1 and not value.keywords and model.names.is_builtin(value.func, *_LISTS):
        return value.args[0]
    return value


def _with_empty(comparison: ast.Compare, value: ast.expr) -> Counting | None:
    """Return how a list is compared with an empty one."""
    if len(comparison.ops) != 1 or comparison.left is not value:
        return None
    other = comparison.comparators[0]
    if not isinstance(other, ast.List) or other.elts:
        return None
    wanted = {ast.Eq: NONE, ast.NotEq: ANY}.get(type(comparison.ops[0]))
    return None if wanted is None else Counting(comparison, value, wanted)


def is_tested(node: ast.expr, model: SemanticModel) -> bool:
    """Tell whether nothing but the truth of an expression is asked."""
    parent = model.parent(node)
    if isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return parent.test is node
    if isinstance(parent, ast.UnaryOp):
        return isinstance(parent.op, ast.Not)
    if isinstance(parent, ast.BoolOp):
        return is_tested(parent, model)
    if isinstance(parent, ast.comprehension):
        return node in parent.ifs
    if isinstance(parent, ast.Call) and parent.args == [node]:
        return model.names.is_builtin(parent.func, "bool")
    return False


def string_around(node: ast.expr, model: SemanticModel) -> ast.JoinedStr | None:
    """Return the outermost f-string that an expression stands in: not every Python says where its parts are."""
    strings = [each for each in model.ancestors(node) if isinstance(each, ast.JoinedStr)]
    return strings[-1] if strings else None


def asks_anew(use: ast.expr, methods: Collection[str], lookups: Collection[str], model: SemanticModel) -> bool:
    """Tell whether a use of a query asks the database for something else, whatever rows are in memory.

    Args:
        use: what stands for the query.
        methods: the methods that do so.
        lookups: the methods that take another query as a condition: `filter(book__in=books)`.
        model: what the module means.
    """
    parent = model.parent(use)
    if isinstance(parent, ast.Attribute):
        return parent.attr in methods and isinstance(model.parent(parent), ast.Call)
    if isinstance(parent, ast.keyword) and (parent.arg or "").endswith("__in"):
        call = model.parent(parent)
        return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in lookups
    return False
