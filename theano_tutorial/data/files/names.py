"""The names that MNIST's files go by, and how to list a folder that may hold them."""

import contextlib
import os
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path, PurePosixPath

from theano_tutorial.data.files.file_content import File
from theano_tutorial.errors import BadFile

# The four files' names, in either case, also with dots and the like for dashes.
_IDX = re.compile(
    r"(train|t10k)[-._ ](images|labels)[-._ ]idx(\d)[-._ ]ubyte(\.gz|\.ubyte)?", re.I
)
_BUNDLE = re.compile(r"mnist[-\w. ]*\.(pkl|pickle|npz)(\.gz)?", re.I)
_LIKELY = re.compile(r"mnist|raw|idx|ubyte|\.(npz|npy|pkl|pickle|zip)", re.I)
_HIDDEN = re.compile(r"\.|__MACOSX$")


def listed(folder: Path, most: int | None) -> tuple[list[File], list[Path]]:
    """Return the files and the folders among the first `most` entries of a folder, sorted.

    Hidden entries are left out, as is anything that is not a regular file unless it has one of
    MNIST's names. A folder that does not exist counts as empty; one that cannot be read raises
    `BadFile`.
    """
    files, folders = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, most):
                path = folder / entry.name
                if is_hidden(entry.name):
                    continue
                if _is(entry.is_dir):
                    folders.append(path)
                elif has_name(path) or _is(entry.is_file):
                    files.append(path)
    except FileNotFoundError:
        pass
    except NotADirectoryError as error:
        hint = "it is a file: name the folder that it is in"
        raise BadFile(folder, f"cannot be read as a folder ({hint})") from error
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        reason = getattr(error, "strerror", error)
        raise BadFile(folder, f"cannot be read as a folder ({reason})") from error
    return [File(path) for path in sorted(files)], sorted(folders)


def is_hidden(path: str) -> bool:
    """Return whether a path is hidden or in macOS's ``__MACOSX``, so not the user's own."""
    return any(map(_HIDDEN.match, PurePosixPath(path).parts))


def _is(what: Callable[[], bool]) -> bool:
    """Return whether a folder's entry is of a kind; False if the system cannot tell."""
    with contextlib.suppress(OSError):
        return what()
    return False


def published_name(path: Path) -> str:
    """Return the published name of a file that goes by it or a similar one, else ``""``."""
    found = _IDX.fullmatch(path.name)
    return "{}-{}-idx{}-ubyte".format(*found.groups()).lower() if found else ""


def has_name(path: Path) -> bool:
    """Return whether a file's name is one that MNIST's files go by."""
    return bool(published_name(path) or _BUNDLE.fullmatch(path.name))


def unlikely_last(path: Path) -> tuple[bool, bool, Path]:
    """Return a sort key that puts paths first whose names suggest MNIST."""
    return path.name.lower() != "mnist", not _LIKELY.search(path.name), path
