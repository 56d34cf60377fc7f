"""Names that MNIST's files go by, and folders listed with them in mind."""

import contextlib
import os
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path, PurePosixPath

from theano_tutorial.data.files.file_content import File
from theano_tutorial.errors import BadFile

# The four files' names, also with dots for dashes, and in upper case.
_IDX = re.compile(
    r"(train|t10k)[-._ ](images|labels)[-._ ]idx(\d)[-._ ]ubyte(\.gz|\.ubyte)?", re.I
)
_BUNDLE = re.compile(r"mnist[-\w. ]*\.(pkl|pickle|npz)(\.gz)?", re.I)
_LIKELY = re.compile(r"mnist|raw|idx|ubyte|\.(npz|npy|pkl|pickle|zip)", re.I)
_HIDDEN = re.compile(r"\.|__MACOSX$")


def listed(folder: Path, most: int | None) -> tuple[list[File], list[Path]]:
    """Return the files in a folder and the folders in it, sorted, of its first `most` entries.

    Left out is what is hidden, and what is no regular file and has none of MNIST's names.
    A folder that is not there is empty; one that cannot be read raises `BadFile`.
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
    except (OSError, ValueError) as error:  # or a name with a zero in it
        reason = getattr(error, "strerror", error)
        raise BadFile(folder, f"cannot be read as a folder ({reason})") from error
    return [File(path) for path in sorted(files)], sorted(folders)


def is_hidden(path: str) -> bool:
    """Return whether a file is macOS's or another program's own, not for its user."""
    return any(map(_HIDDEN.match, PurePosixPath(path).parts))


def _is(what: Callable[[], bool]) -> bool:
    """Return what a folder's entry says of itself, False if it cannot be found out."""
    with contextlib.suppress(OSError):
        return what()
    return False


def published_name(path: Path) -> str:
    """Return the name that MNIST published a file under, if it goes by that or one like it."""
    found = _IDX.fullmatch(path.name)
    return "{}-{}-idx{}-ubyte".format(*found.groups()).lower() if found else ""


def has_name(path: Path) -> bool:
    """Return whether a file goes by a name of MNIST's."""
    return bool(published_name(path) or _BUNDLE.fullmatch(path.name))


def unlikely_last(path: Path) -> tuple[bool, bool, Path]:
    """Return a key to sort paths by: first those that MNIST may be in, going by their names."""
    return path.name.lower() != "mnist", not _LIKELY.search(path.name), path
