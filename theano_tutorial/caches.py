"""Where compiled code and digits are kept, also where there is no home to keep them in.

Nothing heavy is imported here: PyTensor and Matplotlib must find their places when they are.
"""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

from theano_tutorial.errors import UsageError, shortened


def find_room() -> None:
    """Give PyTensor and Matplotlib other places, where theirs in the home cannot be written.

    What the user has named is left alone.
    """
    with contextlib.suppress(OSError):
        flags = os.environ.get("PYTENSOR_FLAGS", "")
        if "compiledir" not in flags and not _in_home(".pytensor"):
            place = f"base_compiledir={private_folder() / 'pytensor'}"
            os.environ["PYTENSOR_FLAGS"] = f"{flags},{place}" if flags else place
        if "MPLCONFIGDIR" not in os.environ and not _in_home(".config", "matplotlib"):
            os.environ["MPLCONFIGDIR"] = str(private_folder() / "matplotlib")


def import_pytensor() -> Any:
    """Return PyTensor; what it makes of a user's settings may be an error of any kind.

    Raises
    ------
    UsageError
        If it cannot be imported.
    """
    try:
        import pytensor
        import pytensor.tensor
    except Exception as error:
        raise UsageError(
            "PyTensor cannot be imported with these settings (PYTENSOR_FLAGS, .pytensorrc): "
            f"{shortened(f'{type(error).__name__}: {error}')}"
        ) from error
    return pytensor


def _in_home(*parts: str) -> bool:
    try:
        return can_write(Path.home().joinpath(*parts))
    except RuntimeError:  # there is no home
        return False


def can_write(folder: Path) -> bool:
    """Return whether a folder is there, or can be made, and can be written to."""
    with contextlib.suppress(OSError):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    return False


def private_folder() -> Path:
    """Return a temporary folder that is the user's own, the same at every call.

    Compiled code is loaded from there, so that nobody else may write to it.

    Raises
    ------
    OSError
        If there is no place for temporary files.
    """
    user = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / f"theano_tutorial-{'user' if user is None else user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    stat = folder.lstat()
    if user is not None and (stat.st_uid != user or stat.st_mode & 0o022):
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder
