"""Database calls: which calls hand a statement to a database, and to which driver."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.sql import EXECUTING, EXECUTING_FUNCTIONS, FOR_VALUES, OF_MODELS
from perffix.semantic.sql.drivers import dialect_of, driver_named, driver_of, packages_of, peewee_database

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.drivers import Driver

_WITHOUT_PARAMETERS = ("executescript", "execute_script")
_WITH_ROWS = ("executemany",)
_MANAGERS = ("objects", "_default_manager", "_base_manager", "all_objects")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


class DatabaseCall(NamedTuple):
    """A call that executes SQL.

    Attributes:
        call: the call.
        statement: the argument with the SQL text.
        parameters: the argument with the values, None when there is none.
        driver: the driver when it is proved, else None.
        because: why it is a database call, a phrase for the user.
        takes_parameters: whether this method can take values beside the text.
        passing: how: as the next "argument"; by a "keyword"; "bound" to the clause that the call makes; as
            argument while the text becomes a "clause"; by keyword while it does, "clause by keyword".
        keyword: the keyword for the values where they are not the next argument.
        is_certain: whether the argument is known to be SQL, so that its text need not look like a statement.
    """

    call: ast.Call
    statement: ast.expr
    parameters: ast.expr | None
    driver: Driver | None
    because: str
    takes_parameters: bool
    passing: str = "argument"
    keyword: str = ""
    is_certain: bool = False


def database_call(call: ast.Call, model: SemanticModel) -> DatabaseCall | None:
    """Return what a call hands to a database, or None when it is not known to do that."""
    if len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and not call.keywords:
        return None  # by far the most calls
    name = model.qualified_name(call.func)
    if name in EXECUTING_FUNCTIONS:
        return _function(call, name, model)
    func = _method(call.func, model)
    if func is None:
        return None
    if func.attr in OF_MODELS:
        return _of_model(call, func, model)
    return _of_object(call, func, model)


def _method(func: ast.expr, model: SemanticModel) -> ast.Attribute | None:
    """Return the method that is called, also under a name of its own: `execute = cursor.execute`."""
    if isinstance(func, ast.Name):
        single = model.single_of(func)
        return single.value if single is not None and isinstance(single.value, ast.Attribute) else None
    return func if isinstance(func, ast.Attribute) else None


# Functions


def _function(call: ast.Call, name: str, model: SemanticModel) -> DatabaseCall | None:
    keyword, owner = EXECUTING_FUNCTIONS[name]
    text = argument_of(call, keyword, 0)
    if text is None or _is_in_definition(call, model):
        return None
    found = DatabaseCall(call, text, None, None, f"`{name}` takes SQL", takes_parameters=bool(owner), is_certain=True)
    if owner == "SQLAlchemy":
        return found._replace(driver=driver_named(owner), passing="bound")
    if owner == "pandas":
        return _of_pandas(found, model)
    if owner == "Peewee":
        return found._replace(driver=peewee_database(model), parameters=argument_of(call, "params", 1))
    if owner == "Pony":
        return found._replace(driver=driver_named(owner))
    if owner == "django":
        return found._replace(driver=driver_named(owner), parameters=argument_of(call, "params", 1))
    if owner == "duckdb":
        by_keyword = not name.endswith("execute")
        return found._replace(
            driver=driver_named(owner),
            parameters=argument_of(call, ("params", "parameters"), 9 if by_keyword else 1),
            passing="keyword" if by_keyword else "argument",
            keyword="params" if by_keyword else "",
        )
    return found


def _is_in_definition(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a clause belongs to the definition of a table or column, where there are no parameters."""
    for parent in model.ancestors(call):
        if isinstance(parent, ast.keyword) and parent.arg in ("server_default", "server_onupdate", "postgresql_where"):
            return True
        if isinstance(parent, ast.Call):
            name = (model.qualified_name(parent.func) or ast.unparse(parent.func)).rpartition(".")[2]
            if name in ("CheckConstraint", "Index", "Column", "mapped_column", "Computed", "DDL", "create_index"):
                return True
        if isinstance(parent, ast.stmt):
            return False
    return False


def _of_pandas(found: DatabaseCall, model: SemanticModel) -> DatabaseCall:
    connection = argument_of(found.call, "con", 1)
    driver = None if connection is None else driver_of(connection, model)
    return found._replace(
        driver=driver,
        parameters=argument_of(found.call, "params", 4),
        passing="clause by keyword" if driver is not None and driver.name == "SQLAlchemy" else "keyword",
        keyword="params",
        is_certain=False,  # it may also be the name of a table
    )


# Methods


def _of_model(call: ast.Call, func: ast.Attribute, model: SemanticModel) -> DatabaseCall | None:
    """Return the call of a method that models, managers and query sets have."""
    receiver, method = func.value, func.attr
    packages = packages_of(model)
    if method in ("select_by_sql", "get_by_sql"):
        text = argument_of(call, "sql", 0)
        if text is None or "pony" not in packages:
            return None
        return DatabaseCall(call, text, None, driver_named("Pony"), "Pony runs it", takes_parameters=True)
    if method == "extra":
        return _of_extra(call, receiver, packages)
    text = argument_of(call, ("raw_query", "sql"), 0)
    if text is None:
        return None
    if isinstance(receiver, ast.Attribute) and receiver.attr in _MANAGERS:
        because = f"`{ast.unparse(receiver)}` is a manager of Django"
        values = argument_of(call, "params", 1)
        return DatabaseCall(call, text, values, driver_named("django"), because, takes_parameters=True)
    if "peewee" in packages and isinstance(receiver, ast.Name):
        driver = peewee_database(model)
        driver = None if driver is None else driver._replace(parameters="variadic")
        values = call.args[1] if len(call.args) > 1 else None
        return DatabaseCall(call, text, values, driver, "a model of Peewee runs it", takes_parameters=True)
    if "tortoise" in packages and isinstance(receiver, ast.Name):
        because = "a model of Tortoise runs it"
        return DatabaseCall(call, text, None, driver_named("Tortoise"), because, takes_parameters=False)
    return None


def _of_extra(call: ast.Call, receiver: ast.expr, packages: set[str]) -> DatabaseCall | None:
    """Return Django's `extra(where=[...])`, whose conditions are one text."""
    conditions = argument_of(call, "where", 1)
    is_query_set = "django" in packages or any(
        isinstance(each, ast.Attribute) and each.attr in _MANAGERS for each in ast.walk(receiver)
    )
    if not is_query_set or not isinstance(conditions, (ast.List, ast.Tuple)):
        return None
    because = "`extra()` of a query set takes conditions as SQL"
    values = argument_of(call, "params", 2)
    return DatabaseCall(
        call, conditions, values, driver_named("django"), because, True, "keyword", "params", is_certain=True
    )


def _of_object(call: ast.Call, func: ast.Attribute, model: SemanticModel) -> DatabaseCall | None:
    """Return the call of a method of a connection, cursor, engine or session."""
    statement = argument_of(call, ("sql", "query", "operation", "statement", "command"), 0)
    if statement is None:
        return None
    method = func.attr
    driver = driver_of(func.value, model)
    if driver is not None and method not in EXECUTING and method not in driver.methods:
        return None
    if driver is None and (method not in EXECUTING or _is_something_else(method, func.value, model)):
        return None
    receiver = ast.unparse(func.value)
    because = f"`.{method}()` of a database object" if driver is None else f"`{receiver}` is of {driver.name}"
    values = argument_of(call, FOR_VALUES, 1)
    takes = method not in _WITHOUT_PARAMETERS and method not in _WITH_ROWS
    found = DatabaseCall(call, statement, values, driver, because, takes)
    if driver is None:
        return found
    if driver.name == "SQLAlchemy":
        if method == "exec_driver_sql":
            return found._replace(driver=dialect_of(model))
        return found._replace(passing="clause")
    if driver.name == "databases":
        return found._replace(keyword="values")
    if driver.name == "duckdb" and method in ("sql", "query"):
        return found._replace(passing="keyword", keyword="params")
    if driver.name == "asyncpg" and method in ("prepare", "executemany"):
        return found._replace(takes_parameters=False)
    return found._replace(takes_parameters=(takes and driver.parameters != "none") or driver.style == "inline")


def _is_something_else(method: str, receiver: ast.expr, model: SemanticModel) -> bool:
    """Tell whether nothing shows that an object of unknown origin is of a database."""
    if not packages_of(model).isdisjoint(facts.load("databases")["other"]["modules"]):
        return True
    return method in ("execute", "execute_sql") and not _is_named_like_a_database(receiver)


def _is_named_like_a_database(receiver: ast.expr) -> bool:
    """Tell it by the last name of a receiver whose origin is unknown: `self.cursor`, `conn`, `get_db()`."""
    if isinstance(receiver, ast.Call):
        receiver = receiver.func
    if isinstance(receiver, ast.Await):
        return _is_named_like_a_database(receiver.value)
    name = receiver.id if isinstance(receiver, ast.Name) else getattr(receiver, "attr", "")
    words = {word.lower() for word in _WORDS.findall(name)}
    return not words.isdisjoint(facts.load("databases")["receivers"]["words"])
