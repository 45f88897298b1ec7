"""Bandit's word on what a rule of perffix has said already, under another number.

Bandit reports every `eval`; SEC833 reports those that a client reaches, and says how. Where both speak of one call, the
one that proves something is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perffix.model import Finding

# By the code of a rule: bandit's numbers for what is the same weakness when it is reported for the same call.
_SAME = {
    "SEC820": ("SEC308", "SEC703", "SEC704"),
    "SEC830": ("SEC310",),
    "SEC831": ("SEC703", "SEC704"),
    "SEC833": ("SEC102", "SEC307", "SEC313", "SEC314", "SEC315", "SEC316", "SEC317", "SEC318", "SEC319", "SEC320"),
    "SEC608": ("SEC610", "SEC611"),
}


def without_doubles(hits: Iterable[Finding], found: Sequence[Finding]) -> list[Finding]:
    """Return what bandit found without that which a rule has reported for the same call.

    Args:
        hits: findings of bandit's checks.
        found: findings of the rules in the same file.
    """
    said = {(number, each.span.start) for each in found for number in _SAME.get(each.code, ())}
    return [hit for hit in hits if (hit.code, hit.span.start) not in said]
