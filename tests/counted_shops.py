"""Opens the pages of the shops in fixtures/apps with rows in their tables, and counts the queries.

A shop runs in a process of its own for each stage: this file is also the program that runs there, in the folder of the
shop. The stages are those of `served_apps`.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from served_apps import applied_sources_of, fixed_sources_of, sources_of, write_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SIZES = (4, 8)
# What differs from one answer to the next, whatever the database says.
_OF_THE_MOMENT = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|<lastBuildDate>[^<]*')


class Page(NamedTuple):
    """A page of a shop, and what it costs.

    Attributes:
        path: its address; `{teas}` stands for a parameter `tea` with the key of each tea.
        codes: the codes of the findings that it proves right.
        before: how many queries it takes with so many teas.
        after: how many it takes when it is mended, with any number of teas.
        by_fix: whether the fixes of perffix do that; otherwise a person has to.
        post: whether it is a form that is sent.
    """

    path: str
    codes: tuple[str, ...]
    before: Callable[[int], int]
    after: int
    by_fix: bool = True
    post: bool = False

    def cost(self, stage: str, size: int) -> int:
        """Return how many queries it takes in a stage with so many teas."""
        mended = stage == "fixed" or (stage == "applied" and self.by_fix)
        return self.after if mended else self.before(size)


class Sign(NamedTuple):
    """A page that takes as many queries when it is mended, and what shows that they are others.

    Attributes:
        path: its address.
        code: the code of the finding that it proves right.
        pattern: what is found before in its statements, in how SQLite runs them, or in the status, and not afterwards.
        by_fix: whether the fixes of perffix do that; otherwise a person has to.
    """

    path: str
    code: str
    pattern: str
    by_fix: bool = False


class Ran(NamedTuple):
    """What a page did: its statements, how SQLite runs them, the status and the text of the answer."""

    statements: list[str]
    plans: list[str]
    status: int
    text: str

    def shows(self, sign: Sign) -> bool:
        """Tell whether a sign is found."""
        return re.search(sign.pattern, "\n".join([*self.statements, *self.plans, f"status {self.status}"])) is not None


class Shop(NamedTuple):
    """A shop of fixtures/apps.

    Attributes:
        name: its folder.
        face: what it is made with, `django` or `flask`.
        pages: the pages that take more queries than they need.
        signs: the pages with wrong queries.
        innocent: the names of the pages that only look guilty.
        others: the addresses of other pages.
    """

    name: str
    face: str
    pages: tuple[Page, ...]
    signs: tuple[Sign, ...]
    innocent: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def paths(self) -> list[str]:
        """The addresses of all pages."""
        found = [*(page.path for page in self.pages), *(sign.path for sign in self.signs)]
        return list(dict.fromkeys([*found, *(f"/innocent/{name}" for name in self.innocent), *self.others]))

    def opened(self, stage: str, path: str, size: int) -> Ran:
        """Return what a page does in a stage with so many teas."""
        forms = {page.path for page in self.pages if page.post}
        pages = tuple((each, each in forms) for each in self.paths)
        return _opened(self.name, self.face, stage, pages)[path, size]


@cache
def _opened(shop: str, face: str, stage: str, pages: tuple[tuple[str, bool], ...]) -> dict[tuple[str, int], Ran]:
    """Return what the pages of a shop do in a stage, by path and number of teas."""
    by_stage: dict[str, Callable[[str], dict[str, str]]] = {
        "broken": sources_of,
        "applied": applied_sources_of,
        "fixed": fixed_sources_of,
    }
    task = json.dumps({"face": face, "pages": pages, "sizes": SIZES})
    settings = {**os.environ, "SHOP_SECRET_KEY": "of this test alone", "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as name:
        write_sources(by_stage[stage](shop), Path(name))
        ran = subprocess.run(
            [sys.executable, __file__], cwd=name, env=settings, input=task, capture_output=True, text=True, check=False
        )
    assert ran.returncode == 0, ran.stderr
    return {(path, size): Ran(*rest) for path, size, *rest in json.loads(ran.stdout)}


def main() -> None:
    """Read a task, open the pages and write what they did."""
    task = json.load(sys.stdin)
    sys.path[0] = str(Path.cwd())
    faces: dict[str, Callable[..., Iterable[tuple[object, ...]]]] = {"django": _django, "flask": _flask}
    json.dump(list(faces[task["face"]](task["pages"], task["sizes"])), sys.stdout)


def _address(path: str, size: int) -> str:
    return path.replace("{teas}", "&".join(f"tea={key}" for key in range(1, size + 1)))


def _django(pages: list[tuple[str, bool]], sizes: list[int]) -> Iterable[tuple[object, ...]]:
    import django
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    for size in sizes:
        call_command("flush", interactive=False, verbosity=0)
        client = _with_rows(size, Client(raise_request_exception=False))
        for path, post in pages:
            with transaction.atomic(), CaptureQueriesContext(connection) as queries:
                address = _address(path, size)
                answer = client.post(address) if post else client.get(address)
                transaction.set_rollback(True)
            statements = [query["sql"] for query in queries.captured_queries]
            plans = [_plan(connection.connection, statement) for statement in statements]
            yield path, size, statements, plans, answer.status_code, _OF_THE_MOMENT.sub("", answer.content.decode())


def _with_rows(size: int, client: Any) -> Any:
    """Fill the tables and let the client be who runs the shop."""
    from django.contrib.auth.models import User

    importlib.import_module("shop.sample").fill(size)
    client.force_login(User.objects.create_superuser("owner"))
    return client


def _flask(pages: list[tuple[str, bool]], sizes: list[int]) -> Iterable[tuple[object, ...]]:
    from fastapi.testclient import TestClient
    from sqlalchemy import Engine, event
    from sqlalchemy.pool import Pool

    sample, web, api = (importlib.import_module(f"shop.{name}") for name in ("sample", "web", "api"))
    statements: list[str] = []
    plans: list[str] = []

    def executed(_connection: object, cursor: Any, text: str, parameters: Any, *_: object) -> None:
        statements.append(text)
        if isinstance(cursor, sqlite3.Cursor):
            plans.append(_plan(cursor.connection, text, parameters))

    event.listen(Engine, "before_cursor_execute", executed)
    event.listen(Pool, "connect", lambda *_: statements.append("CONNECT"))
    for size in sizes:
        for path, post in pages:
            sample.fill(size)
            statements.clear()
            plans.clear()
            client = TestClient(api.app) if path.startswith("/api/") else web.app.test_client()
            address = _address(path, size)
            answer = client.post(address) if post else client.get(address)
            yield path, size, list(statements), list(plans), answer.status_code, answer.text


def _plan(connection: sqlite3.Connection, statement: str, parameters: Any = ()) -> str:
    """Return how SQLite runs a statement."""
    if not statement.startswith("SELECT"):
        return ""
    steps = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    return "\n".join(step[-1] for step in steps)


if __name__ == "__main__":
    main()
