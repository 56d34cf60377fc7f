"""The folder where downloaded and rendered digits are kept between runs."""

import contextlib
import os
from pathlib import Path

import platformdirs

from theano_tutorial import caches


def cache_folder() -> Path:
    """Return the user's cache folder for this package; it need not exist yet.

    ``THEANO_TUTORIAL_CACHE`` names another. Where there is no home for it, it is a temporary
    one.
    """
    named = os.environ.get("THEANO_TUTORIAL_CACHE")
    folder = Path(named) if named else platformdirs.user_cache_path("theano_tutorial")
    if not (named or os.access(folder, os.R_OK) or caches.can_write(folder)):
        with contextlib.suppress(OSError):
            return caches.private_folder()
    return folder


def is_there(path: Path) -> bool:
    """Return whether something is at a path; True too if that cannot be found out.

    Whoever reads it then meets the reason, such as a folder without permission.
    """
    try:
        return path.exists()
    except OSError:
        return True
