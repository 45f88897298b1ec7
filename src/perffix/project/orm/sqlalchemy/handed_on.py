"""Queries that code hands on to a function which serves many others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.callers import callers_of
from perffix.project.index import Function
from perffix.project.summaries.terms import Attribute, Call, Parameter
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.values import Site


def before_helpers(sites: tuple[Site, ...], evaluator: Evaluator) -> tuple[Site, ...]:
    """Return how a query is put together, up to where it is handed on to a function that several others call.

    What such a function says of its parameter holds for the queries of all of them, of whatever model they are.
    """
    while sites:
        last = sites[-1]
        inside = [(each.module, each.body) == (last.module, last.body) for each in sites]
        start = len(sites) - (inside[::-1].index(False) if False in inside else len(sites))
        if start == 0 or not _is_of_helper(sites[start], evaluator):
            break
        sites = sites[:start]
    return sites


def _is_of_helper(site: Site, evaluator: Evaluator) -> bool:
    """Tell whether an expression asks something of a parameter of a function that is called in several places."""
    entries = evaluator.body_of(site).entries
    term = entries[site.ref].term if site.ref >= 0 else None
    called = entries[term.function].term if isinstance(term, Call) else None
    if not isinstance(term, Call) or not isinstance(called, Attribute):
        return False
    known = facts.load("sqlalchemy")["sessions"]
    of_session = called.name in (*known["rows"], *known["elements"], *known["adapting"], *known["single"])
    asked = term.arguments[0] if of_session and term.arguments else called.value
    if not isinstance(entries[asked].term, Parameter):
        return False
    module = evaluator.module_of(site)
    definition, rest = evaluator.index.resolve(f":{site.body}", module)
    if not isinstance(definition, Function) or rest:
        return False
    callers = callers_of(definition, evaluator.index, here=True)
    return next(callers, None) is not None and next(callers, None) is not None
