"""Passwords in SQL: which values of a statement are stored in, or compared with, the password of somebody."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from perffix.semantic.secrets.plain_passwords import is_of_people, is_plain, raw_password, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.secrets.plain_passwords import Raw

_TARGETED = re.compile(
    r"(?is)\b(?:insert\s+(?:or\s+\w+\s+|ignore\s+)?into|update|from|replace\s+into)\s+[\"`\[]?([\w.]+)"
)
_INSERT = re.compile(r"(?is)\binto\s+[\"`\[]?[\w.]+[\"`\]]?\s*\(([^()]*)\)\s*values\s*\(")
_EQUAL = re.compile(r"(?i)[\"`\[]?(\w+)[\"`\]]?\s*=\s*(\?|%s|%\((\w+)\)s|:(\w+)|\$(\d+)|'?\0'?)")
_PLACEHOLDER = re.compile(r"\?|%s|%\((\w+)\)s|:(\w+)|\$(\d+)|\0")


def in_statement(call: ast.Call, model: SemanticModel) -> Iterator[tuple[ast.expr, Raw, str, bool]]:
    """Yield the raw passwords that an SQL statement stores or looks for, with the column and whether it stores."""
    from perffix.semantic.sql.calls import database_call
    from perffix.semantic.strings import Hole, build_of

    found = database_call(call, model)
    if found is None:
        return
    built = build_of(found.statement, model)
    if built is not None:
        text = "".join("\0" if isinstance(part, Hole) else part.text for part in built.parts)
        holes = [part.value for part in built.parts if isinstance(part, Hole)]
    else:
        value = _constant(found.statement, model)
        text, holes = value, []
    table = _TARGETED.search(text)
    if table is None or not is_of_people(table[1]):
        return
    for column, place, stores in _columns(text):
        expr = _bound_to(place, text, found.parameters, holes, model)
        raw = None if expr is None else raw_password(expr, model)
        if expr is not None and raw is not None:
            yield expr, raw, f"`{table[1]}.{column}`", stores


def _constant(expr: ast.expr, model: SemanticModel) -> str:
    if isinstance(expr, ast.Call) and expr.args:
        expr = expr.args[0]  # `text("...")`
    binding = model.binding_of(expr)
    if binding is not None and binding.single is not None and binding.single.value is not None:
        expr = binding.single.value
    return expr.value if isinstance(expr, ast.Constant) and isinstance(expr.value, str) else ""


def _columns(text: str) -> Iterator[tuple[str, re.Match[str], bool]]:
    """Yield the columns of passwords, the placeholder that each is given or compared with, and whether it is stored."""
    insert = _INSERT.search(text)
    if insert is not None:
        columns = [column.strip(' \n\t"`[]') for column in insert[1].split(",")]
        for column, (start, end) in zip(columns, _items(text, insert.end()), strict=False):
            match = _PLACEHOLDER.search(text, start, end)
            if is_plain(column) and match is not None and match[0] == text[start:end].strip(" \n\t'\""):
                yield column, match, True
    where = re.search(r"(?i)\bwhere\b", text)
    for equal in _EQUAL.finditer(text):
        if is_plain(equal[1]):
            match = _PLACEHOLDER.search(text, equal.start(2))
            if match is not None:
                yield equal[1], match, where is None or equal.start() < where.start()


def _items(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield where the items of a list begin and end that starts behind its parenthesis."""
    depth = 0
    for place in range(start, len(text)):
        if text[place] == "(":
            depth += 1
        elif text[place] == ")" and depth:
            depth -= 1
        elif text[place] in ",)" and not depth:
            yield start, place
            start = place + 1
            if text[place] == ")":
                return


def _bound_to(
    place: re.Match[str], text: str, parameters: ast.expr | None, holes: list[ast.expr], model: SemanticModel
) -> ast.expr | None:
    """Return the expression that a placeholder stands for."""
    if place[0] == "\0":
        index = text.count("\0", 0, place.start())
        return holes[index] if index < len(holes) else None
    value = None if parameters is None else value_of(parameters, model)
    name = place[1] or place[2]
    if name and isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        return next((each for key, each in pairs if isinstance(key, ast.Constant) and key.value == name), None)
    if isinstance(value, (ast.Tuple, ast.List)) and not any(isinstance(each, ast.Starred) for each in value.elts):
        index = sum(1 for each in _PLACEHOLDER.finditer(text, 0, place.start()) if each[0] == place[0])
        index = int(place[3]) - 1 if place[3] else index
        return value.elts[index] if index < len(value.elts) else None
    return None
