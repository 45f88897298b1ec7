"""Names as they are written."""

import ast

import pytest

from perffix.semantic.written_names import last_name, names_and_texts_in, names_in


@pytest.mark.parametrize(
    ("code", "name"), [("name", "name"), ("a.b.name", "name"), ("f().name", "name"), ("f()", ""), ("names[0]", "")]
)
def test_the_last_name_is_that_of_the_variable_or_attribute(code: str, name: str) -> None:
    assert last_name(ast.parse(code, mode="eval").body) == name


def test_names_in_code_are_those_of_variables_and_attributes() -> None:
    tree = ast.parse("form.get('password', default=user.name)")
    assert sorted(names_in(tree)) == ["form", "get", "name", "user"]
    assert sorted(names_and_texts_in(tree, ast.parse("f(b'x', 1)"))) == ["f", "form", "get", "name", "password", "user"]
