"""Statements replaced, inserted and deleted: what happens to blank lines, comments and the lines they stand in."""

from __future__ import annotations

import ast
import random
from collections import Counter

import pytest
from fixing.edited import Module, library

from perffix.fixing.errors import FixError, RefusedError
from perffix.fixing.rewriter import Rewriter
from perffix.fixing.trees import locatable
from perffix.model import Applicability, Code, Edit, Fix, InsertAfter, InsertBefore, NodeRef, Replace
from perffix.source import SourceFile


def test_comments_and_blank_lines_stay_with_the_replacement() -> None:
    module = Module("a = 1\n\n\n# why\nb = 2  # how\n\nc = 3\n").replace("b = 2", "d = 4\ne = 5")
    assert module.text() == "a = 1\n\n\n# why\nd = 4\ne = 5  # how\n\nc = 3\n"


def test_comments_of_a_deleted_statement_go_to_the_next() -> None:
    module = Module("a = 1\n\n# why\nb = 2  # how\n# next\nc = 3\n").replace("b = 2", "")
    assert module.text() == "a = 1\n\n# why\n# how\n# next\nc = 3\n"


def test_blank_lines_of_a_deleted_statement_do_not_add_up() -> None:
    assert Module("a = 1\n\nb = 2\nc = 3\n").replace("b = 2", "").text() == "a = 1\n\nc = 3\n"
    assert Module("a = 1\n\nb = 2\n\nc = 3\n").replace("b = 2", "").text() == "a = 1\n\nc = 3\n"
    assert Module("a = 1\nb = 2\n\n\nc = 3\n").replace("b = 2", "").text() == "a = 1\n\n\nc = 3\n"


def test_comments_of_a_deleted_last_statement_stay_in_its_block() -> None:
    module = Module("def f():\n    a = 1\n    # why\n    b = 2\n\nc = 3\n").replace("b = 2", "")
    assert module.text() == "def f():\n    a = 1\n    # why\n\nc = 3\n"
    assert Module("a = 1\n# why\nb = 2\n").replace("b = 2", "").text() == "a = 1\n# why\n"


def test_the_only_statement_of_a_block_leaves_pass() -> None:
    assert Module("if a:\n    # why\n    b = 2\n").replace("b = 2", "").text() == "if a:\n    # why\n    pass\n"
    assert Module("if a: b = 2\n").replace("b = 2", "").text() == "if a: pass\n"
    assert Module("if a:\n\tb = 2; c = 3\n").replace("b = 2", "").replace("c = 3", "").text() == "if a:\n\tpass\n"
    assert Module("try:\n    a()\nexcept E:\n    b()\nelse:\n    c()\n").replace(("c()", 0, "Expr"), "").text() == (
        "try:\n    a()\nexcept E:\n    b()\nelse:\n    pass\n"
    )
    assert Module("b = 2\n").replace("b = 2", "").text() == "\n"


def test_comments_inside_a_replaced_statement_move_above_it() -> None:
    source = "# all\nfor a in b:  # each\n    # good ones\n    if a:\n        c.append(a)  # keep\n    # end\nd = 1\n"
    loop = "for a in b:  # each\n    # good ones\n    if a:\n        c.append(a)"
    module = Module(source).replace(loop, "c = list(b)")
    assert module.text() == "# all\n# each\n# good ones\n# keep\n# end\nc = list(b)\nd = 1\n"


def test_a_comment_that_a_tool_obeys_is_not_moved() -> None:
    source = "for a in b:\n    c.append(a)  # type: ignore\n"
    assert Module(source).replace("for a in b:\n    c.append(a)", "c = list(b)").text() == "c = list(b)\n"


@pytest.mark.parametrize(
    ("target", "how", "code", "expected"),
    [
        ("a = 1", "replace", "", "b = 2; c = 3  # k\n"),
        ("b = 2", "replace", "", "a = 1; c = 3  # k\n"),
        ("c = 3", "replace", "", "a = 1; b = 2  # k\n"),
        ("b = 2", "replace", "d()", "a = 1; d(); c = 3  # k\n"),
        ("c = 3", "replace", "d()", "a = 1; b = 2; d()  # k\n"),
        ("b = 2", "replace", "d()\ne()", "a = 1\nd()\ne()\nc = 3  # k\n"),
        ("b = 2", "before", "d()", "a = 1\nd()\nb = 2\nc = 3  # k\n"),
        ("b = 2", "after", "if d:\n    e()", "a = 1\nb = 2\nif d:\n    e()\nc = 3  # k\n"),
        ("c = 3", "replace", "if d:\n    e()", "# k\na = 1\nb = 2\nif d:\n    e()\n"),
    ],
)
def test_a_line_of_several_statements(target: str, how: str, code: str, expected: str) -> None:
    assert getattr(Module("a = 1; b = 2; c = 3  # k\n"), how)(target, code).text() == expected
    inside = getattr(Module("if x:\n    # top\n    a = 1; b = 2; c = 3  # k\n"), how)(target, code).text()
    lines = expected.splitlines(keepends=True)
    assert inside == "if x:\n" + "".join(f"    {line}" for line in ["# top\n", *lines])


def test_a_semicolon_at_the_end_of_the_line() -> None:
    assert Module("a = 1; b = 2;\n").replace("b = 2", "").text() == "a = 1;\n"
    assert Module("a = 1; b = 2;\n").replace("b = 2", "c()").text() == "a = 1; c();\n"
    assert Module("a = 1;\n").replace("a = 1", "c()").text() == "c()\n"


def test_statements_behind_a_colon() -> None:
    source = "if x: a = 1; b = 2  # k\nelse: c = 3\n"
    assert Module(source).replace("a = 1", "d()").text() == "if x: d(); b = 2  # k\nelse: c = 3\n"
    assert Module(source).before("b = 2", "d()").text() == "if x:  # k\n    a = 1\n    d()\n    b = 2\nelse: c = 3\n"
    assert Module("if x: a = 1  # k\n").replace("a = 1", "if y:\n    $it", it="a = 1").text() == (
        "if x:  # k\n    if y:\n        a = 1\n"
    )
    assert Module(source).replace("c = 3", "for i in j:\n    d()").text() == (
        "if x: a = 1; b = 2  # k\nelse:\n    for i in j:\n        d()\n"
    )


def test_what_is_inserted_takes_the_blank_lines_and_leaves_the_comments() -> None:
    source = "a = 1\n\n# section\n\n# why\nfor b in c:\n    d()\n# next\ne = 2\n"
    loop = "for b in c:\n    d()"
    assert Module(source).before(loop, "s = set(c)").text() == (
        "a = 1\n\n# section\n\ns = set(c)\n# why\nfor b in c:\n    d()\n# next\ne = 2\n"
    )
    assert Module(source).after(loop, "s = set(c)").text() == (
        "a = 1\n\n# section\n\n# why\nfor b in c:\n    d()\ns = set(c)\n# next\ne = 2\n"
    )


def test_inserting_around_and_replacing_one_statement() -> None:
    module = Module("x = 1\n# why\na = 1  # how\n")
    module.before("a = 1", "b()").replace("a = 1", "c()").after("a = 1", "d()")
    assert module.text() == "x = 1\nb()\n# why\nc()  # how\nd()\n"


def test_an_expression_inside_a_loop_and_a_line_before_it() -> None:
    source = "def f(xs, ys):\n    for x in xs:\n        if x in list(ys): pass\n"
    loop = "for x in xs:\n        if x in list(ys): pass"
    module = Module(source).before(loop, "known = set($ys)", ys=("ys", 0)).replace("list(ys)", "known")
    assert module.text() == ("def f(xs, ys):\n    known = set(ys)\n    for x in xs:\n        if x in known: pass\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "x = (  # all\n    books\n    .filter(a)  # some\n    .order(b)\n)\n",
            "x = (  # all\n    books\n    .filter(a)  # some\n    .order(b)\n    .join(c)\n)\n",
        ),
        ("x = (\n    books.filter(a).order(b)\n)\n", "x = (\n    books.filter(a).order(b).join(c)\n)\n"),
        ("x = books.filter(\n    a,\n).order(b)\n", "x = books.filter(\n    a,\n).order(b).join(c)\n"),
        (
            "f(\n    books\n    .filter(a)\n    .order(b),\n)\n",
            "f(\n    books\n    .filter(a)\n    .order(b)\n    .join(c),\n)\n",
        ),
    ],
)
def test_a_chain_of_calls_goes_on_as_it_is_laid_out(before: str, after: str) -> None:
    module = Module(before)
    calls = [each for each in ast.walk(module.source.tree) if isinstance(each, ast.Call)]
    chain = next(each for each in calls if ast.unparse(each).endswith("order(b)"))
    assert module.replace(NodeRef.of(chain), "$rows.join(c)", rows=NodeRef.of(chain)).text() == after


def test_parentheses_go_with_what_needs_them() -> None:
    module = Module("x = (\n    a or\n    b\n)\n")
    target = ("a or\n    b", 0)
    assert module.replace(target, "$rows.join(c)", rows=target).text() == "x = (\n    a or\n    b\n).join(c)\n"


def test_elif() -> None:
    source = "if a:\n    x()\n# why\nelif b:  # how\n    y()\nelse:\n    z()\n"
    branch = ("elif b:  # how\n    y()\nelse:\n    z()", 0, "If")
    assert Module(source).before(branch, "c = b").text() == (
        "if a:\n    x()\n# why\nelse:\n    c = b\n    if b:  # how\n        y()\n    else:\n        z()\n"
    )
    assert Module(source).replace(branch, "if c: y()").text() == "if a:\n    x()\n# why\nelif c: y()\n"
    assert Module("if a:\n    x()\nelif b:\n    y()\n").replace(("elif b:\n    y()", 0, "If"), "").text() == (
        "if a:\n    x()\n"
    )
    assert Module(source).replace("b", "c").text() == source.replace("elif b", "elif c")


def test_decorated_functions() -> None:
    source = "x = 1\n# top\n@one\n# middle\n@two(1)\nasync def f(): pass\n"
    function = "async def f(): pass"
    assert Module(source).before(function, "a = 1").text() == source.replace("# top", "a = 1\n# top")
    assert Module(source).before(function, "@three").text() == source.replace("@one", "@three\n@one")
    assert Module(source).replace("two(1)", "two(2)").text() == source.replace("(1)", "(2)")
    assert Module("class C: pass\n").before("class C: pass", "@a\n@b(\n    1,\n)").text() == (
        "@a\n@b(\n    1,\n)\nclass C: pass\n"
    )
    assert Module(source).replace(function, "def g(): pass").text() == "x = 1\n# top\n# middle\ndef g(): pass\n"


def test_statements_of_every_kind_are_replaced() -> None:
    source = (
        "with a as b: c()\n"
        "async def f():\n    async with a: c()\n    async for d in e: c()\n    await g\n    return\n"
        "del h, i\n"
        "while j: break\n"
        "try: k()\nexcept L: m()\n"
    )
    for target in (
        "with a as b: c()",
        "async with a: c()",
        "async for d in e: c()",
        ("await g", 0, "Expr"),
        "return",
        "del h, i",
        "while j: break",
        "try: k()\nexcept L: m()",
    ):
        text = target if isinstance(target, str) else target[0]
        assert Module(source).replace(target, "new()").text() == source.replace(text, "new()")


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([("replace", "old(a)", "b"), ("replace", "a", "c")], "two edits of this fix overlap"),
        ([("replace", "if x:\n    y = old(a)", ""), ("before", "y = old(a)", "z()")], "two edits of this fix overlap"),
        ([("before", "old(a)", "b")], "beside an expression"),
        ([("after", "y = old(a)", "@b")], "decorators can only be inserted before"),
        ([("replace", "y", "1 + 2")], "would not mean"),
        ([("replace", "y = old(a)", "# only a comment")], "belongs to no statement"),
    ],
)
def test_edits_that_make_no_sense_are_fix_errors(edits: list[tuple[str, str, str]], reason: str) -> None:
    module = Module("if x:\n    y = old(a)\n")
    for how, target, code in edits:
        getattr(module, how)(target, code)
    with pytest.raises(FixError, match=reason):
        module.text()


def test_several_fixes_in_one_pass() -> None:
    module = Module("a = old(1); b = old(2)\nc = old(old(3))\n")
    rewriter = Rewriter(module.source)
    fixes: list[Fix] = []
    for text in ("old(1)", "old(2)", "old(old(3))"):
        one = Module(module.data).replace(text, "new($x)", x=text[4:-1])
        fixes.append(Fix(Applicability.SAFE, "", tuple(one.edits)))
    assert (
        rewriter.rewrite([rewriter.prepare(fix) for fix in fixes]).text == "a = new(1); b = new(2)\nc = new(old(3))\n"
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x0cx = 1\n", "cannot reproduce this file exactly"),
        (b"try: pass\nexcept E : pass\n", "cannot reproduce this file exactly"),
        (b"x = (\n", "cannot be parsed"),
        (b"x = 1\n(x): int\n", "libcst cannot parse this file"),
        (b"# coding: nonsense\n", "unknown encoding"),
        (b"x = " + b" + ".join([b"1"] * 3000) + b"\n", "nested too deeply"),
    ],
)
def test_files_that_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        Rewriter(SourceFile("m.py", data))


@pytest.mark.parametrize("seed", range(2))
def test_new_code_fits_any_place_and_keeps_comments(seed: int) -> None:
    """Code that needs parentheses nearly everywhere, statements around, inside and instead of others."""
    for path in library(4, seed, 8_000):
        source = SourceFile(str(path), path.read_bytes())
        try:
            rewriter = Rewriter(source)
        except RefusedError:
            continue
        nodes = random.Random(seed).sample(list(locatable(source.tree)), 20)
        for node in nodes:
            for edit in everything_done_to(node):
                result = rewriter.rewrite([rewriter.prepare(Fix(Applicability.SAFE, "", (edit,)))])
                if isinstance(node, ast.stmt) and edit.code.text:
                    assert not comment_texts(source) - comment_texts(result)


def everything_done_to(node: ast.expr | ast.stmt) -> list[Edit]:
    ref = NodeRef.of(node)
    if isinstance(node, ast.stmt):
        return [
            Replace(ref, Code("with lock:\n    $it\n    done()", {"it": ref})),
            Replace(ref, Code("")),
            InsertBefore(ref, Code("x = 1\nif x:\n    y()")),
            InsertAfter(ref, Code("x = 1")),
        ]
    if isinstance(node, (ast.Slice, ast.Starred)) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return []
    return [Replace(ref, Code("$it if (x := $it) else y", {"it": ref})), Replace(ref, Code("lambda: y"))]


def comment_texts(source: SourceFile) -> Counter[str]:
    return Counter(comment.text for comment in source.comments)
