"""What is known of a call that decodes a token: whose it is, what it is given, what it leaves out."""

from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.web.json_web_tokens import AUTHLIB, GOOGLE, JOSE, PYJWT, decode_of, is_only_looked_at


def first_decode(text: str) -> tuple[Analysed, ast.Call]:
    module = Analysed(text)
    names = ("decode", "decode_complete", "get_unverified_claims", "verify", "read")
    for node in ast.walk(module.source.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names:
            return module, node
    raise LookupError(text)


@pytest.mark.parametrize(
    ("text", "library"),
    [
        ("import jwt\njwt.decode(t)", PYJWT),
        ("import jwt as tokens\ntokens.decode(t)", PYJWT),
        ("from jwt import decode as read\nread(t)", PYJWT),
        ("import jwt\ndecoder = jwt.PyJWT()\ndecoder.decode(t)", PYJWT),
        ("from jose import jwt\njwt.decode(t, k)", JOSE),
        ("from jose import jws\njws.verify(t, k, 'HS256')", JOSE),
        ("from authlib.jose import jwt\njwt.decode(t, k)", AUTHLIB),
        ("from authlib.jose import JsonWebToken\nJsonWebToken(['RS256']).decode(t, k)", AUTHLIB),
        ("from google.auth import jwt\njwt.decode(t)", GOOGLE),
        ("from mine import jwt\njwt.decode(t)", None),
        ("text.decode('utf-8')", None),
    ],
)
def test_the_library(text: str, library: str | None) -> None:
    module, call = first_decode(text)
    decode = decode_of(call, module.model)
    assert (None if decode is None else decode.library) == library


@pytest.mark.parametrize(
    ("arguments", "skips"),
    [
        ("t, options={'verify_signature': False}", True),
        ("t, k, ['HS256'], {'verify_signature': False}", True),
        ("t, options=dict(verify_signature=False)", True),
        ("t, options=OFF", True),
        ("t, options={'verify_signature': True}", False),
        ("t, options={'verify_signature': flag}", False),
        ("t, options={**more, 'verify_signature': False}", False),  # what the others say is not seen
        ("t, options=changed", False),
        ("t, verify=False", False),  # PyJWT 2 does not listen to it
        ("t, **options", False),
    ],
)
def test_whether_the_signature_is_skipped(arguments: str, skips: bool) -> None:
    head = "import jwt\nOFF = {'verify_signature': False}\nchanged = {}\nchanged['verify_signature'] = False\n"
    module, call = first_decode(f"{head}jwt.decode({arguments})")
    decode = decode_of(call, module.model)
    assert decode is not None
    assert decode.skips_signature is skips


@pytest.mark.parametrize(
    ("body", "innocent"),
    [
        ("return jwt.decode(t, options=OFF)['sub']", False),
        ("return jwt.decode(t, options=OFF)['iss']", True),
        ("return jwt.decode(t, options=OFF).get('exp')", True),
        ("c = jwt.decode(t, options=OFF)\n    return c['iss']", True),
        ("c = jwt.decode(t, options=OFF)\n    return c['iss'], c['sub']", False),
        ("c = jwt.decode(t, options=OFF)\n    return jwt.decode(t, key_of(c), algorithms=['RS256'])", True),
        ("c = jwt.decode(t, options=OFF)\n    return jwt.decode(t, options=OFF)", False),
        ("c = jwt.decode(t, options=OFF)\n    return jwt.decode(other, key_of(c), algorithms=['RS256'])", False),
        ("check_token(t)\n    return jwt.decode(t, options=OFF)['sub']", True),
        ("t = issuer.fetch_token()\n    return jwt.decode(t, options=OFF)['sub']", True),
        ("jwt.decode(t, options=OFF)", True),
    ],
)
def test_whether_anything_rests_on_it(body: str, innocent: bool) -> None:
    text = f"import jwt\nOFF = {{'verify_signature': False}}\ndef f(t, other):\n    {body}\n"
    module = Analysed(text)
    calls = [
        node
        for node in ast.walk(module.source.tree)
        if isinstance(node, ast.Call) and (decode := decode_of(node, module.model)) and decode.skips_signature
    ]
    first = min(calls, key=lambda call: (call.lineno, call.col_offset))
    decode = decode_of(first, module.model)
    assert decode is not None
    assert is_only_looked_at(decode, module.model) is innocent
