"""Origins: which web sites a list or a regular expression of origins lets in besides those that are meant."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.web.objects import text_of, written_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.semantic.model import SemanticModel

STRANGER = "https://evil.example"
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+|localhost", re.IGNORECASE)
_NESTED = re.compile(r"[*+}]\)[*+{]")
_LONGEST = 300


def names_in(expr: ast.expr, model: SemanticModel) -> tuple[str, ...]:
    """Return the origins that are written out in a string or display, whatever else is in it."""
    value = written_value(expr, model)
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        found = [text_of(each, model) for each in value.elts]
        return tuple(each for each in found if each is not None)
    text = text_of(expr, model)
    return () if text is None else (text,)


def stranger_by_pattern(pattern: str, *, whole: bool) -> str | None:
    """Return an origin that is not meant and that a regular expression lets in, or None when none was found.

    Args:
        pattern: the regular expression.
        whole: it has to match the whole origin, not just its beginning.
    """
    if len(pattern) > _LONGEST or _NESTED.search(pattern):
        return None  # such an expression may take for ever
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError):
        return None
    matches = compiled.fullmatch if whole else compiled.match
    return next((origin for origin in _strangers(pattern) if matches(origin)), None)


def _strangers(pattern: str) -> Iterator[str]:
    """Yield origins of other people that resemble the hosts that a regular expression speaks of."""
    yield STRANGER
    plain = re.sub(r"\\([^\w])", r"\1", pattern)
    hosts = dict.fromkeys(match.group().lower() for match in _HOST.finditer(plain))
    for host in [host for host in hosts if not host.replace(".", "").isdigit()][:5]:
        scheme = "http://" if "https" not in pattern else "https://"
        yield f"{scheme}{host}.evil.example"
        yield f"{scheme}www.{host}.evil.example"
        if is_shared(host):
            yield f"{scheme}evil.{host}"
        elif host.count(".") == 1:
            yield f"{scheme}evil{host}"
            yield f"{scheme}x{host}"
        elif host.count(".") == 2:
            first, rest = host.split(".", 1)
            yield f"{scheme}{first}x{rest}"  # a dot that is not escaped stands for any character


def is_shared(host: str) -> bool:
    """Tell whether anybody can get a name of his own directly below a host name."""
    known = facts.load("shared_hosts")["suffixes"]
    return host in known["registries"] or host in known["services"]


def stranger_by_wildcard(origins: Iterable[str]) -> str | None:
    """Return the first origin of a list whose wildcard stands for everybody's host names: `https://*.vercel.app`."""
    for origin in origins:
        host = origin.rpartition("://")[2].partition(":")[0]
        if host.startswith("*.") and is_shared(host[2:]):
            return origin
    return None
