"""The check of one file: a pure function of its bytes, its name and the active rules."""

from __future__ import annotations

import ast
import sys
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from perffix.engine.collector import uncollected
from perffix.engine.comments import keep_comments
from perffix.engine.doubles import without_doubles
from perffix.engine.mappers import mentions_mapper
from perffix.engine.own_rules import (
    ALWAYS_ON,
    UNUSED_SUPPRESSION,
    internal_error,
    own_finding,
    unparsable,
)
from perffix.engine.selection import selection_for
from perffix.model import Finding, Span
from perffix.rules.rule import Context
from perffix.semantic.model import SemanticModel
from perffix.source import SourceError, SourceFile
from perffix.suppression import Suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perffix.bridges.bandit.driver import Hit
    from perffix.config import Config
    from perffix.engine.linked import LinkedProject
    from perffix.engine.plan import Plan
    from perffix.project.summaries.summary import ModuleSummary
    from perffix.rules.rule import Handler, Rule

_DEEP = "is nested too deeply"


class Suppressed(NamedTuple):
    """A finding that a comment suppressed, and the reason that the comment gives."""

    finding: Finding
    reason: str


class Outcome(NamedTuple):
    """What the check of one file gave.

    Attributes:
        findings: sorted, without duplicates and suppressed ones.
        suppressed: what comments suppressed.
        seconds: time spent in each rule, by code; empty unless it was asked for.
        to_hide: where strings stand that a report must not show; None where nobody has looked for them.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    seconds: tuple[tuple[str, float], ...] = ()
    to_hide: tuple[Span, ...] | None = None


class Looked(NamedTuple):
    """What one file alone gave, before comments suppress any of it.

    Attributes:
        findings: sorted, without duplicates.
        failed: codes of rules that did not come to their end.
        seconds: time spent in each rule, by code.
        marked: whether comments in the file may suppress findings.
        suppressions: those comments, where they have been looked for in this process.
        final: the outcome where nothing can be added or suppressed: the file cannot be parsed, or wants no look.
        summary: what other modules may want to know of it, if that was asked for.
        to_hide: where strings stand that a report must not show, if rules found something to report.
    """

    findings: tuple[Finding, ...] = ()
    failed: frozenset[str] = frozenset()
    seconds: tuple[tuple[str, float], ...] = ()
    marked: bool = False
    suppressions: Suppressions | None = None
    final: Outcome | None = None
    summary: ModuleSummary | None = None
    to_hide: tuple[Span, ...] | None = None


def check_source(source: SourceFile, config: Config, *, suppress: bool = True) -> list[Finding]:
    """Return the findings in a file under the given settings; see `examine`. Raises ConfigError."""
    return list(examine(source, selection_for(config).plan(source.path), suppress=suppress).findings)


def examine(
    source: SourceFile,
    plan: Plan,
    project: LinkedProject | None = None,
    *,
    suppress: bool = True,
    timed: bool = False,
) -> Outcome:
    """Run the rules of a plan on a file.

    Whatever is wrong with the file or a rule becomes a finding (PERF001, PERF000); nothing is raised.

    Args:
        source: the file; its tree is not kept.
        plan: the active rules.
        project: the project that the file belongs to; without it the file is one of its own.
        suppress: whether comments in the file suppress findings.
        timed: whether to measure each rule.
    """
    linked = bool(plan.project_rules) and (project is not None or mentions_mapper(source.data))
    looked = look(source, plan, suppress=suppress, timed=timed, linked=linked)
    more: Sequence[Finding] = ()
    if looked.summary is not None:
        from perffix.engine.linked import LinkedProject

        project = project or LinkedProject({}, plan.project_rules)
        project.take(source, looked.summary)
        more = project.findings().get(source.path, ())
    return settle(source, plan, looked, more, suppress=suppress)


@uncollected
def look(source: SourceFile, plan: Plan, *, suppress: bool = True, timed: bool = False, linked: bool = False) -> Looked:
    """Run the rules that need one file alone; with `linked`, also make its summary. As `examine` otherwise."""
    return _Examination(source, plan, suppress, timed, linked).run()


def settle(
    source: SourceFile, plan: Plan, looked: Looked, more: Sequence[Finding] = (), *, suppress: bool = True
) -> Outcome:
    """Return what is left of the findings in a file, those that a look at the whole project found among them.

    Args:
        source: the file.
        plan: the active rules.
        looked: what the file alone gave.
        more: what the project gave for this file.
        suppress: whether comments in the file suppress findings.
    """
    if looked.final is not None:
        return looked.final
    wanted = [finding for finding in more if plan.wants(finding)]
    kept = sorted(_distinct([*looked.findings, *keep_comments(wanted, source)]), key=lambda finding: finding.sort_key)
    suppressed: list[Suppressed] = []
    if suppress and looked.marked:
        suppressions = looked.suppressions or Suppressions.of(source, plan.words)
        if suppressions is not None:
            kept, suppressed = _suppress(suppressions, kept, plan, looked.failed)
    return Outcome(tuple(kept), tuple(suppressed), looked.seconds, looked.to_hide)


class _Examination:
    """The state of one look at a file while it goes on."""

    def __init__(self, source: SourceFile, plan: Plan, suppress: bool, timed: bool, linked: bool) -> None:
        self._source = source
        self._plan = plan
        self._suppress = suppress
        self._timed = timed
        self._linked = linked
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()  # codes of rules that did not come to their end
        self._to_hide: tuple[Span, ...] | None = None

    def run(self) -> Looked:
        source = self._source
        suppressions: Suppressions | None = None
        summary: ModuleSummary | None = None
        try:
            text = source.text
            if self._plan.bandit_alone:
                return Looked(final=self._as_bandit())
            if self._suppress:
                suppressions = Suppressions.of(source, self._plan.words)
                if suppressions is not None and suppressions.ignores_file():
                    return Looked(final=Outcome(()))
            found = self._run_rules(source.tree, text)
            if self._linked:
                summary = self._summary()
            if self._plan.bandit:
                hits, failures = self._ask_bandit()
                found += [*failures, *without_doubles((hit.finding for hit in hits), found)]
        except SourceError as error:
            return Looked(final=Outcome((unparsable(source, error, _newer_syntax_note(source, error)),)))
        except RecursionError:
            return Looked(final=Outcome((unparsable(source, SourceError(_DEEP)),)))
        kept = sorted(_distinct(keep_comments(found, source)), key=lambda finding: finding.sort_key)
        return Looked(
            tuple(kept),
            frozenset(self._failed),
            tuple(self._seconds.items()),
            suppressions is not None,
            suppressions,
            summary=summary,
            to_hide=self._hidden(kept),
        )

    def _summary(self) -> ModuleSummary:
        from perffix.project.summaries.reading import read_module

        return read_module(self._source)

    def _run_rules(self, tree: ast.Module, text: str) -> list[Finding]:
        """Return what the rules find, in no order, with a PERF000 for each that failed."""
        plan = self._plan
        found: list[Finding] = []
        if not plan.concerns(text):
            return found
        try:
            model = SemanticModel(self._source, plan.classes, plan.calls)
        except RecursionError:
            raise
        except Exception as error:
            self._failed.update(plan.codes)
            return [internal_error("The analysis", self._source, 1, error)]
        for rule in plan.rules_for(model):
            started = perf_counter() if self._timed else 0.0
            self._run_rule(rule, model, tree, found)
            if self._timed:
                self._seconds[rule.code] = perf_counter() - started
        found = [finding for finding in found if plan.wants(finding)]
        self._to_hide = self._hidden(found, model)
        model.close()
        return found

    def _run_rule(self, rule: Rule, model: SemanticModel, tree: ast.Module, found: list[Finding]) -> None:
        """Add what one rule finds; what it fails on is passed over."""
        context = Context(rule, self._source, model, self._plan.target)
        try:
            node_handlers, list_handlers, call_handlers = rule.node_handlers, rule.list_handlers, rule.call_handlers
        except Exception as error:  # its module is imported now
            self._fail(rule, 1, error, found)
            return
        for cls, handler in node_handlers:
            if nodes := model.every(cls):
                self._run_handler(handler, nodes, context, tree, found)
        for cls, handler in list_handlers:
            if nodes := model.nodes_of(cls):
                self._run_handler(handler, (nodes,), context, tree, found)
        for name, handler in call_handlers:
            if calls := model.calls_named(name):
                self._run_handler(handler, calls, context, tree, found)

    def _run_handler(
        self,
        handler: Handler,
        nodes: Iterable[ast.AST | Sequence[ast.AST]],
        context: Context,
        tree: ast.Module,
        found: list[Finding],
    ) -> None:
        """Add what one handler finds on some nodes, or in some lists of nodes."""
        node: ast.AST | Sequence[ast.AST] = tree
        left = iter(nodes)
        while True:
            try:
                for node in left:
                    if more := handler(node, context):  # mostly an empty tuple
                        found.extend(more)
                return
            except Exception as error:
                if isinstance(error, RecursionError) and _depth(tree) > sys.getrecursionlimit() // 20:
                    raise  # the file's fault, not the rule's
                self._fail(context.rule, getattr(node, "lineno", 1), error, found)

    def _fail(self, rule: Rule, line: int, error: Exception, found: list[Finding]) -> None:
        """Note that a rule failed; of all its failures in a file the first is reported."""
        if rule.code not in self._failed:
            found.append(internal_error(f"{rule.code} ({rule.name})", self._source, line, error))
        self._failed.update(rule.codes)

    def _as_bandit(self) -> Outcome:
        """Return what bandit reports, as often as it does."""
        hits, kept = self._ask_bandit()
        suppressed: list[Suppressed] = []
        for hit in hits:
            if self._suppress and hit.suppressed:
                suppressed.append(Suppressed(hit.finding, ""))
            else:
                kept.append(hit.finding)
        kept.sort(key=lambda finding: finding.sort_key)
        return Outcome(tuple(kept), tuple(suppressed), to_hide=self._hidden([*kept, *suppressed]))

    def _hidden(self, shown: Sequence[object], model: SemanticModel | None = None) -> tuple[Span, ...] | None:
        """Return where strings stand that a report of the given must not show; None where there is nothing to report.

        That is looked for while the tree of the file is there, and in the walked module if there is one.
        """
        if self._to_hide is not None or not shown:
            return self._to_hide
        text = self._source.text
        if '"' not in text and "'" not in text:
            return ()  # without a string there is nothing to hide, and no need to import what looks for it
        from perffix.semantic.secrets.hiding import spans_to_hide, spans_to_hide_in

        return spans_to_hide(self._source) if model is None else spans_to_hide_in(model)

    def _ask_bandit(self) -> tuple[list[Hit], list[Finding]]:
        """Return what bandit's checks find, and a PERF000 for each that failed."""
        from perffix.bridges.bandit.driver import scan

        result = scan(self._source, self._plan.bandit)
        if result.failures:
            self._failed.update(self._plan.bandit)
        return result.hits, [
            internal_error(f"bandit's check {failure.bandit_id}", self._source, failure.line, failure.error)
            for failure in result.failures
        ]


def _suppress(
    suppressions: Suppressions, findings: Iterable[Finding], plan: Plan, failed: frozenset[str]
) -> tuple[list[Finding], list[Suppressed]]:
    """Separate what comments suppress from what stays, and add PERF002 for comments without use."""
    kept: list[Finding] = []
    suppressed: list[Suppressed] = []

    def sift(finding: Finding) -> None:
        directive = None if finding.code in ALWAYS_ON else suppressions.find(finding)
        if directive is None:
            kept.append(finding)
        else:
            suppressed.append(Suppressed(finding, directive.reason))

    for finding in findings:
        sift(finding)
    if UNUSED_SUPPRESSION.code in plan.codes:
        judged = plan.codes - failed - ALWAYS_ON - {UNUSED_SUPPRESSION.code}
        for unused in suppressions.unused(judged):
            span = Span(unused.line, unused.column, unused.line, unused.end_column)
            message = f"The {unused.kind} comment names {unused.text}, which finds nothing here"
            sift(own_finding(UNUSED_SUPPRESSION, suppressions.path, span, message))
        kept.sort(key=lambda finding: finding.sort_key)
    return kept, suppressed


def _distinct(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Return the findings, of those that say the same at the same place only the first."""
    return {(finding.code, finding.span, finding.message): finding for finding in reversed(list(findings))}.values()


def _depth(tree: ast.AST) -> int:
    """Return how deeply a tree is nested, without recursion."""
    depth = 0
    level: list[ast.AST] = [tree]
    while level:
        depth += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return depth


def _newer_syntax_note(source: SourceFile, error: SourceError) -> str:
    """Return the half-sentence on whether another Python would parse a file."""
    if not error.newer_syntax:
        return ""
    from perffix.fixing.newer_syntax import oldest_python

    running = sys.version_info[:2]
    needed = oldest_python(source.data)
    if needed is None or needed <= running:
        return ""
    return f"; it is valid for Python {needed[0]}.{needed[1]}, perffix runs on {running[0]}.{running[1]}"
