"""Strings that no report may show are found in a tree of its own and among the nodes of a walk alike."""

from __future__ import annotations

from perffix.semantic.model import SemanticModel
from perffix.semantic.secrets.hiding import spans_to_hide, spans_to_hide_in
from perffix.source import SourceFile

PROGRAM = '''
"""Text with 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 in it."""
password = "kT4!Xk7qA-zLq9"
settings = {"client_secret": "kT4!Xk7qB-zLq9", "colour": "kT4!Xk7qC-zLq9"}
def connect(api_key="kT4!Xk7qD-zLq9", *, host="kT4!Xk7qE-zLq9"):
    return open(token="kT4!Xk7qF-zLq9") or getenv("API_KEY", "kT4!Xk7qG-zLq9")
check = lambda passwd: passwd == b"kT4!Xk7qH-zLq9"
url = f"{scheme}://app:Xk7qI9kT4vRw@db.corp.net/{name}"
'''


def test_a_tree_and_a_walk_give_the_same_places() -> None:
    """Both find the secrets under all kinds of names, a password within a URL too, and no string under another name."""
    source = SourceFile("connect.py", PROGRAM.encode())
    places = spans_to_hide(source)
    assert set(places) == set(spans_to_hide_in(SemanticModel(source, (), ())))
    shown = "".join(source.segment(place) for place in places)
    assert [letter for letter in "ABCDEFGHI" if f"Xk7q{letter}" in shown] == list("ABDFGHI")


def test_nothing_is_hidden_in_a_file_that_cannot_be_parsed() -> None:
    """The error that is reported of it shows no line either."""
    assert spans_to_hide(SourceFile("broken.py", b'password = "kT4!Xk7qA-zLq9" =')) == ()
