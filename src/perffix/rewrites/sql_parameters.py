"""Turns values in the text of a statement into parameters, in the style of the driver that receives it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, Span
from perffix.rewrites.sql_literals import Replacement, SpellingError, fragments_of, spell
from perffix.semantic.sql.statement import Role

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.calls import DatabaseCall, Driver
    from perffix.semantic.sql.injection import Exposed, Statement


class _Value(NamedTuple):
    """A parameter: its source, and the range of the statement's text that it replaces.

    Sources are written anew: before Python 3.12 the places of nodes inside of f-strings are wrong.
    """

    code: str
    start: int
    end: int


def parameterised(statement: Statement, call: DatabaseCall, model: SemanticModel) -> Fix | None:
    """Return the fix that passes the exposed values of a statement as parameters, or None where that is not certain.

    Needed: a proved driver, a call without parameters so far, a text that is built in one expression and used
    nowhere else, every exposed part standing as a value, and a spelling that can be rewritten.
    """
    driver = call.driver
    if driver is None or not call.takes_parameters or len(call.call.args) != 1 or call.call.keywords:
        return None
    if not _is_built_for_this_call(statement, call, model):
        return None
    values = _values(statement, model)
    source = model.source.segment(Span.of(statement.built.root))
    if values is None:
        return None
    try:
        indent = model.statement_of(statement.built.root).col_offset
        text = _new_text(statement, values, driver, source, indent)
    except SpellingError:
        return None
    return Fix(
        Applicability.UNSAFE,
        f"Pass {'the value' if len(values) == 1 else 'the values'} as {driver.name} parameters",
        _edits(statement, call, driver, values, text, model),
    )


def _is_built_for_this_call(statement: Statement, call: DatabaseCall, model: SemanticModel) -> bool:
    built = statement.built
    if (
        built.stepwise
        or len(built.names) > 1
        or any(model.binding_of(each.hole.value) in built.names for each in statement.exposed)
    ):
        return False
    text = model.source.segment(Span.of(call.call))
    if "#" in text or "\\" in text:
        return False  # a comment would be lost
    return all(binding.is_local and len(binding.uses) == 1 for binding in built.names)


def _values(statement: Statement, model: SemanticModel) -> list[_Value] | None:
    """Return the parameters in the order of the text, or None when some part cannot be one."""
    later = bool(statement.built.names)
    found: list[_Value] = []
    text = statement.built.text
    indexes = [index for index, character in enumerate(text) if character == "\0"]
    by_hole = dict(zip((hole.value for hole in statement.built.holes), indexes, strict=True))
    for exposed in statement.exposed:
        hole = exposed.hole
        if hole.conversion or hole.spec or exposed.place.role not in (Role.VALUE, Role.QUOTED):
            return None
        if not model.effects.is_effect_free(hole.value) or (later and not _keeps_its_value(hole.value, model)):
            return None
        index = by_hole[hole.value]
        if exposed.place.role is Role.VALUE:
            found.append(_Value(ast.unparse(hole.value), index, index + 1))
        elif not found or found[-1].end <= index:
            quoted = _quoted_value(statement, exposed, by_hole)
            if quoted is None:
                return None
            found.append(quoted)
    return found


def _keeps_its_value(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a value is the same when the statement runs as it was when its text was built."""
    binding = model.binding_of(expr)
    return binding is not None and not binding.is_attribute and len(binding.assignments) == 1


def _quoted_value(statement: Statement, exposed: Exposed, by_hole: dict[ast.expr, int]) -> _Value | None:
    """Return the parameter for everything between two quotes, wildcards and other literal text included."""
    place = exposed.place
    inside = {index: value for value, index in by_hole.items() if place.start < index < place.end}
    if any(each.conversion or each.spec for each in statement.built.holes if by_hole[each.value] in inside):
        return None
    sources = [ast.unparse(value) for _, value in sorted(inside.items())]
    if place.quoted == "\0":
        return _Value(sources[0], place.start, place.end)
    quote = "'" if any('"' in source for source in sources) else '"'
    if quote in "".join(sources) + place.quoted or set(place.quoted) & set("{}\\'\n"):
        return None
    names = iter(sources)
    text = "".join("{" + next(names) + "}" if character == "\0" else character for character in place.quoted)
    return _Value(f"f{quote}{text}{quote}", place.start, place.end)


def _new_text(statement: Statement, values: list[_Value], driver: Driver, source: str, indent: int) -> str:
    fragments = fragments_of(statement.built, source)
    text = statement.built.text
    replacements = [
        Replacement(value.start, value.end, _placeholder(driver, number)) for number, value in enumerate(values, 1)
    ]
    indexes = (index for index, character in enumerate(text) if character == "\0")
    kept = {
        index: hole
        for index, hole in zip(indexes, statement.built.holes, strict=True)
        if not any(each.start <= index < each.end for each in replacements)
    }
    if kept and not isinstance(statement.built.root, ast.JoinedStr):
        raise SpellingError
    if any(hole.conversion or hole.spec for hole in kept.values()):
        raise SpellingError
    return spell(fragments, replacements, kept, double_percent=driver.style == "format", indent=indent)


def _placeholder(driver: Driver, number: int) -> str:
    return {"qmark": "?", "format": "%s", "dollar": f"${number}"}[driver.style]


def _edits(
    statement: Statement,
    call: DatabaseCall,
    driver: Driver,
    values: list[_Value],
    text: str,
    model: SemanticModel,
) -> tuple[Replace, ...]:
    pieces: dict[str, NodeRef | str] = {"function": NodeRef.of(call.call.func)}
    codes = [value.code.replace("$", "$$") for value in values]
    joined = ", ".join(codes)
    given = joined if driver.parameters == "variadic" else f"({joined},)" if len(codes) == 1 else f"({joined})"
    literal = text.replace("$", "$$")
    if not statement.built.names:
        return (Replace(NodeRef.of(call.call), Code(_call(call.call, literal, given, model), pieces)),)
    pieces["statement"] = NodeRef.of(call.statement)
    return (
        Replace(NodeRef.of(statement.built.root), Code(literal)),
        Replace(NodeRef.of(call.call), Code(f"$function($statement, {given})", pieces)),
    )


def _call(call: ast.Call, literal: str, given: str, model: SemanticModel) -> str:
    """Return the new call; one whose argument had lines of its own keeps them."""
    argument = call.args[0]
    if argument.lineno == call.func.end_lineno:
        return f"$function({literal}, {given})"
    outer = model.statement_of(call).col_offset
    line = model.source.line(argument.lineno)
    inner = " " * (len(line) - len(line.lstrip()) - outer)
    return f"$function(\n{inner}{literal},\n{inner}{given},\n{' ' * _indent_of_end(call, model, outer)})"


def _indent_of_end(call: ast.Call, model: SemanticModel, outer: int) -> int:
    line = model.source.line(call.end_lineno or call.lineno)
    return max(len(line) - len(line.lstrip()) - outer, 0)
