"""One list or dict of parameters that the steps of a text fill, for styles in which their order does not matter."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Code, InsertBefore, NodeRef
from perffix.rewrites.sql_literals import Mark, SpellingError
from perffix.rewrites.sql_placeholders import content_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import Edit
    from perffix.rewrites.sql_placeholders import Contents, Part, Placeholders
    from perffix.semantic.model import SemanticModel


def shared_parameters(
    name: str,
    parts: Sequence[Part],
    steps: Sequence[ast.stmt],
    call: ast.stmt,
    labels: Placeholders | None,
    model: SemanticModel,
) -> tuple[list[Edit], Contents]:
    """Return the statements that make and fill the parameters, and what stands in the text.

    Args:
        name: the variable for them.
        parts: the regions with values.
        steps: the statements by which the text grows.
        call: the statement that runs it.
        labels: the names of the placeholders; None where they are numbered.
        model: the module.

    Raises:
        SpellingError: some value cannot be had beside the text.
    """
    parts = sorted(parts, key=lambda part: (part.statement.lineno, part.region.root.lineno))
    if any(each.kind == "bind" for part in parts for each in part.parameters):
        raise SpellingError
    every = [*steps, *(part.statement for part in parts)]
    first = _common_start(min(every, key=lambda each: each.lineno), call, model)
    ordered = [reference for part in parts for reference in part.references]
    contents: Contents = {} if labels is None else labels.contents(ordered)
    keys = iter([] if labels is None else labels.names(ordered))
    edits: list[Edit] = []
    by_statement: dict[int, list[tuple[Part, int]]] = {}
    for part, index in ordered:
        by_statement.setdefault(id(part.statement), []).append((part, index))
    if id(first) not in by_statement:
        edits.append(InsertBefore(NodeRef.of(first), Code(f"{name} = {'[]' if labels is None else '{}'}")))
    for flat in by_statement.values():
        statement = flat[0][0].statement
        if isinstance(statement, (ast.While, ast.If)) or not _is_evaluated_at_once(flat, model):
            raise SpellingError
        codes = [part.parameters[index].code for part, index in flat]
        if labels is None:
            contents.update(_numbered(name, flat, begins=statement is first))
            code = _appended(name, codes, begins=statement is first)
        elif _loops(statement, model) > _loops(first, model):
            raise SpellingError  # every turn would need names of its own
        else:
            code = _filled(name, {next(keys): each for each in codes}, begins=statement is first)
        edits.append(InsertBefore(NodeRef.of(statement), Code(code.replace("$", "$$"))))
    return edits, contents


def _numbered(name: str, flat: Sequence[tuple[Part, int]], *, begins: bool) -> Contents:
    """Return the placeholders of one step: their numbers are known at run time, by the length of the list."""
    found: Contents = {}
    for number, (part, index) in enumerate(flat):
        back = len(flat) - 1 - number
        mark = None if begins else Mark(f"len({name}) - {back}" if back else f"len({name})", "")
        label = f"${number + 1}" if begins else "$"
        found[id(part.region), index] = content_for(part.parameters[index], label, "dollar", mark)
    return found


def _loops(statement: ast.stmt, model: SemanticModel) -> int:
    return len(list(model.loops.repeating_loops(statement)))


def _common_start(first: ast.stmt, call: ast.stmt, model: SemanticModel) -> ast.stmt:
    """Return the statement before which a variable is known to the first step and to the call."""
    around = [each for each in (call, *model.ancestors(call)) if isinstance(each, ast.stmt)]
    child: ast.AST | None = first
    while isinstance(child, ast.stmt):
        block = model.block_of(child)
        if any(each in block for each in around):
            return child
        child = model.parent(child)
        while child is not None and not isinstance(child, ast.stmt):
            child = model.parent(child)
    raise SpellingError


def _filled(name: str, values: dict[str, str], *, begins: bool) -> str:
    """Return the statements that put values into a dict of parameters, which the first of them makes."""
    if begins:
        return f"{name} = {{" + ", ".join(f'"{key}": {code}' for key, code in values.items()) + "}"
    return "\n".join(f'{name}["{key}"] = {code}' for key, code in values.items())


def _appended(name: str, codes: list[str], *, begins: bool) -> str:
    """Return the statement that puts values into a list of parameters, which the first of them makes."""
    if begins:
        return f"{name} = [{', '.join(codes)}]"
    return f"{name}.append({codes[0]})" if len(codes) == 1 else f"{name} += [{', '.join(codes)}]"


def _is_evaluated_at_once(flat: Sequence[tuple[Part, int]], model: SemanticModel) -> bool:
    """Tell whether values that a statement uses can be had before it: they stand in no inner scope of it."""
    for part, _ in flat:
        for parent in model.ancestors(part.region.root):
            if parent is part.statement:
                break
            if isinstance(parent, (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)):
                return False
    return True
