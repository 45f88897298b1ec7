"""Which values are meant to be read, although they look like secrets."""

from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.secrets.judgement import judge
from perffix.semantic.secrets.published import is_published

VALUE = "kT4!vRw9-zLq"


def published(text: str) -> bool:
    code = Analysed(text.replace("VALUE", repr(VALUE)))
    (literal,) = (node for node in ast.walk(code.source.tree) if isinstance(node, ast.Constant) and node.value == VALUE)
    return is_published(literal, code.model)


@pytest.mark.parametrize(
    "text",
    [
        "API_KEY = VALUE  # this is not a secret\n",
        "# Not critical, only usable on the sandboxed CI instance.\nTOKEN = VALUE\n",
        "# The key of the demo site: it isn't secret,\n# everybody may have it.\nAPI_KEY = VALUE\n",
        "KEYS = {\n    # public API key\n    'api_key': VALUE,\n}\n",
        "# Public client key.\nKEYS = {\n    'api_key': VALUE,\n}\n",
        "def f():\n    größe = 1\n    # Safe to share.\n    return connect(größe, api_key=VALUE)\n",
        "# Thanks for publishing the AES key\nkey = VALUE\n",
        "class SitePostExtractor(SiteExtractor):\n    subcategory = 'post'\n    API_KEY = VALUE\n",
        "class SiteIE(InfoExtractor):\n    _API_KEY = VALUE\n",
        "class SiteIE(OtherSiteBaseIE):\n    _VALID_URL = r'https?://site'\n    _API_KEY = VALUE\n",
    ],
)
def test_what_may_be_read(text: str) -> None:
    assert published(text)


@pytest.mark.parametrize(
    "text",
    [
        "API_KEY = VALUE\n",
        "API_KEY = VALUE  # keep this secret, do not publish\n",
        "# This is not a secret.\n\nAPI_KEY = VALUE\n",
        "# The server is public.\nother = 1\nAPI_KEY = VALUE\n",
        "# TODO: make it private\nAPI_KEY = VALUE\n",
        "class SiteExtractor(Extractor):\n    API_KEY = VALUE\n",
        "class SiteIE(Base):\n    _API_KEY = VALUE\n",
        "class Site(OtherBase):\n    _VALID_URL = r'https?://site'\n    _API_KEY = VALUE\n",
    ],
)
def test_what_may_not(text: str) -> None:
    assert not published(text)


def test_keys_that_are_public_by_their_kind() -> None:
    random = "q7Zp2mWx9Lk4Vt8Rs3Yb6Nc1Hd5Jf0Ga"
    assert judge("api_key", random) is not None
    for kind in ("phc_", "pk_live_", "pk."):
        assert judge("api_key", kind + random) is None
