"""Small programs with a call of `sink(...)`, and the question where the input in its argument comes from."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

from analysed import Analysed

from perffix.semantic.flow.input import input_in

if TYPE_CHECKING:
    from perffix.semantic.flow.input import Origin

_VIEW = """
import base64, html, json, os, re, shlex, sys, urllib.parse, uuid
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlparse
from flask import abort, request


def view():
    value = request.args["q"]
"""


def origin_of(text: str, kind: str = "sql") -> Origin | None:
    """Return where the input in the argument of the last `sink(...)` of a module comes from."""
    code = Analysed(text)
    calls = [
        node
        for node in ast.walk(code.source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sink"
    ]
    return input_in(calls[-1].args[0], code.model, kind)


def in_view(body: str, kind: str = "sql") -> Origin | None:
    """Return it for a Flask view whose first statement is `value = request.args["q"]`."""
    return origin_of(_VIEW + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n", kind)
