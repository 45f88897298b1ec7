"""`python -m perffix` is the same as `perffix`."""

from __future__ import annotations

import sys

from perffix.cli import main

if __name__ == "__main__":
    sys.exit(main())
