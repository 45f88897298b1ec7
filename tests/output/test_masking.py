from __future__ import annotations

import pytest

from perffix.fixing import diff
from perffix.model import Confidence, Finding, Span
from perffix.output.masking import MASK, Mask
from perffix.output.terminal import Palette
from perffix.output.text import TextReport
from perffix.source import SourceFile


def _finding(span: Span, *, secret: bool = True) -> Finding:
    return Finding(
        code="SEC105", name="hard-coded-password", path="a.py", span=span, statement=(span.line, span.end_line),
        message="a password stands here", confidence=Confidence.HIGH, secret=secret,
    )  # fmt: skip


def _at(text: str, literal: str) -> tuple[SourceFile, Finding]:
    """Return a file and the finding on one literal in it."""
    source = SourceFile("a.py", text.encode())
    before, _, _ = text.partition(literal)
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2].encode())
    end = literal.rpartition("\n")[2]
    end_column = len(end.encode()) + (0 if "\n" in literal else column)
    return source, _finding(Span(line, column, line + literal.count("\n"), end_column))


@pytest.mark.parametrize(
    ("line", "literal", "shown"),
    [
        ("p = 'hunter2'", "'hunter2'", "p = '[secret]'"),
        ('p = b"hunter2"', 'b"hunter2"', 'p = b"[secret]"'),
        ('p = rb"""hunter2"""', 'rb"""hunter2"""', 'p = rb"""[secret]"""'),
        ("é = '日本'; x()", "'日本'", "é = '[secret]'; x()"),
        ("p = f'a{b}c'", "f'a{b}c'", "p = f'[secret]'"),
        ("p = ('one' 'two')", "'one' 'two'", "p = ('[secret]')"),
        ("p = hunter2", "hunter2", "p = [secret]"),
        ("p = ''", "''", "p = ''"),
    ],
)
def test_a_literal_keeps_its_quotes_and_loses_its_value(line: str, literal: str, shown: str) -> None:
    source, finding = _at(line, literal)
    mask = Mask(source, [finding])
    report = TextReport(Palette(False)).finding(finding, source, mask)
    assert f"1 | {shown}\n" in report


def test_a_secret_is_hidden_where_it_stands_again() -> None:
    source, finding = _at("p = 'hunter2'\nlogin('hunter2', 'x-hunter2', \"hunter2\")\n", "'hunter2'")
    assert Mask(source, [finding]).ranges(2) == [(7, 14), (20, 27), (31, 38)]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("`list(['hunter...'])` is", "`list(['[secret]...'])` is"),
        ("`list(['h...r2Zq9'])` is", "`list(['h...[secret]'])` is"),
        ("`f('hunte...Zq9', x...er2Zq9)`", "`f('[secret]...Zq9', x...[secret])`"),
        ("wait ... hunter2Zq9", "wait ... [secret]"),
    ],
)
def test_pieces_of_a_secret_at_the_cuts_of_code_are_hidden(message: str, shown: str) -> None:
    source, finding = _at("p = 'hunter2Zq9'", "'hunter2Zq9'")
    assert Mask(source, [finding]).hide(message) == shown


def test_a_word_is_hidden_only_where_it_stands_in_quotes() -> None:
    source, finding = _at("p = 'login'\nlogin('login')\n", "'login'")
    assert Mask(source, [finding]).ranges(2) == [(7, 12)]


def test_each_line_of_a_literal_is_hidden() -> None:
    text = 'key = """-----BEGIN KEY-----\nMIIabc\n-----END KEY-----""", other\n'
    source, finding = _at(text, text[6:-8])
    mask = Mask(source, [finding])
    assert mask.ranges(1) == [(9, 28)]
    assert mask.ranges(2) == [(0, 6)]
    assert mask.ranges(3) == [(0, 17)]
    assert "MII" not in mask.hide(text)


def test_all_secrets_of_a_line_are_hidden_when_any_finding_shows_it() -> None:
    text = "login('hunter2', 'swordfish', 'guest')"
    source, first = _at(text, "'hunter2'")
    _, second = _at(text, "'swordfish'")
    other = _finding(Span(1, 0, 1, 5), secret=False)
    shown = TextReport().finding(other, source, Mask(source, [first, other, second]))
    assert "1 | login('[secret]', '[secret]', 'guest')\n  | ^^^^^\n" in shown


def test_a_secret_is_hidden_in_messages_too() -> None:
    source, finding = _at("p = 'hunter2'", "'hunter2'")
    finding = finding._replace(message="hunter2 is set", evidence=("p is 'hunter2'",), help="not hunter2")
    assert "hunter" not in TextReport().finding(finding, source, Mask(source, [finding]))


def test_a_secret_that_is_a_plain_word_hides_only_its_quoted_form_in_prose() -> None:
    source, finding = _at("p = 'password'", "'password'")
    mask = Mask(source, [finding])
    assert mask.hide("the password is 'password'") == "the password is '[secret]'"


def test_without_secrets_nothing_is_hidden() -> None:
    source, finding = _at("p = 'hunter2'", "'hunter2'")
    for mask in (Mask(source, [finding._replace(secret=False)]), Mask(None, [finding])):
        assert not mask
        assert mask.hide("hunter2") == "hunter2"


def test_reports_and_diffs_show_the_same_mask() -> None:
    assert MASK == diff.MASK


def test_what_a_literal_stands_for_is_hidden_as_well() -> None:
    source, finding = _at('p = "a\\x62c-123"', '"a\\x62c-123"')
    assert Mask(source, [finding]).hide("the password abc-123 is set") == f"the password {MASK} is set"
    source, finding = _at('p = "root"', '"root"')
    assert Mask(source, [finding]).hide("root may be 'root'") == f"root may be '{MASK}'"


def test_secrets_elsewhere_than_at_the_finding() -> None:
    source, place = _at("f(password='hunter2')", "'hunter2'")
    finding = _finding(Span(1, 0, 1, 21), secret=False)._replace(hidden=(place.span,))
    assert Mask(source, [finding]).ranges(1) == [(12, 19)]
    assert Mask(source, [finding]).hide("f has 'hunter2'") == f"f has '{MASK}'"
