from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.containers.queues import put_at_front, taken_from_front


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("q.pop(0)", "q"),
        ("self.q.pop(0)", "self.q"),
        ("q.pop()", None),
        ("q.pop(-1)", None),
        ("q.pop(False)", None),
        ("q.pop(0, None)", None),
        ("q.popleft()", None),
        ("pop(0)", None),
    ],
)
def test_taking_the_first_element(text: str, taken: str | None) -> None:
    found = taken_from_front(ast.parse(text, mode="eval").body)
    assert (None if found is None else ast.unparse(found)) == taken


@pytest.mark.parametrize(("text", "taken"), [("del q[0]", "q"), ("del q[1]", None), ("del q[0:1]", None)])
def test_deleting_the_first_element(text: str, taken: str | None) -> None:
    statement = ast.parse(text).body[0]
    assert isinstance(statement, ast.Delete)
    found = taken_from_front(statement.targets[0])
    assert (None if found is None else ast.unparse(found)) == taken


@pytest.mark.parametrize(
    ("text", "put"),
    [("q.insert(0, x)", "q"), ("q.insert(1, x)", None), ("q.insert(0, *x)", None), ("q.insert(-1, x)", None)],
)
def test_putting_in_a_first_element(text: str, put: str | None) -> None:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    found = put_at_front(call)
    assert (None if found is None else ast.unparse(found)) == put


def test_uses_are_sorted_by_the_end_that_they_are_about() -> None:
    code = Analysed(
        """
        def f(more):
            q = []
            q.append(1)
            q.extend(more)
            q += more
            q.insert(0, 2)
            q.pop(0)
            del q[0]
            q.pop()
            q.pop(-1)
            q.sort()
            return len(q)
        """
    )
    binding = code.model.binding_of(code.expr("q"))
    assert binding is not None
    queue = code.model.queues.queue_of(binding)
    assert len(queue.back_puts) == 3
    assert len(queue.front_puts) == 1
    assert len(queue.front_takes) == 2
    assert len(queue.back_takes) == 2
    assert [use.detail for use in queue.others] == ["sort", "len"]
    assert queue.is_used_from_both_ends
    assert code.model.queues.queue_of(binding) is queue
