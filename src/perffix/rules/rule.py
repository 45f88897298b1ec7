"""What a rule is, how it registers its handlers, and the context that a handler is given."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from perffix.model import Applicability, Confidence, Finding, Fix, Group, NodeRef, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perffix.model import Impact, Related, Severity
    from perffix.project.orm.stories import Story
    from perffix.project.place import Place
    from perffix.project.project import Project
    from perffix.rewrites.eager_loading import Advice
    from perffix.semantic.model import SemanticModel
    from perffix.source import SourceFile

Version = tuple[int, int]
# A handler takes the node class it registered for, or a list of such nodes; it is only ever handed these.
Handler = Callable[[Any, "Context"], "Iterable[Finding]"]
H = TypeVar("H", bound=Handler)
ProjectHandler = Callable[["ProjectContext"], "Iterable[Finding]"]
P = TypeVar("P", bound=ProjectHandler)
# Before Python 3.12 the parser gives wrong places for what stands inside of an f-string.
_LOSES_PLACES_IN_STRINGS = sys.version_info < (3, 12)


class Rule:
    """One anti-pattern: what it is called, what it costs, and the handlers that find it.

    A rule module assigns exactly one `rule = Rule(...)` and decorates its handlers with `rule.on`, `rule.on_call` and
    `rule.on_all`. A handler is a generator of findings for one node, or one list of nodes; it keeps no state.

    Args:
        code: the number under which it is known, `PERF504`.
        name: the bad pattern; reads well after "allow": `list-pop-front`.
        summary: one line for tables, without a full stop.
        help: the remedy in one sentence, without a full stop.
        impact: what it costs; performance rules only.
        severity: how bad it is; security rules only.
        cwe: Common Weakness Enumeration number; security rules only.
        group: which switch brings it in.
        fix: the best applicability that any of its fixes has; None when it offers no fix.
        variants: further codes of the same weakness with what sets each apart; the rule answers for all of them.
        names: names of which one must stand in a module's code before the rule can find anything there: as a
            variable, function, class or attribute, as a keyword argument, or in an import (`os` or `path` for
            `import os.path`). Looked up in no time, so to be preferred to `needs` wherever it says enough.
        needs: literals of which one must stand in a file. A single word is looked for in all names and strings of the
            code, as a part of them too, but not in comments and docstrings, nor as a keyword; one in lower case
            stands for all cases. Any other literal, such as `ssl=False` or `x-frame`, is looked for in the whole
            text as soon as its words stand in the code.
        remote: it finds nothing but what is done with input from over the network; a module that no such input can
            enter is passed over.
        in_loops: it finds nothing outside of loops and comprehensions; a module without any is passed over.
        in_tests: whether it looks at tests, documentation, examples, measurements and migrations too, told by paths.
        before: the rule only holds for code whose oldest target Python is below this version.
    """

    def __init__(
        self,
        *,
        code: str,
        name: str,
        summary: str,
        help: str,
        impact: Impact | None = None,
        severity: Severity | None = None,
        cwe: int | None = None,
        group: Group = Group.DEFAULT,
        fix: Applicability | None = None,
        variants: Mapping[str, str] | None = None,
        names: Iterable[str] = (),
        needs: Iterable[str] = (),
        remote: bool = False,
        in_loops: bool = False,
        in_tests: bool = True,
        before: Version | None = None,
    ) -> None:
        self.code = code
        self.name = name
        self.summary = summary
        self.help = help
        self.impact = impact
        self.severity = severity
        self.cwe = cwe
        self.group = group
        self.fix = fix
        self.variants = dict(variants or {})
        self.names = tuple(names)
        self.needs = tuple(needs)
        self.remote = remote
        self.in_loops = in_loops
        self.in_tests = in_tests
        self.before = before
        self.documentation = ""  # the module's docstring, set by the registry
        self.node_handlers: list[tuple[type[ast.AST], Handler]] = []
        self.list_handlers: list[tuple[type[ast.AST], Handler]] = []
        self.call_handlers: list[tuple[str, Handler]] = []
        self.project_handlers: list[ProjectHandler] = []

    def __repr__(self) -> str:
        return f"<Rule {self.code} {self.name}>"

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes that its findings may carry, its own first."""
        return (self.code, *self.variants)

    @property
    def classes(self) -> frozenset[type[ast.AST]]:
        """The node classes that its handlers want to see."""
        return frozenset(cls for cls, _ in (*self.node_handlers, *self.list_handlers))

    @property
    def calls(self) -> frozenset[str]:
        """The called names that its handlers want to see."""
        return frozenset(name for name, _ in self.call_handlers)

    @property
    def spans_files(self) -> bool:
        """Whether it looks at all modules of a project together."""
        return bool(self.project_handlers)

    def on(self, *classes: type[ast.AST]) -> Callable[[H], H]:
        """Register a handler for every node of exactly these classes."""

        def register(handler: H) -> H:
            self.node_handlers.extend((cls, handler) for cls in classes)
            return handler

        return register

    def on_all(self, *classes: type[ast.AST]) -> Callable[[H], H]:
        """Register a handler for the list of all nodes of exactly one of these classes in a module, in no order.

        For classes with many nodes of which the handler passes over nearly all: to be called for each takes longer
        than to look at it.
        """

        def register(handler: H) -> H:
            self.list_handlers.extend((cls, handler) for cls in classes)
            return handler

        return register

    def on_call(self, *names: str) -> Callable[[H], H]:
        """Register a handler for calls written `name(...)` or `anything.name(...)` with one of these names."""

        def register(handler: H) -> H:
            self.call_handlers.extend((name, handler) for name in names)
            return handler

        return register

    def on_project(self, handler: P) -> P:
        """Register a handler that looks at all modules of a project together."""
        self.project_handlers.append(handler)
        return handler


class Context:
    """What a handler may ask while it looks at one module.

    Attributes:
        rule: the rule that is asking.
        source: the file.
        model: what the module means.
        target: the oldest Python version that the analysed code must run on.
    """

    __slots__ = ("model", "rule", "source", "target")

    def __init__(self, rule: Rule, source: SourceFile, model: SemanticModel, target: Version) -> None:
        self.rule = rule
        self.source = source
        self.model = model
        self.target = target

    def text(self, node: ast.expr | ast.stmt, limit: int = 60) -> str:
        """Return the source of a node on one line for use in a message, cut in the middle when it is long."""
        return self.model.text(node, limit)

    def finding(
        self,
        node: ast.expr | ast.stmt,
        message: str,
        *,
        confidence: Confidence = Confidence.HIGH,
        span: Span | None = None,
        help: str | None = None,
        code: str | None = None,
        severity: Severity | None = None,
        impact: Impact | None = None,
        evidence: Iterable[str] = (),
        related: Iterable[Related] = (),
        fix: Fix | None = None,
        secret: bool = False,
    ) -> Finding:
        """Return a finding of this rule at a node.

        Args:
            node: where it is; its statement's lines may hold a suppression.
            message: one sentence, subject first, that names the variable and the fact.
            confidence: how much was proved.
            span: what to mark when that is not the whole node.
            help: the remedy when the rule's own sentence does not fit.
            code: one of the rule's variants.
            severity: when it differs from the rule's.
            impact: when it differs from the rule's.
            evidence: the proved facts, a phrase each.
            related: other places of the story.
            fix: the rewrite.
            secret: the code at the span is a secret that no output may show.
        """
        rule = self.rule
        string = self._string_around(node) if _LOSES_PLACES_IN_STRINGS else None
        if string is not None:
            span = span or Span.of(string)
            if fix is not None and _works_inside(fix, string):
                fix = Fix(Applicability.DISPLAY, fix.description)
        return Finding(
            code=code or rule.code,
            name=rule.name,
            path=self.source.path,
            span=span or Span.of(node),
            statement=self.model.statement_lines(node),
            message=message,
            confidence=confidence,
            help=help or rule.help,
            severity=severity or rule.severity,
            impact=impact or rule.impact,
            cwe=rule.cwe,
            evidence=tuple(evidence),
            related=tuple(related),
            fix=fix,
            secret=secret,
        )

    def _string_around(self, node: ast.AST) -> ast.JoinedStr | None:
        """Return the outermost f-string that a node stands in."""
        strings = [each for each in self.model.ancestors(node) if isinstance(each, ast.JoinedStr)]
        return strings[-1] if strings else None


class ProjectContext:
    """What a handler may ask that looks at a project.

    Attributes:
        rule: the rule that is asking.
        project: all modules together.
    """

    __slots__ = ("project", "rule")

    def __init__(self, rule: Rule, project: Project) -> None:
        self.rule = rule
        self.project = project

    def finding(
        self,
        place: Place,
        message: str,
        *,
        confidence: Confidence = Confidence.HIGH,
        help: str | None = None,
        evidence: Iterable[str] = (),
        related: Iterable[Related] = (),
        fix: Fix | None = None,
    ) -> Finding:
        """Return a finding of this rule at a place of some file; the arguments are those of `Context.finding`.

        Related places may name the file of the finding: they come to be places of the same file.
        """
        rule = self.rule
        return Finding(
            code=rule.code,
            name=rule.name,
            path=place.path,
            span=place.span,
            statement=place.lines,
            message=message,
            confidence=confidence,
            help=help or rule.help,
            severity=rule.severity,
            impact=rule.impact,
            cwe=rule.cwe,
            evidence=tuple(evidence),
            related=tuple(each._replace(path=None) if each.path == place.path else each for each in related),
            fix=fix,
        )

    def of_story(self, story: Story, message: str, advice: Advice) -> Finding:
        """Return a finding of this rule at the query of a story, with what to write there."""
        return self.finding(
            story.place,
            message,
            confidence=Confidence.HIGH if story.always else Confidence.MEDIUM,
            help=advice.help,
            evidence=story.evidence(),
            related=[*story.related(), *advice.related],
            fix=advice.fix,
        )


def _works_inside(fix: Fix, string: ast.JoinedStr) -> bool:
    """Tell whether a fix changes or moves a part of an f-string."""
    parts = {NodeRef.of(each) for each in ast.walk(string) if isinstance(each, ast.expr) and each is not string}
    named = [edit.target for edit in fix.edits]
    for edit in fix.edits:
        named += [piece for piece in edit.code.pieces.values() if isinstance(piece, NodeRef)]
    return any(ref in parts for ref in named)
