"""The check of many files in several processes, with the same results as in one."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, TypeVar

from perffix.engine.discovery import Found, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Batch = list[tuple[int, Found]]
R = TypeVar("R")
S = TypeVar("S")

_FEWEST_FILES = 50  # below, starting processes costs more than they save
_SMALLEST_BATCH = 64 * 1024
_LARGEST_BATCH = 1024 * 1024


def processes_for(files: Sequence[Found], jobs: int) -> int:
    """Return how many processes to use; `jobs` is the user's number, 0 for as many as pay off."""
    if jobs:
        return min(jobs, len(files))
    if len(files) < _FEWEST_FILES:
        return 1
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


def check_in_processes(
    files: Sequence[Found], processes: int, check: Callable[[Found], R | Problem]
) -> list[R | Problem]:
    """Check files in so many processes; results are in the order of the files.

    A file that makes the interpreter itself die costs only its own result.

    Args:
        files: the files.
        processes: how many processes.
        check: checks one file; it and its result travel between processes.
    """
    batches = list(_batches(files, processes))
    done: dict[int, R | Problem] = {}
    lost: list[Batch] = []
    with ProcessPoolExecutor(processes, initializer=_end_when_interrupted) as pool:
        futures = [(batch, pool.submit(_check_batch, batch, check)) for batch in batches]
        for batch, future in futures:
            try:
                done.update(future.result())
            except BrokenProcessPool:
                lost.append(batch)
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    while lost:
        lost.extend(_check_lost(lost.pop(), check, done))
    return [done[number] for number in range(len(files))]


def _end_when_interrupted() -> None:
    """Let a process of the pool end at once and in silence: the one that started it says that it was interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _check_lost(batch: Batch, check: Callable[[Found], R | Problem], done: dict[int, R | Problem]) -> list[Batch]:
    """Check a batch in a process of its own; if that dies, return its halves, down to the one file at fault."""
    with ProcessPoolExecutor(1) as pool:
        try:
            done.update(pool.submit(_check_batch, batch, check).result())
            return []
        except BrokenProcessPool:
            pass
    if len(batch) > 1:
        middle = len(batch) // 2
        return [batch[:middle], batch[middle:]]
    number, found = batch[0]
    done[number] = Problem(found.path, "made the Python that checked it end without a word")
    return []


def _batches(files: Sequence[Found], processes: int) -> Iterator[Batch]:
    """Yield the numbered files in batches of about equal bytes, the largest files first to end together."""
    total = sum(found.size for found in files)
    limit = min(max(total // (processes * 8), _SMALLEST_BATCH), _LARGEST_BATCH)
    batch: Batch = []
    filled = 0
    for number, found in sorted(enumerate(files), key=lambda item: -item[1].size):
        if batch and filled + found.size > limit:
            yield batch
            batch, filled = [], 0
        batch.append((number, found))
        filled += found.size
    if batch:
        yield batch


def _check_batch(batch: Batch, check: Callable[[Found], S]) -> list[tuple[int, S]]:
    return [(number, check(found)) for number, found in batch]
