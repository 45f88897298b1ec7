"""A list that is used as a queue rewritten as a `collections.deque`: all of its uses, or none."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, Span
from perffix.semantic.containers.queues import is_extended_by
from perffix.semantic.effects import loop_region
from perffix.semantic.loop_variables import is_run_at_once
from perffix.semantic.loops import constant_int
from perffix.semantic.scopes import How
from perffix.semantic.types import agree_or_none
from perffix.semantic.uses import UseKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Edit
    from perffix.semantic.containers.queues import Queue
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding
    from perffix.semantic.uses import Use

# What a deque does just as a list does, apart from the ends of a queue.
_METHODS = ("clear", "remove", "reverse", "count", "index")
_READERS = ("len", "bool", "any", "all", "sum", "min", "max", "sorted", "list", "tuple", "set", "frozenset", "str.join")
_ALIKE = (UseKind.CONTAINER, UseKind.TRUTH, UseKind.DISCARDED)
_ENDS = (0, -1)  # reading elsewhere takes a deque the longer the further in
_LISTS = ("builtins.list", "typing.List")


def deque_fix(queue: Queue, node: ast.expr, model: SemanticModel) -> Fix:
    """Return the rewrite of a list into a deque.

    All findings about one list get the same edits. Where a deque cannot stand for the list the fix is DISPLAY and
    says what is in the way.

    Args:
        queue: the list with all of its uses.
        node: the use that the finding is about.
        model: the module.
    """
    binding = queue.binding
    name = binding.name
    spelling = model.imports.spelling_of("collections", "deque", at=node)
    obstacle = _obstacle(queue, model)
    edits: tuple[Edit, ...] = ()
    if spelling is not None and obstacle is None:
        edits = tuple(_edits(queue, spelling.text, model))
        if _overlap(edits, model):
            obstacle = "its uses stand inside one another"
    if spelling is None or obstacle is not None:
        reason = obstacle or "the name `deque` is taken here"
        return Fix(Applicability.DISPLAY, f"Make `{name}` a `collections.deque` by hand: {reason}")
    adds = () if spelling.adds is None else (spelling.adds,)
    fix = Fix(Applicability.SAFE, f"Make `{name}` a `collections.deque`", edits, adds)
    if not binding.is_local:
        return fix.lowered(Applicability.UNSAFE, f"other code may use `{name}` as a list")
    if any(use.kind is UseKind.RETURNED for use in queue.others):
        fix = fix.lowered(Applicability.UNSAFE, "what is returned is copied into a list")
    if model.locals.is_used_by_functions(binding):
        fix = fix.lowered(Applicability.UNSAFE, f"a nested function uses `{name}` too")
    if model.locals.is_seen_dynamically(binding.uses[0]):
        fix = fix.lowered(Applicability.UNSAFE, "the function looks at its own names")
    return fix.lowered(spelling.applicability, "the import is a new name in the module")


# What is in the way


def _obstacle(queue: Queue, model: SemanticModel) -> str | None:
    given = _given(queue.binding, model)
    if len(given) < len(queue.binding.assignments):
        known = agree_or_none([model.types.type_of_assignment(each) for each in given])
    else:
        known = model.types.type_of_binding(queue.binding)
    if known is None or known.name != "list" or not known.exact or known.optional:
        return "it may be something else than a plain list"
    for assignment in given:
        reason = _obstacle_in_assignment(assignment, model)
        if reason is not None:
            return f"{reason} at line {getattr(assignment.node, 'lineno', 0)}"
    for use in queue.others:
        if not _is_alike(use, queue, model):
            return f"{_action(use)} at line {use.node.lineno}"
    if any(_deletion(taken, model) is None for taken in queue.front_takes if isinstance(taken, ast.Subscript)):
        return "one `del` removes several things"
    return None


def _given(binding: Binding, model: SemanticModel) -> tuple[Assignment, ...]:
    """Return the assignments that count: of a parameter that is copied into its own name first, not the parameter.

    That is `def f(xs): xs = list(xs)`, when nothing reads the parameter before.
    """
    others = binding.assignments[1:]
    if not others or binding.assignments[0].how is not How.PARAMETER or others[0].how is not How.ASSIGNED:
        return tuple(binding.assignments)
    copying = others[0].statement
    if not isinstance(copying, ast.stmt) or model.parent(copying) is not binding.scope.node:
        return tuple(binding.assignments)
    end = copying.end_lineno or copying.lineno
    early = (use for use in binding.uses if use.lineno <= end and not model.is_within(use, copying))
    grown = any(each.how is How.AUGMENTED for each in others)  # of which nobody knows the type
    return tuple(binding.assignments) if grown or any(True for _ in early) else tuple(others)


def _action(use: Use) -> str:
    if use.kind is UseKind.METHOD:
        return f"`{use.detail}()` is called"
    if use.kind is UseKind.BORROWED:
        return f"`{use.detail}()` reads it"
    return str(use.kind.value)


def _obstacle_in_assignment(assignment: Assignment, model: SemanticModel) -> str | None:
    statement, value = assignment.statement, assignment.value
    if assignment.how is How.DELETED or is_extended_by(assignment):
        return None
    if assignment.how is How.ANNOTATED and isinstance(statement, ast.AnnAssign):
        if model.qualified_name(_generic(statement.annotation)) not in _LISTS:
            return "it is annotated otherwise"
        return None if value is None or model.effects.makes_new_object(value) else "another name may hold it"
    if assignment.how is not How.ASSIGNED or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return "it is bound together with other names or comes from elsewhere"
    assert value is not None
    return None if model.effects.makes_new_object(value) else "another name may hold it"


def _generic(annotation: ast.expr) -> ast.expr:
    """Return the `list` of the annotation `list[int]`."""
    return annotation.value if isinstance(annotation, ast.Subscript) else annotation


def _is_alike(use: Use, queue: Queue, model: SemanticModel) -> bool:
    """Tell whether a use does the same to a deque, or can be written so that it does."""
    if use.kind in _ALIKE:
        return True
    if use.kind is UseKind.METHOD:
        return use.detail in _METHODS
    if use.kind is UseKind.BORROWED:
        return use.detail in _READERS
    if use.kind in (UseKind.INDEX, UseKind.INDEX_WRITE, UseKind.INDEX_DELETE):
        return isinstance(use.user, ast.Subscript) and constant_int(use.user.slice) in _ENDS
    if use.kind is UseKind.ITERATED:
        return _is_iterated_alike(use, queue, model)
    return use.kind is UseKind.RETURNED and isinstance(use.user, ast.Return)


def _is_iterated_alike(use: Use, queue: Queue, model: SemanticModel) -> bool:
    """Tell whether the list stays as it is while it is iterated: then a list goes on, and a deque raises."""
    loop = use.user
    if isinstance(loop, (ast.Starred, ast.keyword)):
        return True
    region: tuple[ast.AST, ...] = ()
    if isinstance(loop, ast.For):
        region = loop_region(loop)
    elif isinstance(loop, ast.comprehension):
        around = model.parent(loop)
        if around is not None and is_run_at_once(around, model):
            region = (around,)
    if not region:
        return False
    changed = model.effects.mutates(region, queue.binding)
    return changed is False or (changed is None and not queue.binding.is_local)


def _deletion(target: ast.Subscript, model: SemanticModel) -> ast.Delete | None:
    """Return the statement `del q[0]`, if that is all it deletes."""
    statement = model.parent(target)
    return statement if isinstance(statement, ast.Delete) and len(statement.targets) == 1 else None


def _overlap(edits: tuple[Edit, ...], model: SemanticModel) -> bool:
    """Tell whether edits stand inside one another, or in an f-string, whose parts have no places of their own."""
    spans = [edit.target.span for edit in edits]
    strings = [Span.of(node) for node in ast.walk(model.source.tree) if isinstance(node, ast.JoinedStr)]
    return any(
        (outer is not inner and outer.contains(inner)) or any(string.contains(inner) for string in strings)
        for inner in spans
        for outer in spans
    )


# The edits


def _edits(queue: Queue, deque: str, model: SemanticModel) -> Iterator[Edit]:
    for assignment in queue.binding.assignments:
        if isinstance(assignment.statement, ast.AnnAssign):
            yield Replace(NodeRef.of(_generic(assignment.statement.annotation)), Code(deque))
        if assignment.value is not None and assignment.how in (How.ASSIGNED, How.ANNOTATED):
            yield _made(assignment.value, deque)
    for taken in queue.front_takes:
        whole = _deletion(taken, model) if isinstance(taken, ast.Subscript) else taken
        assert whole is not None
        yield Replace(NodeRef.of(whole), Code("$list.popleft()", {"list": NodeRef.of(_list_of(taken))}))
    for put in queue.front_puts:
        pieces = {"list": NodeRef.of(_list_of(put)), "item": NodeRef.of(put.args[1])}
        yield Replace(NodeRef.of(put), Code("$list.appendleft($item)", pieces))
    for call in queue.back_takes:
        if call.args:
            yield Replace(NodeRef.of(call), Code("$list.pop()", {"list": NodeRef.of(_list_of(call))}))
    for use in queue.others:
        if use.kind is UseKind.RETURNED:
            yield Replace(NodeRef.of(use.node), Code("list($list)", {"list": NodeRef.of(use.node)}))


def _list_of(node: ast.Call | ast.Subscript) -> ast.expr:
    if isinstance(node, ast.Subscript):
        return node.value
    assert isinstance(node.func, ast.Attribute)
    return node.func.value


def _made(value: ast.expr, deque: str) -> Edit:
    """Return the edit that makes a deque where a list was made."""
    if isinstance(value, ast.List) and not value.elts:
        return Replace(NodeRef.of(value), Code(f"{deque}()"))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "list":
        return Replace(NodeRef.of(value.func), Code(deque))
    return Replace(NodeRef.of(value), Code(f"{deque}($items)", {"items": NodeRef.of(value)}))
