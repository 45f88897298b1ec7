"""What the fixtures of rules about rows cost in queries and rows, as they are and with all fixes, by Django itself."""

from __future__ import annotations

from counted import counted
from fixture_files import FIXTURES, read_fixture

# Queries, and rows that become objects, before and after the fixes, with ten rows in each table.
COUNTED = {
    "length": (1, 10, 1, 0),
    "length_of_some": (1, 10, 1, 0),
    "length_in_a_text": (1, 10, 1, 10),  # the help says what to write
    "length_of_a_list": (1, 10, 1, 0),
    "tested": (1, 10, 1, 0),
    "tested_for_none": (1, 0, 1, 0),
    "as_truth": (1, 10, 1, 0),
    "through_a_name": (1, 10, 1, 0),
    "through_a_name_and_a_test": (1, 10, 1, 0),
    "list_through_a_name": (1, 10, 1, 0),
    "list_in_a_branch": (1, 1, 1, 0),
    "list_compared_with_an_empty_one": (1, 0, 1, 0),
    "one_of_two_tests": (1, 10, 1, 0),
    "length_compared": (1, 10, 1, 0),
    "length_compared_the_other_way_round": (1, 10, 1, 0),
    "asked_for_more_afterwards": (2, 10, 2, 0),
    "part_of_a_condition": (2, 10, 2, 0),
    "count_compared": (1, 0, 1, 0),
    "count_for_none": (1, 0, 1, 0),
    "count_tested": (1, 0, 1, 0),
    "count_in_a_condition": (1, 0, 1, 0),
    "count_through_a_name": (2, 0, 2, 0),
    "of_a_union": (1, 10, 1, 0),
    "any_of_a_union": (1, 10, 1, 0),
    "of_different_rows": (1, 10, 1, 0),
    "any_of_different_rows": (1, 10, 1, 0),
    "with_a_number_beside": (1, 10, 1, 0),
    "from_a_function": (1, 10, 1, 0),
    "of_a_row": (2, 2, 2, 1),
    "of_each_row": (11, 20, 11, 10),
    "methods_of_rows": (11, 10, 11, 10),
    "length_of_a_stream": (1, 10, 1, 0),
    "length_after_other_work": (2, 10, 2, 10),
    "length_of_doubled_rows": (1, 10, 1, 10),
    "length_of_rows_doubled_by_a_relation": (1, 10, 1, 10),
    "length_of_rows_in_an_order_of_their_own": (1, 10, 1, 0),
}
ONE_COLUMN = {
    "collected": (1, 10, 1, 0),
    "collected_into_a_set": (1, 10, 1, 0),
    "the_key": (1, 10, 1, 0),
    "the_number": (1, 10, 1, 0),
    "the_key_of_another_row": (1, 10, 1, 0),
    "added_up": (1, 10, 1, 0),
    "list_for_a_set": (1, 10, 1, 0),
    "joined_to_a_text": (1, 10, 1, 0),
    "part_of_more": (1, 10, 1, 0),
    "as_keys": (1, 10, 1, 0),
    "looped_over": (1, 10, 1, 0),
    "through_a_name": (1, 10, 1, 0),
    "asked_for_more_before": (2, 10, 2, 0),
    "streamed": (1, 10, 1, 0),
    "with_a_join_that_nobody_reads": (1, 20, 1, 0),
    "with_a_prefetch_that_nobody_reads": (2, 20, 1, 0),
    "with_a_number_beside": (1, 10, 1, 0),
    "from_a_function": (1, 10, 1, 0),
    "of_a_row": (2, 2, 2, 1),
    "of_each_row": (11, 20, 11, 10),
    "in_a_string": (1, 10, 1, 10),  # the help says what to write
    "two_loops_with_one_name": (2, 10, 2, 0),
    "all_of_it_in_a_string": (1, 10, 1, 10),
    "whose_name_is_global": (1, 10, 1, 0),
    "whose_name_is_imported": (1, 10, 1, 0),
}


def test_rows_that_are_counted_stay_in_the_database() -> None:
    check("PERF706_count_by_loading", COUNTED)


def test_columns_that_are_read_alone_come_alone() -> None:
    check("PERF705_whole_rows_for_one_column", ONE_COLUMN)


def check(folder: str, expected: dict[str, tuple[int, int, int, int]]) -> None:
    sources = {name: read_fixture(FIXTURES / folder / f"{name}.py").text for name in ("flagged", "fixed")}
    found = counted(sources, title="title {}")
    before, after = found["flagged"], found["fixed"]
    for each in (before, after):
        del each["awaited"]  # nobody awaits it here
    taken = {name: (ran.queries, ran.rows, after[name].queries, after[name].rows) for name, ran in before.items()}
    assert taken == expected
    assert {name: ran.result for name, ran in before.items()} == {name: ran.result for name, ran in after.items()}
