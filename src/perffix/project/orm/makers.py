"""The calls that make a query: by methods of a mapper, and by functions of the project."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.project.summaries.terms import Attribute, Call, Either, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.project.index import Function, Index
    from perffix.project.orm.readings import Reading
    from perffix.project.trees import Trees

LISTING = ("all", "fetchall")  # of SQLAlchemy's queries and results
# What is given to these joins nothing: subqueries, and what is loaded besides.
_APART = ("any", "has", "in_", "not_in", "notin_", "exists", "options")
_LOOKUPS = ("filter", "exclude", "get")
_RUNNING = ("query", "scalars", "stream_scalars", "exec")
_NOT_CACHING = ("staticmethod", "classmethod")  # all other decorators may keep what a function returns


def lazy_lookups(index: Index) -> frozenset[str]:
    """Return the methods that take another query as a condition, and do not run it: `filter(book__in=books)`.

    Left out are those that a manager or queryset of the project defines: it may loop over what it is given.
    """
    managers = frozenset(facts.load("django_queries")["plain_managers"])
    own = [cls for cls in index.classes if index.is_subclass(cls, managers)]
    return frozenset([name for name in _LOOKUPS if all(index.method(cls, name) is None for cls in own)])


def methods_of(node: ast.expr) -> list[str]:
    """Return the methods of a chain of calls, the last first."""
    found = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        found.append(node.func.attr)
        node = node.func.value
    return found


def without_all(rows: ast.expr) -> ast.expr:
    """Return `Book.objects` for `Book.objects.all()`; other expressions as they are."""
    if isinstance(rows, ast.Call) and isinstance(rows.func, ast.Attribute) and rows.func.attr == "all":
        return rows if rows.args or rows.keywords else rows.func.value
    return rows


def speaks_of_others(rows: ast.expr, model: str) -> bool:
    """Tell whether a `Query` of SQLAlchemy speaks of columns of another class than the one it is for.

    That is a join without the word: it doubles rows, of which such a query gives each once.
    """
    begun = [each for each in ast.walk(rows) if isinstance(each, ast.Attribute) and each.attr == "query"]
    known = {model, "", *(_owner(each) for each in begun)}
    for call in ast.walk(rows):
        if isinstance(call, ast.Call) and call.func in begun:
            known.update(_last_name(each) for each in call.args)
    pending: list[ast.AST] = [rows] if begun else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Attribute) and _owner(node) not in known:
            return True
        apart = isinstance(node, ast.Call) and _last_name(node.func) in _APART
        pending.extend([node.func] if apart and isinstance(node, ast.Call) else ast.iter_child_nodes(node))
    return False


def _owner(node: ast.expr) -> str:
    """Return the class that an attribute belongs to, by its name; empty for an attribute of anything else."""
    while isinstance(node, ast.Attribute):
        name = _last_name(node.value)
        if name[:1].isupper():
            return name
        node = node.value
    return ""


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def gives_query(node: ast.expr, reading: Reading) -> bool:
    """Tell whether a call is one of a method that gives a query, or of a function of the project.

    What other functions give may be a list: `get_list_or_404(Book)`.
    """
    if reading.functions:
        return True
    method, known = (methods_of(node) or [""])[0], facts.load("django_queries")
    if reading.query.model.library == "django":
        return any(method in known[group] for group in ("same", "narrowing", "loading", "streaming"))
    return method in (*LISTING, *_RUNNING, *facts.load("sqlalchemy")["queries"]["same"])


def is_made_anew(function: Function, trees: Trees) -> bool:
    """Tell whether each call of a function that may return a query surely returns one, and another each time."""
    entries = function.summary.body.entries
    for ref in function.summary.decorators:
        term = entries[ref].term
        if not isinstance(term, Named) or term.name.rpartition(".")[2] not in _NOT_CACHING:
            return False
    pending = list(function.summary.body.returns)
    while pending:
        term = entries[pending.pop()].term
        if isinstance(term, Either):
            pending.extend(term.options)
            continue
        called = entries[term.function].term if isinstance(term, Call) else None
        if not isinstance(called, (Attribute, Named)) or _is_builtin(called):
            return False
    return bool(function.summary.body.returns) and _always_returns(function, trees)


def _is_builtin(called: Attribute | Named) -> bool:
    return isinstance(called, Named) and called.name.startswith("builtins.")


def _always_returns(function: Function, trees: Trees) -> bool:
    """Tell whether no way through a function gives None."""
    span = function.summary.span
    tree = trees.around(function.module.summary.path, [span.line])
    if tree is None or function.summary.is_async:
        return False
    for node in tree.model.every(ast.FunctionDef):
        if (node.lineno, node.col_offset) == span.start:
            bare = any(isinstance(each, ast.Return) and each.value is None for each in ast.walk(node))
            return not bare and _ends(node.body)
    return False


def _ends(block: Sequence[ast.stmt]) -> bool:
    """Tell whether control never comes to the end of a block."""
    last = block[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
    if isinstance(last, ast.With):
        return _ends(last.body)
    if isinstance(last, ast.Try):
        handled = all(_ends(each.body) for each in last.handlers)
        return bool(last.finalbody and _ends(last.finalbody)) or (_ends(last.orelse or last.body) and handled)
    return isinstance(last, (ast.Return, ast.Raise))
