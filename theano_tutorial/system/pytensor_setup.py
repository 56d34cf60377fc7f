"""What PyTensor and Matplotlib need from the environment before either is imported."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from theano_tutorial._text import shortened
from theano_tutorial.errors import UsageError
from theano_tutorial.system.compilers import find
from theano_tutorial.system.folders import can_write, private_folder


def find_room() -> None:
    """Give PyTensor and Matplotlib other folders if theirs in the home cannot be written.

    Folders that the user has named are left alone, except a ``TMPDIR`` that cannot be written:
    Python does not use it then, but compilers would. On a Mac without compilers, PyTensor is
    told that there are none; otherwise it would call their stubs.
    """
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    with contextlib.suppress(OSError):
        if sys.platform == "darwin" and "cxx" not in flags and not find("clang++", "g++"):
            _add_flag("cxx=")
    with contextlib.suppress(OSError):
        if os.environ.get("TMPDIR", "/tmp") != tempfile.gettempdir():
            os.environ["TMPDIR"] = tempfile.gettempdir()
        if "compiledir" not in flags and not _in_home(".pytensor"):
            _add_flag(f"base_compiledir={_quoted(private_folder() / 'pytensor')}")
        if "MPLCONFIGDIR" not in os.environ and not _in_home(".config", "matplotlib"):
            os.environ["MPLCONFIGDIR"] = str(private_folder() / "matplotlib")


def import_pytensor() -> ModuleType:
    """Return PyTensor, or raise `UsageError` if it raises any error, as with bad settings."""
    try:
        import pytensor
        import pytensor.tensor
    except MemoryError:
        raise
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
    """Return a path as PyTensor parses it: split at commas, with quotes as in a shell."""
    return "'" + str(path).replace("'", "'\"'\"'") + "'"


def _in_home(*parts: str) -> bool:
    try:
        return can_write(Path.home().joinpath(*parts))
    except RuntimeError:  # there is no home
        return False
