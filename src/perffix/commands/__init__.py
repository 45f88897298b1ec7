"""The subcommands, one module each: `add_arguments(parser)`, and `run(args)` that returns the exit status."""

from __future__ import annotations

OK, FOUND, FAILED = 0, 1, 2
