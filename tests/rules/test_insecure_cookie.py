"""SEC832: settings that are written out for others to change, and settings that others set later."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in

RULE = next(rule for rule in RULES if rule.code == "SEC832")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("SESSION_COOKIE_SECURE = False\n", 1),
        ("SESSION_COOKIE_SECURE = False  # no TLS here\n", 1),
        ("SESSION_COOKIE_SECURE = False  # flask default is False\n", 0),
        ("class Config:\n    SESSION_COOKIE_SECURE = False\n    '''Defaults to False.'''\n", 0),
        ("class Config:\n    SESSION_COOKIE_HTTPONLY = False\n    '''Not the default.'''\n", 1),
        ("SESSION_COOKIE_SECURE = False\nfrom local_settings import *\n", 0),
        ("SESSION_COOKIE_SECURE = False\nfrom local_settings import NAME\n", 1),
        ("from base import *\nSESSION_COOKIE_SECURE = False\n", 1),
        ("SESSION_COOKIE_SECURE = False\nif LOCAL:\n    from local_settings import *\n", 0),
    ],
)
def test_a_setting_counts_where_it_decides(text: str, count: int) -> None:
    assert len(findings_in(text, RULE)) == count
