"""Rounds: overlaps wait, what is spoiled is rolled back and reported, and nothing else is touched."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

import pytest

from perffix.fixing.rounds import MOST_ROUNDS, FixOutcome, fix_source
from perffix.model import (
    AddArgument,
    Applicability,
    Code,
    Confidence,
    Edit,
    Finding,
    Fix,
    Impact,
    Import,
    InsertBefore,
    NodeRef,
    Replace,
    Span,
)
from perffix.source import SourceFile

Check = Callable[[SourceFile], Sequence[Finding]]
Fixer = Callable[[ast.Call], Fix | None]

SAFE, UNSAFE, DISPLAY = Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY


def finding(source: SourceFile, node: ast.expr, fix: Fix | None, code: str = "PERF999") -> Finding:
    return Finding(
        code=code,
        name="old-call",
        path=source.path,
        span=Span.of(node),
        statement=(node.lineno, node.lineno),
        message=f"{ast.unparse(node)} at line {node.lineno} is old",
        confidence=Confidence.HIGH,
        fix=fix,
    )


def calls(source: SourceFile, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def detector(fixes: dict[str, Fixer]) -> Check:
    """Return a check that reports calls of some names, each with its fix."""

    def check(source: SourceFile) -> list[Finding]:
        return [
            finding(source, call, fixer(call), code)
            for number, (name, fixer) in enumerate(fixes.items())
            for code in [f"PERF99{number}"]
            for call in calls(source, name)
        ]

    return check


def fix_to(text: str, applicability: Applicability = SAFE, adds: tuple[Import, ...] = ()) -> Fixer:
    """Return a fixer that replaces a call by code in which `$a` is its first argument."""

    def fixer(call: ast.Call) -> Fix:
        edit = Replace(NodeRef.of(call), Code(text, {"a": NodeRef.of(call.args[0])}))
        return Fix(applicability, "Call the new one", (edit,), adds)

    return fixer


def fixed(text: str, fixes: dict[str, Fixer], allowed: Applicability = SAFE) -> FixOutcome:
    return fix_source(SourceFile("m.py", text.encode()), detector(fixes), allowed)


def test_all_fixes_are_applied_in_one_round() -> None:
    outcome = fixed("x = old(1) + old(2)\ny = old(3)\n", {"old": fix_to("new($a)")})
    assert outcome.data == b"x = new(1) + new(2)\ny = new(3)\n"
    assert (len(outcome.applied), outcome.rejected, outcome.refused, outcome.rounds) == (3, (), None, 1)


def test_what_overlaps_waits_for_the_next_round() -> None:
    outcome = fixed("x = old(old(old(1)))\n", {"old": fix_to("new($a)")})
    assert outcome.data == b"x = new(new(new(1)))\n"
    assert outcome.rounds == 3


def test_lines_before_nested_loops_do_not_share_a_round() -> None:
    def check(source: SourceFile) -> list[Finding]:
        found: list[Finding] = []
        parents = {child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
        for call in calls(source, "list"):
            loop: ast.AST = parents[call]
            while not isinstance(loop, ast.For):
                loop = parents[loop]
            names = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
            name = next(name for name in ("known", "known_2", "known_3") if name not in names)
            edits: tuple[Edit, ...] = (
                InsertBefore(NodeRef.of(loop), Code(f"{name} = set($a)", {"a": NodeRef.of(call.args[0])})),
                Replace(NodeRef.of(call), Code(name)),
            )
            found.append(finding(source, call, Fix(SAFE, "Hoist", edits)))
        return found

    text = "for a in b:\n    if a in list(c):\n        for d in e:\n            if d in list(f): pass\n"
    outcome = fix_source(SourceFile("m.py", text.encode()), check, SAFE)
    assert outcome.data.decode() == (
        "known = set(c)\nfor a in b:\n    if a in known:\n        known_2 = set(f)\n"
        "        for d in e:\n            if d in known_2: pass\n"
    )
    assert outcome.rounds == 2


@pytest.mark.parametrize(("allowed", "expected"), [(SAFE, "a1(1); b(2); c(3)\n"), (UNSAFE, "a1(1); b1(2); c(3)\n")])
def test_only_what_is_allowed_is_applied(allowed: Applicability, expected: str) -> None:
    fixes = {"a": fix_to("a1($a)"), "b": fix_to("b1($a)", UNSAFE), "c": fix_to("c1($a)", DISPLAY)}
    assert fixed("a(1); b(2); c(3)\n", fixes, allowed).data.decode() == expected
    assert fixed("a(1); b(2); c(3)\n", fixes, DISPLAY).data == b"a1(1); b1(2); c(3)\n"


def test_findings_without_a_fix_are_left_alone() -> None:
    outcome = fixed("a(1)\n", {"a": lambda call: None, "b": lambda call: Fix(DISPLAY, "Think")})
    assert outcome == FixOutcome(b"a(1)\n")


def test_the_culprit_is_found_and_the_rest_is_applied() -> None:
    def fixer(call: ast.Call) -> Fix | None:
        text = "other($a)" if ast.unparse(call) == "old(3)" else "new($a)"
        return fix_to(text)(call)

    text = "".join(f"x = old({number})\n" for number in range(6))
    outcome = fixed(text, {"old": fixer, "other": lambda call: None})
    assert outcome.data.decode() == text.replace("old", "new").replace("new(3)", "old(3)")
    (rejection,) = outcome.rejected
    assert (rejection.code, rejection.line) == ("PERF990", 4)
    assert rejection.reason == "the result would have a new finding, PERF991"
    assert [applied.span.line for applied in outcome.applied] == [1, 2, 3, 5, 6]


def test_a_fix_that_does_not_help_is_rejected() -> None:
    outcome = fixed("old(1)\nx = old(2)\n", {"old": fix_to("old($a)")})
    assert outcome.data == b"old(1)\nx = old(2)\n"
    assert {rejection.reason for rejection in outcome.rejected} == {"the finding would still be there"}
    assert len(outcome.rejected) == 2


def test_one_of_two_equal_findings_is_rejected() -> None:
    """The two are told apart by nothing but their place, and only one of them can be fixed."""
    text = "def f(deque): old(1)\nold(\n    1,  # why\n)\nold(1)\n"
    outcome = fixed(text, {"old": fix_to("new($a)")})
    assert outcome.data.decode() == "def f(deque): new(1)\nold(\n    1,  # why\n)\nnew(1)\n"
    assert [rejection.reason for rejection in outcome.rejected] == ["a comment would be lost"]


def test_a_safe_fix_that_loses_a_comment_is_an_unsafe_fix() -> None:
    text = "x = old(\n    1,  # why\n)\n"
    outcome = fixed(text, {"old": fix_to("new($a)")})
    assert outcome.data.decode() == text
    assert [rejection.reason for rejection in outcome.rejected] == ["a comment would be lost"]
    assert fixed(text, {"old": fix_to("new($a)")}, UNSAFE).data == b"x = new(1)\n"


def test_a_fix_that_cannot_be_built_is_rejected() -> None:
    outcome = fixed("x = old(1)\n", {"old": fix_to("new($a")})
    assert outcome.data == b"x = old(1)\n"
    assert [rejection.reason for rejection in outcome.rejected] == ["the new code cannot be parsed"]


def test_what_waited_for_a_rejected_fix_is_tried() -> None:
    fixes = {"old": fix_to("other($a)"), "other": lambda call: None, "inner": fix_to("new($a)")}
    outcome = fixed("x = old(inner(1))\n", fixes)
    assert outcome.data == b"x = old(new(1))\n"
    assert len(outcome.rejected) == 1


def test_an_import_that_clashes_rejects_only_its_fix() -> None:
    fixes = {"a": fix_to("deque($a)", adds=(Import("collections", "deque"),)), "b": fix_to("b1($a)")}
    outcome = fixed("def f(deque): a(1); b(2)\n", fixes)
    assert outcome.data == b"def f(deque): a(1); b1(2)\n"
    assert [rejection.reason for rejection in outcome.rejected] == [
        "the import of deque would clash with another deque in this module"
    ]


def test_a_fix_may_not_bring_a_finding_of_another_kind() -> None:
    def check(source: SourceFile) -> list[Finding]:
        name = source.text.split("(")[0]
        fixer = fix_to(f"step{int(name[4:]) + 1}($a)")
        return [finding(source, call, fixer(call), f"PERF{name[4:]}") for call in calls(source, name)]

    outcome = fix_source(SourceFile("m.py", b"step1(0)\n"), check, SAFE)
    assert outcome.data == b"step1(0)\n"
    assert outcome.rejected[0].reason == "the result would have a new finding, PERF2"


COST = {"PERF990": Impact.MEMORY, "PERF991": Impact.MEMORY, "PERF992": Impact.ASYMPTOTIC}


@pytest.mark.parametrize(
    ("lays_bare", "next_fix", "expected"),
    [
        ("cheap", lambda call: None, b"cheap(1)\n"),  # costs no more
        ("dear", lambda call: None, b"old(1)\n"),  # costs more
        ("dear", fix_to("new($a)"), b"new(1)\n"),  # is fixed next
        ("dear", fix_to("new($a)", UNSAFE), b"old(1)\n"),
        ("danger", fix_to("new($a)"), b"old(1)\n"),  # is about security
    ],
)
def test_what_a_fix_lays_bare_is_judged_by_its_cost(lays_bare: str, next_fix: Fixer, expected: bytes) -> None:
    fixes = {"old": fix_to(f"{lays_bare}($a)"), "cheap": next_fix, "dear": next_fix, "danger": next_fix}

    def check(source: SourceFile) -> list[Finding]:
        return [each._replace(impact=COST.get(each.code)) for each in detector(fixes)(source)]

    outcome = fix_source(SourceFile("m.py", b"old(1)\n"), check, SAFE)
    assert outcome.data == expected
    assert len(outcome.rejected) == (expected == b"old(1)\n")


def test_one_call_gets_many_arguments_in_one_round() -> None:
    names = [f"name{number:02}" for number in range(MOST_ROUNDS + 2)]

    def check(source: SourceFile) -> list[Finding]:
        (call,) = calls(source, "old")
        given = {ast.unparse(each) for each in call.args}
        wanted = [each for each in (*names, names[0]) if each not in given]  # one of them twice
        edits = [(AddArgument(NodeRef.of(call), Code(each)),) for each in wanted]
        return [finding(source, call, Fix(SAFE, "Add it", edit), f"PERF{n:02}") for n, edit in enumerate(edits)]

    outcome = fix_source(SourceFile("m.py", b"old()\n"), check, SAFE)
    assert (outcome.data.decode(), outcome.rounds, outcome.rejected) == (f"old({', '.join(names)})\n", 1, ())


def test_names_that_two_fixes_give_are_given_in_two_rounds() -> None:
    def check(source: SourceFile) -> list[Finding]:
        nodes = list(ast.walk(source.tree))
        loops = [each for each in nodes if isinstance(each, ast.For) and ast.unparse(each.iter) == "old"]
        used = {each.id for each in nodes if isinstance(each, ast.Name)}
        free = next(name for name in ("new", "newer", "newest") if name not in used)
        return [finding(source, each.iter, Fix(SAFE, "Rename", _renamed(each, free))) for each in loops]

    outcome = fix_source(SourceFile("m.py", b"for a in old:\n    for b in old:\n        print(a, b)\n"), check, SAFE)
    assert outcome.data == b"for new in new_ones:\n    for newer in new_ones:\n        print(new, newer)\n"
    assert outcome.rounds == 2


def _renamed(loop: ast.For, name: str) -> tuple[Edit, ...]:
    assert isinstance(loop.target, ast.Name)
    names = [each for each in ast.walk(loop) if isinstance(each, ast.Name) and each.id == loop.target.id]
    edits = [Replace(NodeRef.of(each), Code(name)) for each in names]
    return (Replace(NodeRef.of(loop.iter), Code("new_ones")), *edits)


def test_at_most_so_many_rounds() -> None:
    text = "x = " + "old(" * 15 + "1" + ")" * 15 + "\n"
    outcome = fixed(text, {"old": fix_to("new($a)")})
    assert outcome.rounds == MOST_ROUNDS
    assert outcome.data.count(b"new") == MOST_ROUNDS
    assert len(outcome.rejected) == 5
    assert outcome.rejected[0].reason == "the file still changes after 10 rounds"


@pytest.mark.parametrize("data", [b"\x0cold(1)\n", b"try: old(1)\nexcept E : pass\n"])
def test_a_file_that_libcst_cannot_reproduce_is_refused(data: bytes) -> None:
    outcome = fix_source(SourceFile("m.py", data), detector({"old": fix_to("new($a)")}), SAFE)
    assert outcome == FixOutcome(data, refused="libcst cannot reproduce this file exactly")


def test_a_file_that_its_codec_cannot_write_is_refused() -> None:
    data = b"# coding: idna\n" + b"x = 1\n" * 20 + b"old(1)\n"
    outcome = fix_source(SourceFile("m.py", data), detector({"old": fix_to("new($a)")}), SAFE)
    assert outcome == FixOutcome(data, refused="the text cannot be encoded as idna")


def test_a_file_without_fixes_is_not_even_opened() -> None:
    outcome = fix_source(SourceFile("m.py", b"\x0cold(1)\n"), detector({}), SAFE)
    assert outcome.refused is None


def test_moved_findings_are_known_again() -> None:
    """A finding without a fix moves down a line and changes its message's line number."""

    def fixer(call: ast.Call) -> Fix:
        statement = NodeRef("Expr", Span.of(call))
        return Fix(SAFE, "", (InsertBefore(statement, Code("import a")), Replace(NodeRef.of(call), Code("new()"))))

    outcome = fixed("old(1)\nkeep(1)\nkeep(1)\n", {"old": fixer, "keep": lambda call: None})
    assert outcome.data == b"import a\nnew()\nkeep(1)\nkeep(1)\n"


def test_encodings_and_line_ends_stay() -> None:
    data = "# coding: cp1252\r\nx = old('€')\r\n".encode("cp1252")
    outcome = fix_source(SourceFile("m.py", data), detector({"old": fix_to("new($a)")}), SAFE)
    assert outcome.data == "# coding: cp1252\r\nx = new('€')\r\n".encode("cp1252")


def test_code_nested_too_deeply_is_refused() -> None:
    data = b"x = old(1)\ny = " + b" + ".join([b"1"] * 2000) + b"\n"

    def check(source: SourceFile) -> list[Finding]:
        call = ast.parse("x = old(1)").body[0].value  # type: ignore[attr-defined]
        return [finding(source, call, fix_to("new($a)")(call))]

    outcome = fix_source(SourceFile("m.py", data), check, SAFE)
    assert outcome.data == data
    assert outcome.refused == "the code is nested too deeply"
