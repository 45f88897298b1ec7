"""Runs code against Django and a database in memory, and counts its queries.

The code runs in a process of its own: Django is set up once in a process. `counted` starts one; this file is also the
program that runs there.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import subprocess
import sys
import types
from typing import Any, NamedTuple

ROWS = 10
# What functions and views get for parameters of these names.
GIVEN: dict[str, Any] = {
    "cheap": False,
    "pk": 1,
    "keys": list(range(1, ROWS + 1)),
    "titles": ["x"] * ROWS,
    "authors": [f"name {number}" for number in range(1, ROWS + 1)],
    "lines": [f"x{number},1" for number in range(1, ROWS + 1)],
}
# A page that the templates of fixtures extend.
_BASE = {"base.html": "{% block page %}{% endblock %}"}
LOADERS = ["django.template.loaders.filesystem.Loader", ("django.template.loaders.locmem.Loader", _BASE)]


class Ran(NamedTuple):
    """How many queries one function or view took, what came out, and how many rows of models it made."""

    queries: int
    result: str
    rows: int = 0


def counted(
    sources: dict[str, str], templates: str = "", *, shared: bool = False, title: str = "x"
) -> dict[str, dict[str, Ran]]:
    """Return what each function and view of some modules took with ten rows in each table.

    Args:
        sources: the modules, by a name that becomes the label of the Django app.
        templates: the folder of the templates.
        shared: whether all rows lead to the first row of another table, not the n-th to the n-th.
        title: what all titles are; `{}` stands for the number of the row.
    """
    task = json.dumps({"sources": sources, "templates": templates, "shared": shared, "title": title})
    ran = subprocess.run([sys.executable, __file__], input=task, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    return {name: {key: Ran(*value) for key, value in each.items()} for name, each in found.items()}


def main() -> None:
    """Read a task, run it and write what was counted."""
    import django
    from django.conf import settings

    task = json.load(sys.stdin)
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.admin", "rest_framework"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [task["templates"]],
                "OPTIONS": {"loaders": LOADERS},
            }
        ],
        REST_FRAMEWORK={"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]},
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
    )
    django.setup()
    found = {}
    for name, text in task["sources"].items():
        module = installed(name, text)
        filled(name, task["title"], shared=task["shared"])
        # A warning that a program gives leaves a name in its module.
        found[name] = {key: _ran(value) for key, value in list(vars(module).items()) if _can_run(value, name)}
    json.dump(found, sys.stdout)


def installed(name: str, text: str) -> types.ModuleType:
    """Return a module as the models of an app of its name, with its tables made."""
    from django.apps import AppConfig, apps
    from django.db import connection

    module = types.ModuleType(name)
    config = type("Config", (AppConfig,), {"path": "."})(name, module)
    config.apps, config.models = apps, apps.all_models[name]
    apps.app_configs[name] = config
    exec(compile(text, name, "exec"), vars(module))
    apps.clear_cache()
    with connection.schema_editor() as editor:
        for model in config.get_models():
            if not model._meta.proxy:
                editor.create_model(model)
    return module


def filled(name: str, title: str, *, shared: bool) -> None:
    """Put rows into the tables of an app."""
    from django.apps import apps
    from django.db import models

    for model in apps.get_app_config(name).get_models():
        if model._meta.proxy:
            continue
        for number in range(1, ROWS + 1):
            values: dict[str, Any] = {}
            for field in model._meta.local_concrete_fields:
                if field.is_relation:
                    values[field.attname] = 1 if shared and not field.unique else number
                elif isinstance(field, models.CharField):
                    values[field.name] = title.format(number) if field.name == "title" else f"{field.name} {number}"
                elif isinstance(field, models.IntegerField) and not field.primary_key:
                    values[field.name] = 1
            model(**values).save_base(raw=True)  # of a table that extends another, this row alone
    for model in apps.get_app_config(name).get_models():
        for field in model._meta.many_to_many:
            for row in model.objects.all():
                getattr(row, field.name).add(row.pk)


def _can_run(value: object, name: str) -> bool:
    """Tell whether a value of a module is a function whose parameters are known, or a view or a list of the admin."""
    if getattr(value, "__module__", None) != name:
        return False
    if inspect.isfunction(value):
        return set(inspect.signature(value).parameters) <= {"request", *GIVEN}
    return hasattr(value, "as_view") or hasattr(value, "model_of_test") or hasattr(value, "items")


def _ran(value: Any) -> tuple[int, str, int]:
    """Run a function or view on the rows that there were at first, whatever others have done to them."""
    from django.db import connection, transaction
    from django.db.models.signals import post_init
    from django.test.utils import CaptureQueriesContext

    printed, rows = io.StringIO(), []

    def made(sender: Any, **_: Any) -> None:
        rows.append(sender)

    post_init.connect(made)
    try:
        with transaction.atomic():
            with CaptureQueriesContext(connection) as queries, contextlib.redirect_stdout(printed):
                result = _result(value)
            transaction.set_rollback(True)
    finally:
        post_init.disconnect(made)
    return len(queries), printed.getvalue() + result, len(rows)


def _result(value: Any) -> str:
    """Run a function or view and return what comes out of it as text."""
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    if hasattr(value, "model_of_test"):
        return _admin_list(value, request)
    if hasattr(value, "items"):
        return _shown_items(value, request)
    if hasattr(value, "as_view"):
        actions = {"get": "list"} if hasattr(value, "list") and hasattr(value, "get_extra_actions") else None
        view = value.as_view(actions) if actions else value.as_view()
        own = {"get", "list"} & set(vars(value))
        result = view(request) if own else view(request, pk=1, title="x")
    else:
        parameters = inspect.signature(value).parameters
        result = value(**{name: request if name == "request" else GIVEN[name] for name in parameters})
    if hasattr(result, "data"):
        return json.dumps(result.data, default=str)
    if hasattr(result, "render"):
        result = result.render()
    return result.content.decode() if hasattr(result, "content") else str(_plain(result))


def _plain(value: Any) -> Any:
    """Return a result with keys in the place of rows: to show a row may take queries."""
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return getattr(value, "pk", value)


def _admin_list(value: Any, request: Any) -> str:
    """Return the cells of the list of an admin class for its attribute `model_of_test`."""
    from django.contrib.admin import AdminSite
    from django.contrib.admin.templatetags.admin_list import results
    from django.contrib.auth.models import AnonymousUser

    request.user = AnonymousUser()
    shown = value(value.model_of_test, AdminSite())
    shown.has_change_permission = shown.has_view_permission = lambda *_: True
    shown.list_display_links = None
    changes = shown.get_changelist_instance(request)
    changes.formset = None
    return str([list(row) for row in results(changes)])


def _shown_items(value: Any, request: Any) -> str:
    """Return what a feed or a sitemap shows."""
    shown = value()
    if hasattr(shown, "item_title"):
        return str([(shown.item_title(item), shown.item_description(item)) for item in shown.items()])
    return str([shown.location(item) for item in shown.items()])


if __name__ == "__main__":
    main()
