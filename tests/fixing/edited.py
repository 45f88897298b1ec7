"""Writing a fix the short way: nodes are named by their source text."""

from __future__ import annotations

import ast
import random
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from perffix.fixing.rewriter import Rewriter
from perffix.model import (
    AddArgument,
    Applicability,
    Code,
    Edit,
    Fix,
    Import,
    InsertAfter,
    InsertBefore,
    NodeRef,
    Replace,
    SetArgument,
)
from perffix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Sequence

# A node: its text, or its text and which of those with this text it is, or also its class.
Node = str | tuple[str, int] | tuple[str, int, str]


class Text(str):
    """A piece that is plain text, not the text of a node."""


Pieces = dict[str, Node | NodeRef]


class Module:
    """A module and the fixes that a test wants to apply to it."""

    def __init__(self, text: str | bytes, path: str = "module.py") -> None:
        self.data = text if isinstance(text, bytes) else text.encode()
        self.source = SourceFile(path, self.data)
        self.edits: list[Edit] = []

    def node(self, wanted: Node) -> NodeRef:
        text, nth, kind = (wanted, 0, "") if isinstance(wanted, str) else (*wanted, "")[:3]
        source = self.source.text
        found = [
            node
            for node in ast.walk(self.source.tree)
            if isinstance(node, (ast.expr, ast.stmt))
            and ast.get_source_segment(source, node) == text
            and kind in ("", type(node).__name__)
        ]
        assert found, f"no {kind or 'node'} {text!r}"
        found.sort(key=lambda node: (node.lineno, node.col_offset, isinstance(node, ast.expr)))
        return NodeRef.of(found[nth])

    def code(self, text: str, pieces: Pieces) -> Code:
        return Code(
            text,
            {name: piece if isinstance(piece, (NodeRef, Text)) else self.node(piece) for name, piece in pieces.items()},
        )

    def replace(self, target: Node | NodeRef, text: str, **pieces: Node | NodeRef) -> Module:
        self.edits.append(
            Replace(target if isinstance(target, NodeRef) else self.node(target), self.code(text, pieces))
        )
        return self

    def before(self, target: Node, text: str, **pieces: Node | NodeRef) -> Module:
        self.edits.append(InsertBefore(self.node(target), self.code(text, pieces)))
        return self

    def after(self, target: Node, text: str, **pieces: Node | NodeRef) -> Module:
        self.edits.append(InsertAfter(self.node(target), self.code(text, pieces)))
        return self

    def argument(self, target: Node, name: str, text: str, **pieces: Node | NodeRef) -> Module:
        target = (target, 0, "Call") if isinstance(target, str) else target
        self.edits.append(SetArgument(self.node(target), name, self.code(text, pieces)))
        return self

    def one_more(self, target: str, text: str) -> Module:
        self.edits.append(AddArgument(self.node((target, 0, "Call")), self.code(text, {})))
        return self

    def fix(self, adds: Sequence[Import] = (), removes: Sequence[Import] = ()) -> Fix:
        return Fix(Applicability.SAFE, "Fix it", tuple(self.edits), tuple(adds), tuple(removes))

    def result(self, adds: Sequence[Import] = (), removes: Sequence[Import] = ()) -> bytes:
        rewriter = Rewriter(self.source)
        return rewriter.rewrite([rewriter.prepare(self.fix(adds, removes))]).data

    def text(self, adds: Sequence[Import] = (), removes: Sequence[Import] = ()) -> str:
        return self.result(adds, removes).decode(self.source.encoding)


def library(count: int, seed: int, largest: int) -> list[Path]:
    """Return some files of the standard library up to a size in bytes, other ones for each seed."""
    root = Path(sysconfig.get_paths()["stdlib"])
    folders = [root, *(root / name for name in ("asyncio", "email", "json", "concurrent/futures", "test", "unittest"))]
    files = [
        path
        for folder in folders
        for path in sorted(folder.glob("*.py"))
        if "bad" not in path.name and path.stat().st_size <= largest
    ]
    return random.Random(seed).sample(files, count)
