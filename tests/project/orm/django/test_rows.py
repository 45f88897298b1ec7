"""What the fixtures of rules about rows cost in queries and rows, as they are and with all fixes, by Django itself."""

from __future__ import annotations

from counted import counted
from fixture_files import FIXTURES, read_fixture

# Queries, and rows that become objects, before and after the fixes, with ten rows in each table.
COUNTED = {
    "length": (1, 10, 1, 0),
    "length_of_some": (1, 10, 1, 0),
    "length_of_a_list": (1, 10, 1, 0),
    "tested": (1, 10, 1, 0),
    "tested_for_none": (1, 0, 1, 0),
    "as_truth": (1, 10, 1, 0),
    "through_a_name": (1, 10, 1, 0),
    "through_a_name_and_a_test": (1, 10, 1, 0),
    "list_through_a_name": (1, 10, 1, 0),
    "list_compared_with_an_empty_one": (1, 0, 1, 0),
    "one_of_two_tests": (1, 10, 1, 0),
    "length_compared": (1, 10, 1, 0),
    "length_compared_the_other_way_round": (1, 10, 1, 0),
    "asked_for_more_afterwards": (2, 10, 2, 0),
    "part_of_a_condition": (2, 10, 2, 0),
    "count_compared": (1, 0, 1, 0),
    "count_for_none": (1, 0, 1, 0),
    "count_tested": (1, 0, 1, 0),
    "count_through_a_name": (2, 0, 2, 0),
    "from_a_function": (1, 10, 1, 0),
    "of_a_row": (2, 2, 2, 1),
    "of_each_row": (11, 20, 11, 10),
    "methods_of_rows": (11, 10, 11, 10),
}


def test_rows_that_are_counted_stay_in_the_database() -> None:
    check("PERF706_count_by_loading", COUNTED)


def check(folder: str, expected: dict[str, tuple[int, int, int, int]]) -> None:
    sources = {name: read_fixture(FIXTURES / folder / f"{name}.py").text for name in ("flagged", "fixed")}
    found = counted(sources, title="title {}")
    before, after = found["flagged"], found["fixed"]
    taken = {
        name: (before[name].queries, before[name].rows, after[name].queries, after[name].rows) for name in expected
    }
    assert taken == expected
    assert {name: before[name].result for name in expected} == {name: after[name].result for name in expected}
