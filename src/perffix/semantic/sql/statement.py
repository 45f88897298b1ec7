"""Reads the text of an SQL statement with holes and tells what may stand in each hole.

Only as much of SQL is known as is needed for that: literals, quoted identifiers, comments, dollar quotes, words and
punctuation. A hole is a NUL character, as in `perffix.semantic.strings.Built.text`.
"""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

from perffix.semantic import facts

HOLE = "\0"


class Role(enum.Enum):
    """What the text around a hole makes of it."""

    VALUE = "a value"
    QUOTED = "a value inside of quotes"
    LIST = "the values of an IN list"
    IDENTIFIER = "a name"  # a table, column, schema, function, keyword or sort direction
    QUOTED_IDENTIFIER = "a name inside of quotes"
    CLAUSE = "a part of the statement"  # a condition, a list of columns, a whole clause
    COMMENT = "a comment"


class Place(NamedTuple):
    """A hole: its role, and for a quoted one the literal text between the quotes with all its holes."""

    role: Role
    quoted: str = ""
    start: int = -1  # of the opening quote, in the statement's text
    end: int = -1  # after the closing quote


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z)|\#[^\n]*)
  | (?P<string>[eEnNbBxX]?'(?:[^'\\]|''|\\.)*(?:'|\Z))
  | (?P<dollar>\$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z))
  | (?P<name>"(?:[^"]|"")*(?:"|\Z)|`[^`]*(?:`|\Z)|\[[A-Za-z_][^\]\n]*\])
  | (?P<hole>\0)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<number>\d[\w.]*)
  | (?P<operator><=>|<>|<=|>=|!=|\|\||::|[=<>+*/%^&|~-])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_VALUE_OPERATORS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "<=>", "||"})


def is_statement(text: str) -> bool:
    """Tell whether a text with holes begins as an SQL statement does, and not as an English sentence."""
    words = [match[0].lower() for match in _TOKEN.finditer(text) if match.lastgroup in ("word", "hole")][:40]
    if not words:
        return False
    verb, rest = words[0], words[1:]
    second_words = facts.load("sql")["second_words"].get(verb)
    if second_words is not None:
        return bool(rest) and (rest[0] in second_words or rest[0] == HOLE)
    if verb == "select":
        return "from" in rest or HOLE in rest
    if verb == "update":
        return "set" in rest
    if verb == "with":
        return "as" in rest and "select" in rest
    return verb in facts.load("sql")["verbs"]


def takes_parameters(text: str) -> bool:
    """Tell whether a statement is of a kind in which databases accept parameters: no DDL, no settings."""
    first = next((match[0].lower() for match in _TOKEN.finditer(text) if match.lastgroup in ("word", "hole")), "")
    return first not in facts.load("sql")["without_parameters"]


def places(text: str) -> list[Place]:
    """Return what stands in each hole of a statement, in order."""
    found: list[Place] = []
    tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
    for index, match in enumerate(tokens):
        holes = match[0].count(HOLE)
        if not holes:
            continue
        kind = match.lastgroup
        if kind == "comment":
            found.extend([Place(Role.COMMENT)] * holes)
        elif kind in ("string", "tag", "dollar"):
            inner = match[0].partition("'")[2][:-1] if kind == "string" else match[0]
            found.extend([Place(Role.QUOTED, inner, match.start(), match.end())] * holes)
        elif kind == "name":
            found.extend([Place(Role.QUOTED_IDENTIFIER, match[0][1:-1], match.start(), match.end())] * holes)
        else:
            found.append(Place(_bare_role(tokens, index)))
    return found


def _bare_role(tokens: list[re.Match[str]], index: int) -> Role:
    """Return the role of a hole outside of all quotes."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is None:
        return Role.CLAUSE
    if _touches(before, tokens[index]) or (after is not None and _touches(tokens[index], after)):
        return Role.IDENTIFIER  # a part of a longer word, or of a dotted name
    if before.lastgroup == "operator" and before[0] in _VALUE_OPERATORS:
        return Role.VALUE
    if before.lastgroup == "word" and before[0].lower() in facts.load("sql")["value_after"]:
        return Role.VALUE
    if before.lastgroup == "word" and before[0].lower() == "and" and _is_between(tokens, index - 1):
        return Role.VALUE
    if before[0] in ("(", ","):
        return _role_in_parentheses(tokens, index)
    if before.lastgroup == "word" and before[0].lower() in ("where", "and", "or", "having", "on", "not"):
        return Role.IDENTIFIER if _compares(after) else Role.CLAUSE
    return Role.IDENTIFIER


def _touches(left: re.Match[str], right: re.Match[str]) -> bool:
    """Tell whether two tokens make one name together: `tbl_` and a hole, a hole and `.column`."""
    if left.end() != right.start():
        return False
    return any(token.lastgroup in ("word", "number", "hole") or token[0] == "." for token in (left, right)) and not any(
        token[0] in ("(", ")", ",", ";") or token.lastgroup == "operator" for token in (left, right)
    )


def _is_between(tokens: list[re.Match[str]], index: int) -> bool:
    words = [token[0].lower() for token in tokens[max(0, index - 4) : index] if token.lastgroup == "word"]
    return "between" in words


def _compares(after: re.Match[str] | None) -> bool:
    if after is None:
        return False
    return after[0] in _VALUE_OPERATORS or after[0].lower() in ("in", "like", "is", "between", "not", "ilike")


def _role_in_parentheses(tokens: list[re.Match[str]], index: int) -> Role:
    """Return the role of a hole that follows an opening parenthesis or a comma."""
    depth = 0
    commas = 0
    for position in range(index - 1, -1, -1):
        text = tokens[position][0]
        if text == ")":
            depth += 1
        elif text == "(":
            if depth == 0:
                return _role_after(tokens, position, alone=commas == 0 and _closes(tokens, index + 1))
            depth -= 1
        elif text == "," and depth == 0:
            commas += 1
        elif depth == 0 and tokens[position].lastgroup == "word" and text.lower() in ("select", "by", "set", "from"):
            return Role.IDENTIFIER
    return Role.IDENTIFIER


def _closes(tokens: list[re.Match[str]], index: int) -> bool:
    return index < len(tokens) and tokens[index][0] == ")"


def _role_after(tokens: list[re.Match[str]], parenthesis: int, *, alone: bool) -> Role:
    """Return the role of holes inside of a parenthesis, by the word before it."""
    before = tokens[parenthesis - 1] if parenthesis else None
    if before is None:
        return Role.CLAUSE
    word = before[0].lower()
    if word == "in":
        return Role.LIST if alone else Role.VALUE
    if word == "values" or (before[0] == "," and _in_values(tokens, parenthesis - 1)):
        return Role.VALUE
    return Role.CLAUSE if alone else Role.IDENTIFIER


def _in_values(tokens: list[re.Match[str]], position: int) -> bool:
    depth = 0
    for token in reversed(tokens[:position]):
        if token[0] == ")":
            depth += 1
        elif token[0] == "(":
            depth -= 1
        elif depth == 0 and token[0] != ",":
            return token[0].lower() == "values"
    return False
