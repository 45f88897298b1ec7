"""Several fixes carried out on one file at once, and the proof that nothing else was changed."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from perffix.fixing.bridge import Bridge
from perffix.fixing.build import Builder, NewArgument, NewExpression, NewStatements
from perffix.fixing.errors import FixError, RefusedError
from perffix.fixing.imports import changed_imports
from perffix.fixing.overlaps import conflict_within
from perffix.fixing.statements import Change
from perffix.fixing.transform import Edits, transformed
from perffix.fixing.trees import Plan, TreeIndex, parse_statements, same, without_top_imports
from perffix.model import AddArgument, Edit, InsertAfter, InsertBefore, NodeRef, Replace, SetArgument, Span
from perffix.source import SourceError, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perffix.model import Fix

_OPENING = re.compile(r"[A-Za-z]*('{3}|\"{3}|'|\")")
NESTED_TOO_DEEPLY = "the code is nested too deeply"


class _Part(NamedTuple):
    """One edit, ready to be carried out: its target in both trees and what comes there.

    A branch is an `elif`, which is a statement to `ast` only.
    """

    edit: Edit
    tree: ast.expr | ast.stmt
    node: cst.CSTNode
    new: NewExpression | NewStatements | NewArgument
    is_branch: bool


class PreparedFix(NamedTuple):
    """A fix whose targets were found and whose new code was built."""

    fix: Fix
    parts: Sequence[_Part]


class Rewriter:
    """A file that is ready to be changed.

    Raises:
        RefusedError: libcst cannot read the file or cannot give it back byte by byte.
    """

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        try:
            tree = source.tree
            self._module = _parsed(source)
            if self._module.bytes != source.data:
                raise RefusedError("libcst cannot reproduce this file exactly")
            self._index = TreeIndex(tree)
            self._bridge = Bridge(source, self._module)
        except SourceError as error:
            raise RefusedError(str(error)) from error
        except UnicodeError as error:  # some codecs cannot encode all that they decode
            raise RefusedError(f"the text cannot be encoded as {source.encoding}") from error
        except RecursionError as error:
            raise RefusedError(NESTED_TOO_DEEPLY) from error
        self._builder = Builder(self._module, self._index, self._bridge)

    def prepare(self, fix: Fix) -> PreparedFix:
        """Find the targets of a fix and build its new code; raises `FixError`."""
        if conflict_within(fix):
            raise FixError("two edits of this fix overlap")
        try:
            return PreparedFix(fix, [self._part(edit) for edit in fix.edits])
        except RecursionError as error:
            raise FixError(NESTED_TOO_DEEPLY) from error

    def _part(self, edit: Edit) -> _Part:
        tree = self._index.find(edit.target)
        node = self._bridge.find(tree)
        self._check_quotes(edit, tree)
        if isinstance(edit, (SetArgument, AddArgument)):
            return self._argument(edit, tree, node)
        if isinstance(tree, ast.expr):
            if not isinstance(edit, Replace):
                raise FixError("nothing can be inserted beside an expression")
            return _Part(edit, tree, node, self._builder.expression(edit.code, tree), is_branch=False)
        new = self._builder.statements(edit.code, edit.target)
        if new.decorators and not (
            isinstance(edit, InsertBefore) and isinstance(node, (cst.FunctionDef, cst.ClassDef))
        ):
            raise FixError("decorators can only be inserted before a function or class")
        line = self.source.line(tree.lineno)
        is_branch = line.startswith("elif", self.source.characters(tree.lineno, tree.col_offset))
        return _Part(edit, tree, node, new, is_branch)

    def _check_quotes(self, edit: Edit, tree: ast.expr | ast.stmt) -> None:
        """Refuse code with the quotes of the f-string around it: before Python 3.12 they would end that string."""
        string = self._index.string_around(tree)
        if string is None or string is tree:
            return
        opening = _OPENING.match(self.source.segment(Span.of(string)))
        if opening is not None and opening[1] in edit.code.text:
            raise FixError("the new code has the quotes of the f-string around it")

    def _argument(self, edit: SetArgument | AddArgument, tree: ast.expr | ast.stmt, node: cst.CSTNode) -> _Part:
        if not isinstance(tree, ast.Call):
            raise FixError("only a call has arguments")
        if isinstance(edit, AddArgument):
            if tree.keywords:
                raise FixError("a keyword argument would stand before the new one")
            value = self._builder.expression(edit.code)
            return _Part(edit, tree, node, NewArgument("", value.node, value.tree), is_branch=False)
        present = next((each for each in tree.keywords if each.arg == edit.name), None)
        if not edit.code.text.strip():
            return _Part(edit, tree, node, NewArgument(edit.name, None, None), is_branch=False)
        if present is not None:
            return self._part(Replace(NodeRef.of(present.value), edit.code))
        value = self._builder.expression(edit.code)
        return _Part(edit, tree, node, NewArgument(edit.name, value.node, value.tree), is_branch=False)

    def rewrite(self, fixes: Sequence[PreparedFix]) -> SourceFile:
        """Return the file after all the fixes.

        Python's own parser must find in the result the tree of the file with just the edits carried out; import
        statements at the top level aside.

        Raises:
            FixError: the fixes cannot be carried out together, or the result cannot be encoded.
        """
        parts = [part for prepared in fixes for part in prepared.parts]
        try:
            module, code, expected = self._edited(parts)
            adds = [add for prepared in fixes for add in prepared.fix.adds]
            removes = [remove for prepared in fixes for remove in prepared.fix.removes if remove not in adds]
            if adds or removes:
                first_line = min((part.tree.lineno for part in parts), default=sys.maxsize)
                module = changed_imports(module, self.source.path, adds, removes, first_line)
                code = module.code
                result = without_top_imports(parse_statements(code))
                if not same(result, without_top_imports(expected)):
                    raise FixError("the imports cannot be changed alone")
            return SourceFile(self.source.path, code.encode(module.encoding), self.source.place)
        except RecursionError as error:
            raise FixError(NESTED_TOO_DEEPLY) from error
        except UnicodeError as error:
            raise FixError(f"the new text cannot be encoded as {self.source.encoding}") from error

    def _edited(self, parts: Sequence[_Part]) -> tuple[cst.Module, str, ast.Module]:
        """Carry out edits with parentheses around just the expressions that would otherwise mean something else."""
        expected = _plan(parts).carried_out(self.source.tree)
        done = self._attempt(parts, frozenset(), expected)
        if done is None:
            wrapped = frozenset(id(part.node) for part in parts if self._needs_parentheses(part))
            done = self._attempt(parts, wrapped, expected)
        if done is None:
            raise FixError("the new code would not mean what was intended in its place")
        return *done, expected

    def _needs_parentheses(self, part: _Part) -> bool:
        if not isinstance(part.new, NewExpression):
            return False
        return self._attempt([part], frozenset(), _plan([part]).carried_out(self.source.tree)) is None

    def _attempt(
        self, parts: Sequence[_Part], wrapped: frozenset[int], expected: ast.Module
    ) -> tuple[cst.Module, str] | None:
        """Return the module after the edits and its text, or None when that is not the tree that is expected."""
        try:
            module = transformed(self._module, self._bridge, _edits(parts, wrapped))
            code = module.code
            return (module, code) if same(parse_statements(code), expected) else None
        except (FixError, cst.CSTValidationError):
            return None


def _parsed(source: SourceFile) -> cst.Module:
    try:
        return cst.parse_module(source.data)
    except RecursionError:
        raise
    except Exception as error:  # libcst has no class for all that stops it: of t-strings it makes a bare Exception
        raise RefusedError("libcst cannot parse this file") from error


def _plan(parts: Iterable[_Part]) -> Plan:
    """Return what the edits do to the tree of `ast`."""
    plan = Plan()
    for part in parts:
        key = id(part.tree)
        if isinstance(part.new, NewExpression):
            plan.expressions[key] = part.new.tree
        elif isinstance(part.new, NewArgument):
            plan.arguments.setdefault(key, []).append((part.new.name, part.new.tree))
        elif part.new.decorators:
            plan.decorators.setdefault(key, []).extend(part.new.trees[0].decorator_list)  # type: ignore[attr-defined]
        elif isinstance(part.edit, Replace):
            plan.statements[key] = part.new.trees
            if part.is_branch:
                plan.branches.add(key)
        elif isinstance(part.edit, InsertAfter):
            plan.after.setdefault(key, []).extend(part.new.trees)
        else:
            plan.before.setdefault(key, []).extend(part.new.trees)
    return plan


def _edits(parts: Iterable[_Part], wrapped: frozenset[int]) -> Edits:
    """Return what the edits do to the module of libcst."""
    edits = Edits()
    edits.wrapped = wrapped
    for part in parts:
        key = id(part.node)
        edits.lines.add(part.tree.lineno)
        if isinstance(part.new, NewExpression):
            if isinstance(part.tree, ast.Tuple) and isinstance(part.node, cst.Subscript):
                assert isinstance(part.new.node, cst.BaseExpression)
                edits.tuples[key] = part.new.node
            else:
                edits.expressions[key] = part.new.node
        elif isinstance(part.new, NewArgument):
            edits.arguments[key] = [*edits.arguments.get(key, ()), part.new]
        elif part.new.decorators:
            edits.decorators[key] = [*edits.decorators.get(key, ()), *part.new.decorators]
        else:
            was = edits.statements.get(key, Change())
            if isinstance(part.edit, Replace):
                change = was._replace(instead=part.new.nodes)
            elif isinstance(part.edit, InsertAfter):
                change = was._replace(after=[*was.after, *part.new.nodes])
            else:
                change = was._replace(before=[*was.before, *part.new.nodes])
            edits.statements[key] = change
    return edits
