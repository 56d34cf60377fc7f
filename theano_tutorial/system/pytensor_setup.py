"""Places for what PyTensor and Matplotlib keep, before either is imported."""

import contextlib
import os
from pathlib import Path
from types import ModuleType

from theano_tutorial._text import shortened
from theano_tutorial.errors import UsageError
from theano_tutorial.system.folders import can_write, private_folder


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


def import_pytensor() -> ModuleType:
    """Return PyTensor, or raise `UsageError`: with bad settings, it may raise any error."""
    try:
        import pytensor
        import pytensor.tensor
    except Exception as error:
        raise UsageError(
            "PyTensor cannot be imported with these settings (PYTENSOR_FLAGS, .pytensorrc): "
            f"{shortened(f'{type(error).__name__}: {error}')}"
        ) from error
    module: ModuleType = pytensor
    return module


def _in_home(*parts: str) -> bool:
    try:
        return can_write(Path.home().joinpath(*parts))
    except RuntimeError:  # there is no home
        return False
