from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.weaknesses.hashes import Purpose, purpose_of, weak_hash_of


def call_in(body: str) -> tuple[ast.Call, Analysed]:
    """Return the call that makes a weak hash in the body of a method."""
    code = Analysed(f"import hashlib\nclass A:\n  def {body}\n")
    found = [
        node
        for node in ast.walk(code.source.tree)
        if isinstance(node, ast.Call) and weak_hash_of(node, code.model) is not None
    ]
    assert len(found) == 1
    return found[0], code


@pytest.mark.parametrize(
    ("body", "purpose"),
    [
        ("f(self, url): return hashlib.md5(url)", Purpose.UNKNOWN),
        ("f(self, cache_key): return hashlib.md5(cache_key)", Purpose.UNKNOWN),
        ("token_cache(self, x): return hashlib.md5(x)", Purpose.UNKNOWN),
        ("f(self, x): key_id = hashlib.md5(x)", Purpose.UNKNOWN),
        ("reset_password(self, url): return hashlib.md5(url)", Purpose.UNKNOWN),
        ("f(self, password): return hashlib.md5(password.encode())", Purpose.PASSWORD),
        ("f(self, user): return hashlib.md5(user.password)", Purpose.PASSWORD),
        ("f(self, form): return hashlib.md5(form.get('password'))", Purpose.PASSWORD),
        ("f(self, x): return hashlib.md5(b'password')", Purpose.UNKNOWN),
        ("f(self, x):\n    self.h = hashlib.md5()\n    self.h.update(self.passwd)", Purpose.PASSWORD),
        ("check_password(self, x): return hashlib.md5(x)", Purpose.PASSWORD),
        ("f(self, password): return hashlib.md5(password), 'api.pwnedpasswords.com'", Purpose.UNKNOWN),
        ("f(self, x): self.signature = hashlib.md5(x).hexdigest()", Purpose.GUARD),
        ("f(self, x): send(token=hashlib.md5(x).hexdigest())", Purpose.GUARD),
        ("f(self, api_secret): return hashlib.md5(api_secret + b'x')", Purpose.GUARD),
        ("sign_request(self, x): return hashlib.md5(x)", Purpose.GUARD),
        ("apop(self, password): return hashlib.md5(self.stamp + password)", Purpose.PRESCRIBED),
        ("_mysql_hash_password(password): return hashlib.sha1(password)", Purpose.PRESCRIBED),
        ("f(self, secret_file): return hashlib.file_digest(secret_file, 'md5')", Purpose.UNKNOWN),
        ("vk_sig(self, x): return hashlib.md5(x).hexdigest()", Purpose.GUARD),
        ("f(self, password, realm): return hashlib.md5(f'{realm}:{password}'.encode())", Purpose.PRESCRIBED),
        ("sha1_crypt(self, password): return hashlib.sha1(password)", Purpose.PRESCRIBED),
        ("f(self, password): return password and hashlib.md5(password)", Purpose.PASSWORD),
        ("f(self, h, password): return h[:6] == '$apr1$' and hashlib.md5(password)", Purpose.PASSWORD),
        ("f(self, h, password):\n    if h[:6] == '$apr1$': return hashlib.md5(password)", Purpose.PRESCRIBED),
        ("f(self, h, password):\n    if h[:5] == '{SHA}': return hashlib.md5(password)", Purpose.PASSWORD),
        ("f(self, x): import os; self.signature = hashlib.md5(x + os.urandom(8)).hexdigest()", Purpose.UNKNOWN),
        ("f(self, x): token = hashlib.md5(x).hexdigest(); return fetch('/a?t=%s' % token)", Purpose.PRESCRIBED),
        ("f(self, x): token = hashlib.md5(x).hexdigest(); return verify_request(token)", Purpose.GUARD),
        ("f(self, x): token = hashlib.md5(x).hexdigest(); return send_mail('https://a/?t=%s' % token)", Purpose.GUARD),
        ("f(self, x): sign = hashlib.md5(x); get(headers={'auth': sign})", Purpose.GUARD),
        ("f(self, x): sign = hashlib.md5(x); self._request('a', headers={'auth': sign})", Purpose.PRESCRIBED),
        ("f(self, password): self._request('a', data={'p': hashlib.md5(password)})", Purpose.PRESCRIBED),
        ("f(self, password): self.db('a', data={'p': hashlib.md5(password)})", Purpose.PASSWORD),
        ("f(self, x, params): params['_t'] = hashlib.md5(x + self.secret)[:9]; fetch(params)", Purpose.PRESCRIBED),
        ("f(self, secret): spread_path = hashlib.md5(secret).hexdigest()", Purpose.UNKNOWN),
        ("f(self, secret): token = hashlib.md5(secret).hexdigest()", Purpose.GUARD),
        ("f(self, x): token = hashlib.md5(x).hexdigest(); self.db(email='%s@example.com' % token)", Purpose.UNKNOWN),
        ("f(self, x): token = hashlib.md5(x).hexdigest(); self.db(email=f'{token}@a', t=token)", Purpose.GUARD),
        ("f(self, x): token = hashlib.md5(x).hexdigest(); path = '/reset/' + token; return path", Purpose.GUARD),
        ("mac(self, x): return hashlib.md5(x)", Purpose.GUARD),
    ],
)
def test_what_a_hash_is_for(body: str, purpose: Purpose) -> None:
    call, code = call_in(body)
    weak = weak_hash_of(call, code.model)
    assert weak is not None
    assert purpose_of(call, weak, code.model) is purpose


def test_a_class_may_tell_the_protocol() -> None:
    text = (
        "import hashlib\nclass {}:\n  def check_password(self, password): return hashlib.md5(self.stamp + password)\n"
    )
    for name, purpose in (("APOPCredentials", Purpose.PRESCRIBED), ("Credentials", Purpose.PASSWORD)):
        code = Analysed(text.format(name))
        call = code.expr("hashlib.md5(self.stamp + password)")
        assert isinstance(call, ast.Call)
        weak = weak_hash_of(call, code.model)
        assert weak is not None
        assert purpose_of(call, weak, code.model) is purpose
