"""Imports added where they belong among a module's imports, and taken out when nothing uses them."""

from __future__ import annotations

import ast
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from perffix.fixing import usage
from perffix.fixing.errors import FixError
from perffix.fixing.import_names import merged, source_of, without_name
from perffix.fixing.statements import Change, changed_body, comments_in, leading, with_leading
from perffix.fixing.trees import parse_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import Import


def changed_imports(
    module: cst.Module, path: str, adds: Sequence[Import], removes: Sequence[Import], first_line: int
) -> cst.Module:
    """Return a module with imports added and removed.

    Args:
        module: the module after all other edits.
        path: its file; nothing is removed from a package's `__init__.py`.
        adds: imports that must hold from `first_line` on; each is added only if it is not there yet.
        removes: imports that go if nothing uses them any more.
        first_line: the first line that uses the added imports; all above it is as it was.

    Raises:
        FixError: an added name is taken in this module, or the module would import itself.
    """
    for wanted in dict.fromkeys(adds):
        tree = parse_statements(module.code)
        if usage.is_taken(tree, wanted):
            name = wanted.name or wanted.module
            raise FixError(f"the import of {name} would clash with another {name} in this module")
        if not usage.is_imported(tree, wanted, first_line):
            if PurePath(path).stem == wanted.module:
                raise FixError(f"this module is itself called {wanted.module}")
            longer = _with_import(module, tree, wanted, first_line)
            first_line += longer.code.count("\n") - module.code.count("\n")
            module = longer
    if PurePath(path).name != "__init__.py":
        for unwanted in dict.fromkeys(removes):
            module = _without_import(module, unwanted)
    return module


class _Line(NamedTuple):
    """A line of imports at the top of a module."""

    place: int
    statement: cst.SimpleStatementLine
    tree: ast.Import | ast.ImportFrom

    @property
    def module(self) -> str:
        if isinstance(self.tree, ast.ImportFrom):
            return "." * self.tree.level + (self.tree.module or "")
        return self.tree.names[0].name

    @property
    def is_future(self) -> bool:
        return self.module == "__future__"

    @property
    def key(self) -> tuple[bool, str]:
        return isinstance(self.tree, ast.ImportFrom), self.module.lower()


def _with_import(module: cst.Module, tree: ast.Module, wanted: Import, first_line: int) -> cst.Module:
    lines = _top_imports(module, tree, first_line)
    if wanted.name is not None:
        for line in lines:
            longer = merged(module, line.statement, wanted) if line.module == wanted.module else None
            if longer is not None:
                return _with_statement(module, line.place, [longer])
    new = cst.parse_statement(source_of(wanted))
    assert isinstance(new, cst.SimpleStatementLine)
    groups = _groups([line for line in lines if not line.is_future])
    group = _group_for(groups, wanted.module)
    if group is not None:
        return _into_group(module, group, new, wanted)
    if groups and not _is_standard(wanted.module):
        last = groups[-1][-1]
        apart = with_leading(new, [cst.EmptyLine(indent=False)])
        return _with_statement(module, last.place, [last.statement, apart])
    return _as_first_group(module, tree, new, [line for line in lines if line.is_future])


def _top_imports(module: cst.Module, tree: ast.Module, first_line: int) -> list[_Line]:
    """Return the lines of imports above the first function, class or edit."""
    lines: list[_Line] = []
    position = 0
    for index, statement in enumerate(module.body):
        node = tree.body[position]
        if node.lineno >= first_line or isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
            break
        if isinstance(statement, cst.SimpleStatementLine):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                lines.append(_Line(index, statement, node))
            position += len(statement.body)
        else:
            position += 1
    return lines


def _groups(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Split lines of imports where a blank line or another statement stands between them."""
    groups: list[list[_Line]] = []
    for line in lines:
        apart = any(empty.comment is None for empty in line.statement.leading_lines)
        if not groups or apart or groups[-1][-1].place + 1 != line.place:
            groups.append([])
        groups[-1].append(line)
    return groups


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _group_for(groups: Sequence[list[_Line]], module: str) -> list[_Line] | None:
    package = module.partition(".")[0]
    if _is_standard(module):
        return next((group for group in groups if any(_is_standard(line.module) for line in group)), None)
    for group in groups:
        if any(line.module.partition(".")[0] == package for line in group):
            return group
    others = [group for group in groups if not any(_is_standard(line.module) for line in group)]
    absolute = [group for group in others if not any(line.module.startswith(".") for line in group)]
    return absolute[-1] if absolute else None


def _into_group(module: cst.Module, group: Sequence[_Line], new: cst.SimpleStatementLine, wanted: Import) -> cst.Module:
    """Put an import into a group: in its order, if it has one, else at its end."""
    by_kind = wanted.name is not None, wanted.module.lower()
    following: _Line | None = None
    if _is_sorted([line.key for line in group]):
        following = next((line for line in group if line.key > by_kind), None)
    elif _is_sorted([line.key[1:] for line in group]):
        following = next((line for line in group if line.key[1:] > by_kind[1:]), None)
    if following is None:
        last = group[-1]
        return _with_statement(module, last.place, [last.statement, new])
    above = leading(following.statement)
    blank = [line for line in above if line.comment is None]
    if len(blank) < len(above):
        if following is not group[0]:
            return _with_statement(module, following.place, [new, following.statement])
        # A comment above the first import may be the heading of them all.
        return _with_statement(module, following.place, [following.statement, new])
    return _with_statement(module, following.place, [with_leading(new, above), with_leading(following.statement, [])])


def _is_sorted(keys: Sequence[tuple[object, ...]]) -> bool:
    return list(keys) == sorted(keys)


def _as_first_group(
    module: cst.Module, tree: ast.Module, new: cst.SimpleStatementLine, future: Sequence[_Line]
) -> cst.Module:
    """Put an import below the docstring and the imports from `__future__`, blank lines around it."""
    position = 1 if ast.get_docstring(tree, clean=False) is not None else 0
    if future:
        position = future[-1].place + 1
    header, body = list(module.header), list(module.body)
    if position == 0 and body:
        own = _comments_below_blank_line(header)
        header = header[: len(header) - len(own)]
        body[0] = with_leading(body[0], [*own, *leading(body[0])])
    blank = cst.EmptyLine(indent=False)
    if position > 0 or (header and header[-1].comment is not None):
        new = new.with_changes(leading_lines=[blank])
    if position < len(body):
        following = body[position]
        assert isinstance(following, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        above = leading(following)
        if not above or above[0].comment is not None:
            body[position] = with_leading(following, [blank, *above])
    body.insert(position, new)
    return module.with_changes(header=header, body=body)


def _comments_below_blank_line(header: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Return the comments of a header that stand right above the first statement, apart from the others."""
    own: list[cst.EmptyLine] = []
    for line in reversed(header):
        if line.comment is None:
            return own[::-1]
        own.append(line)
    return []


def _with_statement(module: cst.Module, index: int, instead: Sequence[cst.BaseStatement]) -> cst.Module:
    body = [*module.body[:index], *instead, *module.body[index + 1 :]]
    return module.with_changes(body=body)


def _without_import(module: cst.Module, unwanted: Import) -> cst.Module:
    """Take an import out unless it is used, exported again or carries a comment."""
    tree = parse_statements(module.code)
    changes: dict[int, Change] = {}
    for line in module.body:
        if not isinstance(line, cst.SimpleStatementLine) or comments_in(line.with_changes(leading_lines=[])):
            continue
        for small in line.body:
            shorter = without_name(small, unwanted, lambda name: usage.is_used(tree, module.code, name))
            if shorter is not small:
                instead = [] if shorter is None else [cst.SimpleStatementLine([shorter])]
                changes[id(small)] = Change(instead=instead)
    if not changes:
        return module
    body, left_over = changed_body(module.body, module.body, changes)
    return module.with_changes(body=body, footer=[*left_over, *module.footer])
