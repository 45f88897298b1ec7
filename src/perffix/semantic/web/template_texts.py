"""Template texts: which calls take the text of a template, and which values stand in it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_by_fact
from perffix.semantic.flow.input import input_in
from perffix.semantic.flow.sinks import sink_at
from perffix.semantic.scopes import How
from perffix.semantic.strings import Hole, build_of
from perffix.semantic.web.objects import class_of

if TYPE_CHECKING:
    from perffix.semantic.flow.input import Origin
    from perffix.semantic.model import SemanticModel

_APPLICATIONS = ("flask.Flask", "flask.current_app", "quart.Quart", "quart.current_app")


class TemplateText(NamedTuple):
    """The text of a template that holds input.

    Attributes:
        call: the call that takes it.
        text: the argument.
        name: the canonical name of what takes it.
        origin: where the input comes from.
        holes: the values that stand in the text when it is put together here; empty when it is input as a whole.
        exposed: those of the holes that hold input.
        string: the f-string that the text is, when it is written there or under a name that is used for it alone.
        taker: the call that takes values by keyword for the template, None when there is none.
    """

    call: ast.Call
    text: ast.expr
    name: str
    origin: Origin
    holes: tuple[Hole, ...]
    exposed: tuple[Hole, ...]
    string: ast.JoinedStr | None
    taker: ast.Call | None


def template_from_input(call: ast.Call, model: SemanticModel) -> TemplateText | None:
    """Return the text of a template that a call takes, when it holds input from a client; else None."""
    sink = sink_at(call, "template", model)
    if sink is not None:
        text, name, values = sink.argument, sink.name, sink.facts.get("values")
    elif _is_environment_of_application(call, model):
        found = argument_by_fact(call, facts.load("sinks/template")["methods"]["jinja2.Environment.from_string"])
        if found is None:
            return None
        text, name, values = found, "jinja_env.from_string", "render"
    else:
        return None
    origin = input_in(text, model, "template", remote=True)
    if origin is None or not origin.remote:
        return None
    built = build_of(text, model)
    holes = () if built is None else built.holes
    exposed = tuple(hole for hole in holes if input_in(hole.value, model, "template") is not None)
    return TemplateText(call, text, name, origin, holes, exposed, _string_of(text, model), _taker(call, values, model))


def _is_environment_of_application(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call is `app.jinja_env.from_string(...)` of a Flask or Quart application."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "from_string" or not isinstance(func.value, ast.Attribute):
        return False
    owner = func.value.value
    if func.value.attr != "jinja_env":
        return False
    return class_of(owner, model) in _APPLICATIONS or model.qualified_name(owner) in _APPLICATIONS


def _string_of(text: ast.expr, model: SemanticModel) -> ast.JoinedStr | None:
    if isinstance(text, ast.Name):
        binding = model.binding_of(text)
        single = None if binding is None else binding.single
        if binding is None or single is None or single.how is not How.ASSIGNED or list(binding.uses) != [text]:
            return None
        statement = single.statement
        block = model.block_of(model.statement_of(text))
        if not isinstance(statement, ast.Assign) or statement not in block[:-1]:
            return None
        if block[block.index(statement) + 1] is not model.statement_of(text):
            return None  # what it is made of may have another value by then
        return statement.value if isinstance(statement.value, ast.JoinedStr) else None
    return text if isinstance(text, ast.JoinedStr) else None


def _taker(call: ast.Call, values: str | None, model: SemanticModel) -> ast.Call | None:
    if values == "call":
        return call
    render = model.parent(call)
    if values != "render" or not isinstance(render, ast.Attribute) or render.attr != "render":
        return None
    taker = model.parent(render)
    return taker if isinstance(taker, ast.Call) and taker.func is render else None
