"""Whether a string that stands under a name is a secret: what the name promises and how the value looks.

All functions are pure and take plain strings. They answer None as soon as anything speaks against a secret:
most strings under a name like `password` are labels, field names, paths and placeholders.
"""

from __future__ import annotations

import enum
import re
from itertools import pairwise
from math import log2
from typing import NamedTuple

from perffix.model import Confidence
from perffix.semantic import facts
from perffix.semantic.secrets import SHORTEST, WORD, endings_of, may_promise_secret, telling_words, words_of

_NAME = re.compile(r"[\w.-]+\Z")  # not a sentence, a path, or a type such as "AWS::ApiGateway::ApiKey"
_LONGEST_NAME = 60
_HEX = re.compile(r"(?:[0-9a-f]+|[0-9A-F]+)\Z")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEADER = re.compile(r"(?i)(?:bearer|basic|token|apikey|api-key|key|digest|splunk)\s+(\S+)\Z")
_VOWELS = frozenset("aeiouy")
_SUBSTITUTES = str.maketrans("@0$", "aos")
_WORD_AND_SIGNS = re.compile(r"([A-Za-z@0$]+?)[\d!@#$%^&*?.]{2,}\Z")
_SUBSTITUTED_WORD = re.compile(r"([A-Za-z]*[@0$][A-Za-z@0$]*)\Z")
_DJANGO_MARK = "django-insecure-"  # Django puts it before the keys that it generates for development

# Shapes of strings that are something else than a secret, whatever their name.
_OTHER_SHAPES = re.compile(
    r"""(?x)
      .*(?:\s|[{}]|%\(|%[sdrif](?![0-9A-Za-z])|\$\(|\$[A-Za-z_]\w*|\#\{|\[%)         # text, template, variable
    | [(\[<].*[)\]>]\Z                                                               # in brackets: a remark
    | (?:\.{0,2}|~|[A-Za-z]:)[/\\] | [\w.-]+/[\w./-]*\.[a-z]{1,5}\Z | (?:[a-z_-]+/)+[a-z_.-]*\Z    # path
    | --?[a-z][a-z-]*\Z                                                              # option
    | [\w.+-]+://                                                                    # URL
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+\Z | [a-z]+@\Z                      # mail address, also as anonymous FTP takes it
    | (?:arn|vault|op|env|file|keyring|ssm|secrets?|ref|name|id|urn|aws|gcp|azure)[:/]             # reference
    | [A-Za-z]\w{0,24}(?:\.[A-Za-z]\w{0,24})+(?:\(.*\))?\Z                           # dotted name, host
    | v?\d+(?:\.\d+)+ | \d{4}-\d\d(?:-\d\d)?\b | \d\d?[/.]\d\d?[/.]\d{2,4}\Z         # version, date
    | \#[0-9A-Fa-f]{3,8}\Z                                                           # colour
    | \$(?:1|2[abxy]?|5|6|y|argon2|pbkdf2|scrypt|apr1|P)[\w-]*\$ | [a-z0-9_]+\$\d*\$?              # password hash
    | \(\?|\^|\[\^|\\[bdwsAZ]|.*(?:\[\^?\w-\w|[)\]][+*?]|\.[*+]) | /{0,2}\*|\$       # regex, XPath, glob
    | (?:sha\d+|md5)[-:]                                                             # integrity
    | (?:ssh-[a-z0-9]+\s)?AAAA[A-Z][23]N | MI[GI]\w{0,6}ANBgkqhkiG9w0BAQEFAAO | MFkwEwYH | MHYwEAYH  # public key
    """
)
# Letters and separators with at most one digit at the end; all upper case with underscores.
_LETTERS = re.compile(r"[A-Za-z_.:/+-]+(?:\d|[:*?!.])?\Z|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")


class Kind(enum.Enum):
    """What a name promises about its value."""

    PASSWORD = "password"
    SECRET = "secret"
    WEAK = "weak"
    HEADER = "header"


class Judgement(NamedTuple):
    """The verdict that a named value is a secret.

    Attributes:
        kind: what the name promised.
        confidence: HIGH for a value that looks random under a telling name.
        generated: it is the key that a project template generated for development.
    """

    kind: Kind
    confidence: Confidence
    generated: bool = False


def name_kind(name: str) -> Kind | None:
    """Tell what a name promises, by its last words, or None when it promises no secret."""
    if len(name) > _LONGEST_NAME or not may_promise_secret(name) or _NAME.match(name) is None:
        return None
    table = facts.load("secrets")["names"]
    words = telling_words(name, table)
    if " ".join(words) in table["published"]:
        return None
    endings = endings_of(words)
    for kind in (Kind.PASSWORD, Kind.HEADER, Kind.SECRET, Kind.WEAK):
        if not endings.isdisjoint(table[kind.value]):
            return kind
    return None


def judge(name: str, value: str | bytes) -> Judgement | None:
    """Tell whether a value that stands under a name is a secret, and how sure that is; None when it is not."""
    kind = name_kind(name)
    if kind is None:
        return None
    if isinstance(value, bytes):
        text = value.decode("latin-1")
        if not (text.isascii() and text.isprintable()):
            return _judge_binary(kind, value)
    else:
        text = value
    if kind is Kind.HEADER:
        match = _HEADER.match(text)
        if match is None:
            return None
        text = match[1]
        if _has_empty_password(text):
            return None  # it names a client that all the world knows
    if text.startswith(_DJANGO_MARK) and text != _DJANGO_MARK:
        return Judgement(kind, Confidence.MEDIUM, generated=True)
    if not is_plausible(text) or _echoes(name, text) or _is_identifier(text, kind):
        return None
    confidence = _strength(text, kind)
    return None if confidence is None else Judgement(kind, confidence)


def _has_empty_password(credentials: str) -> bool:
    """Tell whether what stands behind `Basic` is the name of a client and a colon, in base64: `name:`."""
    import base64

    try:
        return base64.b64decode(credentials, validate=True).endswith(b":")
    except ValueError:
        return False


def may_be_secret(name: str, value: str | bytes) -> bool:
    """Tell whether a value under a name is better not shown: more than `judge` calls a secret, but no labels."""
    kind = name_kind(name)
    if kind is None or judge(name, value) is not None:
        return kind is not None
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if kind is Kind.WEAK:
        mixed = len(text) >= 8 and len(set(map(_class_of, text))) >= 3 and is_plausible(text)
        return is_random_text(text) or (mixed and words_of(name)[-1] != "key")
    return kind is not Kind.HEADER and is_plausible(text) and not _echoes(name, text) and not _is_identifier(text, kind)


def is_random_text(value: str) -> bool:
    """Tell whether a string looks like a key in letters and digits, rather than a hash or an id in hexadecimal."""
    return (
        len(value) >= 20
        and not _HEX.match(value)
        and not _UUID.search(value)
        and (is_plausible(value) and looks_random(value))
    )


def is_plausible(value: str) -> bool:
    """Tell whether a value could be a secret at all: no placeholder, template, path, date, public key or algorithm."""
    return (
        SHORTEST <= len(value) <= 4096
        and value.isascii()
        and value.isprintable()
        and not _OTHER_SHAPES.match(value)
        and not is_placeholder(value)
        and not value.startswith(tuple(facts.load("secrets")["values"]["published"]))
        and not _names_an_algorithm(value.lower())
    )


def is_placeholder(value: str) -> bool:
    """Tell whether a value is a stand-in: `changeme`, `<your key>`, `xxxx`, `12345678`, `my-secret-key`."""
    lowered = value.lower()
    table = facts.load("secrets")["values"]
    if any(_is_written(word, value, lowered) for word in table["placeholders"]) or _filler_share(lowered) >= 0.5:
        return True
    rest = lowered
    for word in sorted(table["fillers"], key=len, reverse=True):
        # A short word may stand in a random string by chance: it counts only between separators.
        rest = re.sub(word if len(word) >= 4 else rf"(?<![a-z0-9]){word}(?![a-z0-9])", " ", rest)
    if rest == lowered or is_guessable(value):
        return False
    kept = re.sub(r"[\W_]", "", rest)
    return len(kept) < 6 or kept.isalpha() or _filler_share(kept) >= 0.5


def _is_written(word: str, value: str, lowered: str) -> bool:
    """Tell whether a word stands in a value; a short one in a long value may do so by chance, in mixed case."""
    if word not in lowered:
        return False
    return len(value) < 24 or len(word) >= 6 or any(each in value for each in (word, word.upper(), word.title()))


def is_guessable(value: str) -> bool:
    """Tell whether a value is what everybody tries first: `admin123`, `P@ssw0rd!`, `mysecret2024`."""
    match = _WORD_AND_SIGNS.match(value) or _SUBSTITUTED_WORD.match(value)
    if match is None:
        return False
    table = facts.load("secrets")["values"]
    words = "(?:{})*(?:{})".format("|".join(table["fillers"]), "|".join(table["guessable"]))
    return re.fullmatch(words, match[1].lower().translate(_SUBSTITUTES)) is not None


def entropy(value: str) -> float:
    """Return Shannon's entropy of a string in bits per character."""
    counts = [value.count(character) for character in set(value)]
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)


def looks_random(value: str) -> bool:
    """Tell whether a string of at least 16 characters is made of random characters rather than of words."""
    if len(value) < 16:
        return False
    if _HEX.match(value) or _UUID.fullmatch(value):
        return entropy(value) >= 2.9
    # Long random strings hold pieces that look like words by chance.
    most = 0.75 if len(value) >= 24 and entropy(value) >= 4 else 0.5
    return entropy(value) >= 3.5 and _wordiness(value) < most and len(set(map(_class_of, value)) - {"symbol"}) >= 2


def _is_identifier(value: str, kind: Kind) -> bool:
    """Tell whether a value is words joined by separators or camel case: an identifier, a slug, a label.

    A lower case word with one digit is what many people call a password.
    """
    if not _LETTERS.match(value):
        return False
    if kind is Kind.PASSWORD and value[-1].isdigit() and value[:-1].islower() and value[:-1].isalpha():
        return False
    return len(set(map(_class_of, value)) & {"lower", "upper"}) < 2 or _wordiness(value) >= 0.5


def _names_an_algorithm(lowered: str) -> bool:
    parts = re.split(r"[\W_]+", lowered)
    known = facts.load("secrets")["values"]["vocabulary"]
    return any(part in known for part in parts) and all(part in known or part.isalpha() for part in parts)


def _strength(value: str, kind: Kind) -> Confidence | None:
    """Say how much a plausible value looks like a secret of its kind; None when too little."""
    if looks_random(value):
        if kind is Kind.WEAK and (len(value) < 20 or _UUID.search(value) or not any(map(str.isdigit, value))):
            return None
        return Confidence.MEDIUM if kind is Kind.WEAK else Confidence.HIGH
    if kind is Kind.WEAK:
        return None
    classes = set(map(_class_of, value))
    if kind is Kind.PASSWORD:
        return _password_strength(value, classes)
    if len(value) < 8 or "digit" not in classes or len(classes) < 2:
        return None
    if _wordiness(value) >= 0.5 and not is_guessable(value):
        return None
    return Confidence.MEDIUM


def _password_strength(value: str, classes: set[str]) -> Confidence | None:
    if len(value) < 6 or (len(classes) < 2 and len(value) < 16 and not value.isdigit()):
        return None
    return Confidence.HIGH if len(classes) >= 3 and len(value) >= 8 else Confidence.MEDIUM


def _judge_binary(kind: Kind, value: bytes) -> Judgement | None:
    """Judge bytes that are no text: the length and the variety of a key."""
    if kind is Kind.HEADER or len(value) < 16 or len(set(value)) < min(len(value) * 2 // 3, 64):
        return None
    if kind is Kind.WEAK and len(value) not in (16, 24, 32, 64):
        return None
    steps = {after - before for before, after in pairwise(value)}
    return None if len(steps) < 4 else Judgement(kind, Confidence.MEDIUM)


def _echoes(name: str, value: str) -> bool:
    """Tell whether a value only repeats its name: `USER_PASSWORD = "user-password"`, `password1 = "password2"`."""
    spoken = re.sub(r"[\W\d_]+", "", name).lower()
    written = re.sub(r"[\W\d_]+", "", value).lower()
    digits = sum(map(str.isdigit, value))
    return digits < 2 and len(written) >= 3 and (written == spoken or written in spoken)


def _class_of(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.islower():
        return "lower"
    return "upper" if character.isupper() else "symbol"


def _filler_share(value: str) -> float:
    """Return which share of a string lies in runs of four or more equal or consecutive characters."""
    covered = 0
    run, step = 1, None
    for before, after in pairwise(value):
        now = 1 if before == "9" and after == "0" else ord(after) - ord(before)
        if now in (-1, 0, 1) and step in (None, now):
            run, step = run + 1, now
            continue
        covered += run if run >= 4 else 0
        run, step = (2, now) if now in (-1, 0, 1) else (1, None)
    covered += run if run >= 4 else 0
    return covered / max(len(value), 1)


def _wordiness(value: str) -> float:
    """Return which share of a string's letters and digits lies in words and short numbers between separators."""
    wordy = whole = 0
    for part in re.split(r"[\W_]+", value):
        for piece in WORD.findall(part):
            whole += len(piece)
            letters = piece.rstrip("0123456789")
            spoken = len(letters) >= 3 and not _VOWELS.isdisjoint(letters.lower())
            if (spoken or piece == part) and len(piece) - len(letters) <= 4 and len(letters) <= 14:
                wordy += len(piece)
    return wordy / whole if whole else 0.0
