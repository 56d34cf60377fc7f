"""Make the folder that a run writes to, and lock it as long as the run lasts."""

import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from theano_tutorial.errors import UsageError
from theano_tutorial.system.folders import why_not_write

_LOCK = ".lock"
_WRITTEN = {".csv", ".json", ".npz", ".png"}  # the kinds of files of a run
_TRIES = 5  # to get a lock whose file its last owner deletes meanwhile
# Errors that mean that another process has the lock; any other means that there are no locks.
_TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Make and lock a folder; delete temporary files that a killed run left there.

    A new folder that stays empty is removed. The operating system releases the lock of a
    process that is killed. On a file system without locks, the folder is not locked and nothing
    is deleted. `UsageError` is raised if the folder cannot be made or written to, if there are
    folders where its files belong, or if another process has claimed it.
    """
    is_new = make(folder)
    for path in folder.glob("*"):  # which yields nothing if it may not look
        if path.suffix in _WRITTEN and path.is_dir():
            raise UsageError(f"--output: cannot write {path}: it is a folder")
    handle = _open_locked(folder)
    try:
        if handle is not None:
            # Imported here because it imports NumPy, which would delay reports of mistakes.
            from theano_tutorial.system.files import clear_temporary

            clear_temporary(folder)
        yield
    finally:
        if handle is not None:
            with contextlib.suppress(OSError):
                (folder / _LOCK).unlink()  # while we still hold it
            os.close(handle)
        if is_new:
            with contextlib.suppress(OSError):  # it holds a run's files
                folder.rmdir()


def check(folder: Path) -> None:
    """Raise the error that `claim` would raise, but make nothing."""
    if folder.is_dir():
        with claim(folder):
            pass
    elif reason := why_not_write(folder):
        raise UsageError(f"--output: cannot make {folder}: {reason}")


def make(folder: Path) -> bool:
    """Make a folder, test that a file can be made in it, and return whether it is new.

    `UsageError` is raised if it cannot be made or written to.
    """
    action = "make"
    try:
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        action = "write to"
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        reason = why_not_write(folder) or error.strerror or error
        raise UsageError(f"--output: cannot {action} {folder}: {reason}") from error
    return is_new


def _open_locked(folder: Path) -> int | None:
    """Lock a folder's lock file and return its handle; return None if there are no locks.

    That includes file systems on which an open file cannot be matched to its path, such as
    FAT32 with some versions of Python.
    """
    path = folder / _LOCK
    for _ in range(_TRIES):
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # its last owner has removed the folder
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
            continue
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
        # The lock's last owner may have deleted the file after we opened it.
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)
    return None


def _lock(handle: int) -> None:
    """Lock a file without waiting; raise `OSError` if that fails."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
