"""Connections and sessions by what is done with them, where nothing shows what made them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.sql.drivers import driver_of, packages_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

# What a session of SQLAlchemy alone has, beside `commit`.
_OF_SESSIONS = ("add", "add_all", "query", "merge", "scalars", "flush", "expunge")
_NAMES = ("db", "database", "sess", "dbsession", "s")
_CHANGING = ("insert", "update", "delete")
_PACKAGES = ("sqlalchemy", "sqlmodel", "flask_sqlalchemy")


class Connection(NamedTuple):
    """What executes statements.

    Attributes:
        driver: the name of its driver.
        because: why it is one, a phrase for the user.
        proved: whether it is seen where it comes from.
    """

    driver: str
    because: str
    proved: bool


def connection_of(expr: ast.expr, model: SemanticModel) -> Connection | None:
    """Return what is known of an expression that may be a connection, session or cursor; None when it may be none."""
    written = dotted(expr)
    if not written:
        return None
    driver = driver_of(expr, model)
    if driver is not None:
        return Connection(driver.name, f"`{written}` is of {driver.name}", proved=True)
    used = next((name for name in _methods_of(written, model) if name in _OF_SESSIONS), None)
    last = written.rpartition(".")[2].strip("_").lower()
    named = last.endswith("session") or (last in _NAMES and not packages_of(model).isdisjoint(_PACKAGES))
    if used is None or not named:
        return None
    because = f"`{written}` is used as a session of SQLAlchemy: `{used}()`, `commit()`"
    return Connection("SQLAlchemy", because, proved=False)


def dotted(expr: ast.expr) -> str:
    """Return a name or a chain of attributes as it is written; empty for anything else."""
    if isinstance(expr, ast.Name):
        return expr.id
    if isinstance(expr, ast.Attribute):
        owner = dotted(expr.value)
        return f"{owner}.{expr.attr}" if owner else ""
    return ""


def construct(statement: ast.expr, model: SemanticModel) -> str:
    """Return the function that a statement of SQLAlchemy begins with: `select`, `insert`; empty when it is none."""
    seen = 0
    while isinstance(statement, (ast.Call, ast.Attribute)) and seen < 40:
        seen += 1
        if isinstance(statement, ast.Attribute):
            statement = statement.value
            continue
        name = model.qualified_name(statement.func) or ""
        if name.partition(".")[0] in ("sqlalchemy", "sqlmodel"):
            return name.rpartition(".")[2]
        func = statement.func
        of_table = isinstance(func, ast.Attribute) and isinstance(func.value, (ast.Name, ast.Attribute))
        if isinstance(func, ast.Attribute) and func.attr in _CHANGING and (of_table or not statement.args):
            return func.attr
        statement = func
    return ""


def _methods_of(written: str, model: SemanticModel) -> Iterator[str]:
    """Yield the methods that the module calls on something written so."""
    last = written.rpartition(".")[2]
    for call in model.every(ast.Call):
        func = call.func
        if not isinstance(func, ast.Attribute):
            continue
        owner = func.value
        if last == last_name(owner) and (dotted(owner) == written):
            yield func.attr
