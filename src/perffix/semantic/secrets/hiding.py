"""What must not be shown of a file, whatever a report is about: every string that may be a secret.

A rule reports what is a secret with some certainty. A report must not show one that is less certain either, nor one
that nobody has asked for: the rules about secrets may be switched off, while another finding quotes their line.
"""

from __future__ import annotations

import ast
import re
import sys
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from perffix.model import Span
from perffix.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.source import SourceFile

N = TypeVar("N", bound=ast.AST)
# A name that promises a secret with a string behind it, a string with a token, a URL with a password. Each pattern
# begins with few characters, and so passes over the text quickly.
_PATTERNS = (
    re.compile(
        r"[PpSsKkTtCcAa](?i:ass|wd|ecret|ey|oken|redential|uth|alt)\w*[\"'\])]*\s*(?::[^=\n]{0,60})?(?:[=:,]|==|!=)"
        r"\s*\(?\s*[rbufRBUF]{0,2}[\"']"
    ),
    re.compile(r"[\"'][^\"'\s]*[0-9][\w-]{4}[^\"'\n]{8}"),
    re.compile(r"://[^\s/\"']*:[^\s/\"']*@"),
)
_MARKS = (
    "PRIVATE KEY", "hf_", "wd=", "assword=", "jwt.", "hmac.", ".login(", "Fernet(", "Auth(", "Serializer(",
    "Signer(", "auth=(",
)  # fmt: skip
_LOSES_PLACES_IN_STRINGS = sys.version_info < (3, 12)


def spans_to_hide(source: SourceFile) -> tuple[Span, ...]:
    """Return where strings stand that may be secrets; none in a file that cannot be parsed."""
    try:
        if not _is_worth_a_look(source.text):
            return ()
        nodes = list(ast.walk(source.tree))
    except SourceError:
        return ()
    return _among(nodes, _of_class(ast.Constant, nodes), lambda: _of_class(ast.JoinedStr, nodes))


def spans_to_hide_in(model: SemanticModel) -> tuple[Span, ...]:
    """Return what `spans_to_hide` does, of a module that has been walked already: in a fraction of the time."""
    if not _is_worth_a_look(model.source.text):
        return ()
    from perffix.semantic.secrets.named_literals import NAMING

    naming = chain.from_iterable(model.every(cls) for cls in NAMING)
    return _among(naming, model.every(ast.Constant), lambda: model.every(ast.JoinedStr))


def _of_class(cls: type[N], nodes: Iterable[ast.AST]) -> list[N]:
    return [node for node in nodes if isinstance(node, cls)]


def _among(
    naming: Iterable[ast.AST], literals: Sequence[ast.Constant], formatted: Callable[[], Iterable[ast.JoinedStr]]
) -> tuple[Span, ...]:
    """Return where strings stand that may be secrets.

    Args:
        naming: at least the nodes that may give a literal a name.
        literals: all constants.
        formatted: gives all f-strings, outer ones first.
    """
    from perffix.semantic.secrets import SHORTEST_TOKEN, may_promise_secret
    from perffix.semantic.secrets.judgement import may_be_secret
    from perffix.semantic.secrets.named_literals import all_named_literals

    hidden = {
        id(named.literal)
        for named in all_named_literals(naming)
        if may_promise_secret(named.name) and may_be_secret(named.name, named.value)
    }
    texts = {
        node.value for node in literals if isinstance(node.value, (str, bytes)) and len(node.value) >= SHORTEST_TOKEN
    }
    values = {text for text in texts if _is_secret(text)}
    if not values and not hidden:
        return ()
    found = [node for node in literals if node.value in values or id(node) in hidden]
    places = _places_in_strings(formatted()) if found and _LOSES_PLACES_IN_STRINGS else {}
    return tuple(Span.of(places.get(id(node), node)) for node in found)


def _is_worth_a_look(text: str) -> bool:
    """Tell cheaply, without a tree, that most files hold nothing to hide."""
    return any(mark in text for mark in _MARKS) or any(pattern.search(text) is not None for pattern in _PATTERNS)


def _places_in_strings(formatted: Iterable[ast.JoinedStr]) -> dict[int, ast.expr]:
    """Return the outermost f-string around each string, by the identity of that: only its place is known."""
    places: dict[int, ast.expr] = {}
    for string in formatted:
        for each in ast.walk(string):
            places.setdefault(id(each), string)
    return places


def _is_secret(value: str | bytes) -> bool:
    """Tell whether a literal's value is a secret by its own looks."""
    from perffix.semantic.secrets import may_hold_token

    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not may_hold_token(text):
        return False
    from perffix.semantic.secrets.judgement import is_random_text
    from perffix.semantic.secrets.tokens import recognise

    return recognise(text) is not None or is_random_text(text)
