"""Entrances: no source, handler or form of the facts escapes the names that are looked for."""

from __future__ import annotations

import pytest

from perffix.semantic import facts
from perffix.semantic.flow.entrances import LOCAL, REMOTE, may_enter
from perffix.semantic.web import forms, handlers


def parts(name: str) -> set[str]:
    return set(name.split("."))


@pytest.mark.parametrize("framework", facts.load("sources")["frameworks"])
def test_every_class_of_a_framework_is_looked_for(framework: str) -> None:
    known = facts.load("sources")["frameworks"][framework]
    for group in ("requests", "classes", "apps"):
        for name in known[group]:
            assert name.partition(".")[0] in {*REMOTE, "django"}, name
    for name in known["handlers"]:
        assert may_enter(parts(name), (), remote=True), name


@pytest.mark.parametrize("group", ["names", "functions", "methods"])
def test_every_value_and_function_that_is_input_is_looked_for(group: str) -> None:
    for name, fact in facts.load("sources")[group].items():
        written = {name.rpartition(".")[2]} if group == "methods" else parts(name)
        assert written & (REMOTE if fact["remote"] else LOCAL), name


def test_every_command_of_django_is_looked_for() -> None:
    for name in facts.load("sources")["commands"]["classes"]:
        assert parts(name) & LOCAL, name


def test_every_answer_of_another_server_is_looked_for() -> None:
    for name in facts.load("sources")["answers"]["functions"]:
        assert parts(name) & REMOTE, name


def test_every_decorator_and_form_is_looked_for() -> None:
    for start in handlers._BY_FUNCTION:
        assert may_enter(parts(start.removesuffix(".")) | {"command"}, (), remote="click" not in start), start
    for name in handlers._IMPORTED:
        assert name in REMOTE
    for name in forms._FORMS:
        assert may_enter({name, "data"}, (), remote=True), name


@pytest.mark.parametrize(
    ("names", "strings"),
    [
        ({"environ", "start_response"}, ()),
        ({"event", "context", "handler"}, ()),
        ({"on_get", "req", "resp"}, ()),
        ({"sio", "on", "AsyncServer"}, ()),
        ({"app", "get"}, ("/items/{number}",)),
        ({"app", "route"}, ("/items/<number>",)),
        ({"django", "http"}, ("http.HttpRequest",)),
        ({"django", "request"}, ()),
        ({"django", "DetailView"}, ()),
        ({"add_url_rule"}, ()),
    ],
)
def test_what_the_network_reaches(names: set[str], strings: tuple[str, ...]) -> None:
    assert may_enter(names, strings, remote=True)


@pytest.mark.parametrize(
    ("names", "strings"),
    [
        (set(), ()),
        ({"django", "models", "Model"}, ("a text",)),
        ({"re", "match", "request"}, ("/items/",)),
        ({"data", "read"}, ("<b>", "{}")),
        ({"sys", "argv", "getenv", "command"}, ()),
    ],
)
def test_what_it_does_not_reach(names: set[str], strings: tuple[str, ...]) -> None:
    assert not may_enter(names, strings, remote=True)


def test_input_of_the_user_counts_where_it_is_asked_for() -> None:
    assert may_enter({"sys", "argv"}, (), remote=False)
    assert not may_enter({"sys", "path"}, (), remote=False)
