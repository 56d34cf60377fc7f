"""The folder that a run writes to: made, tried, and its own as long as it runs."""

import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from theano_tutorial.errors import UsageError

_LOCK = ".lock"
_TRIES = 5  # at a lock that its last owner deletes meanwhile
# What a system says when another process has the lock; anything else: there are no locks.
_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Have a folder for oneself; it is made, and what a killed run left there is deleted.

    The lock is the operating system's, which takes it away from a process that is killed.
    Where a file system has none, there is none, and nothing is deleted. `UsageError` is raised
    if the folder cannot be made or written to, or another process has claimed it.
    """
    make(folder)
    handle = _open_locked(folder)
    try:
        if handle is not None:
            # Imported here: it brings NumPy, which a mistake on the command line need not.
            from theano_tutorial.system.files import clear_temporary

            clear_temporary(folder)
        yield
    finally:
        if handle is not None:
            with contextlib.suppress(OSError):
                (folder / _LOCK).unlink()  # while it is still ours
            os.close(handle)


def make(folder: Path) -> None:
    """Make a folder, and try whether a file can be made there: if not, raise `UsageError`."""
    action = "make"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        action = "write to"
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"--output: cannot {action} {folder}: {reason}") from error


def _open_locked(folder: Path) -> int | None:
    """Return a handle of the folder's lock, held; None where there are no locks.

    There are none where an open file cannot be told from another either: some Pythons cannot
    do that on FAT32.
    """
    path = folder / _LOCK
    for _ in range(_TRIES):
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:
            return None
        try:
            _lock(handle)
        except OSError as error:
            os.close(handle)
            if error.errno not in _TAKEN:
                return None
            raise UsageError(
                f"--output: another run is writing to {folder}; wait for its end, or name "
                "another folder"
            ) from error
        # Its last owner may have deleted it after we opened it.
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)
    return None


def _lock(handle: int) -> None:
    """Lock a file without waiting; OSError if that cannot be."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
