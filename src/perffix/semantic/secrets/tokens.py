"""Secrets that show by their own shape: providers' tokens, URLs with a password, private keys.

`recognise` takes any string and needs no name. What a provider's checksum refutes is not reported, what it proves
is reported even in tests.
"""

from __future__ import annotations

import binascii
import re
import zlib
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Severity
from perffix.semantic import facts
from perffix.semantic.secrets import may_hold_token
from perffix.semantic.secrets.judgement import entropy, is_guessable, is_placeholder, is_plausible

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable

_CREDENTIALS = re.compile(r"://([^\s:/@'\"<>]*):([^\s/'\"<>]+?)@([^\s/:?#'\"<>]*)[^\s'\"<>]*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY(?: BLOCK)?-----(.*?)(?:-----END[^-]*-----\s*|\Z)", re.DOTALL
)
# The settings of a connection in one string, as ODBC, ADO and libpq write them.
_PASSWORD_IN_SETTINGS = re.compile(r"(?i)(?:\A|[\s;])(?:password|pwd)\s*=\s*([^\s;'\"&{}$%<>]{6,})(?=[\s;]|\Z)")
_SERVER_IN_SETTINGS = re.compile(r"(?i)(?:\A|[\s;])(?:server|host|hostaddr|data source|address)\s*=\s*([\w.:-]+)")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Token(NamedTuple):
    """A secret in a string.

    Attributes:
        description: what it is, for a sentence: "a GitHub token".
        variable: the environment variable that customarily holds it.
        severity: how bad its leak is.
        start: where it begins in the string.
        end: where it ends.
        verified: its own checksum proves it genuine.
    """

    description: str
    variable: str
    severity: Severity
    start: int
    end: int
    verified: bool = False


def recognise(text: str) -> Token | None:
    """Return the first secret that a string holds by its shape, or None."""
    if not may_hold_token(text):
        return None
    return _provider_token(text) or _private_key(text) or _url_with_password(text) or _connection_string(text)


def may_be_among(texts: Iterable[str]) -> bool:
    """Tell of many strings at once whether `recognise` may find something in one of them; mostly it does not."""
    joined = "\n".join(texts)
    if "://" in joined or "PRIVATE KEY" in joined:
        return True
    for hint, _ in _hints():  # of nearly every file: twice as fast as `any`
        if hint in joined:
            return True
    lowered = joined.lower()
    return "password" in lowered or "pwd" in lowered


def recognise_literal(literal: ast.Constant) -> Token | None:
    """Return the secret that a string or bytes literal holds by its shape, or None."""
    value = literal.value
    if isinstance(value, bytes):
        return recognise(value.decode("latin-1"))
    return recognise(value) if isinstance(value, str) else None


def is_counterfeit(text: str) -> bool:
    """Tell whether a string has a provider's shape and its own checksum or content refutes it."""
    for number, form in enumerate(facts.load("secrets")["formats"]):
        if "check" in form and any(hint in text for hint in form["hints"]) and _pattern(number).fullmatch(text):
            return _CHECKS[form["check"]](text) is False
    return False


def crc32_base62(text: str) -> str:
    """Return the six characters that GitHub and npm append to a token's random part: its CRC32 in base 62."""
    rest = zlib.crc32(text.encode("ascii"))
    digits = ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0")


def _provider_token(text: str) -> Token | None:
    formats = facts.load("secrets")["formats"]
    for number in sorted({number for hint, number in _hints() if hint in text}):
        form = formats[number]
        for match in _pattern(number).finditer(text):
            value = match[0]
            verdict = _CHECKS[form.get("check", "none")](value)
            if verdict is False or (verdict is None and _is_filler(value, form["hints"])):
                continue
            return Token(
                f"{_article(form['name'])} {form['name']}",
                form["variable"],
                Severity(form["severity"]),
                match.start(),
                match.end(),
                verdict is True,
            )
    return None


@cache
def _hints() -> tuple[tuple[str, int], ...]:
    """Return the pieces of which each token has one, with the number of its format."""
    formats = facts.load("secrets")["formats"]
    return tuple((hint, number) for number, form in enumerate(formats) for hint in form["hints"])


@cache
def _pattern(number: int) -> re.Pattern[str]:
    pattern = facts.load("secrets")["formats"][number]["pattern"]
    return re.compile(rf"(?<![0-9A-Za-z_-])(?:{pattern})(?![0-9A-Za-z_-])", re.ASCII)


def _article(noun: str) -> str:
    return "an" if noun[0] in "AEIOUaeiou" or noun.startswith("npm") else "a"


def _is_filler(value: str, hints: list[str]) -> bool:
    """Tell whether the random part of a token is a stand-in: `xxxx`, `EXAMPLE`, `1234567890abcdef`."""
    random = value
    for hint in hints:
        random = random.replace(hint, "")
    return is_placeholder(random) or entropy(random) < (2.8 if len(random) >= 24 else 2.5)


def _check_crc32(value: str) -> bool | None:
    _, _, body = value.rpartition("_")
    return crc32_base62(body[:-6]) == body[-6:]


def _check_aws(value: str) -> bool | None:
    """Refute documentation keys and what no base32 decoder would take; AWS has no checksum that proves a key."""
    import base64  # few files hold anything that looks like a token

    if "EXAMPLE" in value:
        return False
    try:
        base64.b32decode(value[4:])
    except binascii.Error:
        return False
    return None


def _check_jwt(value: str) -> bool | None:
    """Refute what only looks like a token, and the sample token of every tutorial."""
    import base64
    import json

    parts = []
    for part in value.split(".")[:2]:
        try:
            parts.append(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
        except (binascii.Error, ValueError):
            return False
    header, claims = parts
    if not isinstance(header, dict) or not isinstance(claims, dict) or "alg" not in header:
        return False
    return False if claims.get("sub") == "1234567890" or claims.get("name") == "John Doe" else None


def _check_grafana(value: str) -> bool | None:
    """Compare the checksum of a service account token: CRC32 of all before it, the lowest byte first."""
    body, _, checksum = value.rpartition("_")
    return zlib.crc32(body.encode("ascii")).to_bytes(4, "little").hex() == checksum.lower()


def _check_discord(value: str) -> bool | None:
    """Refute what does not begin with the number of a user in base 64."""
    import base64

    head = value.partition(".")[0]
    try:
        return None if base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).isdigit() else False
    except binascii.Error:
        return False


_CHECKS: dict[str, Callable[[str], bool | None]] = {
    "none": lambda value: None,
    "crc32": _check_crc32,
    "aws": _check_aws,
    "jwt": _check_jwt,
    "grafana": _check_grafana,
    "discord": _check_discord,
}


def _private_key(text: str) -> Token | None:
    for match in _PRIVATE_KEY.finditer(text):
        body = re.sub(r"\\n|\s|[A-Za-z-]+: .*", "", match[2])
        if len(body) >= 64 and re.fullmatch(r"[0-9A-Za-z+/=]+", body) and entropy(body) >= 4:
            return Token("a private key", "PRIVATE_KEY", Severity.HIGH, match.start(), match.end())
    return None


def _url_with_password(text: str) -> Token | None:
    table = facts.load("secrets")["urls"]
    for match in _CREDENTIALS.finditer(text):
        scheme = _SCHEME.search(text[max(match.start() - 20, 0) : match.start()])
        kind = scheme[0].lower().partition("+")[0] if scheme is not None else ""
        if scheme is None or kind not in (*table["databases"], *table["schemes"]):
            continue
        user, password, host = match.groups()
        local = host.lower() in table["local_hosts"] or host.lower().endswith((".local", ".test", ".example"))
        if not is_plausible(password) or not _is_url_password(password, user, local):
            continue
        variable = "DATABASE_URL" if kind in table["databases"] else f"{table['services'].get(kind, kind).upper()}_URL"
        severity = Severity.LOW if local else Severity.HIGH
        return Token("a URL with a password", variable, severity, match.start() - len(scheme[0]), match.end())
    return None


def _connection_string(text: str) -> Token | None:
    """Recognise `Server=db;User Id=app;Password=...` and `host=db user=app password=...`."""
    match = _PASSWORD_IN_SETTINGS.search(text)
    if match is None or _SERVER_IN_SETTINGS.search(text) is None:
        return None
    host = _SERVER_IN_SETTINGS.search(text)
    local = host is not None and host[1].lower() in facts.load("secrets")["urls"]["local_hosts"]
    if not is_plausible(match[1]) or not _is_url_password(match[1], "", local):
        return None
    severity = Severity.LOW if local else Severity.HIGH
    return Token("a connection string with a password", "DATABASE_DSN", severity, 0, len(text))


def _is_url_password(password: str, user: str, local: bool) -> bool:
    if password.lower() in ("password", "secret", "pass", "passwd", "pwd", user.lower()):
        return False
    if local and (is_guessable(password) or password.isalpha()):
        return False
    return any(map(str.isdigit, password)) or not password.isalpha()
