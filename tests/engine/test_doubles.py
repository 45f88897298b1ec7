"""With `--audit`, bandit does not repeat what a rule has proved for the same call."""

from __future__ import annotations

from perffix.config import Config
from perffix.engine.runner import check_source
from perffix.source import SourceFile

TEXT = """\
from urllib.request import urlopen

from flask import request


def client():
    eval(request.args["a"])
    exec(request.args["b"])
    urlopen(request.args["c"])


def program(a, b, c):
    eval(a)
    exec(b)
    urlopen(c)
"""


def test_one_call_is_reported_once() -> None:
    findings = check_source(SourceFile("module.py", TEXT.encode()), Config(root="/", audit=True))
    assert [(each.span.line, each.code) for each in findings] == [
        (7, "SEC833"),
        (8, "SEC833"),
        (9, "SEC830"),
        (13, "SEC307"),
        (14, "SEC102"),
        (15, "SEC310"),
    ]
