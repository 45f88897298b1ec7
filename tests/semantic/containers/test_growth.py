from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.containers.growth import Form, Story, growth_at, story_of


@pytest.mark.parametrize(
    ("text", "form", "added"),
    [
        ("s += x", Form.APPEND, ["x"]),
        ("s = s + x", Form.APPEND, ["x"]),
        ("s = s + x + y", Form.CHAIN, ["x", "y"]),
        ("s = x + s", Form.PREPEND, ["x"]),
        ("s = x + y + s", Form.PREPEND, ["x + y"]),
        ("self.s = self.s + x", Form.APPEND, ["x"]),
        ("d['k'] = d['k'] + x", Form.APPEND, ["x"]),
        ("s = f'{s}{x}'", Form.FORMAT, ["x"]),
        ("s = f'<{s}>'", Form.FORMAT, []),
    ],
)
def test_statements_that_make_a_string_longer(text: str, form: Form, added: list[str]) -> None:
    found = growth_at(ast.parse(text).body[0])
    assert found is not None
    assert found.form is form
    assert [ast.unparse(each) for each in found.added] == added


@pytest.mark.parametrize(
    "text",
    [
        "s -= x",
        "s = x + y",
        "s = x + s + y",
        "s = t = s + x",
        "s, t = s + x, y",
        "s = f'{s}'",
        "s = f'{s!r}{x}'",
        "s = f'{s:>9}{x}'",
        "s = f'{s}{s}'",
        "self.s = other.s + x",
        "return s + x",
    ],
)
def test_other_statements(text: str) -> None:
    assert growth_at(ast.parse(text).body[0]) is None


def story(text: str) -> Story | None:
    code = Analysed(text)
    for node in ast.walk(code.source.tree):
        found = growth_at(node) if isinstance(node, ast.stmt) else None
        if found is not None:
            return story_of(found, code.model)
    raise AssertionError("nothing grows")


def test_a_story_has_its_loop_its_growths_and_its_start() -> None:
    found = story(
        """
        def f(rows):
            s = "begin"
            for row in rows:
                s += "["
                for x in row:
                    s = s + x
            return s
        """
    )
    assert found is not None
    assert found.loop.lineno == 4
    assert len(found.growths) == 2
    assert found.first is not None
    assert found.first.value == "begin"


@pytest.mark.parametrize(
    "body",
    [
        "s += x\n  if s: pass",
        "s += x\n  if x: s = ''",
        "s += x\n  del s",
        "s += s[0]",
        "s += x\n  break",
    ],
)
def test_no_story_where_the_string_does_more_than_grow(body: str) -> None:
    assert story(f"def f(xs):\n s = ''\n for x in xs:\n  {body}\n return s\n") is None


@pytest.mark.parametrize("start", ["s = t = ''", "s = make()", "s, t = '', ''", "s = ''\n use(s)"])
def test_a_start_is_a_literal_of_its_own_just_before(start: str) -> None:
    found = story(f"def f(xs):\n {start}\n for x in xs:\n  s += x\n return s\n")
    assert found is not None
    assert found.start is None
