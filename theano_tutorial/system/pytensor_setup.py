"""What PyTensor and Matplotlib need of the environment, before either is imported."""

import contextlib
import os
import sys
from pathlib import Path
from types import ModuleType

from theano_tutorial._text import shortened
from theano_tutorial.errors import UsageError
from theano_tutorial.system.compilers import find
from theano_tutorial.system.folders import can_write, private_folder


def find_room() -> None:
    """Give PyTensor and Matplotlib other places, where theirs in the home cannot be written.

    What the user has named is left alone. On a Mac without compilers, PyTensor is told so: it
    would call their stubs.
    """
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    with contextlib.suppress(OSError):
        if sys.platform == "darwin" and "cxx" not in flags and not find("clang++", "g++"):
            _add_flag("cxx=")
    with contextlib.suppress(OSError):
        if "compiledir" not in flags and not _in_home(".pytensor"):
            _add_flag(f"base_compiledir={_quoted(private_folder() / 'pytensor')}")
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


def _add_flag(flag: str) -> None:
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    os.environ["PYTENSOR_FLAGS"] = f"{flags},{flag}" if flags else flag


def _quoted(path: Path) -> str:
    """Return a path as PyTensor reads it, which splits at commas and quotes as shells do."""
    return "'" + str(path).replace("'", "'\"'\"'") + "'"


def _in_home(*parts: str) -> bool:
    try:
        return can_write(Path.home().joinpath(*parts))
    except RuntimeError:  # there is no home
        return False
