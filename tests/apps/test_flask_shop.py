"""The Flask shop is broken into; the fixes of perffix, and a person where there are none, keep the attackers out."""

from __future__ import annotations

import base64
import hashlib
import io
import pickle
import sqlite3
import tarfile
from typing import TYPE_CHECKING

import flask
import httpx
import pytest
from flask.sessions import SecureCookieSessionInterface
from served_apps import (
    SECRET_WITHIN,
    STAGES,
    Exploit,
    Served,
    codes_without_attack,
    served_in_all_stages,
    service_within,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = "flask_shop"
STARTER = """\
import shop
from werkzeug.serving import make_server
shop.create()
server = make_server("127.0.0.1", 0, shop.app, threaded=True)
print(server.port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    with served_in_all_stages(APP, STARTER, tmp_path_factory.mktemp(APP)) as stages:
        yield stages


def _reads_users(shop: Served) -> bool:
    return "owner" in shop.get("/items", word="' UNION SELECT name, digest FROM users --").text


def _login_without_password(shop: Served) -> bool:
    return httpx.post(f"{shop.url}/login", data={"name": "owner' --", "password": ""}).status_code == 302


def _forged_session(shop: Served) -> bool:
    forger = flask.Flask("forger")
    forger.secret_key = "f3a91c0e7b5d4286a0c9e1f2b7d84356"
    signer = SecureCookieSessionInterface().get_signing_serializer(forger)
    assert signer is not None
    cookies = {"session": signer.dumps({"role": "owner"})}
    return httpx.get(f"{shop.url}/office", cookies=cookies).text == "welcome back"


def _password_of_stolen_digest(shop: Served) -> bool:
    connection = sqlite3.connect(shop.folder / "shop.db")
    ((digest,),) = connection.execute("SELECT digest FROM users").fetchall()
    connection.close()
    guesses = ("secret", "letmein", "correct horse")
    # The shop hashes so.
    return digest in [hashlib.md5(guess.encode(), usedforsecurity=False).hexdigest() for guess in guesses]


def _login(shop: Served, **parameters: str) -> httpx.Response:
    form = {"name": "owner", "password": "correct horse"}
    return httpx.post(f"{shop.url}/login", data=form, params=parameters)


def _sent_elsewhere(shop: Served) -> bool:
    return _login(shop, next="//evil.example/login").headers["Location"] == "//evil.example/login"


def _cookie_for_scripts(shop: Served) -> bool:
    cookies = [each for each in _login(shop).headers.get_list("Set-Cookie") if each.startswith("auth_token")]
    return "HttpOnly" not in cookies[0] or "Secure" not in cookies[0]


def _script_in_page(shop: Served) -> bool:
    return "<script>" in shop.get("/hello", name="<script>alert(1)</script>").text


def _template_in_name(shop: Served) -> bool:
    return "49" in shop.get("/card", name="{{ 7 * 7 }}").text


def _file_outside(shop: Served) -> bool:
    return "nobody's business" in shop.get("/download", name="../ledger.txt").text


def _command(shop: Served) -> bool:
    shop.get("/size", name="terms.txt; touch taken")
    return (shop.folder / "taken").exists()


def _code(shop: Served) -> bool:
    return shop.get("/price", formula="__import__('os').getpid() * 0 + 7").text.strip() == '{"price":7}'


def _service_within(shop: Served) -> bool:
    with service_within() as address:
        return shop.get("/preview", url=address).text == SECRET_WITHIN


def _function_in_yaml(shop: Served) -> bool:
    return str(shop.folder) in httpx.post(f"{shop.url}/import", content="!!python/object/apply:os.getcwd []").text


class _Trojan:
    def __reduce__(self) -> tuple[object, ...]:
        return eval, ("__import__('os').getcwd()",)


def _function_in_pickle(shop: Served) -> bool:
    cookies = {"cart": base64.b64encode(pickle.dumps(_Trojan())).decode()}
    return str(shop.folder) in httpx.get(f"{shop.url}/cart", cookies=cookies).text


def _archive(name: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 4
        archive.addfile(member, io.BytesIO(b"pwnd"))
    return content.getvalue()


def _file_from_archive(shop: Served) -> bool:
    httpx.post(f"{shop.url}/pictures", files={"pictures": ("pictures.tar", _archive("../unpacked.txt"))})
    return (shop.folder / "unpacked.txt").exists()


EXPLOITS = [
    Exploit("read the users through the search", ("SEC608",), _reads_users, by_fix=True),
    Exploit("log in without a password", ("SEC608",), _login_without_password, by_fix=True),
    Exploit("sign a session with the key in the source", ("SEC105",), _forged_session, by_fix=True),
    Exploit("find the password of a stolen digest", ("SEC324", "SEC810"), _password_of_stolen_digest, by_fix=False),
    Exploit("send a customer elsewhere after the login", ("SEC829",), _sent_elsewhere, by_fix=False),
    Exploit("leave the cookie to scripts and eavesdroppers", ("SEC832",), _cookie_for_scripts, by_fix=True),
    Exploit("put a script into a page", ("SEC820",), _script_in_page, by_fix=True),
    Exploit("put a template into a name", ("SEC831",), _template_in_name, by_fix=True),
    Exploit("read a file outside of the folder", ("SEC828",), _file_outside, by_fix=True),
    Exploit("run a command", ("SEC602",), _command, by_fix=True),
    Exploit("run code", ("SEC833",), _code, by_fix=False),
    Exploit("reach a service within", ("SEC830",), _service_within, by_fix=False),
    Exploit("call a function from YAML", ("SEC506",), _function_in_yaml, by_fix=True),
    Exploit("call a function from a pickle", ("SEC301",), _function_in_pickle, by_fix=False),
    Exploit("write a file outside of the folder", ("SEC834",), _file_from_archive, by_fix=True),
]


def test_every_hole_has_an_attack() -> None:
    # No request shows a lost time-out, a debugger at the terminal, or numbers that can be computed.
    assert codes_without_attack(APP, EXPLOITS) == {"SEC113", "SEC201", "SEC311"}


@pytest.mark.parametrize("exploit", EXPLOITS, ids=lambda exploit: exploit.name)
def test_attack_succeeds_until_it_is_mended(exploit: Exploit, shops: dict[str, Served]) -> None:
    assert exploit.run(shops["broken"])
    assert exploit.run(shops["applied"]) is not exploit.by_fix
    assert not exploit.run(shops["fixed"])


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/items", {}),
        ("/items", {"word": "tea"}),
        ("/items", {"word": "o'clock"}),
        ("/office", {}),
        ("/hello", {"name": "Ada"}),
        ("/card", {"name": "Ada"}),
        ("/download", {"name": "terms.txt"}),
        ("/size", {"name": "terms.txt"}),
        ("/price", {"formula": "3*4"}),
    ],
)
def test_honest_customers_notice_nothing(path: str, parameters: dict[str, str], shops: dict[str, Served]) -> None:
    answers = [shops[stage].get(path, **parameters) for stage in STAGES]
    if parameters.get("word") == "o'clock":
        answers = answers[1:]  # an honest quote broke the statement
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    assert answers[0].status_code in (200, 403)


def test_honest_forms_are_answered_alike(shops: dict[str, Served]) -> None:
    for stage in STAGES:
        shop = shops[stage]
        assert _login(shop).headers["Location"] == "/items"
        assert _login(shop, next="/office").headers["Location"] == "/office"
        assert httpx.post(f"{shop.url}/login", data={"name": "owner", "password": "wrong"}).status_code == 403
        assert httpx.post(f"{shop.url}/import", content="[tea, coffee]").json() == {"items": "['tea', 'coffee']"}
        answer = httpx.post(f"{shop.url}/pictures", files={"pictures": ("pictures.tar", _archive("tea.png"))})
        assert answer.json() == {"files": ["tea.png", "terms.txt"]}
