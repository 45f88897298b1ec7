"""Engines that are made anew: which code does so, and how many connections that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy
from fixture_files import findings_in
from flask import Flask

from perffix.config import Configurations
from perffix.engine.checking import check_paths
from perffix.rules.performance import engine_per_call, pool_unset

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

SHOP = """\
from flask import Flask
from sqlalchemy import create_engine, text

app = Flask(__name__)
{before}

@app.route("/")
def shown():
    {inside}
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT 1")))
"""
MAKING = 'engine = create_engine("sqlite://", poolclass=__import__("sqlalchemy").pool.QueuePool)'
REQUESTS = 10


ON_G = f"""
from flask import g

def kept():
    if "engine" not in g:
        {MAKING.replace("engine", "g.engine", 1)}
    return g.engine
"""
STORE_OF_ENGINE = f"""
class Store:
    def __init__(self):
        {MAKING.replace("engine", "self.engine", 1)}
"""


@pytest.mark.parametrize(
    ("text", "connections"),
    [
        (SHOP.format(before="", inside=MAKING), REQUESTS),
        (SHOP.format(before=MAKING, inside="pass"), 1),
        (SHOP.format(before=ON_G, inside="engine = kept()"), REQUESTS),
        (SHOP.format(before=STORE_OF_ENGINE, inside="engine = Store().engine"), REQUESTS),
        (SHOP.format(before=f"{STORE_OF_ENGINE}\nstore = Store()", inside="engine = store.engine"), 1),
    ],
    ids=["inside", "before", "on g", "by an object", "by one object"],
)
def test_each_request_opens_a_connection(text: str, connections: int) -> None:
    assert len(findings_in(text, engine_per_call.rule)) == (connections > 1)
    names: dict[str, Any] = {"__name__": "shop"}
    exec(compile(text, "shop.py", "exec"), names)
    app = names["app"]
    assert isinstance(app, Flask)
    opened: list[sqlite3.Connection] = []

    def connected(connection: sqlite3.Connection, *_: object) -> None:
        opened.append(connection)

    sqlalchemy.event.listen(sqlalchemy.pool.Pool, "connect", connected)
    try:
        answers = [app.test_client().get("/").text for _ in range(REQUESTS)]
    finally:
        sqlalchemy.event.remove(sqlalchemy.pool.Pool, "connect", connected)
    for connection in opened:
        connection.close()
    assert answers == ["1"] * REQUESTS
    assert len(opened) == connections


HANDLER = """\
from fastapi import FastAPI
from flask import request
from sqlalchemy import create_engine
from settings import ADDRESS

app = FastAPI()

{helper}

@app.get("/{{name}}")
def shown(name: str):
    {body}
"""


@pytest.mark.parametrize(
    ("helper", "body", "reported"),
    [
        ("", "engine = create_engine(ADDRESS)", True),
        ("", "address = str(ADDRESS)\n    return create_engine(address).connect()", True),
        ("", "return create_engine('postgresql://{}/shop'.format(ADDRESS.host))", True),
        ("", "return create_engine(name)", False),
        ("", "return create_engine(f'postgresql://db/{name}')", False),
        ("", "address = ADDRESS + name\n    return create_engine(address)", False),
        ("", "return create_engine(request.args['address'])", False),
        ("", "app.state.engine = create_engine(ADDRESS)", False),
        ("", "engine = create_engine(ADDRESS)\n    app.state.engine = engine", False),
        ("", "if not hasattr(app.state, 'engine'):\n        made = create_engine(ADDRESS)", False),
        ("", "global made\n    made = create_engine(ADDRESS)", False),
        ("", "engine = made or create_engine(ADDRESS)", False),
        ("def opened():\n    return create_engine(ADDRESS).connect()", "return opened()", True),
        ("def opened(table):\n    return create_engine(ADDRESS).connect().execute(table)", "return opened(name)", True),
        ("def opened(address):\n    return create_engine(address).connect()", "return opened(ADDRESS)", True),
        ("def opened(address):\n    return create_engine(address).connect()", "return opened(address=name)", False),
        ("def opened(address):\n    return create_engine(address).connect()", "return opened(*ADDRESS)", False),
        ("@lru_cache\ndef opened():\n    return create_engine(ADDRESS)", "return opened()", False),
        ("@cached(60)\ndef opened():\n    return create_engine(ADDRESS)", "return opened()", False),
        ("def opened():\n    return create_engine(ADDRESS)", "app.state.engine = opened()", False),
        ("def setup_engine():\n    return create_engine(ADDRESS)", "return setup_engine()", False),
        ("def inner():\n    return create_engine(ADDRESS)\ndef outer():\n    return inner()", "return outer()", True),
        ("def alone():\n    return create_engine(ADDRESS)", "return name", False),
    ],
)
def test_which_handlers_make_the_same_engine_again(helper: str, body: str, reported: bool) -> None:
    assert bool(findings_in(HANDLER.format(helper=helper, body=body), engine_per_call.rule)) is reported


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("'postgresql://db/shop'", "postgresql"),
        ("'postgresql+psycopg://db/shop'", "postgresql"),
        ("f'mysql+pymysql://shop:{secret}@db/shop'", "mysql"),
        ("'oracle+oracledb://db'", "oracle"),
        ("sqlalchemy.URL.create('mssql+pyodbc', host='db')", "mssql"),
        ("sqlalchemy.URL.create(drivername='mysql', host='db')", "mysql"),
        ("'sqlite:///shop.db'", ""),
        ("'sqlite://'", ""),
        ("secret", ""),
        ("f'{secret}://db/shop'", ""),
        ("'duckdb:///shop.db'", ""),
        ("os.environ.get('ADDRESS', 'postgresql://db/shop')", "postgresql"),
        ("str(os.getenv('ADDRESS', default='mysql://db/shop'))", "mysql"),
        ("os.getenv('ADDRESS')", ""),
        ("os.environ['ADDRESS']", ""),
    ],
)
def test_servers_are_known_by_their_address(address: str, server: str) -> None:
    text = f"import os\nimport sqlalchemy\nfrom settings import secret\nengine = sqlalchemy.create_engine({address})\n"
    found = findings_in(text, pool_unset.rule)
    assert [each.evidence[0] for each in found] == ([f"its address names a server of {server}"] if server else [])


STORE = """\
import functools
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from .settings import ADDRESS

{decorator}
def opened(title="", address=ADDRESS):
    engine = create_engine({address})
    return Session(engine)
"""
PAGES = """\
from fastapi import Depends, FastAPI
from shop import store
from shop.store import opened
from .store import opened as session
from .settings import ADDRESS

app = FastAPI()
{before}

@app.get("/{{title}}")
def shown(title: str{parameter}):
    {body}
"""


@pytest.mark.parametrize(
    ("filled", "how"),
    [
        ({"body": "return opened().scalar(title)"}, "for each request that `shown` serves"),
        ({"body": "return session(title)"}, "for each request that `shown` serves"),
        ({"body": "return store.opened(title)"}, "for each request that `shown` serves"),
        ({"body": "return title", "parameter": ", s=Depends(opened)"}, "for each request that asks for it"),
        ({"before": "def found(title):\n    return opened()", "body": "return found(title)"}, "for each request"),
        ({"before": "def all_of(titles):\n    for title in titles:\n        opened(title)"}, "in each turn"),
        ({"body": "app.state.session = opened()"}, ""),
        ({"before": "made = opened()"}, ""),
        ({"body": "return opened()", "decorator": "@functools.cache"}, ""),
        ({"body": "return opened()", "address": "address"}, "for each request that `shown` serves"),
        ({"body": "return opened(address=ADDRESS)", "address": "address"}, "for each request that `shown` serves"),
        ({"body": "return opened(address=title)", "address": "address"}, ""),
        ({"body": "return title"}, ""),
    ],
)
def test_handlers_of_other_modules_are_known(tmp_path: Path, filled: dict[str, str], how: str) -> None:
    given = {"decorator": "", "address": "ADDRESS", "before": "", "parameter": "", "body": "return title"} | filled
    (tmp_path / "shop").mkdir()
    for name, text in {"__init__": "", "settings": "ADDRESS = ''", "store": STORE, "pages": PAGES}.items():
        (tmp_path / "shop" / f"{name}.py").write_text(text.format(**given) if text else "", "utf-8")
    found = check_paths([str(tmp_path)], Configurations({"select": "PERF708"})).findings
    assert [each.message for each in found if how not in each.message] == []
    assert [each.path.endswith("store.py") for each in found] == ([True] if how else [])


CLASS_OF_SETTINGS = """\
from pydantic import Field
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    address: str = {0}

settings = Settings()
"""


@pytest.mark.parametrize(
    ("settings", "asked", "server"),
    [
        ("ADDRESS = 'postgresql://db/shop'", "ADDRESS", "postgresql"),
        ("ADDRESS = f'mysql+pymysql://shop:{len(__name__)}@db/shop'", "ADDRESS", "mysql"),
        ("import os\nADDRESS = os.getenv('ADDRESS', 'mysql://db/shop')", "ADDRESS", "mysql"),
        ("from sqlalchemy import URL\nADDRESS = URL.create('mariadb', host='db')", "ADDRESS", "mariadb"),
        ("ADDRESS = 'sqlite:///shop.db'", "ADDRESS", ""),
        ("import os\nADDRESS = os.environ['ADDRESS']", "ADDRESS", ""),
        ("ADDRESS = 'sqlite://'\nADDRESS = 'mysql://db'", "ADDRESS", ""),
        (CLASS_OF_SETTINGS.format("'postgresql+asyncpg://db/shop'"), "settings.address", "postgresql"),
        (CLASS_OF_SETTINGS.format("Field('postgresql://db/shop')"), "settings.address", "postgresql"),
        (CLASS_OF_SETTINGS.format("'sqlite://'"), "settings.address", ""),
        (CLASS_OF_SETTINGS.format("''"), "settings.other", ""),
    ],
)
def test_addresses_in_other_modules_are_known(tmp_path: Path, settings: str, asked: str, server: str) -> None:
    name = asked.partition(".")[0]
    made = f"from sqlalchemy import create_engine\nfrom .settings import {name}\nengine = create_engine({asked})\n"
    (tmp_path / "shop").mkdir()
    for module, text in {"__init__": "", "settings": settings, "store": made}.items():
        (tmp_path / "shop" / f"{module}.py").write_text(text, "utf-8")
    found = check_paths([str(tmp_path)], Configurations({"select": "PERF709"})).findings
    assert [each.evidence[0] for each in found] == ([f"its address names a server of {server}"] if server else [])


KEY_STORE = """\
import redis


class Store:
    def __init__(self, url, host):
        self.url = url
        self.host = host

    def read(self, key):
{making}

    def write(self, key, value):
{making}
"""
IN_BRANCHES = """\
        if self.url:
            client = redis.Redis.from_url(self.url)
        else:
            client = redis.Redis(host=self.host)
        return client.get("key")
"""
CLOSED_AT_THE_END = """\
        client = redis.Redis(host=self.host)
        try:
            return client.get("key")
        finally:
            client.close()
"""
CLOSED_BY_WITH = """\
        with redis.Redis(host=self.host) as client:
            return client.get("key")
"""


@pytest.mark.parametrize(("making", "lines"), [(IN_BRANCHES, [11]), (CLOSED_AT_THE_END, []), (CLOSED_BY_WITH, [])])
def test_methods_that_make_a_client_and_keep_it_open(making: str, lines: list[int]) -> None:
    """A client in both branches of an `if` is one finding, and one that its method closes is none."""
    found = findings_in(KEY_STORE.format(making=making), engine_per_call.rule)
    assert [each.span.line for each in found] == lines
    assert all("once for each object, in `__init__`" in (each.help or "") for each in found)
