"""Folders for downloads, digits and compiled code, even if there is no home folder."""

import contextlib
import os
import tempfile
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Return the user's cache folder for this package; it need not exist yet.

    ``THEANO_TUTORIAL_CACHE`` names another. If the default can be neither read nor written, it
    is a temporary folder.
    """
    named = os.environ.get("THEANO_TUTORIAL_CACHE")
    folder = Path(named) if named else platformdirs.user_cache_path("theano_tutorial")
    if not (named or os.access(folder, os.R_OK) or can_write(folder)):
        with contextlib.suppress(OSError):
            return private_folder()
    return folder


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
    """Return whether a folder exists, or can be made, and can be written to."""
    with contextlib.suppress(OSError):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    return False


def is_there(path: Path) -> bool:
    """Return whether something exists at a path; also True if that cannot be found out.

    Reading it then raises an error with the reason, such as a folder without permission.
    """
    try:
        return path.exists()
    except OSError:
        return True
