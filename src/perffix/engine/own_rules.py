"""What perffix reports about the check itself: codes that no handler finds, and the findings that carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Confidence, Finding, Span
from perffix.rules.rule import Rule
from perffix.source import SourceError

if TYPE_CHECKING:
    from perffix.source import SourceFile

INTERNAL_ERROR = Rule(
    code="PERF000",
    name="internal-error",
    summary="A rule failed; its other findings in the file are missing",
    help="Report the message to the maintainers of the rule, with the line that it names",
)
INTERNAL_ERROR.documentation = """A rule failed.

## What it does
Reports that a rule raised an exception while it looked at a file. All other rules have finished; findings of the
failed rule in that file may be missing. It cannot be switched off or suppressed, and the exit status is 2.
"""
UNPARSABLE_FILE = Rule(
    code="PERF001",
    name="unparsable-file",
    summary="A file cannot be read as Python",
    help="Mend the file, exclude it, or run perffix on a Python that can parse it",
)
UNPARSABLE_FILE.documentation = """A file cannot be read as Python.

## What it does
Reports a file that cannot be decoded or parsed, or is nested too deeply, so that nobody takes it for clean. Where the
file is valid for a newer Python than the one that runs perffix, the message says so. It cannot be switched off; a file
with a comment `# perffix: ignore-file` is not looked at. The exit status is 2.
"""
UNUSED_SUPPRESSION = Rule(
    code="PERF002",
    name="unused-suppression",
    summary="A suppression comment suppresses nothing",
    help="Remove the code from the comment",
)
UNUSED_SUPPRESSION.documentation = """A suppression comment suppresses nothing.

## What it does
Reports a `# noqa` or `# nosec` that names a code or name of perffix which finds nothing there any more.

## When it stays silent
For blanket comments; for codes of rules that are switched off in that file; and for codes that another tool may need:
PERF101, PERF102, PERF203, PERF401, PERF402, PERF403 (ruff), and codes in the spelling of bandit or ruff.
"""
OWN_RULES = (INTERNAL_ERROR, UNPARSABLE_FILE, UNUSED_SUPPRESSION)
ALWAYS_ON = frozenset({INTERNAL_ERROR.code, UNPARSABLE_FILE.code})


def own_finding(
    rule: Rule,
    path: str,
    span: Span,
    message: str,
    *,
    evidence: tuple[str, ...] = (),
    hidden: tuple[Span, ...] = (),
) -> Finding:
    """Return a finding about the check itself."""
    return Finding(
        code=rule.code,
        name=rule.name,
        path=path,
        span=span,
        statement=(span.line, span.line),
        message=message,
        confidence=Confidence.HIGH,
        help=rule.help,
        evidence=evidence,
        hidden=hidden,
    )


def internal_error(what: str, source: SourceFile, line: int, error: Exception) -> Finding:
    """Return the finding that says which part failed, on what line of the file, and where in its own code."""
    message, evidence = _said_of(f"{what} failed on this line", error)
    hidden = _possible_secrets(source, line)
    return own_finding(INTERNAL_ERROR, source.path, Span(line, 0, line, 0), message, evidence=evidence, hidden=hidden)


def failed_in_project(rule: Rule, path: str, error: Exception) -> Finding:
    """Return the finding that says that a rule failed on the project as a whole; it stands in one of its files."""
    message, evidence = _said_of(f"{rule.code} ({rule.name}) failed on the project", error)
    return own_finding(INTERNAL_ERROR, path, Span(1, 0, 1, 0), message, evidence=evidence)


def _said_of(message: str, error: Exception) -> tuple[str, tuple[str, ...]]:
    """Return the message about an exception, and the evidence where it was raised."""
    message = f"{message}: {type(error).__name__}"
    if text := " ".join(str(error).split()):
        message = f"{message}: {text[:200]}"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    evidence: tuple[str, ...] = ()
    if trace is not None:
        place = trace.tb_frame.f_globals.get("__name__", "?")
        evidence = (f"raised in {place}, line {trace.tb_lineno}",)
    return message, evidence


def unparsable(source: SourceFile, error: SourceError, note: str = "") -> Finding:
    """Return the finding that says why a file cannot be analysed."""
    span = Span(error.line, error.column, error.line, error.column)
    hidden = _possible_secrets(source, error.line)
    return own_finding(UNPARSABLE_FILE, source.path, span, f"The file {error}{note}", hidden=hidden)


def _possible_secrets(source: SourceFile, number: int) -> tuple[Span, ...]:
    """Return the strings of a line that speaks of secrets: no rule has come to say which of them are some."""
    import re

    from perffix.semantic.secrets import may_hold_token, may_promise_secret

    try:
        line = source.line(number)
    except SourceError:
        return ()  # a text that cannot be read is not shown
    if not may_promise_secret(line) and not may_hold_token(line):
        return ()

    def column(index: int) -> int:
        return len(line[:index].encode("utf-8", "surrogatepass"))

    strings = re.finditer(r"('''|\"\"\"|'|\")(?:\\.|(?!\1).)*(?:\1|$)", line)
    return tuple(Span(number, column(string.start()), number, column(string.end())) for string in strings)
