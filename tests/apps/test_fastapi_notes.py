"""The FastAPI notebook is broken into; the fixes of perffix, and a person where there are none, keep attackers out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
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

APP = "fastapi_notes"
STARTER = """\
import socket
import notes
import uvicorn
notes.create()
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(notes.app, log_level="warning")).run(sockets=[listener])
"""


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    with served_in_all_stages(APP, STARTER, tmp_path_factory.mktemp(APP)) as stages:
        yield stages


def _reads_users(notebook: Served) -> bool:
    return "a very long secret" in notebook.get("/notes", title="' UNION SELECT name, password FROM users --").text


def _script_in_page(notebook: Served) -> bool:
    return "<script>" in notebook.get("/page", title="<script>alert(1)</script>").text


def _template_in_name(notebook: Served) -> bool:
    return "49" in notebook.get("/card", name="{{ 7 * 7 }}").text


def _file_outside(notebook: Served) -> bool:
    return "dear diary" in notebook.get("/files", name="../diary.txt").text


def _upload(notebook: Served, name: str) -> httpx.Response:
    return httpx.post(f"{notebook.url}/files", files={"file": (name, b"content")})


def _upload_outside(notebook: Served) -> bool:
    _upload(notebook, "../uploaded.txt")
    return (notebook.folder / "uploaded.txt").exists()


def _sent_elsewhere(notebook: Served) -> bool:
    return notebook.get("/leave", to="https://evil.example/").headers["Location"] == "https://evil.example/"


def _service_within(notebook: Served) -> bool:
    with service_within() as address:
        return SECRET_WITHIN in notebook.get("/fetch", url=address).text


def _command(notebook: Served) -> bool:
    notebook.get("/words", name="readme.txt; touch taken #")
    return (notebook.folder / "taken").exists()


def _code(notebook: Served) -> bool:
    return str(notebook.folder) in notebook.get("/compute", formula="__import__('os').getcwd()").text


def _pattern(notebook: Served) -> bool:
    return notebook.get("/search", word="[a-z]+").text == '["take","notes"]'


def _cookie_for_scripts(notebook: Served) -> bool:
    cookie = httpx.post(f"{notebook.url}/login").headers["Set-Cookie"]
    return "HttpOnly" not in cookie or "Secure" not in cookie


def _read_from_elsewhere(notebook: Served) -> bool:
    headers = {"Origin": "https://evil.example", "Cookie": "session=x"}
    answer = httpx.get(f"{notebook.url}/notes?title=milk", headers=headers)
    return "https://evil.example" in answer.headers.get_list("Access-Control-Allow-Origin")


def _traceback(notebook: Served) -> bool:
    return "Traceback" in notebook.get("/compute", formula="unknown").text


EXPLOITS = [
    Exploit("read the users through the notes", ("SEC608",), _reads_users, by_fix=True),
    Exploit("put a script into a page", ("SEC820",), _script_in_page, by_fix=True),
    Exploit("put a template into a name", ("SEC831",), _template_in_name, by_fix=True),
    Exploit("read a file outside of the folder", ("SEC828",), _file_outside, by_fix=False),
    Exploit("write a file outside of the folder", ("SEC828",), _upload_outside, by_fix=False),
    Exploit("send a reader elsewhere", ("SEC829",), _sent_elsewhere, by_fix=False),
    Exploit("reach a service within", ("SEC830",), _service_within, by_fix=False),
    Exploit("run a command", ("SEC602",), _command, by_fix=True),
    Exploit("run code", ("SEC833",), _code, by_fix=False),
    Exploit("search by a pattern", ("SEC833",), _pattern, by_fix=True),
    Exploit("leave the cookie to scripts and eavesdroppers", ("SEC832",), _cookie_for_scripts, by_fix=True),
    Exploit("read the answers from another site", ("SEC823",), _read_from_elsewhere, by_fix=False),
    Exploit("see the inside of the program", ("SEC201",), _traceback, by_fix=True),
]


def test_every_hole_has_an_attack() -> None:
    assert codes_without_attack(APP, EXPLOITS) == set()


@pytest.mark.parametrize("exploit", EXPLOITS, ids=lambda exploit: exploit.name)
def test_attack_succeeds_until_it_is_mended(exploit: Exploit, notebooks: dict[str, Served]) -> None:
    assert exploit.run(notebooks["broken"])
    assert exploit.run(notebooks["applied"]) is not exploit.by_fix
    assert not exploit.run(notebooks["fixed"])


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/notes", {"title": "milk"}),
        ("/page", {"title": "Milk"}),
        ("/card", {"name": "Ada"}),
        ("/files", {"name": "readme.txt"}),
        ("/leave", {"to": "/notes"}),
        ("/words", {"name": "readme.txt"}),
        ("/compute", {"formula": "3*4"}),
        ("/search", {"word": "ot"}),
    ],
)
def test_honest_readers_notice_nothing(path: str, parameters: dict[str, str], notebooks: dict[str, Served]) -> None:
    answers = [notebooks[stage].get(path, **parameters) for stage in STAGES]
    seen = {(answer.status_code, answer.text, answer.headers.get("Location")) for answer in answers}
    assert len(seen) == 1
    assert answers[0].status_code in (200, 307)


def test_honest_uploads_are_kept(notebooks: dict[str, Served]) -> None:
    for stage in STAGES:
        assert _upload(notebooks[stage], "new.txt").json() == {"name": "new.txt"}
        assert (notebooks[stage].folder / "files" / "new.txt").read_bytes() == b"content"
