"""How a loop that fills a collection is written as one statement: the text, its layout and its applicability.

The rules on accumulating loops share this; what is certain about such a loop is told by
`semantic.containers.accumulation`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Code, Confidence, Fix, NodeRef, Related, Replace, Span
from perffix.semantic.containers import accumulation
from perffix.semantic.containers.interruption import Witness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perffix.semantic.containers.accumulation import Accumulation
    from perffix.semantic.model import SemanticModel

_ONE_LINE = 88  # columns up to which a comprehension is written on one line
_WIDEST = 120  # columns that no line of a comprehension may pass
_COMPILERS = ("numba.", "cython.")
_INLINED_SINCE = (3, 12)  # older Pythons run a comprehension in a frame of its own
_MOST_LINES = 8  # lines up to which a comprehension is easier to read than its loop


class Layout(NamedTuple):
    """A template with its pieces, and whether a person would want to read the result."""

    text: str
    pieces: Mapping[str, NodeRef | str]
    is_readable: bool


def is_replaceable(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether an accumulation is worth a finding: one statement can do the same, as far as anybody can see.

    It is not where the loop runs a few times only, reads what it builds, binds what others need, or stands where a
    handler would go on with the part that was built before an exception.
    """
    return (
        not model.loops.has_few_turns(found.loop)
        and not _is_compiled(found, model)
        and accumulation.fits_comprehension(found, model)
        and not accumulation.may_read_itself(found, model)
        and accumulation.partial_result(found, model) is not Witness.CERTAIN
    )


def _is_compiled(found: Accumulation, model: SemanticModel) -> bool:
    """Tell whether a decorator hands the function to a compiler, for which a loop is no slower than a comprehension."""
    function = model.function_of(found.loop)
    for decorator in function.decorator_list if function is not None else ():
        name = model.qualified_name(decorator.func if isinstance(decorator, ast.Call) else decorator) or ""
        if name.startswith(_COMPILERS):
            return True
    return False


def confidence(found: Accumulation) -> Confidence:
    """Return how sure the type of the collection is: an annotation may be wrong, or mean a subclass."""
    return Confidence.HIGH if found.type.exact else Confidence.MEDIUM


def evidence(found: Accumulation) -> tuple[str, ...]:
    """Return the proved facts."""
    because = f": {found.type.because}" if found.type.because else ""
    return (f"`{found.collection.id}` is a {found.type.name}{because}", "nothing else uses the loop's variables")


def related(found: Accumulation) -> tuple[Related, ...]:
    """Return the places that belong to the story: where the collection starts, and the loop."""
    loop = found.loop
    header = Span(loop.lineno, loop.col_offset, loop.iter.end_lineno or loop.lineno, loop.iter.end_col_offset or 0)
    turns = Related(header, "the loop that does nothing else")
    if found.start is None:
        return (turns,)
    return (Related(Span.of(found.start), f"`{found.collection.id}` starts empty here"), turns)


def layout(found: Accumulation, before: str, brackets: str, after: str) -> Layout:
    """Return the statement `before[element for ...]after` for an accumulation.

    Args:
        found: the loop.
        before: template text in front of the brackets; `$target` and `$annotation` may stand in it.
        brackets: `[]` or `{}`.
        after: text behind the brackets.
    """
    loop = found.loop
    pieces: dict[str, NodeRef | str] = {"target": found.collection.id}
    parts = {"var": loop.target, "iter": loop.iter, "element": found.element}
    if found.key is not None:
        parts["key"] = found.key
    if found.condition is not None:
        parts["test"] = found.condition
    if isinstance(found.start, ast.AnnAssign) and "$annotation" in before:
        parts["annotation"] = found.start.annotation
    pieces.update({name: NodeRef.of(node) for name, node in parts.items()})
    rows = ["$element" if found.key is None else "$key: $element"]
    rows.append(f"{'async for' if isinstance(loop, ast.AsyncFor) else 'for'} $var in $iter")
    if found.condition is not None:
        rows.append("if $test")
    heights = {name: _lines(node) for name, node in parts.items()}
    one_line = f"{before}{brackets[0]}{' '.join(rows)}{brackets[1]}{after}"
    column = loop.col_offset
    if max(heights.values()) == 1 and column + _width(one_line, parts, found) <= _ONE_LINE:
        return Layout(one_line, pieces, True)
    text = "\n".join([f"{before}{brackets[0]}", *(f"    {row}" for row in rows), f"{brackets[1]}{after}"])
    widest = max(column + _width(line, parts, found) for line in text.split("\n"))
    height = len(rows) + 2 + sum(heights.values()) - len(heights)
    return Layout(text, pieces, widest <= _WIDEST and height <= _MOST_LINES)


def _lines(node: ast.expr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _width(text: str, parts: Mapping[str, ast.expr], found: Accumulation) -> int:
    """Return the columns that a line of a template will take; a piece of several lines counts with its first."""
    width = len(text.replace("$target", found.collection.id))
    for name, node in parts.items():
        if f"${name}" in text:
            width += (node.end_col_offset or 0) - node.col_offset if _lines(node) == 1 else 0
            width -= len(name) + 1
    return width


def replacement(found: Accumulation, code: Code, model: SemanticModel) -> tuple[Replace, ...]:
    """Return the edits that put one statement in the place of the loop and of the empty start, if there is one.

    The statement goes where the start is, unless something stands between the two, or the loop holds comments.
    """
    loop, start = found.loop, found.start
    if start is None:
        return (Replace(NodeRef.of(loop), code),)
    lines = range(loop.lineno, (loop.end_lineno or loop.lineno) + 1)
    near = start.end_lineno == loop.lineno - 1 and not any("#" in model.source.line(number) for number in lines)
    kept, dropped = (start, loop) if near else (loop, start)
    return (Replace(NodeRef.of(kept), code), Replace(NodeRef.of(dropped), Code("")))


def opening(found: Accumulation) -> str:
    """Return the beginning of the assignment that takes the place of the start, up to its value."""
    return "$target: $annotation = " if isinstance(found.start, ast.AnnAssign) else "$target = "


def applicability(found: Accumulation, model: SemanticModel) -> tuple[Applicability, str]:
    """Return who decides on replacing a loop, and the reason when that is not SAFE."""
    if not accumulation.is_in_function(found, model):
        return Applicability.UNSAFE, "the loop's variables are attributes of the module"
    if not accumulation.is_own(found, model):
        return Applicability.UNSAFE, f"`{found.collection.id}` is perhaps not the function's own, or not bound"
    if accumulation.captures_variables(found, model):
        return Applicability.UNSAFE, "a closure keeps the loop's variables"
    if accumulation.partial_result(found, model) is not Witness.NONE:
        return Applicability.UNSAFE, "what was built before an exception is lost"
    if not accumulation.keeps_order(found, model):
        return Applicability.UNSAFE, "the key is evaluated before the value"
    return Applicability.SAFE, ""


def fix(found: Accumulation, plan: Layout, description: str, model: SemanticModel, target: tuple[int, int]) -> Fix:
    """Return the fix that puts a layout in the place of the loop, or mere advice when it would not read well.

    Args:
        found: the loop.
        plan: the layout.
        description: what the fix does.
        model: the module.
        target: the oldest Python that the code must run on.
    """
    if not plan.is_readable:
        return Fix(Applicability.DISPLAY, f"{description}, with a name for its longest part")
    level, why = applicability(found, model)
    if level is Applicability.SAFE and target < _INLINED_SINCE and accumulation.recurses(found, model):
        level, why = Applicability.UNSAFE, "before Python 3.12 each level of the recursion takes two frames"
    edits = replacement(found, Code(plan.text, plan.pieces), model)
    return Fix(Applicability.SAFE, description, edits).lowered(level, why)


def copying_fix(
    found: Accumulation, source: ast.expr, plain: bool, description: str, model: SemanticModel
) -> Fix | None:
    """Return the fix that copies a whole iterable, or None where `list` or `dict` is not the builtin.

    Args:
        found: the loop.
        source: the iterable or dict to copy.
        plain: whether it is of a builtin type, so that asking for its length or keys runs no code of the program.
        description: what the fix does.
        model: the module.
    """
    maker, method = ("list", "extend") if found.key is None else ("dict", "update")
    if found.start is None:
        text = f"$target.{method}($source)"
    elif model.names.has_star_import or model.scopes.lookup(maker, model.scopes.scope_of(found.loop)):
        return None
    else:
        text = f"{opening(found)}{maker}($source)"
    pieces: dict[str, NodeRef | str] = {"target": found.collection.id, "source": NodeRef.of(source)}
    if isinstance(found.start, ast.AnnAssign):
        pieces["annotation"] = NodeRef.of(found.start.annotation)
    level, why = applicability(found, model)
    if level is Applicability.SAFE and not plain:
        level, why = Applicability.UNSAFE, "it also asks an object of unknown type for its length"
    return Fix(Applicability.SAFE, description, replacement(found, Code(text, pieces), model)).lowered(level, why)
