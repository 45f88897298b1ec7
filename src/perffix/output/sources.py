"""The files that a report quotes: read again when their findings are shown, so that a check need not keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.engine.collector import uncollected
from perffix.source import SourceError, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from perffix.model import Finding, Span
    from perffix.output.masking import Mask


class Sources:
    """Hands out each file with what must not be shown of it.

    Args:
        findings: all findings, also those that are not shown: they may say that something is a secret.
        given: files that cannot be read again, such as standard input.
        to_hide: what else must not be shown of a file, where that is known already.
    """

    def __init__(
        self,
        findings: Iterable[Finding],
        given: Iterable[SourceFile] = (),
        to_hide: Mapping[str, tuple[Span, ...]] | None = None,
    ) -> None:
        self._secrets: dict[str, list[Finding]] = {}
        for finding in findings:
            if finding.secret or finding.hidden:
                self._secrets.setdefault(finding.path, []).append(finding)
        self._to_hide = to_hide or {}
        self._given = {source.path: source for source in given}

    @uncollected  # a file that is parsed once more must not make the collector look through the whole project
    def quoted(self, path: str) -> tuple[SourceFile | None, Mask]:
        """Return a file, None if it cannot be read as text any more, and its mask."""
        from perffix.output.masking import Mask  # most runs have nothing to show

        source = self._given.get(path) or _read(path)
        if source is not None and not _is_text(source):
            source = None
        return source, Mask(source, self._secrets.get(path, ()), self._to_hide.get(path))

    def by_file(self, findings: Iterable[Finding]) -> Iterator[tuple[SourceFile | None, Mask, list[Finding]]]:
        """Yield the file, its mask and its findings for each run of findings in one file."""
        run: list[Finding] = []
        for finding in findings:
            if run and run[0].path != finding.path:
                yield *self.quoted(run[0].path), run
                run = []
            run.append(finding)
        if run:
            yield *self.quoted(run[0].path), run


def _read(path: str) -> SourceFile | None:
    try:
        return SourceFile.read(path)
    except OSError:  # gone since it was checked, or never readable: the finding stands without its line
        return None


def _is_text(source: SourceFile) -> bool:
    try:
        return source.text is not None
    except SourceError:
        return False
