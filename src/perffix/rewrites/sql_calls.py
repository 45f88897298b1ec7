"""The database call itself: where its parameters go, and how they join those that it passes already."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Code, NodeRef, Replace, Span
from perffix.rewrites.sql_literals import SpellingError
from perffix.rewrites.sql_source import Patch, dedented, patched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perffix.model import Import
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.calls import DatabaseCall
    from perffix.semantic.sql.drivers import Driver

_RUNNING = ("execute", "scalar", "scalars", "exec", "stream", "stream_scalars")


class Given(NamedTuple):
    """The parameters for one call.

    Attributes:
        codes: positional ones in order, starred ones among them; of a mapping, its keys beside them.
        keys: the names, where parameters have names.
        whole: the variable that holds them all, else empty.
        binds: lists that need an expanding bind parameter, by name.
    """

    codes: Sequence[str]
    keys: Sequence[str] = ()
    whole: str = ""
    binds: Mapping[str, str] = {}


class CallEdit(NamedTuple):
    """The edit that rewrites a call, and the imports that the new code needs."""

    edit: Replace
    adds: tuple[Import, ...]


def call_edit(
    call: DatabaseCall, driver: Driver, given: Given, texts: Sequence[Patch], model: SemanticModel
) -> CallEdit:
    """Return the call with its new text and its parameters.

    Args:
        call: the call as it is.
        driver: who receives it.
        given: the parameters.
        texts: new spellings of text that stands in the call.
        model: the module.

    Raises:
        SpellingError: the call is written in a way that leaves no place for them.
    """
    adds: list[Import] = []
    patches = list(texts)
    target: ast.expr = call.call
    suffix = ""
    if call.passing == "bound":
        outer = _runner(call.call, model)
        if outer is not None and not given.binds:
            target = outer
            patches += _insertion(outer, call.call, _mapping(given), model)
        else:
            suffix = _bindparams(call.call, given, adds, model)
    elif driver.parameters == "none":
        pass
    elif call.passing in ("clause", "clause by keyword"):
        patches += _clause(call, given, adds, model)
    elif call.parameters is not None and driver.parameters != "variadic":
        patches.append(Patch(*_ends(call.parameters), _argument(driver, given)))
    elif call.passing == "keyword" or call.keyword:
        patches += _insertion(call.call, None, f"{call.keyword}={_argument(driver, given)}", model)
    else:
        if call.call.keywords and any(keyword.value is call.statement for keyword in call.call.keywords):
            raise SpellingError
        after = call.call.args[-1] if driver.parameters == "variadic" else call.statement
        if len(call.call.args) > 1 and driver.parameters != "variadic":
            raise SpellingError
        patches += _insertion(call.call, after, _argument(driver, given), model)
    source = patched(target, patches, model) + suffix
    indent = model.statement_of(target).col_offset
    code = dedented(source, indent).replace("$", "$$")
    return CallEdit(Replace(NodeRef.of(target), Code(code)), tuple(adds))


def _ends(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    span = Span.of(node)
    return span.start, span.end


def _argument(driver: Driver, given: Given) -> str:
    """Return the argument, or the arguments, for the parameters."""
    if driver.parameters == "variadic":
        return f"*{given.whole}" if given.whole else ", ".join(given.codes)
    if given.keys or (driver.parameters == "mapping" and not given.whole):
        return _mapping(given)
    if given.whole:
        return f"tuple({given.whole})" if driver.parameters == "tuple" else given.whole
    comma = "," if len(given.codes) == 1 else ""
    return f"({', '.join(given.codes)}{comma})"


def _mapping(given: Given) -> str:
    if given.whole:
        return given.whole
    pairs = [f'"{key}": {code}' if key else f"**{code}" for key, code in zip(given.keys, given.codes, strict=True)]
    return "{" + ", ".join(pairs) + "}"


def _runner(text_call: ast.Call, model: SemanticModel) -> ast.Call | None:
    """Return the call that runs a text clause and nothing else: `session.execute(text(...))`."""
    parent = model.parent(text_call)
    if not isinstance(parent, ast.Call) or parent.args != [text_call] or parent.keywords:
        return None
    runs = isinstance(parent.func, ast.Attribute) and parent.func.attr in _RUNNING
    return parent if runs else None


def _bindparams(call: ast.Call, given: Given, adds: list[Import], model: SemanticModel) -> str:
    """Return the call that gives a text clause its values."""
    arguments = []
    for name, code in given.binds.items():
        spelling = model.imports.spelling_of("sqlalchemy", "bindparam", at=call)
        if spelling is None:
            raise SpellingError
        if spelling.adds is not None and spelling.adds not in adds:
            adds.append(spelling.adds)
        arguments.append(f'{spelling.text}("{name}", {code}, expanding=True)')
    if given.whole:
        arguments.append(f"**{given.whole}")
    arguments += [f"{key}={code}" for key, code in zip(given.keys, given.codes, strict=True) if key not in given.binds]
    return f".bindparams({', '.join(arguments)})"


def _clause(call: DatabaseCall, given: Given, adds: list[Import], model: SemanticModel) -> list[Patch]:
    """Return the patches that make a clause of a plain text and pass its parameters."""
    spelling = model.imports.spelling_of("sqlalchemy", "text", at=call.call)
    if spelling is None or call.parameters is not None:
        raise SpellingError
    if spelling.adds is not None:
        adds.append(spelling.adds)
    span = Span.of(call.statement)
    suffix = _bindparams(call.call, given, adds, model) if given.binds else ""
    patches = [Patch(span.start, span.start, f"{spelling.text}("), Patch(span.end, span.end, f"){suffix}")]
    if given.binds:
        return patches
    if call.passing == "clause by keyword":
        return [*patches, *_insertion(call.call, None, f"{call.keyword}={_mapping(given)}", model)]
    if len(call.call.args) > 1 or call.call.keywords:
        raise SpellingError
    return [*patches, *_insertion(call.call, call.statement, _mapping(given), model)]


def _insertion(call: ast.Call, after: ast.expr | None, argument: str, model: SemanticModel) -> list[Patch]:
    """Return the patch that puts one more argument into a call: after another one, or as its last.

    An argument that stands on a line of its own gets a line of its own after it.
    """
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    before = after if after is not None else max(arguments, key=lambda each: Span.of(each).end)
    start = Span.of(before).end
    end = (call.end_lineno or 0, (call.end_col_offset or 0) - 1)
    following = [Span.of(each).start for each in arguments if Span.of(each).start >= start]
    if following:
        raise SpellingError
    rest = model.source.segment(Span(*start, *end))
    code = re.sub(r"#[^\n]*", lambda match: " " * len(match[0].encode()), rest)
    place = code.rfind(")") + 1
    comma = code.find(",", place)
    line = model.source.line(before.lineno)
    own_line = line[: len(line) - len(line.lstrip())]
    opening = call.func.end_lineno
    if "\n" not in rest or before.lineno == opening:
        where = _advanced(start, rest[: comma + 1 if comma >= 0 else place])
        return [Patch(where, where, f" {argument}," if comma >= 0 else f", {argument}")]
    if comma >= 0:
        where = _advanced(start, rest[: comma + 1])
        return [Patch(where, where, f"\n{own_line}{argument},")]
    where = _advanced(start, rest[:place])
    if "#" in rest:
        line_end = rest.find("\n", rest.find("#"))
        after_comment = _advanced(start, rest[:line_end])
        return [Patch(where, where, ","), Patch(after_comment, after_comment, f"\n{own_line}{argument},")]
    return [Patch(where, where, f",\n{own_line}{argument},")]


def _advanced(place: tuple[int, int], text: str) -> tuple[int, int]:
    """Return the place after some text that begins at a place."""
    lines = text.split("\n")
    if len(lines) == 1:
        return place[0], place[1] + len(text.encode())
    return place[0] + len(lines) - 1, len(lines[-1].encode())
