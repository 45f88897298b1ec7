"""Which checks on the way to a handler are taken for those that only administrators pass."""

from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.semantic.flow.input import input_in
from perffix.semantic.web.restriction import restriction_of

FLASK = """
from flask import Flask, request
app = Flask(__name__)

@app.route("/admin/files")
{decorator}
def files():
    return open(request.args["name"]).read()
"""
FASTAPI = """
from typing import Annotated
from fastapi import Depends, FastAPI
app = FastAPI()

@app.get("/admin/files"{keyword})
def files(name: str, user{user}):
    return open(name).read()
"""


def restriction(text: str, expression: str) -> str | None:
    analysed = Analysed(text)
    origin = input_in(analysed.expr(expression, -1), analysed.model, "path")
    assert origin is not None
    return restriction_of(origin, analysed.model)


@pytest.mark.parametrize(
    "decorator", ["admin_required", "login_required('SETTINGS')", "Permissions.ADMIN.require(403)", "is_staff"]
)
def test_decorators_that_are_named_for_administrators(decorator: str) -> None:
    assert restriction(FLASK.format(decorator=f"@{decorator}"), "request.args['name']") == decorator


@pytest.mark.parametrize("decorator", ["", "@login_required", "@cached('/staff')"])
def test_other_decorators_and_the_words_of_the_route_say_nothing(decorator: str) -> None:
    assert restriction(FLASK.format(decorator=decorator), "request.args['name']") is None


@pytest.mark.parametrize(
    ("keyword", "user", "seen"),
    [
        ("", "=Depends(get_admin_user)", True),
        ("", ": Annotated[object, Depends(get_admin_user)]", True),
        (", dependencies=[Depends(admin_only)]", ": str", True),
        ("", "=Depends(get_user)", False),
        ("", ": str = 'admin'", False),
    ],
)
def test_dependencies_of_fastapi(keyword: str, user: str, seen: bool) -> None:
    found = restriction(FASTAPI.format(keyword=keyword, user=user), "name")
    assert (found is not None) is seen
