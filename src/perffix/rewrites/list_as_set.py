"""A list that is searched again and again, asked as a set: made one from the start, or copied before the loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, InsertBefore, NodeRef, Replace
from perffix.semantic.containers.hashability import is_plain
from perffix.semantic.containers.searches import changes_before, place_before
from perffix.semantic.loop_variables import is_run_at_once
from perffix.semantic.scopes import How
from perffix.semantic.uses import UseKind
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import Edit
    from perffix.semantic.containers.searches import Search
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_FUNCTIONS = (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
_METHODS = {"append": "add", "extend": "update"}


def may_be_a_set(binding: Binding, model: SemanticModel) -> bool:
    """Tell whether a list could be a set from the start, since all of the function only adds to it and searches it."""
    return _as_set(binding, model) is not None


def set_fix(search: Search, later: Sequence[ast.Compare], model: SemanticModel) -> Fix:
    """Return the rewrite of a searched list: into a set where nothing needs the list, else a set beside it.

    The rewrite is SAFE when elements and looked-up values are proved to be of plain types, which are found in a set
    just when they are found in a list.

    Args:
        search: the loop that searches the list.
        later: searches in loops that follow, which a set beside the list serves as well.
        model: the module.
    """
    name = search.binding.name
    edits = _as_set(search.binding, model)
    if edits is not None:
        fix = Fix(Applicability.SAFE, f"Make `{name}` a set", edits)
        why = _doubt_about_types(search.binding, model)
        if why is None and model.locals.is_seen_dynamically(search.binding.uses[0]):
            why = "the function looks at its own names"
        return fix if why is None else fix.lowered(Applicability.UNSAFE, why)
    if search.grows:
        return Fix(Applicability.DISPLAY, f"Keep a set beside `{name}`: add to both, and search the set")
    copy = _copied(search, later, model)
    if copy is None:
        return Fix(Applicability.DISPLAY, f"Make a set of `{name}` before the loop and search that")
    why = _doubt_about_types(search.binding, model) or _doubt_about_place(search, later, model)
    return copy if why is None else copy.lowered(Applicability.UNSAFE, why)


def _doubt_about_types(binding: Binding, model: SemanticModel) -> str | None:
    known = model.types.type_of_binding(binding)
    if known is None or known.name != "list" or known.optional:
        return f"`{binding.name}` may search itself in a way of its own"
    if not is_plain(known.element):
        return f"equal elements of `{binding.name}` may have different hashes, or none"
    for use in model.uses.uses_of(binding):
        asked = use.user.left if use.kind is UseKind.CONTAINER and isinstance(use.user, ast.Compare) else None
        if asked is not None and not is_plain(model.type_of(asked)):
            return f"`{model.text(asked, 40)}` may not be hashable"
    return None


# The list becomes a set


def _as_set(binding: Binding, model: SemanticModel) -> tuple[Edit, ...] | None:
    """Return the edits that make a list a set, or None where something needs the list."""
    if not binding.is_local:
        return None
    edits: list[Edit] = []
    for assignment in binding.assignments:
        statement, value = assignment.statement, assignment.value
        whole = isinstance(statement, ast.Assign) and len(statement.targets) == 1 and assignment.how is How.ASSIGNED
        made = None if value is None or not whole else _made(value, model)
        if made is None:
            return None
        edits.append(made)
    for use in model.uses.uses_of(binding):
        if use.kind in (UseKind.CONTAINER, UseKind.TRUTH):
            continue
        call = use.user
        if use.kind is not UseKind.METHOD or use.detail not in _METHODS or not isinstance(call, ast.Call):
            return None
        if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
            return None
        pieces = {"list": NodeRef.of(use.node), "item": NodeRef.of(call.args[0])}
        edits.append(Replace(NodeRef.of(call), Code(f"$list.{_METHODS[use.detail]}($item)", pieces)))
    spans = [edit.target.span for edit in edits]
    nested = any(one is not other and one.contains(other) for one in spans for other in spans)
    return None if nested else tuple(edits)


def _made(value: ast.expr, model: SemanticModel) -> Edit | None:
    """Return the edit that makes a set where a list was made."""
    target = NodeRef.of(value)
    if model.names.has_star_import or model.scopes.is_bound_anywhere("set"):
        return None
    if isinstance(value, ast.List):
        if not value.elts:
            return Replace(target, Code("set()"))
        if any(isinstance(each, ast.Starred) for each in value.elts):
            return None
        return Replace(target, _set_display(value))
    if isinstance(value, ast.ListComp):
        return Replace(target, _set_comprehension(value))
    if isinstance(value, ast.Call) and model.names.is_builtin(value.func, "list") and not value.keywords:
        return Replace(NodeRef.of(value.func), Code("set"))
    return None


def _set_display(value: ast.List) -> Code:
    pieces = {f"item{n}": NodeRef.of(each) for n, each in enumerate(value.elts)}
    rows: dict[int, list[str]] = {}
    for name, each in zip(pieces, value.elts, strict=True):
        rows.setdefault(each.lineno, []).append(f"${name}")
    lines = [", ".join(row) for row in rows.values()]
    return Code(_in_braces([f"{line}," for line in lines] if _is_tall(value) else lines, value), pieces)


def _set_comprehension(value: ast.ListComp) -> Code:
    pieces = {"item": NodeRef.of(value.elt)}
    rows = ["$item"]
    for n, clause in enumerate(value.generators):
        pieces |= {f"var{n}": NodeRef.of(clause.target), f"iter{n}": NodeRef.of(clause.iter)}
        rows.append(f"{'async for' if clause.is_async else 'for'} $var{n} in $iter{n}")
        for k, test in enumerate(clause.ifs):
            pieces[f"test{n}_{k}"] = NodeRef.of(test)
            rows.append(f"if $test{n}_{k}")
    return Code(_in_braces(rows, value), pieces)


def _in_braces(rows: list[str], instead_of: ast.expr) -> str:
    """Return the template of a set on one line or on several, as what it replaces is written."""
    if _is_tall(instead_of):
        return "\n".join(["{", *(f"    {row}" for row in rows), "}"])
    return "{" + " ".join(rows) + "}"


def _is_tall(expr: ast.expr) -> bool:
    return expr.lineno != expr.end_lineno


# A set beside the list


def _copied(search: Search, later: Sequence[ast.Compare], model: SemanticModel) -> Fix | None:
    binding, statement = search.binding, place_before(search, model)
    if model.scopes.scope_of(statement).kind is ScopeKind.CLASS or model.scopes.is_bound_anywhere("set"):
        return None  # comprehensions see no names of a class
    if changes_before(search, statement, model):
        return None
    base = binding.name.rpartition(".")[2].lstrip("_")
    name = model.locals.unused_name(f"{base}_set", f"set_of_{base}")
    if name is None:
        return None
    lists = [test.comparators[0] for test in (*search.tests, *later)]
    if any(model.parent(each) is None or _is_formatted(each, model) for each in lists):
        return None
    edits: list[Edit] = [InsertBefore(NodeRef.of(statement), Code(f"{name} = set({binding.name})"))]
    edits += [Replace(NodeRef.of(each), Code(name)) for each in lists]
    return Fix(Applicability.SAFE, f"Make a set of `{binding.name}` before the loop", tuple(edits))


def _is_formatted(expr: ast.expr, model: SemanticModel) -> bool:
    return any(isinstance(each, ast.JoinedStr) for each in model.ancestors(expr))


def _doubt_about_place(search: Search, later: Sequence[ast.Compare], model: SemanticModel) -> str | None:
    """Return why a set made before the loop might be noticed."""
    binding, statement = search.binding, place_before(search, model)
    if not binding.is_local or model.scopes.scope_of(statement).kind not in _FUNCTIONS:
        return f"other code may change `{binding.name}` during the loop"
    if not model.locals.is_bound_before(binding, statement):
        return f"`{binding.name}` may have no value before the loop"
    if changes_before(search, statement, model) is None:
        return f"`{binding.name}` may change before the loop"
    around = (each for test in (*search.tests, *later) for each in model.ancestors(test))
    if any(isinstance(each, ast.GeneratorExp) and not is_run_at_once(each, model) for each in around):
        return "nobody knows when the generator runs"
    if model.locals.is_seen_dynamically(statement):
        return "the function looks at its own names"
    return None
