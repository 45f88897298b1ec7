"""Where the time of a check goes: by module and by function, seen by `cProfile`.

The profiler makes small Python functions look dearer than they are and leaves C code as it is. Read the shares as
a map of where to look; what a change gains is for `cost.py` to say.
"""

from __future__ import annotations

import contextlib
import cProfile
import io
import pstats
from collections import defaultdict
from pathlib import Path

from perffix.cli import main

PARSING = "(compile: ast.parse)"
Function = tuple[str, int, str]  # file, line, name
# Primitive calls, calls, own seconds, seconds with what it calls, and the same by caller.
Entry = tuple[int, int, float, float, dict[Function, tuple[int, int, float, float]]]


def show(arguments: list[str], modules: int = 25, functions: int = 30) -> None:
    """Run perffix in this process with the given arguments and print where the time went."""
    profiler = cProfile.Profile()
    with contextlib.redirect_stdout(io.StringIO()):
        status = profiler.runcall(main, arguments)
    if status not in (0, 2):  # 2: a file could not be parsed
        raise SystemExit(f"perffix ended with {status}")
    stats = pstats.Stats(profiler)
    total = vars(stats)["total_tt"]
    print(f"{total:.2f} s under the profiler\n\n   share  seconds  module, with the built-in functions it calls")
    for module, seconds in by_module(stats)[:modules]:
        print(f"{seconds / total:8.1%} {seconds:8.2f}  {module}")
    print("\n   share  seconds       calls  function, without what it calls")
    for (file, line, name), (_, calls, seconds, *_) in by_function(stats)[:functions]:
        print(f"{seconds / total:8.1%} {seconds:8.2f} {calls:11,}  {module_name(file)}:{line} {name}")


def entries(stats: pstats.Stats) -> dict[Function, Entry]:
    """Return the table inside a `Stats`, which its type does not speak of."""
    table: dict[Function, Entry] = vars(stats)["stats"]
    return table


def by_module(stats: pstats.Stats) -> list[tuple[str, float]]:
    """Return modules with their seconds, the dearest first; a built-in function counts for who calls it."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for function, (_, _, own, _, callers) in entries(stats).items():
        if "builtins.compile" in function[2]:
            seconds[PARSING] += own
        elif function[0] == "~" and callers:
            for caller, (_, _, own_there, _) in callers.items():
                seconds[module_name(caller[0])] += own_there
        else:
            seconds[module_name(function[0])] += own
    return sorted(seconds.items(), key=lambda item: -item[1])


def by_function(stats: pstats.Stats) -> list[tuple[Function, Entry]]:
    """Return functions with their counts and seconds, the dearest first."""
    return sorted(entries(stats).items(), key=lambda item: -item[1][2])


def module_name(file: str) -> str:
    """Return a file's dotted name below `src` or the library; built-in functions have none."""
    if file == "~":
        return "(built-in)"
    path = Path(file)
    parts = path.with_suffix("").parts
    if "perffix" in parts:
        return ".".join(parts[parts.index("perffix") :])
    return ".".join(parts[-2:]) if path.name == "__init__.py" else path.stem
