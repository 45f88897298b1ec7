"""SQL inside of Python: what a statement says around its holes, and which driver receives it.

The names of the calls that execute SQL stand here because the rule registers for them whenever perffix starts; all
else is imported when such a call is there.
"""

from __future__ import annotations

# Methods whose first argument is a statement.
EXECUTING = ("execute", "executemany", "executescript", "execute_fetchall", "exec_driver_sql", "execute_sql")
EXECUTING_OF_ASYNCPG = ("execute", "executemany", "fetch", "fetchrow", "fetchval", "cursor", "prepare")
# Functions that take a statement as their first argument, with the keyword for it.
EXECUTING_FUNCTIONS = {
    "sqlalchemy.text": "text",
    "sqlalchemy.sql.text": "text",
    "sqlalchemy.sql.expression.text": "text",
    "pandas.read_sql": "sql",
    "pandas.read_sql_query": "sql",
    "django.db.models.expressions.RawSQL": "sql",
}
