"""The words every part of perffix speaks: spans, findings, fixes and how sure we are of them.

Nothing here looks at code. All values are immutable, compare by content and can be pickled, so that findings
may cross process borders and outlive the syntax tree that they were found in.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping


class Span(NamedTuple):
    """A range of source text in the units of `ast`.

    Lines count from 1. Columns count UTF-8 bytes from 0; the end is exclusive. Output formats convert these at
    their edge.
    """

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of(cls, node: ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword | ast.alias) -> Span:
        """Return the span of a node that came from a parser (a node without an end is taken as empty)."""
        return cls(
            node.lineno,
            node.col_offset,
            node.lineno if node.end_lineno is None else node.end_lineno,
            node.col_offset if node.end_col_offset is None else node.end_col_offset,
        )

    @property
    def start(self) -> tuple[int, int]:
        """Line and column of the first byte."""
        return self.line, self.column

    @property
    def end(self) -> tuple[int, int]:
        """Line and column after the last byte."""
        return self.end_line, self.end_column

    def contains(self, other: Span) -> bool:
        """Tell whether `other` lies within this span; a span contains itself."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two spans share a byte; spans that only touch do not."""
        return self.start < other.end and other.start < self.end


class _Ordered(enum.Enum):
    """An enumeration whose members are ranked by their order of definition, lowest first."""

    @property
    def rank(self) -> int:
        return list(type(self)).index(self)


class Severity(_Ordered):
    """How bad it is when a security finding is exploited."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Confidence(_Ordered):
    """How much of a finding was proved. HIGH only when types and effects were known."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Impact(_Ordered):
    """What a performance finding costs, the mildest first."""

    CONSTANT = "constant"
    MEMORY = "memory"
    LATENCY = "latency"
    ASYMPTOTIC = "asymptotic"


class Applicability(_Ordered):
    """Who decides that a fix is applied.

    SAFE keeps behaviour and is written by `--apply`. UNSAFE may change behaviour and needs `--unsafe-fixes`.
    DISPLAY is only explained: it needs a person.
    """

    DISPLAY = "display"
    UNSAFE = "unsafe"
    SAFE = "safe"


class Group(enum.Enum):
    """Which switch brings a rule in: none, `--pedantic` or `--audit`."""

    DEFAULT = "default"
    PEDANTIC = "pedantic"
    AUDIT = "audit"


class NodeRef(NamedTuple):
    """A node of the analysed module, named by its `ast` class and exact span instead of by the object."""

    kind: str
    span: Span

    @classmethod
    def of(cls, node: ast.expr | ast.stmt) -> NodeRef:
        """Return the reference to a parsed node."""
        return cls(type(node).__name__, Span.of(node))


class Code(NamedTuple):
    """New source text with holes: `$name` in the text stands for the source of the node `pieces["name"]`.

    The text is one expression or any number of statements, indented from column 0; `$$` is a dollar sign. A piece
    may also be plain text. Where a node's text would change its meaning in the hole, the fixer adds parentheses.
    """

    text: str
    pieces: Mapping[str, NodeRef | str] = {}


class Replace(NamedTuple):
    """Put an expression in the place of an expression, or statements (also none) in the place of a statement."""

    target: NodeRef
    code: Code


class InsertBefore(NamedTuple):
    """Put statements before a statement, in the same block."""

    target: NodeRef
    code: Code


class InsertAfter(NamedTuple):
    """Put statements after a statement, in the same block."""

    target: NodeRef
    code: Code


class SetArgument(NamedTuple):
    """Give a call a keyword argument: another value where it has one of that name, else a new last one.

    An empty text takes the argument out. All else in the call stays as it is written, comments and lines too.
    """

    target: NodeRef
    name: str
    code: Code


class AddArgument(NamedTuple):
    """Give a call that has no keyword arguments one more argument, the last. All else in it stays as it is written.

    Fixes that each add another argument to the same call go together.
    """

    target: NodeRef
    code: Code


Edit = Replace | InsertBefore | InsertAfter | SetArgument | AddArgument


class Import(NamedTuple):
    """The statement `import module` or, with a name, `from module import name`."""

    module: str
    name: str | None = None


class Fix(NamedTuple):
    """A rewrite that removes a finding.

    Attributes:
        applicability: who decides; the engine lowers SAFE to UNSAFE when a comment would be lost.
        description: one imperative sentence without a full stop, "Replace the list with a deque".
        edits: what to change; empty for DISPLAY, whose description carries the advice.
        adds: imports that the new text needs.
        removes: imports that nothing may use any more; each goes only if that is so.
    """

    applicability: Applicability
    description: str
    edits: tuple[Edit, ...] = ()
    adds: tuple[Import, ...] = ()
    removes: tuple[Import, ...] = ()

    def lowered(self, applicability: Applicability, why: str) -> Fix:
        """Return this fix at no more than the given applicability, the reason noted in its description."""
        if self.applicability.rank <= applicability.rank:
            return self
        return self._replace(applicability=applicability, description=f"{self.description} ({why})")


class Related(NamedTuple):
    """Another place that belongs to a finding's story, with its sentence. `path` is None for the same file."""

    span: Span
    message: str
    path: str | None = None


class Finding(NamedTuple):
    """One proved anti-pattern at one place.

    Attributes:
        code: the rule's code, such as `PERF504`.
        name: the rule's name, such as `list-pop-front`.
        path: the file as the user named it.
        span: where it is.
        statement: first and last line of the statement (of a compound statement: of its header) around the span;
            a suppression comment on any of them counts.
        message: one sentence, subject first, without the remedy and without a full stop.
        confidence: how much was proved.
        help: the remedy in one sentence.
        severity: for security rules, else None.
        impact: for performance rules, else None.
        cwe: number in the Common Weakness Enumeration, or None.
        evidence: the proved facts, a phrase each.
        related: other places of the story.
        fix: the rewrite, if one is known.
        secret: whether the code at `span` is a secret: no output may show it, from no line that it stands on.
        hidden: where further secrets stand that the finding speaks of.
        drawn_from: the files that it follows from, sorted; empty where that is its own alone. As long as none of them
            changes, it need not be looked for again.
    """

    code: str
    name: str
    path: str
    span: Span
    statement: tuple[int, int]
    message: str
    confidence: Confidence
    help: str = ""
    severity: Severity | None = None
    impact: Impact | None = None
    cwe: int | None = None
    evidence: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    secret: bool = False
    hidden: tuple[Span, ...] = ()
    drawn_from: tuple[str, ...] = ()

    @property
    def sort_key(self) -> tuple[str, Span, str, str]:
        """Order of a report: by file, place, code and message."""
        return self.path, self.span, self.code, self.message
