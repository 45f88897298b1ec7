"""Findings for people: where, what, the line with its mark, why, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence
from perffix.output.excerpt import excerpt
from perffix.output.terminal import Palette, harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.engine.runner import Suppressed
    from perffix.model import Finding, Fix, Span
    from perffix.output.masking import Mask
    from perffix.source import SourceFile

_FIX = {
    Applicability.SAFE: ("green", "safe, --apply"),
    Applicability.UNSAFE: ("yellow", "unsafe, --apply --unsafe-fixes"),
    Applicability.DISPLAY: ("dim", "advice only"),
}


class TextReport:
    """Renders findings of one run.

    Args:
        palette: paints or does not.
        width: how many cells a line of source may take.
        encoding: that of the output.
        brief: only the first line of each finding.
    """

    def __init__(
        self,
        palette: Palette | None = None,
        width: int = 120,
        encoding: str = "utf-8",
        *,
        brief: bool = False,
    ) -> None:
        self._palette = palette or Palette(False)
        self._width = width
        self._encoding = encoding
        self._brief = brief

    def finding(self, finding: Finding, source: SourceFile | None, mask: Mask) -> str:
        """Return the text of one finding with its line ends.

        Args:
            finding: what to show.
            source: the file as it was when the finding was made; None when it could not be read.
            mask: what of it not to show.
        """
        lines = [self._headline(finding, source, mask)]
        if not self._brief:
            margin = " " * len(str(finding.span.line))
            if source is not None and finding.span.line <= len(source.lines):
                lines += self._excerpt(finding.span, source, mask)
            lines += (
                f"{margin} {self._palette.paint('dim', '=')} {note}" for note in self._notes(finding, source, mask)
            )
            lines.append("")
        return "".join(f"{line}\n" for line in lines)

    def suppressed(self, item: Suppressed, source: SourceFile | None, mask: Mask) -> str:
        """Return the line on a suppressed finding, with the reason that its comment gives."""
        line = f"{self._headline(item.finding, source, mask)} (suppressed)"
        return f"{line}: {_clean(item.reason, mask)}\n" if item.reason else f"{line}\n"

    def _headline(self, finding: Finding, source: SourceFile | None, mask: Mask) -> str:
        paint = self._palette.paint
        place = self._place(finding.path, finding.span, source)
        label = f"{paint('red', finding.code)} {paint('bold', finding.name)}"
        return f"{place}: {label}: {_clean(finding.message, mask)}"

    def _place(self, path: str, span: Span, source: SourceFile | None) -> str:
        column = span.column if source is None else source.characters(span.line, span.column)
        return f"{self._palette.paint('bold', harmless(path))}:{span.line}:{column + 1}"

    def _excerpt(self, span: Span, source: SourceFile, mask: Mask) -> Iterator[str]:
        paint = self._palette.paint
        line = source.line(span.line)
        start = source.characters(span.line, span.column)
        several = span.end_line > span.line
        end = len(line.rstrip()) if several else source.characters(span.line, span.end_column)
        number = str(span.line)
        margin = " " * len(number)
        shown = excerpt(
            line,
            start,
            end,
            hidden=mask.ranges(span.line),
            limit=self._width - len(number) - 3,
            encoding=self._encoding,
        )
        bar = paint("dim", "|")
        yield f"{margin} {bar}"
        yield f"{paint('dim', number)} {bar} {shown.text}".rstrip()
        rest = f" to line {span.end_line}" if several else ""
        yield f"{margin} {bar} {' ' * shown.indent}{paint('red', '^' * shown.width + rest)}"

    def _notes(self, finding: Finding, source: SourceFile | None, mask: Mask) -> Iterator[str]:
        paint = self._palette.paint
        for fact in finding.evidence:
            yield f"{paint('cyan', 'why')}: {_clean(fact, mask)}"
        if finding.confidence is not Confidence.HIGH:
            yield f"{paint('cyan', 'confidence')}: {finding.confidence.value}"
        for related in finding.related:
            here = related.path is None or related.path == finding.path
            place = self._place(related.path or finding.path, related.span, source if here else None)
            yield f"{paint('cyan', 'see')}: {place}: {_clean(related.message, mask)}"
        if finding.help:
            yield f"{paint('cyan', 'help')}: {_clean(finding.help, mask)}"
        if finding.fix is not None:
            yield self._fix(finding.fix, mask)

    def _fix(self, fix: Fix, mask: Mask) -> str:
        style, label = _FIX[fix.applicability]
        return (
            f"{self._palette.paint('cyan', 'fix')}: {self._palette.paint(style, label)}: "
            f"{_clean(fix.description, mask)}"
        )


def _clean(text: str, mask: Mask) -> str:
    return harmless(mask.hide(text))


def painted_diff(patch: str, palette: Palette) -> str:
    """Return a unified diff for eyes: painted, and with its lines made harmless."""
    styles = {"-": "red", "+": "green", "@": "cyan"}
    painted = (
        palette.paint(
            "bold" if line.startswith(("---", "+++")) else styles.get(line[:1], ""),
            "\t".join(map(harmless, line.removesuffix("\r").split("\t"))),
        )
        for line in patch.split("\n")
    )
    return "\n".join(painted)
