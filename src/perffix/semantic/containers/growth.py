"""Growth: statements that make a string longer by what they add to it, and how that is written."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.semantic.loops import Loop
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding

Target = ast.Name | ast.Attribute | ast.Subscript


class Form(enum.Enum):
    """How a string is made longer."""

    APPEND = "append"  # s += x, s = s + x
    CHAIN = "chain"  # s = s + x + y, which copies s before y is added
    PREPEND = "prepend"  # s = x + s
    FORMAT = "format"  # s = f"{s}{x}"


_COPYING_FORMS = {
    Form.PREPEND: "text put in front moves all that is there already",
    Form.FORMAT: "an f-string copies all that is there already",
    Form.CHAIN: "`s + x + y` copies `s` before `y` is added",
}


class Growth(NamedTuple):
    """A statement that makes a string longer.

    Attributes:
        statement: the assignment.
        target: the string.
        form: how it is written.
        added: what is added, in the order of the text.
        copies: the expressions besides the target that name the string; they read it for no other purpose.
    """

    statement: ast.Assign | ast.AugAssign
    target: Target
    form: Form
    added: tuple[ast.expr, ...]
    copies: tuple[ast.expr, ...]


class Story(NamedTuple):
    """A string that does nothing but grow in a loop.

    Attributes:
        binding: the string's name or attribute.
        loop: the outermost loop in which it only grows.
        growths: the statements in the loop that make it longer, in source order.
        start: the statement that assigns a literal to it just before the loop, if there is one.
        first: that literal.
    """

    binding: Binding
    loop: ast.For | ast.AsyncFor | ast.While
    growths: Sequence[Growth]
    start: ast.Assign | ast.AnnAssign | None
    first: ast.Constant | None


def story_of(growth: Growth, model: SemanticModel) -> Story | None:
    """Return the outermost loop in which a string only grows, with all that makes it longer there.

    None when the loop reads the string for another purpose, gives it a new value, or has few turns.
    """
    binding = model.binding_of(growth.target)
    if binding is None:
        return None
    found = [growth_at(each.statement) for each in binding.assignments if isinstance(each.statement, ast.stmt)]
    growths = [each for each in found if each is not None]
    statements = {each.statement for each in growths}
    shared = model.loops.loops_sharing(growth.statement, binding, statements)
    loops = [loop for loop in shared if not model.lengths.limits(loop)]
    if not loops or isinstance(loops[-1], ast.comprehension):
        return None
    loop = loops[-1]
    inside = [each for each in growths if loop in model.loops.loops_around(each.statement)]
    own = {node for each in inside for node in (each.target, *each.copies)}
    if any(place not in own for place in model.locals.places_in(binding, loop)):
        return None
    if all(_is_rare(each, loop, model) for each in inside):
        return None
    start, first = _start(model.locals.start_of(binding, loop))
    return Story(binding, loop, inside, start, first)


def why_copied(story: Story, model: SemanticModel) -> str | None:
    """Return why every turn copies the string, or None where CPython makes it longer in place."""
    for growth in story.growths:
        if growth.form in _COPYING_FORMS and not _is_rare(growth, story.loop, model):
            return _COPYING_FORMS[growth.form]
    binding = story.binding
    if binding.is_attribute:
        return "its object holds the string while a longer one is made"
    if binding.scope.kind is ScopeKind.MODULE:
        return "the module holds the string while a longer one is made"
    if not binding.is_local:
        return "the class holds the string while a longer one is made"
    if model.locals.is_used_by_functions(binding):
        return "a nested function shares the variable, so that CPython cannot make the string longer in place"
    return None


def _is_rare(growth: Growth, loop: Loop, model: SemanticModel) -> bool:
    """Tell whether a statement makes a string longer in one turn only, or copies it in single turns."""
    if _runs_once(growth.statement, loop, model):
        return True
    return growth.form in _COPYING_FORMS and model.loops.is_picked_out(growth.statement, loop)


def _runs_once(statement: ast.stmt, loop: ast.AST, model: SemanticModel) -> bool:
    """Tell whether a statement runs if `index == 0`, or not if `index > 0`, where `index` counts a loop's turns."""
    counter = _counter(loop)
    child: ast.AST = statement
    for parent in model.ancestors(statement):
        if parent is loop or counter is None:
            return False
        if isinstance(parent, ast.If) and child in parent.body:
            tests = parent.test.values if isinstance(parent.test, ast.BoolOp) else [parent.test]
            needed = not isinstance(parent.test, ast.BoolOp) or isinstance(parent.test.op, ast.And)
            if needed and any(_is_one_turn(test, counter, (ast.Eq,)) for test in tests):
                return True
        elif isinstance(parent, ast.If) and _is_one_turn(parent.test, counter, (ast.NotEq, ast.Gt)):
            return True
        child = parent
    return False


def _counter(loop: ast.AST) -> str | None:
    """Return the name that has another number in every turn of a loop over `enumerate(...)` or `range(...)`."""
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call) or not isinstance(loop.iter.func, ast.Name):
        return None
    target = loop.target
    if loop.iter.func.id == "enumerate" and isinstance(target, ast.Tuple):
        target = target.elts[0]
    elif loop.iter.func.id != "range":
        return None
    return target.id if isinstance(target, ast.Name) else None


def _is_one_turn(test: ast.expr, counter: str, operators: tuple[type[ast.cmpop], ...]) -> bool:
    """Tell whether a test compares the counter with a constant by an operator that singles one turn out."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], operators):
        return False
    limit = test.comparators[0]
    if not isinstance(test.left, ast.Name) or test.left.id != counter or not isinstance(limit, ast.Constant):
        return False
    return not isinstance(test.ops[0], ast.Gt) or limit.value == 0


def _start(assignment: Assignment | None) -> tuple[ast.Assign | ast.AnnAssign | None, ast.Constant | None]:
    """Return the statement that assigns a string literal, and the literal."""
    if assignment is None or not isinstance(assignment.statement, (ast.Assign, ast.AnnAssign)):
        return None, None
    value = assignment.value
    if isinstance(value, ast.Constant) and type(value.value) is str:
        return assignment.statement, value
    return None, None


def growth_at(statement: ast.stmt) -> Growth | None:
    """Return what a statement adds to a string, or None when it is no such statement; types are not looked at."""
    if isinstance(statement, ast.AugAssign):
        if isinstance(statement.op, ast.Add) and isinstance(statement.target, (ast.Name, ast.Attribute, ast.Subscript)):
            return Growth(statement, statement.target, Form.APPEND, (statement.value,), ())
        return None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], statement.value
    if not isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _from_sum(statement, target, value)
    if isinstance(value, ast.JoinedStr):
        return _from_format(statement, target, value)
    return None


def _from_sum(statement: ast.Assign, target: Target, value: ast.BinOp) -> Growth | None:
    if _names_same(value.right, target):
        return Growth(statement, target, Form.PREPEND, (value.left,), (value.right,))
    added = [value.right]
    left = value.left
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        added.append(left.right)
        left = left.left
    added.reverse()
    if not _names_same(left, target):
        return None
    form = Form.APPEND if len(added) == 1 else Form.CHAIN
    return Growth(statement, target, form, tuple(added), (left,))


def _from_format(statement: ast.Assign, target: Target, value: ast.JoinedStr) -> Growth | None:
    fields = [each for each in value.values if isinstance(each, ast.FormattedValue)]
    plain = [each.value for each in fields if each.conversion == -1 and each.format_spec is None]
    same = tuple(each for each in plain if _names_same(each, target))
    others = tuple(each.value for each in fields if not _names_same(each.value, target))
    if len(same) != 1 or len(value.values) < 2 or len(others) + 1 != len(fields):
        return None
    return Growth(statement, target, Form.FORMAT, others, same)


def _names_same(expr: ast.expr, target: Target) -> bool:
    """Tell whether an expression reads what a target names."""
    if isinstance(target, ast.Name):
        return isinstance(expr, ast.Name) and expr.id == target.id
    return type(expr) is type(target) and ast.unparse(expr) == ast.unparse(target)
