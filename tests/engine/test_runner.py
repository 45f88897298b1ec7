"""The check of one file, with rules made for the purpose."""

from __future__ import annotations

import ast
import gc
import sys
import weakref
from typing import TYPE_CHECKING

import pytest
from fixture_files import FIXTURES

from perffix.config import build
from perffix.engine import runner
from perffix.engine.runner import Outcome, check_source, examine
from perffix.engine.selection import Selection, selection_for
from perffix.model import Applicability, Code, Finding, Fix, NodeRef, Replace, Span
from perffix.output.masking import Mask
from perffix.output.terminal import Palette
from perffix.output.text import TextReport
from perffix.rules.rule import Context, Rule
from perffix.semantic.model import SemanticModel
from perffix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from perffix.engine.plan import Plan


def make(code: str, name: str, needs: tuple[str, ...] = (), variants: dict[str, str] | None = None) -> Rule:
    return Rule(code=code, name=name, summary="s", help="h", needs=needs, variants=variants)


def call_rule(code: str = "PERF900", name: str = "bad-call", called: str = "bad") -> Rule:
    """Return a rule that reports every call of a function by that name."""
    rule = make(code, name, needs=(called,))

    @rule.on_call(called)
    def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
        yield at.finding(call, f"{called} is called")

    return rule


def failing_rule(error: type[Exception] = ValueError) -> Rule:
    """Return a rule that reports `pass` and fails on every `while True`."""
    rule = make("PERF901", "failing")

    @rule.on(ast.While, ast.Pass)
    def detect(node: ast.While | ast.Pass, at: Context) -> Iterator[Finding]:
        if isinstance(node, ast.While):
            raise error("what\nhappened")
        yield at.finding(node, "pass is passed")

    return rule


def plan_for(*rules: Rule, **options: object) -> Plan:
    return Selection(rules, build("/project", options)).plan("/project/a.py")


def check(text: str | bytes, *rules: Rule, suppress: bool = True, **options: object) -> Outcome:
    data = text.encode() if isinstance(text, str) else text
    return examine(SourceFile("/project/a.py", data), plan_for(*rules, **options), suppress=suppress)


def codes(outcome: Outcome) -> list[tuple[str, int]]:
    return [(finding.code, finding.span.line) for finding in outcome.findings]


def test_findings_are_sorted() -> None:
    text = "good(bad())\nif x:\n    a.bad(1)\nbad(2); worse(3); bad(4)\n"
    outcome = check(text, call_rule("PERF903", "worse-call", "worse"), call_rule())
    assert codes(outcome) == [("PERF900", 1), ("PERF900", 3), ("PERF900", 4), ("PERF903", 4), ("PERF900", 4)]
    assert outcome.findings[0].span == Span(1, 5, 1, 10)
    assert outcome.findings[0].path == "/project/a.py"


def test_duplicates_are_removed() -> None:
    rule = make("PERF900", "twice")

    @rule.on(ast.Call)
    @rule.on_call("bad")
    def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
        yield at.finding(call, "once")
        yield at.finding(call, "twice")

    assert [finding.message for finding in check("bad()\n", rule).findings] == ["once", "twice"]


def test_only_active_codes_are_reported() -> None:
    rule = make("SEC905", "two-codes", variants={"SEC906": "the other"})

    @rule.on(ast.Call)
    def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
        yield at.finding(call, "one")
        yield at.finding(call, "other", code="SEC906")

    assert codes(check("f()", rule)) == [("SEC905", 1), ("SEC906", 1)]
    assert codes(check("f()", rule, select="SEC906")) == [("SEC906", 1)]
    assert codes(check("f()", rule, select="PERF")) == []


def test_a_handler_may_take_all_nodes_of_a_class_at_once() -> None:
    seen: list[list[type[ast.AST]]] = []
    rule = make("PERF900", "listed")

    @rule.on_all(ast.Pass, ast.While, ast.With)
    def detect(nodes: Sequence[ast.AST], at: Context) -> Iterator[Finding]:
        seen.append([type(node) for node in nodes])
        for node in nodes:
            if isinstance(node, ast.While):
                yield at.finding(node, "a loop")
        if len(nodes) > 2:
            raise ValueError("too many")

    assert rule.classes == {ast.Pass, ast.While, ast.With}
    assert codes(check("while x: pass\nwhile y: pass\n", rule)) == [("PERF900", 1), ("PERF900", 2)]
    assert seen == [[ast.Pass] * 2, [ast.While] * 2]
    assert codes(check("while x: pass\n" * 3, rule)) == [("PERF000", 1), *(("PERF900", line) for line in (1, 2, 3))]


def test_rules_without_their_literal_in_the_text_do_not_run() -> None:
    seen: list[str] = []
    rule = make("PERF900", "needy", needs=("alpha", "beta"))

    @rule.on(ast.Name)
    def detect(name: ast.Name, at: Context) -> Iterator[Finding]:
        seen.append(name.id)
        yield from ()

    check("x = gamma\n", rule)
    assert seen == []
    check("x = beta\n", rule)
    assert seen == ["x", "beta"]


def rules_for(plan: Plan, text: str) -> list[Rule]:
    return plan.rules_for(SemanticModel(SourceFile("/project/a.py", text.encode()), plan.classes, plan.calls))


def test_which_rules_run_on_a_module() -> None:
    bad, failing, needy = call_rule(), failing_rule(), make("PERF902", "needy", needs=("alpha",))
    needy.on(ast.Pass)(lambda node, at: [])
    plan = plan_for(bad, failing, needy)
    assert plan.classes == {ast.While, ast.Pass}
    assert plan.calls == {"bad"}
    assert rules_for(plan, "alpha = 'bad'") == []
    assert rules_for(plan, "bad()") == [bad]
    assert rules_for(plan, "alpha\npass") == [failing, needy]
    assert rules_for(plan, "f'{x} or alphabet'\npass") == [failing, needy]
    assert rules_for(plan, "beta = bad()\npass") == [bad, failing]
    assert rules_for(plan, "pass  # alpha\n'alpha'") == [failing]


def test_what_is_no_name_is_looked_for_in_the_whole_text() -> None:
    rule = make("PERF900", "needy", needs=("x=1", "for x"))
    rule.on(ast.Pass)(lambda node, at: [])
    plan = plan_for(rule)
    assert rules_for(plan, "x  # x=1\npass") == rules_for(plan, "for x in y: pass") == [rule]
    assert rules_for(plan, "x = 1; pass") == []
    assert rules_for(plan, "pass  # x=1") == []  # the code knows no x


def test_a_keyword_is_looked_for_in_names_and_strings() -> None:
    rule = make("PERF900", "needy", needs=("pass",))
    rule.on(ast.Pass)(lambda node, at: [])
    plan = plan_for(rule)
    assert rules_for(plan, "pass  # pass") == []
    assert rules_for(plan, "pass_phrase\npass") == rules_for(plan, "x = 'pass'\npass") == [rule]


def test_a_literal_in_lower_case_stands_for_all_cases() -> None:
    rule = make("PERF900", "needy", needs=("alpha", "Beta"))
    rule.on(ast.Pass)(lambda node, at: [])
    rule.on_call("makeALPHA", "beta")(lambda node, at: [])
    plan = plan_for(rule)
    for text in ("Alpha\npass", "x = 'ALPHABET'\npass", "Beta\npass", "makeALPHA()"):
        assert plan.concerns(text)
        assert rules_for(plan, text) == [rule]
    assert rules_for(plan, "beta()\npass") == []


def test_some_rules_pass_over_modules_without_loops() -> None:
    rule = Rule(code="PERF900", name="turning", summary="s", help="h", in_loops=True)
    rule.on(ast.Pass)(lambda node, at: [])
    plan = plan_for(rule)
    for text in (
        "for x in y: pass",
        "while x: pass",
        "[x for x in y]\npass",
        "async def f():\n async for x in y: pass",
    ):
        assert rules_for(plan, text) == [rule]
    assert rules_for(plan, "if x: pass") == []


def test_some_rules_pass_over_tests() -> None:
    rule = Rule(code="PERF900", name="strict", summary="s", help="h", in_tests=False)
    rule.on(ast.Pass)(lambda node, at: [at.finding(node, "found")])
    plan = plan_for(rule)
    for path, number in (("/project/a.py", 1), ("/project/tests/a.py", 0), ("/project/migrations/a.py", 0)):
        assert len(examine(SourceFile(path, b"pass"), plan).findings) == number


def test_rules_whose_names_are_not_in_the_code_do_not_run() -> None:
    rule = Rule(code="PERF900", name="named", summary="s", help="h", names=("alpha", "beta"))
    rule.on(ast.Pass)(lambda node, at: [at.finding(node, "found")])
    for text in ("pass  # alpha", "alphabet = 'beta'\npass", "import alphabet.betas\npass"):
        assert check(text, rule).findings == ()
    for text in ("alpha\npass", "x.beta\npass", "f(beta=1)\npass", "import a.beta.b\npass", "def alpha(): pass"):
        assert len(check(text, rule).findings) == 1


def test_a_text_without_anything_that_a_rule_needs_is_not_walked() -> None:
    assert not plan_for(call_rule()).concerns("good")
    assert plan_for(call_rule()).concerns("bad")
    assert plan_for(call_rule(), failing_rule()).concerns("good")


def test_a_failing_rule_is_reported_and_the_rest_goes_on() -> None:
    text = "pass\nbad()\nwhile True:\n    pass\nwhile True:\n    bad()\n"
    outcome = check(text, failing_rule(), call_rule())
    assert codes(outcome) == [
        ("PERF901", 1),
        ("PERF900", 2),
        ("PERF000", 3),
        ("PERF901", 4),
        ("PERF900", 6),
    ]
    failure = outcome.findings[2]
    assert failure.name == "internal-error"
    assert failure.path == "/project/a.py"
    assert failure.message == "PERF901 (failing) failed on this line: ValueError: what happened"
    assert len(failure.evidence) == 1
    assert "test_runner, line " in failure.evidence[0]


def test_an_internal_error_cannot_be_suppressed() -> None:
    assert codes(check("while True: pass  # noqa\n", failing_rule())) == [("PERF000", 1)]


def test_comments_for_a_rule_that_failed_are_not_called_unused() -> None:
    text = "x = 1  # noqa: PERF901, PERF900\nwhile True: bad()\n"
    outcome = check(text, failing_rule(), call_rule())
    unused = [finding.message for finding in outcome.findings if finding.code == "PERF002"]
    assert unused == ["The noqa comment names PERF900, which finds nothing here"]


def test_endless_recursion_in_a_rule_is_its_own_fault() -> None:
    outcome = check("pass\nwhile True: pass\n", failing_rule(RecursionError))
    assert ("PERF000", 2) in codes(outcome)


def test_failure_of_the_analysis_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise LookupError("lost")

    monkeypatch.setattr(runner, "SemanticModel", fail)
    outcome = check("bad()  # noqa: PERF900\n", call_rule())
    assert [finding.message for finding in outcome.findings] == ["The analysis failed on this line: LookupError: lost"]


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"x = 1\ny = (\n", 2, "The file cannot be parsed: '(' was never closed"),
        (b"x = 1\n\0\n", 2, "The file contains a NUL byte"),
        (b"x = 1\ny = '\xff'\n", 2, "The file cannot be decoded as utf-8"),
        (b"# coding: undefined\n", 1, "The file cannot be decoded as undefined"),
        (b"# coding: punycode\nx = 1\n", 1, "The file cannot be decoded as punycode"),
        (b"# coding: nonsense\n", 1, "The file cannot be decoded: unknown encoding: nonsense"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, "The file cannot be decoded: encoding problem: utf-8"),
        (b"1 +\n", 1, "The file cannot be parsed: invalid syntax"),
        (b"x = " + b"-" * 10_000 + b"1\n", 1, "The file cannot be parsed: nested too deeply"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_analysed(data: bytes, line: int, message: str) -> None:
    (finding,) = check(data, call_rule()).findings
    assert (finding.code, finding.name, finding.span.line) == ("PERF001", "unparsable-file", line)
    assert finding.message == message


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password = 'hunter2", "password = '[secret]"),
        ("connect(password='hunter2' user='bob')", "connect(password='[secret]' user='[secret]')"),
        ("é = api_key(b'a\\'b', \"c\" d)", "é = api_key(b'[secret]', \"[secret]\" d)"),
        ("url = 'postgres://bob:hunter2@db.example.com' x", "url = '[secret]' x"),
        ("print 'hello'", "print 'hello'"),
    ],
)
def test_possible_secrets_of_a_file_without_a_tree_are_not_shown(line: str, shown: str) -> None:
    source = SourceFile("a.py", f"{line}\n".encode())
    findings = examine(source, plan_for(call_rule())).findings
    assert f"1 | {shown}\n" in TextReport(Palette(False)).finding(findings[0], source, Mask(source, findings))


@pytest.mark.parametrize(
    "data",
    [
        b"x = " + b"(" * 10_000 + b")" * 10_000,
        b"x = " + b"[" * 10_000,
        b"x = " + b"+".join([b"a"] * 10_000),
        b"x = " + b"f(" * 90 + b"-" * 3_000 + b"1" + b")" * 90,
        b"x = a" + b".b" * 10_000,
        b"x = a" + b"()" * 5_000,
        b"if a: b\n" + b"elif a: b\n" * 5_000,
        b"".join(b" " * depth + b"if a:\n" for depth in range(99)) + b" " * 99 + b"bad()\n",
        b"x = " + b"lambda: " * 3_000 + b"1",
        b"x = " + b"not " * 4_000 + b"1",
        b"x = " + b" if a else ".join([b"b"] * 3_000),
        b"x = " + b"'' " * 10_000,
        b"x = " + b"<".join([b"a"] * 10_000),
        b"async def f(): " + b"await " * 90 + b"a",
    ],
)
def test_deep_nesting_is_at_most_one_clear_line(data: bytes) -> None:
    outcome = check(data, call_rule(), failing_rule())
    assert len(outcome.findings) <= 1
    assert {finding.code for finding in outcome.findings} <= {"PERF001", "PERF900"}


def test_a_deep_file_is_not_blamed_on_a_rule() -> None:
    rule = make("PERF900", "recursive")

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            detour(detour, child)

    def detour(again: Callable[..., None], node: ast.AST) -> None:
        visit(node) if again is visit else again(visit, node)  # three frames for each level of the tree

    @rule.on(ast.Pass)
    def detect(node: ast.Pass, at: Context) -> Iterator[Finding]:
        visit(at.source.tree)
        yield from ()

    assert check("x = a" + ".b" * 100 + "\npass\n", rule) == Outcome(())
    (finding,) = check("x = a" + ".b" * 400 + "\npass\n", rule).findings
    assert (finding.code, finding.message) == ("PERF001", "The file is nested too deeply")


@pytest.mark.parametrize("data", [b"", b"\n", b"# only a comment", b"\xef\xbb\xbf", b"\x0c\n", b"'only a docstring'"])
def test_next_to_nothing_is_clean(data: bytes) -> None:
    assert check(data, call_rule(), failing_rule()) == Outcome(())


def test_a_large_file() -> None:
    data = b"x = {\n" + b"    'some key': ['some value', 1, 2.0],\n" * 125_000 + b"}\nbad(x)  # noqa: PERF901\n"
    assert len(data) > 5_000_000
    assert codes(check(data, call_rule())) == [("PERF900", 125_003)]


def test_newer_syntax_is_named() -> None:
    newer = sys.version_info >= (3, 14)
    text = "[*x for x in y]\n" if newer else "try:\n    pass\nexcept A, B:\n    pass\n"
    needed = "3.15" if newer else "3.14"
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (finding,) = check(text, call_rule()).findings
    assert finding.code == "PERF001"
    assert finding.message.endswith(f"; it is valid for Python {needed}, perffix runs on {running}")


def test_suppressed_findings_are_kept_apart() -> None:
    text = "bad()  # noqa: PERF900 -- it is not so bad\nbad()\n"
    outcome = check(text, call_rule())
    assert codes(outcome) == [("PERF900", 2)]
    assert [(item.finding.span.line, item.reason) for item in outcome.suppressed] == [(1, "it is not so bad")]
    assert codes(check(text, call_rule(), suppress=False)) == [("PERF900", 1), ("PERF900", 2)]


def test_unused_suppression() -> None:
    text = "good()  # noqa: PERF900\n"
    (finding,) = check(text, call_rule()).findings
    assert (finding.code, finding.name) == ("PERF002", "unused-suppression")
    assert finding.message == "The noqa comment names PERF900, which finds nothing here"
    assert finding.span == Span(1, 16, 1, 23)
    assert finding.fix is None
    assert check(text, call_rule(), suppress=False) == Outcome(())
    assert check(text, call_rule(), ignore="PERF002") == Outcome(())
    assert check(text, call_rule(), select="PERF002") == Outcome(())


def test_unused_suppression_can_be_suppressed_by_its_code() -> None:
    outcome = check("good()  # noqa: PERF900, PERF002\n", call_rule())
    assert outcome.findings == ()
    assert [item.finding.code for item in outcome.suppressed] == ["PERF002"]


@pytest.mark.parametrize("comment", ["# perffix: ignore-file", "# flake8: noqa"])
def test_an_ignored_file_is_not_even_parsed(comment: str) -> None:
    assert check(f"{comment}\nbad()\nx = (\n", call_rule()) == Outcome(())


def test_time_is_measured_when_asked_for() -> None:
    plan = plan_for(call_rule(), failing_rule())
    source = SourceFile("/project/a.py", b"bad()\n")
    assert examine(source, plan).seconds == ()
    timed = dict(examine(source, plan, timed=True).seconds)
    assert timed.keys() == {"PERF900"}  # nothing for the other to look at
    assert all(spent >= 0 for spent in timed.values())


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.isenabled()
    seen: list[bool] = []
    rule = make("PERF900", "watcher")

    @rule.on(ast.Pass)
    def detect(node: ast.Pass, at: Context) -> Iterator[Finding]:
        seen.append(gc.isenabled())
        raise KeyboardInterrupt
        yield

    try:
        gc.enable() if enabled else gc.disable()
        check("x = 1", rule)
        assert gc.isenabled() is enabled
        with pytest.raises(KeyboardInterrupt):
            check("pass", rule)
        assert gc.isenabled() is enabled
    finally:
        gc.enable() if before else gc.disable()
    assert seen == [False]


def test_no_tree_outlives_the_check() -> None:
    source = SourceFile("/project/a.py", b"bad()  # noqa\nbad()\nwhile True: pass\n")
    tree = weakref.ref(source.tree)
    outcome = examine(source, plan_for(call_rule(), failing_rule()))
    assert len(outcome.findings) > 1
    del source
    gc.collect()
    assert tree() is None


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/flagged.py")), ids=lambda path: path.parent.name)
def test_no_tree_waits_for_the_garbage_collector(path: Path) -> None:
    """Tables that hold each other hold the tree; to collect all trees so cost a tenth of a check."""
    source = SourceFile(str(path), path.read_bytes())
    tree = weakref.ref(source.tree)
    plan = selection_for(build("/project", {"pedantic": True})).plan(str(path))
    gc.disable()
    try:
        examine(source, plan)
        del source
        assert tree() is None
    finally:
        gc.enable()


def test_a_fix_that_would_lose_a_comment_is_lowered() -> None:
    rule = make("PERF900", "fixable")

    @rule.on(ast.Call)
    def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
        argument = NodeRef.of(call.args[0])
        code = Code("g($x)", {"x": argument})
        yield at.finding(call, "m", fix=Fix(Applicability.SAFE, "Call g", (Replace(NodeRef.of(call), code),)))

    text = "f([  # kept\n    1,\n])\nf(  # lost\n    1,\n)\nf(1)  # behind\n"
    fixes = [finding.fix for finding in check(text, rule).findings]
    assert [fix and (fix.applicability, fix.description) for fix in fixes] == [
        (Applicability.SAFE, "Call g"),
        (Applicability.UNSAFE, "Call g (a comment would be lost)"),
        (Applicability.SAFE, "Call g"),
    ]


def test_check_source_takes_settings() -> None:
    source = SourceFile("a.py", b"x = 1  # noqa: PERF002\n")
    assert check_source(source, build(".")) == []
    (finding,) = check_source(SourceFile("a.py", b"x = ("), build("."))
    assert finding.code == "PERF001"
