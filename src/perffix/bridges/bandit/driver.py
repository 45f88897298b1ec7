"""The walk that calls bandit's test functions, in bandit's order and with what bandit would give them.

bandit's functions see a `Context` over a dictionary, and nodes that know their parent and next sibling. Where bandit
makes a context for every node and test, here there is one for each node that a test looks at. Everything else is as
bandit has it, the odd parts too: asynchronous functions have no names, only `import x as y` and what it imports
*above* a call tells what the call is, a docstring is no string.
"""

from __future__ import annotations

import ast
import io
import warnings
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.bridges.bandit.checks import code_of, load
from perffix.bridges.bandit.nosec import Nosec
from perffix.bridges.bandit.passwords import passwords
from perffix.model import Confidence, Finding, Severity, Span
from perffix.semantic.places import header_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.bridges.bandit.checks import Check
    from perffix.source import SourceFile


class Hit(NamedTuple):
    """A finding, and whether a `# nosec` comment suppresses it in bandit's reading."""

    finding: Finding
    suppressed: bool


class Failure(NamedTuple):
    """A test that raised an exception on a line."""

    bandit_id: str
    line: int
    error: Exception


class Scan(NamedTuple):
    """What bandit's tests gave on one file, in the order of the walk."""

    hits: list[Hit]
    failures: list[Failure]


def scan(source: SourceFile, codes: frozenset[str]) -> Scan:
    """Run the tests of bandit that can give findings with these codes over a file.

    Raises:
        ImportError: bandit cannot be imported.
        SourceError: the file cannot be decoded or parsed.
        RecursionError: the tree is nested too deeply for one of bandit's functions.
    """
    driver = _Driver(source, codes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what bandit does is not for its users to mend
        return driver.run()


# Kinds of checks that are no class of nodes, and the classes that bandit visits in ways of its own.
_SPECIAL_KINDS = frozenset({"Bytes", "Call", "ClassDef", "Constant", "File", "FunctionDef", "Str"})
_SPECIAL_KINDS |= {"Import", "ImportFrom"}
# Fields that hold no nodes, and those with operators and contexts: all trees share these, and no test can tell them.
_PLAIN_FIELDS = frozenset({"arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "level", "module"})
_PLAIN_FIELDS |= {"op", "ops", "rest", "simple", "type_comment", "type_ignores"}


_NODE: Any = ast.AST  # of no type that could be checked: bandit's tests want attributes on nodes that none has


class _ChildFields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each class of nodes that may hold nodes."""

    def __missing__(self, cls: type[ast.AST]) -> tuple[str, ...]:
        fields = () if cls is ast.Constant else tuple(name for name in cls._fields if name not in _PLAIN_FIELDS)
        self[cls] = fields
        return fields


_CHILD_FIELDS = _ChildFields()


class _Driver:
    """The state of one walk."""

    def __init__(self, source: SourceFile, codes: frozenset[str]) -> None:
        from bandit.core import context, utils

        self._new_context = context.Context
        self._call_name = utils.get_call_name
        self._line_range = utils.linerange
        self._source = source
        self._codes = codes
        self._checks = load()
        self._tests = self._checks.tests_for(codes)
        self._nosec = Nosec.of(source)
        self._imports: set[str] = set()
        self._aliases: dict[str, str] = {}
        self._file = io.BytesIO(source.data)
        self._hits: list[Hit] = []
        self._failures: dict[str, Failure] = {}

    def run(self) -> Scan:
        self._walk(self._source.tree)
        whole = {"file_data": self._file, "filename": self._source.path, "lineno": 0, "linerange": [0, 1]}
        self._ask("File", {**whole, "col_offset": 0})
        return Scan(self._hits, list(self._failures.values()))

    def _walk(self, tree: ast.Module) -> None:
        """Visit all nodes below the root, each before what is in it."""
        visitors = self._visitors()
        pending: list[ast.AST] = [tree]
        while pending:
            node = pending.pop()
            visit = visitors.get(node.__class__)
            if visit is not None:
                visit(node)
            children: list[Any] = []
            for field in _CHILD_FIELDS[node.__class__]:
                value: Any = getattr(node, field, None)
                if value.__class__ is list:
                    for child, sibling in zip_longest(value, value[1:]):
                        if isinstance(child, _NODE):
                            child._bandit_parent = node
                            child._bandit_sibling = sibling
                            children.append(child)
                elif isinstance(value, _NODE):
                    value._bandit_parent = node
                    value._bandit_sibling = None
                    children.append(value)
            pending += children[::-1]

    def _visitors(self) -> dict[type[ast.AST], Callable[[Any], None]]:
        """Return what is to be done at nodes of each class."""
        visitors: dict[type[ast.AST], Callable[[Any], None]] = {
            vars(ast)[kind]: self._plain for kind in self._tests if kind not in _SPECIAL_KINDS and kind in vars(ast)
        }
        visitors[ast.Import] = self._import
        visitors[ast.ImportFrom] = self._import_from
        if "Call" in self._tests:
            visitors[ast.Call] = self._call
        if "FunctionDef" in self._tests:
            visitors[ast.FunctionDef] = self._function
        if not self._tests.keys().isdisjoint({"Str", "Bytes"}):
            visitors[ast.Constant] = self._constant
        return visitors

    def _plain(self, node: ast.AST) -> None:
        self._ask(type(node).__name__, self._about(node))

    def _call(self, node: ast.Call) -> None:
        qualname = self._call_name(node, self._aliases)
        name = qualname.rpartition(".")[2]
        self._ask("Call", self._about(node, call=node, qualname=qualname, name=name))

    def _function(self, node: ast.FunctionDef) -> None:
        qualname = f"{self._namespace(node)}.{node.name}"
        self._ask("FunctionDef", self._about(node, function=node, qualname=qualname, name=node.name))

    def _constant(self, node: ast.Constant) -> None:
        kind, key = ("Str", "str") if isinstance(node.value, str) else ("Bytes", "bytes")
        parent: ast.AST = node._bandit_parent  # type: ignore[attr-defined]
        if isinstance(node.value, str | bytes) and not isinstance(parent, ast.Expr):
            self._ask(kind, self._about(node, **{key: node.value, "linerange": self._line_range(parent)}))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.asname:
                self._aliases[alias.asname] = alias.name
            self._imports.add(alias.name)
        self._ask("Import", self._about(node, module=node.names[-1].name))

    def _import_from(self, node: ast.ImportFrom) -> None:
        if node.module is None:
            self._import(node)
            return
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            self._aliases[alias.asname or alias.name] = full
            self._imports.add(full)
        self._ask("ImportFrom", self._about(node, module=node.module, name=node.names[-1].name))

    def _about(self, node: Any, **more: object) -> dict[str, Any]:
        """Return what bandit tells its tests about a node."""
        about = {
            "imports": self._imports,
            "import_aliases": self._aliases,
            "node": node,
            "filename": self._source.path,
            "file_data": self._file,
        }
        if hasattr(node, "lineno"):
            about["lineno"] = node.lineno
            about["col_offset"] = node.col_offset
            about["end_col_offset"] = node.end_col_offset
        if "linerange" not in more:
            about["linerange"] = self._line_range(node)
        about.update(more)
        return about

    def _namespace(self, node: ast.FunctionDef) -> str:
        """Return the dotted name of what a function is defined in, without asynchronous functions, as bandit has it."""
        names: list[str] = []
        around: Any = node._bandit_parent  # type: ignore[attr-defined]
        while not isinstance(around, ast.Module):
            if isinstance(around, ast.FunctionDef | ast.ClassDef):
                names.append(around.name)
            around = around._bandit_parent
        return ".".join([self._module, *reversed(names)])

    @cached_property
    def _module(self) -> str:
        from bandit.core import utils

        try:
            return str(utils.get_module_qualname_from_path(self._source.path))
        except utils.InvalidModulePath:  # a bare file name
            return ""

    def _ask(self, kind: str, about: dict[str, Any]) -> None:
        """Run all tests for a kind of node."""
        tests = self._tests.get(kind)
        if tests is None:
            return
        context = self._new_context(about)
        for test in tests:
            try:
                issue = test.function(context, *test.arguments)
            except RecursionError:
                raise
            except Exception as error:
                self._failures.setdefault(test.id, Failure(test.id, about.get("lineno", 1), error))
                continue
            if issue is not None:
                self._take(issue, test, about)

    def _take(self, issue: Any, test: Check, about: dict[str, Any]) -> None:
        """Keep what a test has found; what it left open is filled in as bandit does."""
        bandit_id = issue.test_id or test.id
        code = code_of(bandit_id)
        if (code if bandit_id in self._checks.rules else code_of(test.id)) not in self._codes:
            return
        line = about["lineno"] if issue.lineno is None else issue.lineno
        column = about["col_offset"] if issue.col_offset == -1 else issue.col_offset
        node = about.get("node")
        name, help = self._checks.name_and_help(bandit_id)
        finding = Finding(
            code=code,
            name=name,
            path=self._source.path,
            span=_span(line, column, node),
            statement=_statement(line, issue.linerange or about["linerange"], node),
            message=issue.text,
            confidence=Confidence.__members__.get(issue.confidence, Confidence.LOW),
            help=help,
            severity=Severity.__members__.get(issue.severity),
            cwe=issue.cwe.id or None,
            evidence=(f"bandit's check {bandit_id} ({name})",),
            hidden=passwords(bandit_id, issue.text, node),
        )
        self._hits.append(Hit(finding, self._nosec.suppresses(bandit_id, issue.lineno, about["linerange"])))


def _span(line: int, column: int, node: Any) -> Span:
    """Return where a finding is: from the place that bandit names to the end of the node that it looked at."""
    end = getattr(node, "end_lineno", line), getattr(node, "end_col_offset", column)
    return Span(line, column, *max((line, column), end))


def _statement(line: int, lines: list[int], node: Any) -> tuple[int, int]:
    """Return the lines on which a comment speaks of a finding: bandit's and those of the node's statement."""
    first, last = min(lines[0], line), max(lines[-1], line)
    while node is not None and not isinstance(node, ast.stmt | ast.excepthandler):
        node = getattr(node, "_bandit_parent", None)
    if isinstance(node, ast.stmt):
        own_first, own_last = header_lines(node)
        return min(first, own_first), max(last, own_last)
    return first, last
