"""XML documents: which calls read one with a parser that loads what the document names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_by_fact
from perffix.semantic.flow.sinks import sink_at
from perffix.semantic.web.objects import made_by

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel


class LoadingParser(NamedTuple):
    """A document with the parser that reads it.

    Attributes:
        document: the argument that holds the document.
        call: the call that made the parser.
        switch: the keyword that lets it load.
        value: the value that does so.
    """

    document: ast.expr
    call: ast.Call
    switch: ast.keyword
    value: bool


def loading_parser(call: ast.Call, model: SemanticModel) -> LoadingParser | None:
    """Return what a call reads when its parser has a switch that loads files or addresses, else None."""
    sink = sink_at(call, "xml", model)
    if sink is None:
        return None
    known = facts.load("sinks/xml")["parser"]
    given = argument_by_fact(call, known)
    maker = None if given is None else made_by(given, model)
    if maker is None or model.qualified_name(maker.func) not in known["classes"]:
        return None
    switches: dict[str, bool] = known["switches"]
    for keyword in maker.keywords:
        value = switches.get(keyword.arg or "")
        if value is not None and isinstance(keyword.value, ast.Constant) and keyword.value.value is value:
            return LoadingParser(sink.argument, maker, keyword, value)
    return None
