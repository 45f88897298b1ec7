"""Surroundings: whether code is for developers alone, and which modules are Django's settings."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from perffix.semantic.paths import is_test_path
from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.written_names import last_name, names_and_texts_in

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_DEVELOPMENT = frozenset(
    {"dev", "devel", "develop", "developer", "development", "debug", "debugging", "debugger", "local", "localhost"}
    | {"devserver", "devproxy", "debugserver", "livereload"}
    | {"test", "tests", "testing", "tester", "unittest", "pytest", "testutils", "ci", "mock", "fake", "dummy"}
    | {"example", "examples", "demo", "demos", "sample", "samples", "tutorial", "sandbox", "playground", "quickstart"}
)
PRODUCTION = frozenset({"prod", "production", "live"})
_TESTING = frozenset(
    {"test", "tests", "testing", "testutils", "unittests", "testproject", "devproject", "demo", "example", "benchmark"}
)
_ELSEWHERE = frozenset({"base", "common", "default", "defaults", "shared", "global", "core", "template"})
_SURE = ("INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "MIDDLEWARE_CLASSES", "WSGI_APPLICATION", "ALLOWED_HOSTS")
_USUAL = ("SECRET_KEY", "DATABASES", "TEMPLATES", "STATIC_URL", "TIME_ZONE", "USE_TZ", "DEBUG", "LANGUAGE_CODE")
_REWRITERS = ("globals", "locals", "vars", "exec", "include")


@lru_cache(maxsize=8)  # asked of one file again and again
def is_development_path(path: str) -> bool:
    """Tell whether a file is for developers alone by its path: tests, examples, `settings/dev.py`, `run_local.py`."""
    *folders, name = path.replace("\\", "/").split("/")
    words = words_of(name.rpartition(".")[0])
    if folders and folders[-1] in ("settings", "config", "conf"):
        words = (*words, *words_of(folders[-1]))
    for folder in folders:
        words = (*words, *(word for word in words_of(folder) if word in _TESTING))
    return is_test_path(path) or not (_DEVELOPMENT | _TESTING).isdisjoint(words)


def is_for_development(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether code is for developers alone: by the file's path, by a name around it, or by a test before it.

    A test counts when it names development, debugging or a test in any way: `if settings.DEBUG:`,
    `if os.environ.get("ENV") == "dev":`.
    """
    if is_development_path(model.source.place):
        return True
    child = node
    for parent in model.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if not _DEVELOPMENT.isdisjoint(words_of(parent.name)):
                return True
        elif isinstance(parent, (ast.If, ast.IfExp)) and _is_branch_for_development(parent, child):
            return True
        child = parent
    return False


def _is_branch_for_development(branch: ast.If | ast.IfExp, child: ast.AST) -> bool:
    if child is branch.test:
        return False
    return _speaks_of(_DEVELOPMENT, branch.test) or _excludes_production(branch, child)


def _speaks_of(words: frozenset[str], test: ast.expr) -> bool:
    return any(not words.isdisjoint(words_of(name)) for name in names_and_texts_in(test))


def _excludes_production(branch: ast.If | ast.IfExp, child: ast.AST) -> bool:
    """Tell whether a part of a branch runs everywhere but in production: `if ENV != "production":`."""
    test = branch.test
    if not _speaks_of(PRODUCTION, test):
        return False
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    negated = negated or (isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.NotEq, ast.NotIn)))
    inside = child in branch.body if isinstance(branch, ast.If) else child is branch.body
    return negated is inside


def is_for_debugging(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether code runs only while a switch for debugging is on: `if settings.DEBUG:`, `app.debug and ...`."""
    child = node
    for parent in model.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        if isinstance(parent, ast.If) and child in parent.body and _asks_for_debugging(parent.test):
            return True
        if isinstance(parent, ast.IfExp) and child is parent.body and _asks_for_debugging(parent.test):
            return True
        child = parent
    return False


def _asks_for_debugging(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_asks_for_debugging(each) for each in test.values)
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.Eq)) and len(test.ops) == 1:
        value = test.comparators[0]
        return isinstance(value, ast.Constant) and value.value is True and _asks_for_debugging(test.left)
    name = last_name(test)
    return name == "DEBUG" or (name == "debug" and isinstance(test, ast.Attribute))


def is_main_guard(test: ast.expr) -> bool:
    """Tell whether a test is `__name__ == "__main__"`."""
    return isinstance(test, ast.Compare) and any(
        isinstance(each, ast.Name) and each.id == "__name__" for each in (test.left, *test.comparators)
    )


def is_in_main_guard(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether code runs only when its module is started as a program."""
    return any(isinstance(each, ast.If) and is_main_guard(each.test) for each in model.ancestors(node))


# Django's settings


def is_django_settings(model: SemanticModel) -> bool:
    """Tell whether a module is one of Django's settings modules, by the names that it sets at its top level."""
    names = {name for name in model.scopes.module.names if name.isupper()}
    sure = [name for name in _SURE if name in names]
    usual = [name for name in _USUAL if name in names]
    called = "settings" in model.source.place.lower()
    return bool(sure) and (len(sure) + len(usual) > 1 or called)


def is_base_of_settings(path: str) -> bool:
    """Tell whether a settings module is one that others start from, so that they decide: `settings/base.py`."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return not _ELSEWHERE.isdisjoint(words_of(name.rpartition(".")[0]))


def final_setting(name: str, model: SemanticModel) -> ast.Assign | ast.AnnAssign | None:
    """Return the statement that gives a setting the value that it has at the end of the module, or None.

    It stands at the top level, and nothing after it sets the name again, imports `*` or rewrites the namespace.
    """
    binding = model.scopes.lookup(name, model.scopes.module)
    if binding is None or not binding.assignments:
        return None
    last = binding.assignments[-1]
    statement = last.statement
    if last.how not in (How.ASSIGNED, How.ANNOTATED) or last.value is None:
        return None
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement not in model.source.tree.body:
        return None
    return None if is_maybe_rewritten(statement, model) else statement


def is_maybe_rewritten(statement: ast.stmt, model: SemanticModel) -> bool:
    """Tell whether something after a statement of the module may set any name: `from local_settings import *`."""
    body = model.source.tree.body
    return statement in body and any(_may_rewrite(each) for each in body[body.index(statement) + 1 :])


def _may_rewrite(statement: ast.stmt) -> bool:
    for node in ast.walk(statement):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _REWRITERS:
            return True
    return False
