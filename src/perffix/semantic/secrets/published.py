"""Published values: what looks like a secret and is meant to be read, as a remark beside it or its surroundings say."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.secrets import words_of
from perffix.semantic.weaknesses.prescribed import speaks_for_a_browser

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_OPENING = frozenset({"key", "token", "id"})
_OF_THE_OWNER = frozenset({"secret", "private", "password", "admin", "management", "personal", "server"})
_FURTHEST = 6  # lines that a remark above a value may have


def is_published(literal: ast.Constant, model: SemanticModel) -> bool:
    """Tell whether everybody may read a value: a remark says so, or web pages give it to all their visitors."""
    return speaks_for_a_browser(model) or any(_remark().search(each) for each in _remarks(literal, model))


def is_of_every_copy(name: str) -> bool:
    """Tell whether a value under a name is the same in each copy of a program: it names it, or reports its use."""
    table = facts.load("secrets")["names"]
    words = words_of(name)
    if " ".join(words[-2:]) in table["of_program"]:
        return True
    if not words or words[-1] not in _OPENING or not _OF_THE_OWNER.isdisjoint(words):
        return False
    return not set(words).isdisjoint(table["telemetry"])


def _remarks(literal: ast.Constant, model: SemanticModel) -> Iterator[str]:
    """Yield the comment behind a value and those in the lines right above it, or above its statement."""
    source = model.source
    behind = source.line(literal.end_lineno or literal.lineno).encode("utf-8", "surrogatepass")[
        literal.end_col_offset :
    ]
    yield behind.decode("utf-8", "surrogatepass").partition("#")[2]
    for first in {literal.lineno, model.statement_of(literal).lineno}:
        above = []
        for number in range(first - 1, max(first - 1 - _FURTHEST, 0), -1):
            line = source.line(number).strip()
            if not line.startswith("#"):
                break
            above.append(line.lstrip("# "))
        yield " ".join(reversed(above))


@cache
def _remark() -> re.Pattern[str]:
    return re.compile(
        r"""(?ix)
          (?:\bnot|n't|\bnever) \s (?:(?:really|actually|that|much|of|at|all|an?|be|any) \s)*
            (?:secret|sensitive|critical|confidential|private) \b
        | \bpublic(?:ly)? \s
            (?:known|available|readable|visible|by \s design|on \s purpose|client|api|token|key|knowledge|write) \b
        | \bpublish\w* \s (?:the|this|its|their|a) \s (?:\w+ \s)? (?:key|token|secret|password)s?\b
        | \b(?:is|are|be|intentionally|deliberately|meant \s to \s be) \s public\b
        | \b(?:safe|fine|ok|okay|harmless) \s to \s (?:share|commit|expose|publish|embed|ship|leak|be \s public)
        """
    )
