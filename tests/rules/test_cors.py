"""SEC823: how bad it is to let anybody in depends on whether cookies tell who is calling."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in

from perffix.model import Severity

RULE = next(rule for rule in RULES if rule.code == "SEC823")
HEAD = """
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
"""


@pytest.mark.parametrize(
    ("rest", "severity"),
    [
        ("", Severity.MEDIUM),
        ("from fastapi.security import HTTPBearer\n", Severity.MEDIUM),
        ("from starlette.middleware.sessions import SessionMiddleware\n", Severity.HIGH),
        ("@app.post('/login')\ndef login(response):\n    response.set_cookie('session', '1')\n", Severity.HIGH),
        ("from flask_login import login_user\n", Severity.HIGH),
    ],
)
def test_severity_by_cookies(rest: str, severity: Severity) -> None:
    assert [finding.severity for finding in findings_in(HEAD + rest, RULE)] == [severity]
