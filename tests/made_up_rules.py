"""Rules made for tests of the command line, so that it is tested apart from what real rules find."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from perffix.model import (
    Applicability,
    Code,
    Finding,
    Fix,
    Group,
    Impact,
    NodeRef,
    Related,
    Replace,
    Severity,
    Span,
)
from perffix.rules.rule import Context, Rule

slow_call = Rule(
    code="PERF991",
    name="slow-call",
    summary="A slow function is called",
    help="Call fast() in its place",
    impact=Impact.CONSTANT,
    fix=Applicability.SAFE,
)
_APPLICABILITY = {
    "slow": Applicability.SAFE,
    "risky": Applicability.UNSAFE,
    "advice": Applicability.DISPLAY,
    "plain": None,
    "slow2": None,
}


@slow_call.on_call(*_APPLICABILITY)
def find_slow_calls(call: ast.Call, at: Context) -> Iterator[Finding]:
    assert isinstance(call.func, ast.Name)
    applicability = _APPLICABILITY[call.func.id]
    edits = (Replace(NodeRef.of(call.func), Code("fast")),)
    yield at.finding(
        call,
        f"`{call.func.id}` is slow",
        evidence=[f"`{at.text(call)}` was measured"],
        related=[Related(Span(1, 0, 1, 1), "the file begins here")],
        fix=Fix(applicability, "Call fast", edits) if applicability is not None else None,
    )


failing = Rule(code="PERF992", name="failing-rule", summary="Fails", help="Mend it", impact=Impact.MEMORY)


@failing.on_call("fail")
def fail(call: ast.Call, at: Context) -> Iterator[Finding]:
    raise ZeroDivisionError("on purpose")
    yield


hidden_value = Rule(
    code="SEC991", name="hidden-value", summary="A secret", help="Read it", severity=Severity.HIGH, cwe=798
)


@hidden_value.on(ast.Constant)
def find_secrets(node: ast.Constant, at: Context) -> Iterator[Finding]:
    if isinstance(node.value, str) and node.value.startswith("s3cr3t"):
        yield at.finding(node, "a secret stands here", secret=True)


matter_of_taste = Rule(
    code="PERF993", name="matter-of-taste", summary="Taste", help="-", impact=Impact.CONSTANT, group=Group.PEDANTIC
)


@matter_of_taste.on(ast.Lambda)
def find_lambdas(node: ast.Lambda, at: Context) -> Iterator[Finding]:
    yield at.finding(node, "a lambda")


RULES = (slow_call, failing, matter_of_taste, hidden_value)


class Ran:
    """What a run printed, as text and as bytes, and the status that it ended with."""

    def __init__(self, status: int, out: bytes, err: bytes) -> None:
        self.status = status
        self.data = out
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode()


Run = Callable[..., Ran]
