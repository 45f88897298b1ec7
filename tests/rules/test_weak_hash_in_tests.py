"""A weak hash in a test guards nothing."""

from __future__ import annotations

import pytest

from perffix.config import COMMAND_LINE, Config, Selector
from perffix.engine.runner import check_source
from perffix.model import Severity
from perffix.source import SourceFile

TEXT = "import hashlib\n\n\ndef sign(token: bytes) -> str:\n    return hashlib.md5(token).hexdigest()\n"


@pytest.mark.parametrize(
    ("path", "severity"), [("shop/signing.py", Severity.MEDIUM), ("tests/test_signing.py", Severity.LOW)]
)
def test_severity_by_place(path: str, severity: Severity) -> None:
    found = check_source(SourceFile(path, TEXT.encode()), Config(root=".", select=(Selector("SEC324", COMMAND_LINE),)))
    assert [each.severity for each in found] == [severity]


def test_by_default_what_a_test_hashes_is_left_alone() -> None:
    assert not check_source(SourceFile("tests/test_signing.py", TEXT.encode()), Config(root="."))


def test_a_token_of_random_numbers_is_told_to_come_from_secrets() -> None:
    text = (
        "import hashlib\nimport random\n\n\nclass Keys:\n    def confirm_key(self, settings) -> str:\n"
        '        return hashlib.md5(f"{random.random()}{settings.SECRET_KEY}".encode()).hexdigest()\n'
    )
    found = check_source(SourceFile("shop/keys.py", text.encode()), Config(root="."))
    (finding,) = [each for each in found if each.code == "SEC324"]
    assert "`random.random`" in finding.message
    assert "secrets.token_hex" in (finding.help or "")


def test_what_postgresql_stores_is_prescribed() -> None:
    text = (
        "from hashlib import md5\n\n\ndef is_changed(password: bytes, user: bytes, current: str) -> bool:\n"
        "    hashed = 'md5{0}'.format(md5(password + user).hexdigest())\n    return hashed != current\n"
    )
    found = check_source(SourceFile("shop/roles.py", text.encode()), Config(root="."))
    (finding,) = [each for each in found if each.code == "SEC324"]
    assert finding.severity is Severity.LOW
    assert any("PostgreSQL" in each for each in finding.evidence)
    plain = text.replace("'md5{0}'.format(", "str(")
    found = check_source(SourceFile("shop/roles.py", plain.encode()), Config(root="."))
    assert [each.severity for each in found if each.code == "SEC324"] == [Severity.HIGH]
