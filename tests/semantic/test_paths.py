"""What the path of a file tells."""

from __future__ import annotations

import pytest

from perffix.semantic.paths import is_test_path


@pytest.mark.parametrize(
    "path",
    [
        *("tests/test_login.py", "app/tests.py", "test_login.py", "login_test.py", "conftest.py", "docs/conf.py"),
        *("examples/flask/app.py", "app/migrations/0001_initial.py", "a\\tests\\b.py"),
        *("app/_tests/base.py", "app/bench/dj/settings.py", "devproject/settings.py"),
    ],
)
def test_paths_of_tests_and_examples(path: str) -> None:
    assert is_test_path(path)


@pytest.mark.parametrize("path", ["app/login.py", "contest/app.py", "attestation.py", "latest/settings.py", "", "-"])
def test_other_paths(path: str) -> None:
    assert not is_test_path(path)
