"""Writing a fixed file so that at every moment either the old or the new text is there, whole."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class WriteError(Exception):
    """A file that was not written and is as it was, in one phrase for the user, without a full stop."""


def write_file(path: str | Path, roots: Iterable[str | Path], before: bytes, after: bytes) -> bool:
    """Replace the content of a file.

    The new text goes to a temporary file beside it, with the same permissions, which then takes its place. A
    symbolic link stays a link: the file that it leads to is replaced.

    Args:
        path: the file.
        roots: the files and directories that the user named; a link may not lead out of them.
        before: the bytes that were checked.
        after: the bytes to write.

    Returns:
        Whether the file was written; it is not when nothing changed.

    Raises:
        WriteError: the link leads elsewhere, the file is read-only or no ordinary file, it changed since it was
            checked, or the system refused. The file is as it was and no temporary file stays.
    """
    if before == after:
        return False
    try:
        real = Path(path).resolve(strict=True)
        if not any(real.is_relative_to(Path(root).resolve()) for root in roots):
            raise WriteError("it is a link that leads out of the paths to be fixed")
        status = real.stat()
        if not stat.S_ISREG(status.st_mode):
            raise WriteError("it is not an ordinary file")
        if not os.access(real, os.W_OK):
            raise WriteError("it is read-only")
        _replace(real, status, before, after)
    except (OSError, RuntimeError) as error:  # before Python 3.13 a loop of links is a RuntimeError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WriteError(f"it cannot be written: {reason}") from error
    return True


def _replace(real: Path, status: os.stat_result, before: bytes, after: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            _keep_owner(file.fileno(), status)
            os.fsync(file.fileno())
        Path(name).chmod(stat.S_IMODE(status.st_mode))
        if real.read_bytes() != before:
            raise WriteError("it was changed by something else since it was checked")
        Path(name).replace(real)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _keep_owner(handle: int, status: os.stat_result) -> None:
    """Give the new file the owner and group of the old one, as far as this user may."""
    if not hasattr(os, "fchown"):
        return
    now = os.fstat(handle)
    if (now.st_uid, now.st_gid) != (status.st_uid, status.st_gid):
        # Somebody who may write the file but does not own it cannot give it away: theirs is the new one.
        with contextlib.suppress(PermissionError):
            os.fchown(handle, status.st_uid, status.st_gid)
