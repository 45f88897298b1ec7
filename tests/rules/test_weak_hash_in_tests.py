"""A weak hash in a test guards nothing."""

from __future__ import annotations

import pytest

from perffix.config import Config
from perffix.engine.runner import check_source
from perffix.model import Severity
from perffix.source import SourceFile

TEXT = "import hashlib\n\n\ndef sign(token: bytes) -> str:\n    return hashlib.md5(token).hexdigest()\n"


@pytest.mark.parametrize(
    ("path", "severity"), [("shop/signing.py", Severity.MEDIUM), ("tests/test_signing.py", Severity.LOW)]
)
def test_severity_by_place(path: str, severity: Severity) -> None:
    found = check_source(SourceFile(path, TEXT.encode()), Config(root="."))
    assert [each.severity for each in found if each.code == "SEC324"] == [severity]
