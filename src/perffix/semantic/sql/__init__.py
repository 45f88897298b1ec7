"""SQL inside of Python: what a statement says around its holes, and which driver receives it.

The names of the calls that execute SQL stand here because the rule registers for them whenever perffix starts; all
else is imported when such a call is there.
"""

from __future__ import annotations

# Methods whose first argument is a statement, whoever they belong to.
EXECUTING = ("execute", "executemany", "executescript", "execute_fetchall", "exec_driver_sql", "execute_sql")
# Methods that take a statement only when their object is known to be of a database.
EXECUTING_OF_DRIVERS = (
    *("fetch", "fetchrow", "fetchval", "cursor", "prepare"),  # asyncpg
    *("fetch_all", "fetch_one", "fetch_val", "iterate"),  # databases
    *("execute_query", "execute_query_dict", "execute_insert", "execute_script"),  # Tortoise
    *("sql", "query", "stream", "select"),  # DuckDB, psycopg, Pony
)
# Methods of models and query sets.
OF_MODELS = ("raw", "extra", "select_by_sql", "get_by_sql")
# Keywords for the values of a statement.
FOR_VALUES = ("parameters", "params", "args", "vars", "values", "query_params")
# Functions that take a statement as their first argument, with the keyword for it and what they belong to; empty
# where values cannot be passed beside it.
EXECUTING_FUNCTIONS = {
    "sqlalchemy.text": ("text", "SQLAlchemy"),
    "sqlalchemy.sql.text": ("text", "SQLAlchemy"),
    "sqlalchemy.sql.expression.text": ("text", "SQLAlchemy"),
    "sqlmodel.text": ("text", "SQLAlchemy"),
    "sqlalchemy.literal_column": ("text", ""),
    "sqlalchemy.sql.expression.literal_column": ("text", ""),
    "pandas.read_sql": ("sql", "pandas"),
    "pandas.read_sql_query": ("sql", "pandas"),
    "pandas.io.sql.read_sql": ("sql", "pandas"),
    "pandas.io.sql.read_sql_query": ("sql", "pandas"),
    "django.db.models.expressions.RawSQL": ("sql", "django"),
    "django.db.models.RawSQL": ("sql", "django"),
    "duckdb.sql": ("query", "duckdb"),
    "duckdb.query": ("query", "duckdb"),
    "duckdb.execute": ("query", "duckdb"),
    "peewee.SQL": ("sql", "Peewee"),
    "pony.orm.raw_sql": ("sql", "Pony"),
    "psycopg.sql.SQL": ("obj", ""),
    "psycopg2.sql.SQL": ("string", ""),
}
