"""The two ways in which fixing fails: one fix, or the whole file."""

from __future__ import annotations


class FixError(Exception):
    """A fix that cannot be applied, in one phrase for the user, without a full stop."""


class RefusedError(Exception):
    """A file that is left alone, in one phrase for the user, without a full stop."""
