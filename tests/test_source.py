from __future__ import annotations

import ast
import sys

import pytest

from perffix.model import Span
from perffix.source import Comment, SourceError, SourceFile


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"x = 1\n", "utf-8", "x = 1\n"),
        ("x = 'é'\n".encode(), "utf-8", "x = 'é'\n"),
        (b"\xef\xbb\xbfx = 1\n", "utf-8-sig", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "iso-8859-1", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"#!/bin/x\n# vim: set fileencoding=cp1252 :\n'\x80'\n", "cp1252", None),
        (b"'coding'\n", "utf-8", "'coding'\n"),
        (b"", "utf-8", ""),
    ],
)
def test_encoding(data: bytes, encoding: str, text: str | None) -> None:
    source = SourceFile("a.py", data)
    assert source.encoding == encoding
    assert text is None or source.text == text


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"x = 1\ny = '\xff'\n", "cannot be decoded as utf-8", 2),
        (b"# coding: klingon\n", "cannot be decoded: unknown encoding: klingon", 1),
        (b"\xef\xbb\xbf# coding: latin-1\n", "cannot be decoded", 1),
        (b"x = 1\n\ny = '\0'\n", "contains a NUL byte", 3),
    ],
)
def test_text_that_cannot_be_read(data: bytes, message: str, line: int) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        _ = SourceFile("a.py", data).text
    assert caught.value.line == line


def test_text_that_cannot_be_parsed_says_where() -> None:
    with pytest.raises(SourceError, match="cannot be parsed") as caught:
        _ = SourceFile("a.py", b"x = 1\nif x\n  y\n").tree
    assert caught.value.line == 2
    assert caught.value.newer_syntax


def test_lines_end_where_python_ends_them() -> None:
    source = SourceFile("a.py", "a\r\nb\rc\n'd\x0ce\u2028f'".encode())
    assert source.lines == ["a", "b", "c", "'d\x0ce\u2028f'"]
    assert source.line(2) == "b"
    assert source.line(0) == source.line(9) == ""


def test_bytes_become_characters() -> None:
    source = SourceFile("a.py", "x = 'é😀'; y\n".encode())
    name = ast.parse(source.data).body[1]
    assert name.col_offset == 14
    assert source.characters(1, name.col_offset) == 10
    assert source.characters(1, 999) == len(source.line(1))


def test_a_segment_is_the_text_of_its_span() -> None:
    text = "x = f(\n  'é',\n  b)\n"
    source = SourceFile("a.py", text.encode())
    statement = source.tree.body[0]
    assert isinstance(statement, ast.Assign)
    assert source.segment(Span.of(statement.value)) == ast.get_source_segment(text, statement.value)
    assert source.segment(Span.of(statement.targets[0])) == "x"


def test_comments_are_found_with_their_byte_columns() -> None:
    source = SourceFile("a.py", "# one\nx = '# é'  # two\n".encode())
    assert source.comments == (Comment(1, 0, "# one"), Comment(2, 12, "# two"))
    assert SourceFile("b.py", b"x = 1\n").comments == ()


# Since Python 3.12 the fields of f-strings hold any strings, and comments.
NESTED = [("x = f'{y['#']}' # yes\n", [16]), ("z = f'''{\n1 # yes\n}'''\n", [2])] if sys.version_info >= (3, 12) else []


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("x = 'it\\'s # no' # yes\n", [17]),
        ("x = '' # yes\ny = \"\" # yes\n", [7, 7]),
        ("x = '''a\n'# no\n''' # yes\n", [4]),
        ('x = """\\""" # no\n""" "# no" # yes\n', [11]),
        ("x = r'\\' # no' # yes\n", [15]),
        ("x = 'a \\\n # no' # yes\n", [7]),
        ("x = f'{a} # no' # yes\n", [16]),
        ("x = 'a' # it's\r\ny = 'b' # \"yes\r# too\n", [8, 8, 0]),
        *NESTED,
    ],
)
def test_no_comment_begins_in_a_string(text: str, columns: list[int]) -> None:
    found = SourceFile("a.py", text.encode()).comments
    assert [comment.column for comment in found] == columns


def test_comments_before_a_place_that_the_tokenizer_refuses_are_kept() -> None:
    source = SourceFile("a.py", b"x = 1  # kept\ny = (\n")
    assert source.comments[:1] == (Comment(1, 7, "# kept"),)
    source = SourceFile("a.py", b"x = 1  # kept\ny = ''' # no\nx = 'a' # no\n")
    assert source.comments == (Comment(1, 7, "# kept"),)


def test_a_tree_that_is_there_is_taken() -> None:
    tree = ast.parse("x = 'é'")
    source = SourceFile.from_tree("a.py", "x = 'é'", tree)
    assert source.tree is tree
    assert source.data == "x = 'é'".encode()
