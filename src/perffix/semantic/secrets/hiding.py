"""What must not be shown of a file, whatever a report is about: every string that may be a secret.

A rule reports what is a secret with some certainty. A report must not show one that is less certain either, nor one
that nobody has asked for: the rules about secrets may be switched off, while another finding quotes their line.
"""

from __future__ import annotations

import ast
import re
import sys
from itertools import chain
from typing import TYPE_CHECKING

from perffix.model import Span
from perffix.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.semantic.model import SemanticModel
    from perffix.source import SourceFile

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
    """Return where strings stand that may be secrets, in order; none in a file that cannot be parsed."""
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.secrets.named_literals import NAMING

    try:
        if not _is_worth_a_look(source.text):
            return ()
        model = SemanticModel(source, NAMING, ())
    except (SourceError, RecursionError):
        return ()
    found = spans_to_hide_in(model)
    model.close()
    return found


def spans_to_hide_in(model: SemanticModel) -> tuple[Span, ...]:
    """Return what `spans_to_hide` does, of a module that has been walked already: in a fraction of the time."""
    values = _secret_values(model)
    names = _promising_names(model)
    if not (values or names) or not _is_worth_a_look(model.source.text):
        return ()
    hidden = _under_names(names, model) if names else frozenset()
    if not (values or hidden):
        return ()
    found = [
        node
        for node in model.nodes_of(ast.Constant)
        if id(node) in hidden or (isinstance(node.value, (str, bytes)) and node.value in values)
    ]
    places = _places_in_strings(model.nodes_of(ast.JoinedStr)) if found and _LOSES_PLACES_IN_STRINGS else {}
    return tuple(sorted(Span.of(places.get(id(node), node)) for node in found))


def _secret_values(model: SemanticModel) -> set[str | bytes]:
    """Return the strings of a module that are secrets by their own looks."""
    from perffix.semantic.secrets import SHORTEST_TOKEN

    texts: list[str | bytes] = [*model.written_strings, *model.remarks, *model.written_byte_strings]
    return {text for text in texts if len(text) >= SHORTEST_TOKEN and _is_secret(text)}


def _promising_names(model: SemanticModel) -> set[str]:
    """Return the names that promise a secret, of all that a literal of a module may stand under."""
    from perffix.semantic.secrets import lines_that_may_promise_secret
    from perffix.semantic.secrets.judgement import name_kind
    from perffix.semantic.secrets.named_literals import POSITIONS

    names = {word.lstrip("-") for word in lines_that_may_promise_secret("\n".join(model.written_words()))}
    names.update(called for function, (_, _, called) in POSITIONS.items() if function in model.written_names)
    if "auth" in model.written_names:
        names.add("auth_password")
    return {name for name in names if name_kind(name) is not None}


def _under_names(names: set[str], model: SemanticModel) -> frozenset[int]:
    """Return the identities of the literals under some names that may be secrets."""
    from perffix.semantic.secrets.judgement import may_be_secret
    from perffix.semantic.secrets.named_literals import NAMING, all_named_literals

    return frozenset(
        id(named.literal)
        for named in all_named_literals(chain.from_iterable(model.nodes_of(cls) for cls in NAMING))
        if named.name.lstrip("-") in names and may_be_secret(named.name, named.value)
    )


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
