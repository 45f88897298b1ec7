"""What the fixtures of Django's rules cost in queries, as they are and with all fixes, by Django itself."""

from __future__ import annotations

import ast

from counted import Ran, counted
from fixture_files import FIXTURES, read_fixture

# Queries before and after the fixes, with ten rows in each table.
RELATIONS = {
    "to_one": (11, 1),
    "key_through_the_row": (11, 1),
    "two_steps": (21, 1),
    "second_step": (11, 1),
    "another_relation": (21, 1),
    "reverse_one_to_one": (11, 1),
    "to_many": (11, 2),
    "many_to_many": (11, 2),
    "below_a_prefetch": (22, 4),
    "through_str": (11, 1),
    "through_a_property": (11, 1),
    "through_a_method": (11, 2),
    "through_a_function": (11, 1),
    "in_several_statements": (11, 1),
    "evaluated_first": (11, 1),
    "or_not_found": (11, 1),
    "streamed": (11, 1),
    "streamed_to_many": (11, 11),  # the help says what to write
    "with_some_columns": (11, 1),
    "without_its_key": (21, 1),
    "of_another_table": (11, 2),
    "without_columns_beyond": (21, 21),  # as well: the key of the publisher is left out, too
    "left_out": (11, 1),
    "a_key_left_out": (11, 1),
    "deferred": (11, 1),
    "deferred_alone": (11, 1),
    "deferred_after_a_filter": (11, 1),
    "beyond_a_join": (11, 1),
    "deferred_beyond_a_join": (11, 1),
    "left_out_by_its_manager": (11, 11),  # the help says what to write
    "Newest": (11, 1),
    "Addresses": (11, 1),
}
# Queries of functions in which columns are left out, and none of these is missed.
COLUMNS = {
    "named_columns": 1,
    "all_columns_again": 1,
    "other_columns": 1,
    "nothing_left_of_them": 1,
    "given_before": 1,
    "whole_rows_beyond": 1,
    "columns_beyond_a_prefetch": 2,
    "a_column_of_one": 2,
    "no_rows_of_the_model": 1,
}
TEMPLATES = {
    "rendered": (11, 1),
    "to_text": (11, 1),
    "in_an_included_template": (11, 2),
    "grouped": (11, 1),
    "without_titles": (11, 1),
    "OfAModel": (11, 1),
    "OfAQuery": (11, 1),
    "OfAMethod": (11, 1),
    "WithMoreContext": (11, 1),
    "OnAnyPage": (11, 1),
    "OfAnyContext": (11, 1),
    "ByItself": (11, 1),
}
REPEATED = {
    "one_by_one": 10,
    "in_a_comprehension": 10,
    "through_a_name": 10,
    "or_not_found": 10,
    "until_one_is_found": 10,
    "empty_in_each_turn": 10,
    "name_that_is_used_again": 10,
    "counted_for_each_row": 11,
    "looped_over": 10,
    "one_call_away": 11,
    "in_a_computed_condition": 10,
    "of_a_relation": 11,
    "of_the_relation_of_each": 11,
    "first_of_each": 11,
    "some_of_each": 11,
    "numbers": 21,
}
DEFEATED = {
    "streamed": 12,
    "filtered": 12,
    "the_first": 12,
    "in_another_order": 12,
    "filtered_and_counted": 12,
    "one_item": 12,
    "below_another": 13,
    "with_more_loaded": 12,
}
# What the fixtures cost with rows that lead to one and the same.
OF_ONE_ROW = ["from_a_row"]
OF_ONE_BOOK = ["of_one_book", "of_one_book_more", "OfOneBook"]


def counts_of(folder: str, *names: str, shared: bool = False, title: str = "x") -> dict[str, dict[str, Ran]]:
    """Return what the functions of some files of a fixture folder took."""
    sources = {name: read_fixture(FIXTURES / folder / f"{name}.py").text for name in names}
    return counted(sources, str(FIXTURES / folder / "templates"), shared=shared, title=title)


def test_a_fixed_query_loads_its_relations_at_once_and_gives_the_same() -> None:
    for folder, expected, others in (
        ("PERF701_n_plus_one_relation", RELATIONS, OF_ONE_ROW),
        ("PERF712_n_plus_one_in_template", TEMPLATES, OF_ONE_BOOK),
    ):
        found = counts_of(folder, "flagged", "fixed")
        before, after = found["flagged"], found["fixed"]
        assert set(before) == {*expected, *others}
        assert {name: (before[name].queries, after[name].queries) for name in expected} == expected
        assert {name: before[name].result for name in expected} == {name: after[name].result for name in expected}


def test_rows_of_one_row_are_loaded_with_what_they_lead_to() -> None:
    for folder, names, queries in (
        ("PERF701_n_plus_one_relation", OF_ONE_ROW, 2),
        ("PERF712_n_plus_one_in_template", OF_ONE_BOOK, 3),
    ):
        found = counts_of(folder, "flagged", "fixed", shared=True)
        for name in names:
            before, after = (found[each][name] for each in ("flagged", "fixed"))
            assert (before.queries, after.queries, before.result) == (12, queries, after.result), name


def test_columns_that_are_not_missed_cost_nothing() -> None:
    tree = ast.parse(read_fixture(FIXTURES / "PERF701_n_plus_one_relation" / "clean.py").text)
    tree.body = [each for each in tree.body if not isinstance(each, ast.FunctionDef) or each.name in COLUMNS]
    found = counted({"clean": ast.unparse(tree)})["clean"]
    assert {name: found[name].queries for name in COLUMNS} == COLUMNS


def test_a_query_in_a_loop_runs_in_each_turn() -> None:
    found = counts_of("PERF702_query_in_loop", "flagged", title="x{}")["flagged"]
    assert {name: ran.queries for name, ran in found.items()} == REPEATED


def test_a_prefetch_that_is_asked_past_costs_as_much_as_none_and_itself() -> None:
    found = counts_of("PERF710_defeated_prefetch", "flagged")["flagged"]
    assert {name: ran.queries for name, ran in found.items()} == DEFEATED
