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
    ROW = "the values of a row"
    TYPED = "a value inside of a typed literal"  # INTERVAL '5 days': no parameter can stand there
    IDENTIFIER = "a name"  # a table, column, schema, function, keyword or sort direction
    QUOTED_IDENTIFIER = "a name inside of quotes"
    CLAUSE = "a part of the statement"  # a condition, a list of columns, a whole clause
    COMMENT = "a comment"


class Place(NamedTuple):
    """What a hole is in its statement.

    Attributes:
        role: what stands there.
        quoted: of a quoted value, the text between the quotes as the database reads it, with all its holes.
        start: of a quoted value, where its opening quote stands in the text.
        end: of a quoted value, the place after its closing quote.
        movable: whether what stands between the quotes can be told; it has no escapes but doubled quotes.
        counts: a value that is a number of rows, after LIMIT and the like.
        bare: of a list, whether the parentheses are part of the hole.
        cast: whether `::` follows.
        is_column: of a name, whether it is compared with a text of the statement: it is a column then.
    """

    role: Role
    quoted: str = ""
    start: int = -1
    end: int = -1
    movable: bool = True
    counts: bool = False
    bare: bool = False
    cast: bool = False
    is_column: bool = False


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

_VALUE_OPERATORS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "<=>", "||", "+", "-"})
_COMPARISONS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "<=>"})
_TYPES = ("interval", "date", "timestamp", "timestamptz", "time", "datetime")
_CONDITIONS = ("when", "where", "and", "or", "having", "on", "not", "(")
_COUNTS = ("limit", "offset", "fetch", "top")
# What these functions get as text is the name of a sequence or table.
_FUNCTIONS_OF_NAMES = ("setval", "nextval", "currval", "to_regclass", "pg_get_serial_sequence")
_FUNCTIONS_OF_PATHS = ("json_value", "json_query", "json_exists", "json_table")
# After these, even a quoted text is a name.
_NAMES_FOLLOW = ("as", "from", "join", "into", "table", "update", "collate")


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
    if verb == "call":
        return "return" not in rest and "yield" not in rest  # else it is Cypher
    return verb in facts.load("sql")["verbs"]


def takes_parameters(text: str) -> bool:
    """Tell whether a statement is of a kind in which databases accept parameters: no DDL, no settings."""
    first = next((match[0].lower() for match in _TOKEN.finditer(text) if match.lastgroup in ("word", "hole")), "")
    return first not in facts.load("sql")["without_parameters"]


def is_single(text: str) -> bool:
    """Tell whether a text is one statement: most drivers take parameters for nothing else."""
    tokens = [match[0] for match in _TOKEN.finditer(text) if match.lastgroup not in ("space", "comment")]
    return ";" not in tokens[:-1]


def placeholders(text: str, style: str) -> list[int]:
    """Return where the placeholders of a style without names stand, `qmark` or `format`."""
    tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup not in ("string", "comment", "dollar", "tag")]
    if style == "qmark":
        return [match.start() for match in tokens if match[0] == "?"]
    return [match.start() for match in tokens if match[0] == "%" and text[match.end() : match.end() + 1] == "s"]


def places(text: str, *, strings: bool = False) -> list[Place]:
    """Return what stands in each hole of a statement, in order.

    Args:
        text: the statement, a NUL for each hole.
        strings: whether double quotes around a value make a string of it.
    """
    found: list[Place] = []
    tokens = [match for match in _TOKEN.finditer(text) if match.lastgroup != "space"]
    tokens_of_code = [match for match in tokens if match.lastgroup != "comment"]
    positions = {match.start(): index for index, match in enumerate(tokens_of_code)}
    for match in tokens:
        holes = match[0].count(HOLE)
        if not holes:
            continue
        kind = match.lastgroup
        if kind == "comment":
            found.extend([Place(Role.COMMENT)] * holes)
            continue
        index = positions[match.start()]
        cast = index + 1 < len(tokens_of_code) and tokens_of_code[index + 1][0] == "::"
        if kind in ("string", "tag", "dollar", "name"):
            place = _quoted_place(match, tokens_of_code, index, strings=strings)._replace(cast=cast)
            found.extend([place] * holes)
        else:
            found.append(_bare_place(tokens_of_code, index)._replace(cast=cast))
    return found


def _quoted_place(match: re.Match[str], tokens: list[re.Match[str]], index: int, *, strings: bool) -> Place:
    """Return what stands in the holes of a quoted text."""
    text = match[0]
    before = tokens[index - 1] if index else None
    word = before[0].lower() if before is not None and before.lastgroup == "word" else ""
    after = tokens[index + 1][0] if index + 1 < len(tokens) else ""
    start, end = match.span()
    if match.lastgroup == "name":
        value = text[0] == '"' and strings and after != "." and _expects_value(tokens, index)
        if not value:
            return Place(Role.QUOTED_IDENTIFIER, text[1:-1], start, end)
    elif match.lastgroup != "string":
        return Place(Role.QUOTED, text, start, end, movable=False)
    prefix, quote, inner = re.split("(['\"])", text, maxsplit=1)
    if len(inner) == 0 or inner[-1] != quote:
        return Place(Role.QUOTED, text, start, end, movable=False)
    if word in _TYPES:
        return Place(Role.TYPED, inner[:-1], start, end, movable=False)
    if word in _NAMES_FOLLOW or _is_name_in_literal(tokens, index) or _is_path_of_json(tokens, index):
        return Place(Role.QUOTED_IDENTIFIER, inner[:-1], start, end)
    movable = prefix.lower() in ("", "n") and "\\" not in inner
    return Place(Role.QUOTED, inner[:-1].replace(quote * 2, quote), start, end, movable)


def _is_name_in_literal(tokens: list[re.Match[str]], index: int) -> bool:
    """Tell whether a quoted text is a name to the database: `setval('"users_id_seq"', 1)`, `'users'::regclass`."""
    before = [token[0].lower() for token in tokens[max(0, index - 2) : index]]
    after = [token[0].lower() for token in tokens[index + 1 : index + 3]]
    called = len(before) == 2 and before[1] == "(" and before[0] in _FUNCTIONS_OF_NAMES
    return called or after == ["::", "regclass"]


def _is_path_of_json(tokens: list[re.Match[str]], index: int) -> bool:
    """Tell whether a quoted text is the path that a function of JSON takes, which has to be written out for Oracle."""
    before = [token[0].lower() for token in tokens[:index]]
    if not re.match(r"'\$[.\[\0]", tokens[index][0]) or before[-1:] != [","] or "(" not in before:
        return False
    start = len(before) - before[::-1].index("(") - 1
    return start > 0 and before[start - 1] in _FUNCTIONS_OF_PATHS


def _expects_value(tokens: list[re.Match[str]], index: int) -> bool:
    """Tell whether a value stands at a token, as it does after `=` outside of ON, after LIKE and in VALUES."""
    role = _bare_place([*tokens[:index], _A_HOLE, *tokens[index + 1 :]], index).role
    words = [token[0].lower() for token in tokens[:index] if token.lastgroup == "word"]
    joins = "on" in words and "where" not in words[words.index("on") :]
    return role in (Role.VALUE, Role.LIST) and not joins


def _hole() -> re.Match[str]:
    match = _TOKEN.match(HOLE)
    assert match is not None
    return match


_A_HOLE = _hole()


def _bare_place(tokens: list[re.Match[str]], index: int) -> Place:
    before = tokens[index - 1] if index else None
    word = before[0].lower() if before is not None and before.lastgroup == "word" else ""
    if word == "in":
        return Place(Role.LIST, bare=True)
    if _is_compared_with_text(tokens, index):
        return Place(Role.IDENTIFIER, is_column=True)
    role = _bare_role(tokens, index)
    counts = word in _COUNTS or (role is Role.VALUE and _is_second_count(tokens, index))
    return Place(role, counts=counts)


def _is_second_count(tokens: list[re.Match[str]], index: int) -> bool:
    """Tell whether a hole is the second number of `LIMIT a, b`."""
    return index > 2 and tokens[index - 1][0] == "," and tokens[index - 3][0].lower() == "limit"


def _bare_role(tokens: list[re.Match[str]], index: int) -> Role:
    """Return the role of a hole outside of all quotes."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is None:
        return Role.CLAUSE
    if _touches(before, tokens[index]) or (after is not None and _touches(tokens[index], after)):
        return Role.IDENTIFIER  # a part of a longer word, or of a dotted name
    if before.lastgroup == "operator" and before[0] in _VALUE_OPERATORS:
        if before[0] in _COMPARISONS and _is_placeholder(tokens, index - 2):
            return Role.IDENTIFIER  # `? <= {column}`: the value is the placeholder
        if after is None and [token[0].lower() for token in tokens[index - 3 : index]] == ["set", HOLE, "="]:
            return Role.IDENTIFIER  # `SET {new} = {old}` in all rows: one column is copied to another
        return Role.IDENTIFIER if after is not None and after[0] == "(" else Role.VALUE
    if before.lastgroup == "word" and before[0].lower() in facts.load("sql")["value_after"]:
        return Role.VALUE
    if before.lastgroup == "word" and before[0].lower() == "and" and _is_between(tokens, index - 1):
        return Role.VALUE
    if _is_second_count(tokens, index):
        return Role.VALUE
    if before[0] in ("(", ","):
        return _role_in_parentheses(tokens, index)
    if before.lastgroup == "word" and before[0].lower() in ("where", "and", "or", "having", "on", "not"):
        return Role.IDENTIFIER if _compares(after) else Role.CLAUSE
    return Role.IDENTIFIER


def _is_compared_with_text(tokens: list[re.Match[str]], index: int) -> bool:
    """Tell whether a hole without quotes stands before `= 'text'`: no value that is a text could stand there so."""
    before = tokens[index - 1][0].lower() if index else ""
    after = tokens[index + 1 : index + 3]
    return (
        before in _CONDITIONS
        and len(after) == 2
        and after[0][0] in _COMPARISONS
        and after[1].lastgroup == "string"
        and HOLE not in after[1][0]
    )


def _is_placeholder(tokens: list[re.Match[str]], index: int) -> bool:
    """Tell whether a token ends a placeholder, after WHERE or the like: `?`, `%s`."""
    if index < 1:
        return False
    start = index
    if tokens[index][0] == "s" and tokens[index - 1][0] == "%":
        start = index - 1
    elif tokens[index][0] != "?":
        return False
    return start > 0 and tokens[start - 1][0].lower() in ("where", "and", "or", "having", "on", "not", "(")


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
    return after[0] in _COMPARISONS or after[0].lower() in ("in", "like", "is", "between", "not", "ilike")


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
        return Role.ROW if alone and not _is_single_column(tokens, parenthesis) else Role.VALUE
    return Role.CLAUSE if alone else Role.IDENTIFIER


def _is_single_column(tokens: list[re.Match[str]], parenthesis: int) -> bool:
    """Tell whether VALUES follows a list of one column: then what stands alone in its parentheses is one value."""
    words = [token[0].lower() for token in tokens[:parenthesis]]
    if "values" not in words:
        return False
    before = tokens[: words.index("values")]
    return len(before) > 2 and [before[-3][0], before[-1][0]] == ["(", ")"] and before[-2].lastgroup in ("word", "name")


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
