"""The garbage collector, out of the way while trees and what is known of them are made and dropped."""

from __future__ import annotations

import atexit
import gc
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def uncollected(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function run without the garbage collector.

    A tree makes many objects and no garbage: looking for some costs up to a third of the parse. The function should
    drop what it made before it returns, for what is still there the collector looks through at its next turn.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        collecting = gc.isenabled()
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            if collecting:
                gc.enable()

    return run


def age() -> None:
    """Let the collector take all that there is for old: it looks through old objects seldom.

    To be called where much was made that stays, with the collector out of the way. Whoever froze objects before keeps
    them as they are, and so does this.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()


def leave_to_the_system() -> None:
    """Let nobody look for garbage when the process ends, for then all memory goes back to the system.

    After the check of a large project that look would take a tenth of the whole time. It is for programs to ask for,
    not for a library in a process of somebody else: what waits in a circle to be closed would never be.
    """
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
