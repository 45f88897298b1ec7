from __future__ import annotations

import ast
import pickle

import pytest

from perffix.model import Applicability, Code, Confidence, Finding, Fix, NodeRef, Replace, Severity, Span


@pytest.mark.parametrize(
    ("one", "other", "contains", "overlaps"),
    [
        (Span(1, 0, 1, 9), Span(1, 0, 1, 9), True, True),
        (Span(1, 0, 3, 0), Span(2, 5, 2, 8), True, True),
        (Span(1, 0, 1, 5), Span(1, 5, 1, 9), False, False),
        (Span(1, 0, 2, 5), Span(2, 0, 2, 9), False, True),
        (Span(2, 0, 2, 1), Span(1, 0, 3, 0), False, True),
    ],
)
def test_spans(one: Span, other: Span, contains: bool, overlaps: bool) -> None:
    assert one.contains(other) is contains
    assert one.overlaps(other) is overlaps
    assert other.overlaps(one) is overlaps


def test_a_span_of_a_node_is_its_place() -> None:
    statement = ast.parse("x = (\n 1)").body[0]
    assert Span.of(statement) == Span(1, 0, 2, 3)
    assert NodeRef.of(statement) == NodeRef("Assign", Span(1, 0, 2, 3))


def test_a_fix_is_only_ever_lowered() -> None:
    fix = Fix(Applicability.SAFE, "Do it")
    unsafe = fix.lowered(Applicability.UNSAFE, "a reason")
    assert (unsafe.applicability, unsafe.description) == (Applicability.UNSAFE, "Do it (a reason)")
    assert unsafe.lowered(Applicability.SAFE, "another") is unsafe
    assert Applicability.DISPLAY.rank < Applicability.UNSAFE.rank < Applicability.SAFE.rank


def test_findings_survive_the_way_between_processes() -> None:
    span = Span(1, 0, 1, 1)
    edit = Replace(NodeRef("Name", span), Code("$x", {"x": NodeRef("Name", span)}))
    fix = Fix(Applicability.SAFE, "Do it", (edit,))
    finding = Finding(
        "SEC101", "a-name", "a.py", span, (1, 1), "It is", Confidence.HIGH, severity=Severity.LOW, fix=fix
    )
    assert pickle.loads(pickle.dumps(finding)) == finding
    assert finding.sort_key == ("a.py", span, "SEC101", "It is")
