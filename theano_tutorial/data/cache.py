"""The folder where downloaded and rendered digits are kept between runs."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Return the user's cache folder for this package; it need not exist yet.

    ``THEANO_TUTORIAL_CACHE`` names another.
    """
    named = os.environ.get("THEANO_TUTORIAL_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("theano_tutorial")


def is_there(path: Path) -> bool:
    """Return whether something is at a path; True too if that cannot be found out.

    Whoever reads it then meets the reason, such as a folder without permission.
    """
    try:
        return path.exists()
    except OSError:
        return True
