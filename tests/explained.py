"""Asks a database in memory how it finds the rows of Django's models: by an index, or by reading whole tables.

Django is set up once in a process, so `explained` starts one; this file is also the program that runs there.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any, NamedTuple


class Explained(NamedTuple):
    """What a module's models and functions make the database do.

    Attributes:
        columns: for each model and column, whether a look-up by it reads the whole table.
        functions: for each function, whether one of its queries does.
        errors: for each function, the name of the error that it ends with; empty for none.
    """

    columns: dict[str, dict[str, bool]]
    functions: dict[str, bool]
    errors: dict[str, str]


def explained(text: str, *, rows: bool = False) -> Explained:
    """Return what the database does for the models and functions of a module.

    Args:
        text: the module.
        rows: whether there are ten rows in each table.
    """
    task = json.dumps({"text": text, "rows": rows})
    ran = subprocess.run([sys.executable, __file__], input=task, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return Explained(*json.loads(ran.stdout))


def main() -> None:
    """Read a module, run it and write what was found."""
    import django
    from counted import ROWS, filled, installed
    from django.conf import settings

    task = json.load(sys.stdin)

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes"],
    )
    django.setup()
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    module = installed("shop", task["text"])
    with connection.schema_editor() as editor:
        editor.create_model(ContentType)
    if task["rows"]:
        ContentType.objects.bulk_create(
            ContentType(app_label="shop", model=name) for name in ("author", *map(str, range(2, ROWS + 1)))
        )
        filled("shop", "x", shared=True)
    columns: dict[str, dict[str, bool]] = {}
    from django.apps import apps

    for model in apps.get_app_config("shop").get_models():
        columns[model.__name__] = {
            field.name: _reads_all(f'SELECT * FROM "{model._meta.db_table}" WHERE "{field.column}" = %s', ["x"])
            for field in model._meta.local_concrete_fields
        }
    functions, errors = {}, {}
    for name, value in list(vars(module).items()):
        if inspect.isfunction(value) and value.__module__ == "shop":
            queries, errors[name] = _run(value, module)
            functions[name] = any(_reads_all(sql, params) for sql, params in queries)
    json.dump([columns, functions, errors], sys.stdout)


def _run(function: Any, module: Any) -> tuple[list[tuple[str, Any]], str]:
    """Return what a function asks of the database, and the error that it ends with."""
    from django.db import connection

    found: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    given = {
        "text": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "emails": ["a@example.org"],
        "customer": getattr(module, "Customer", lambda **options: None)(pk=1, email="a@example.org"),
    }
    names = inspect.signature(function).parameters
    with connection.execute_wrapper(note):
        try:
            for _ in function(**{name: given.get(name, "1") for name in names}) or ():
                pass
        except Exception as error:
            return found, type(error).__name__
    return found, ""


def _reads_all(sql: str, params: Any) -> bool:
    from django.db import connection

    if not sql.startswith(("SELECT", "UPDATE", "DELETE")):
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return any(detail.startswith("SCAN") for *_, detail in cursor.fetchall())


if __name__ == "__main__":
    main()
