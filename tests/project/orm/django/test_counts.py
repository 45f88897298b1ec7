"""What the fixtures of Django's rules cost in queries, as they are and with all fixes, by Django itself."""

from __future__ import annotations

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
    "with_some_columns": (11, 11),  # as well
    "Newest": (11, 1),
    "Addresses": (11, 1),
}
TEMPLATES = {
    "rendered": (11, 1),
    "to_text": (11, 1),
    "in_an_included_template": (11, 2),
    "grouped": (11, 1),
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


def test_a_query_in_a_loop_runs_in_each_turn() -> None:
    found = counts_of("PERF702_query_in_loop", "flagged", title="x{}")["flagged"]
    assert {name: ran.queries for name, ran in found.items()} == REPEATED


def test_a_prefetch_that_is_asked_past_costs_as_much_as_none_and_itself() -> None:
    found = counts_of("PERF710_defeated_prefetch", "flagged")["flagged"]
    assert {name: ran.queries for name, ran in found.items()} == DEFEATED
