"""Folders for downloads, digits and compiled code, even if there is no home folder."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path

import platformdirs

_ROOM = 2**18  # bytes to try: a few compiled functions, and no time at each start


def cache_folder() -> Path:
    """Return the user's cache folder for this package; it need not exist yet.

    ``THEANO_TUTORIAL_CACHE`` names another. If the default can be neither read nor written, or
    is not there and the disk is full, it is a temporary folder.
    """
    named = os.environ.get("THEANO_TUTORIAL_CACHE")
    folder = at_home(named) if named else platformdirs.user_cache_path("theano_tutorial")
    if not (named or os.access(folder, os.R_OK) or can_write(folder)):
        with contextlib.suppress(OSError):
            return private_folder()
    return folder


def at_home(name: str) -> Path:
    """Return a path with ``~`` expanded, which no shell does in a program or a setting."""
    return Path(os.path.expanduser(name))  # noqa: PTH111  (may have no home)


def private_folder() -> Path:
    """Return a temporary folder that is the user's own, the same at every call.

    Compiled code is loaded from there, so nobody else may be able to write to it. `OSError` is
    raised if there is no such folder.
    """
    user = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / f"theano_tutorial-{'user' if user is None else user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    stat = folder.lstat()
    if user is not None and (stat.st_uid != user or stat.st_mode & 0o022):
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def can_write(folder: Path) -> bool:
    """Return whether a folder exists, or can be made, and has room for compiled code."""
    return why_not_write(folder) is None


def why_not_write(folder: Path) -> str | None:
    """Return why nothing can be written to a folder, or None; a quota shows only in trying."""
    try:
        there = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
        if not there.exists():
            return f"{there} is a link that leads nowhere"
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(_ROOM))
    except OSError as error:
        return why_not_written(error)
    return None


def why_not_written(error: OSError) -> str:
    """Say in a few words why something could not be written."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return "the disk is full" if full else error.strerror or str(error)


def is_there(path: Path) -> bool:
    """Return whether something exists at a path; also True if that cannot be found out.

    Reading it then raises an error with the reason, such as a folder without permission.
    """
    try:
        return path.exists()
    except OSError:
        return True
