"""Searches: where a list is looked through with `in`, and in which loops it stays the same meanwhile."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from perffix.semantic.effects import loop_region
from perffix.semantic.loops import COMPREHENSIONS
from perffix.semantic.uses import LEAKS, WRITES, UseKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from perffix.semantic.loops import Loop
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

T = TypeVar("T")


class Search(NamedTuple):
    """A list and where it is searched.

    Attributes:
        binding: the name or attribute.
        loop: the outermost loop in which it is searched and stays the same object.
        tests: the comparisons `x in xs` in that loop.
        grows: whether the loop appends to it.
    """

    binding: Binding
    loop: Loop
    tests: Sequence[ast.Compare]
    grows: bool


def search_of(compare: ast.Compare, binding: Binding, model: SemanticModel) -> Search | None:
    """Return the outermost loop in which a searched list is the same in every turn, with all searches in it.

    Where there is none, it may be a loop that only appends to the list. None when the loop may change it otherwise,
    has few turns, or is a `while` that just looks for something that is not in the list.
    """
    for grows in (False, True):
        found: Loop | None = None
        for loop in model.loops.loops_sharing(compare, binding):
            if model.lengths.limits(loop) or _ends_when_absent(loop, compare, model):
                continue
            changed = model.effects.mutates(model.effects.turn_of(loop), binding)
            if changed is not False and not (grows and _only_appends(loop, binding, model)):
                break
            found = loop
        if found is not None:
            return Search(binding, found, _tests_in(found, binding, model), grows)
    return None


def _ends_when_absent(loop: Loop, compare: ast.Compare, model: SemanticModel) -> bool:
    """Tell whether a `while` goes on only until something is not in the list: it looks for a free name."""
    if not isinstance(loop, ast.While):
        return False
    if model.is_within(compare, loop.test):
        return True
    statement = model.statement_of(compare)
    if not isinstance(statement, ast.If) or statement not in loop.body:
        return False
    test, absent = statement.test, isinstance(compare.ops[0], ast.NotIn)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, absent = test.operand, not absent
    branch = statement.body if absent else statement.orelse
    return test is compare and bool(branch) and isinstance(branch[-1], (ast.Return, ast.Break, ast.Raise))


def _tests_in(loop: Loop, binding: Binding, model: SemanticModel) -> list[ast.Compare]:
    return [
        use.user
        for use in model.uses.uses_of(binding)
        if use.kind is UseKind.CONTAINER
        and isinstance(use.user, ast.Compare)
        and loop in model.loops.loops_around(use.user)
    ]


def _only_appends(loop: Loop, binding: Binding, model: SemanticModel) -> bool:
    """Tell whether a loop appends to a list of this function's own and surely changes it in no other way."""
    if model.effects.is_shared(binding) or model.effects.rebinds(model.effects.turn_of(loop), binding):
        return False
    uses = [use for use in model.uses.uses_of(binding) if loop in model.loops.loops_around(use.node)]
    appends = [use for use in uses if use.kind is UseKind.METHOD and use.detail == "append"]
    others = [use for use in uses if use.kind in WRITES or use.kind in LEAKS or use.kind is UseKind.METHOD]
    return bool(appends) and len(others) == len(appends)


def place_before(search: Search, model: SemanticModel) -> ast.stmt:
    """Return the statement before which something can be made that the loop of a search needs."""
    statement = model.statement_of(search.loop)
    above = model.parent(statement)
    while isinstance(above, ast.If) and isinstance(statement, ast.If) and above.orelse == [statement]:
        statement, above = above, model.parent(above)  # nothing can be put before an `elif`
    return statement


def searches_after(
    search: Search, others: Sequence[ast.Compare], model: SemanticModel, *, surely: bool
) -> list[ast.Compare]:
    """Return those of other searches of a list that come later in the block and find the list as this one does.

    What is made of the list before the first loop serves them as well.

    Args:
        search: the first loop that searches the list.
        others: searches of the same list in source order; all of them find it unchanged in their own loops.
        model: the module.
        surely: whether only those where the list is certain not to have changed; else also those where it might have.
    """
    place = place_before(search, model)
    block = model.block_of(place)
    found: list[ast.Compare] = []
    pending = [] if search.grows else list(others)
    for statement in block[block.index(place) :]:
        end = statement.end_lineno or statement.lineno
        pending = [test for test in pending if test.lineno >= statement.lineno]
        if not pending:
            break
        changed = model.effects.mutates([statement], search.binding)
        if changed or (changed is None and surely):
            break
        here = [test for test in pending if test.lineno <= end and model.is_within(test, statement)]
        found += [test for test in here if not _runs_later(test, statement, model)]
    return found


def _runs_later(node: ast.AST, statement: ast.stmt, model: SemanticModel) -> bool:
    """Tell whether a node in a statement runs at another time than the statement itself."""
    for parent in model.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            return True
        if parent is statement:
            break
    return False


class SearchTable(Generic[T]):
    """Remembers how the searches of a list belong together: that is asked at each of them."""

    def __init__(self) -> None:
        self._groups: dict[Binding, Mapping[ast.Compare, T]] = {}

    def groups_of(self, binding: Binding, find: Callable[[], Mapping[ast.Compare, T]]) -> Mapping[ast.Compare, T]:
        """Return what `find` makes of the searches of a list, each group under its first search."""
        found = self._groups.get(binding)
        if found is None:
            found = self._groups[binding] = find()
        return found


def changes_before(search: Search, place: ast.stmt, model: SemanticModel) -> bool | None:
    """Tell whether the list may change after the start of a statement that holds the loop, and before the loop.

    Returns:
        True when it does, or the loop runs at another time than its place says; False when it certainly does not.
    """
    loop = search.loop
    region: list[ast.AST] = [] if isinstance(loop, (ast.While, ast.comprehension)) else [loop.iter]
    child: ast.AST = loop
    while child is not place:
        parent = model.parent(child)
        if parent is None or isinstance(parent, (ast.Lambda, ast.Try)):
            return True
        if isinstance(parent, COMPREHENSIONS):
            region.append(parent)
        elif isinstance(parent, ast.While):
            region.extend(loop_region(parent))
        else:
            region.extend(_evaluated_before(parent, child))
        child = parent
    return model.effects.mutates(region, search.binding)


def _evaluated_before(parent: ast.AST, child: ast.AST) -> Iterator[ast.AST]:
    """Yield what a node evaluates before one of its parts; targets and called names do nothing before the values."""
    for each in ast.iter_child_nodes(parent):
        if each is child:
            return
        is_target = isinstance(getattr(each, "ctx", None), ast.Store)
        is_called = isinstance(parent, ast.Call) and each is parent.func and _is_dotted_name(each)
        if not (is_target or is_called or isinstance(each, ast.stmt)):
            yield each


def _is_dotted_name(expr: ast.AST) -> bool:
    while isinstance(expr, ast.Attribute):
        expr = expr.value
    return isinstance(expr, ast.Name)
