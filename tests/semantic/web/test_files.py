"""Which calls name files, and what a client can reach with one segment of a route."""

from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.flow.input import input_in
from perffix.semantic.web.files import can_leave, named_files

HEAD = """
import io
import os
import shutil
from pathlib import Path
import pandas
from flask import Flask, request, send_file
app = Flask(__name__)
ROOT = Path("/srv")
"""


def paths_in(call: str, head: str = HEAD) -> list[str]:
    """Return what a call names, as it is written."""
    analysed = Analysed(f"{head}\n\ndef view():\n    {call}\n")
    expression = analysed.expr(ast.unparse(ast.parse(call)), -1)
    assert isinstance(expression, ast.Call)
    return [ast.unparse(each.path) for each in named_files(expression, analysed.model)]


@pytest.mark.parametrize(
    ("call", "paths"),
    [
        ("open(request.args['x'])", ["request.args['x']"]),
        ("os.rename(a, b)", ["a", "b"]),
        ("shutil.copy(a, dst=b)", ["a", "b"]),
        ("(ROOT / x).read_text()", ["ROOT / x"]),
        ("ROOT.joinpath(x).resolve().unlink()", ["ROOT.joinpath(x).resolve()"]),
        ("(ROOT / x).rename(y)", ["ROOT / x", "y"]),
        ("send_file(os.path.join('/srv', x))", ["os.path.join('/srv', x)"]),
        ("send_file(request.args['x'])", ["request.args['x']"]),
        ("send_file(io.BytesIO(x))", []),
        ("send_file(x)", []),
        ("pandas.read_csv(request.files['x'])", []),
        ("pandas.read_csv(request.form['x'])", ["request.form['x']"]),
        ("request.files['x'].save(y)", ["y"]),
        ("x.save(y)", []),
        ("x.read_text()", []),
        ("'x'.replace('a', 'b')", []),
    ],
)
def test_the_arguments_that_name_files(call: str, paths: list[str]) -> None:
    assert paths_in(call) == paths


@pytest.mark.parametrize(
    ("route", "call", "leaves"),
    [
        ("/<name>", "open(f'/srv/{name}')", False),
        ("/<string:name>", "open(f'/srv/{name}')", False),
        ("/<path:name>", "open(f'/srv/{name}')", True),
        ("/<name>", "shutil.rmtree(f'/srv/{name}')", True),
    ],
)
def test_one_segment_of_a_route_holds_no_slash(route: str, call: str, leaves: bool) -> None:
    analysed = Analysed(f"{HEAD}\n\n@app.route({route!r})\ndef view(name):\n    {call}\n")
    expression = analysed.expr(call, -1)
    assert isinstance(expression, ast.Call)
    (named,) = named_files(expression, analysed.model)
    origin = input_in(named.path, analysed.model, "path")
    assert origin is not None
    assert can_leave(origin, named, analysed.model) is leaves
