"""The one way in which a single fix fails."""

from __future__ import annotations


class FixError(Exception):
    """A fix that cannot be applied, in one phrase for the user, without a full stop."""
