"""Surroundings: which code is for developers alone."""

from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.semantic.web.surroundings import is_development_path, is_for_development


@pytest.mark.parametrize(
    "path",
    [
        "settings/dev.py",
        "run_local.py",
        "tests/app.py",
        "test_app.py",
        "shop/testutils/app.py",
        "demo/app.py",
        "devproject/settings.py",
        "shop/devserver.py",
        "shop/bench/app/settings.py",
        "shop/_tests/app.py",
    ],
)
def test_paths_for_development(path: str) -> None:
    assert is_development_path(path)


@pytest.mark.parametrize("path", ["app.py", "settings.py", "settings/production.py", "latest/app.py", "device/app.py"])
def test_paths_for_everybody(path: str) -> None:
    assert not is_development_path(path)


@pytest.mark.parametrize(
    "text",
    [
        "if DEBUG:\n    run(1)\n",
        "if os.environ.get('ENV') == 'dev':\n    run(1)\n",
        "if settings.TESTING:\n    pass\nelse:\n    run(1)\n",
        "if ENV != 'production':\n    run(1)\n",
        "if not is_production():\n    run(1)\n",
        "if ENV == 'prod':\n    pass\nelse:\n    run(1)\n",
        "def serve_dev():\n    run(1)\n",
        "class TestingConfig:\n    run(1)\n",
        "x = run(1) if DEBUG else None\n",
    ],
)
def test_code_for_development(text: str) -> None:
    analysed = Analysed(text)
    assert is_for_development(analysed.expr("run(1)"), analysed.model)


@pytest.mark.parametrize(
    "text",
    [
        "run(1)\n",
        "if __name__ == '__main__':\n    run(1)\n",
        "if ENV == 'production':\n    run(1)\n",
        "if ENV != 'production':\n    pass\nelse:\n    run(1)\n",
        "if verbose:\n    run(1)\n",
        "def serve():\n    run(1)\n",
    ],
)
def test_code_for_everybody(text: str) -> None:
    analysed = Analysed(text)
    assert not is_for_development(analysed.expr("run(1)"), analysed.model)
