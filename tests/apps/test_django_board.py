"""The Django board is broken into; the fixes of perffix, and a person where there are none, keep the attackers out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from django.core.signing import TimestampSigner
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

APP = "django_board"
STARTER = """\
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
import board
from django.core.wsgi import get_wsgi_application
from wsgiref.simple_server import make_server
board.create()
server = make_server("127.0.0.1", 0, get_wsgi_application())
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    with served_in_all_stages(APP, STARTER, tmp_path_factory.mktemp(APP)) as stages:
        yield stages


def _reads_users(board: Served) -> bool:
    return "a very long secret" in board.get("/posts", author="' UNION SELECT name, password FROM users --").text


def _script_in_page(board: Served) -> bool:
    return "<script>" in board.get("/hello", name="<script>alert(1)</script>").text


def _sent_elsewhere(board: Served) -> bool:
    return board.get("/leave", next="https://evil.example/").headers["Location"] == "https://evil.example/"


def _sent_elsewhere_by_login(board: Served) -> bool:
    return board.get("/login", next="//evil.example/").headers["Location"] == "//evil.example/"


def _cookie_for_scripts(board: Served) -> bool:
    cookie = board.get("/login", next="/posts").headers["Set-Cookie"]
    return "HttpOnly" not in cookie or "Secure" not in cookie


def _file_outside(board: Served) -> bool:
    return "closed doors" in board.get("/download", name="../minutes.txt").text


def _command(board: Served) -> bool:
    board.get("/size", name="rules.txt; touch taken")
    return (board.folder / "taken").exists()


def _service_within(board: Served) -> bool:
    with service_within() as address:
        return board.get("/preview", url=address).text == SECRET_WITHIN


def _code(board: Served) -> bool:
    return str(board.folder) == board.get("/compute", formula="__import__('os').getcwd()").text


def _form_of_another_site(board: Served) -> bool:
    return httpx.post(f"{board.url}/forget", data={"author": "nobody"}).text == "forgotten"


def _signed_with_the_key_in_the_source(board: Served) -> bool:
    signer = TimestampSigner(key="9f1c27e0a4b85d63f7e2c1a09b6d4835", salt="board", fallback_keys=[])
    return board.get("/whoami", token=signer.sign_object("ada")).text == "ada"


def _traceback(board: Served) -> bool:
    return "Traceback" in board.get("/posts").text


EXPLOITS = [
    Exploit("read the users through the posts", ("SEC608",), _reads_users, by_fix=True),
    Exploit("put a script into a page", ("SEC820",), _script_in_page, by_fix=True),
    Exploit("send a reader elsewhere", ("SEC829",), _sent_elsewhere, by_fix=True),
    Exploit("send a reader elsewhere by the login", ("SEC829",), _sent_elsewhere_by_login, by_fix=True),
    Exploit("leave the cookie to scripts and eavesdroppers", ("SEC832",), _cookie_for_scripts, by_fix=True),
    Exploit("read a file outside of the folder", ("SEC828",), _file_outside, by_fix=False),
    Exploit("run a command", ("SEC602",), _command, by_fix=True),
    Exploit("reach a service within", ("SEC830",), _service_within, by_fix=False),
    Exploit("run code", ("SEC833",), _code, by_fix=False),
    Exploit("send a form from another site", ("SEC821",), _form_of_another_site, by_fix=False),
    Exploit("sign with the key in the source", ("SEC105",), _signed_with_the_key_in_the_source, by_fix=True),
    Exploit("see the inside of the program", ("SEC201",), _traceback, by_fix=True),
]


def test_every_hole_has_an_attack() -> None:
    assert codes_without_attack(APP, EXPLOITS) == set()


@pytest.mark.parametrize("exploit", EXPLOITS, ids=lambda exploit: exploit.name)
def test_attack_succeeds_until_it_is_mended(exploit: Exploit, boards: dict[str, Served]) -> None:
    assert exploit.run(boards["broken"])
    assert exploit.run(boards["applied"]) is not exploit.by_fix
    assert not exploit.run(boards["fixed"])


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/posts", {"author": "ada"}),
        ("/hello", {"name": "Ada"}),
        ("/leave", {}),
        ("/leave", {"next": "/hello?name=Ada"}),
        ("/download", {"name": "rules.txt"}),
        ("/size", {"name": "rules.txt"}),
        ("/compute", {"formula": "3*4"}),
    ],
)
def test_honest_readers_notice_nothing(path: str, parameters: dict[str, str], boards: dict[str, Served]) -> None:
    answers = [boards[stage].get(path, **parameters) for stage in STAGES]
    seen = {(answer.status_code, answer.text, answer.headers.get("Location")) for answer in answers}
    assert len(seen) == 1
    assert answers[0].status_code in (200, 302)
