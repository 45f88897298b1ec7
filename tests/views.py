"""Modules of some models and one function `view`, whose code is another each time."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from fixture_files import findings_in, fixed_text

from perffix.model import Applicability
from perffix.rules.performance import n_plus_one_relation

if TYPE_CHECKING:
    from perffix.model import Finding


class Views(NamedTuple):
    """Such modules with the same models.

    Attributes:
        models: the text of the models.
        head: the line that begins the function.
    """

    models: str
    head: str = "def view(session):"

    def text(self, code: str) -> str:
        """Return the module whose function has this body."""
        return f"{self.models}{self.head}\n{textwrap.indent(textwrap.dedent(code), '    ')}\n"

    def findings(self, code: str) -> list[Finding]:
        """Return what perffix finds in a function with this body: relations that are loaded one by one."""
        return findings_in(self.text(code), n_plus_one_relation.rule)

    def fixed(self, code: str) -> str:
        """Return the module with all fixes."""
        return mended(self.text(code))


def mended(text: str) -> str:
    """Return a module with all fixes for relations that are loaded one by one."""
    return fixed_text(text, n_plus_one_relation.rule, Applicability.UNSAFE)
