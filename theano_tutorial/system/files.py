"""Files written in one step; arrays read without trusting what a file claims."""

import contextlib
import io
import math
import os
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from theano_tutorial._types import Array, Parameters
from theano_tutorial.errors import BadFile

# An archive may unpack to 64 MiB, or to this many times its own length if that is more. The
# archives that this package writes are not compressed.
_ROOM = 2**26
_ROOM_FACTOR = 4
_LONGEST_HEADER = 1000  # characters in an array's header; NumPy writes about a hundred
# A temporary file's name ends with this, after the file's name, a dash and eight characters.
_TEMPORARY = ".theano-tutorial"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part.

    The content goes to a temporary file in the same folder, reaches the disk, and takes the
    file's name in one step. A write that fails with `OSError` leaves the old file as it was.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write files that belong together as `write_atomically` does, all of them or none.

    They take their names, in the order given, once all of them have reached the disk. (A
    process killed at that moment leaves the first ones new and the others old.) If writing one
    of them fails with an `OSError`, no file has changed.
    """
    temporary: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(_TEMPORARY, f".{path.name}-", path.parent)
            temporary[path] = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            umask = os.umask(0)  # applied as to any new file: a temporary one is private
            os.umask(umask)
            Path(name).chmod(0o666 & ~umask)
        for path, written in temporary.items():
            written.replace(path)
    except BaseException:
        for written in temporary.values():
            with contextlib.suppress(OSError):
                written.unlink()
        raise


def clear_temporary(folder: Path) -> None:
    """Delete temporary files that a killed process left in a folder; nobody may be writing."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f".*-????????{_TEMPORARY}"):
            with contextlib.suppress(OSError):
                path.unlink()


def load_arrays(path: Path) -> Parameters:
    """Read an ``.npz`` file of plain arrays, using memory in proportion to its length.

    Unlike `numpy.load`, it reads no pickles and does not trust the sizes that a file claims.
    `BadFile` is raised if the file cannot be read or is not such an archive.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise ValueError("it is a device or a pipe")  # which may be endless
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            room = max(_ROOM, _ROOM_FACTOR * os.fstat(file.fileno()).st_size)
            if sum(member.file_size for member in members) > room:
                raise ValueError("it would unpack to far more than its own length")
            # A damaged header can make Python warn, which counts as unreadable.
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                arrays = {_name(member): _array(archive, member) for member in members}
        if len(arrays) != len(members):
            raise ValueError("two of its arrays have one name")
        return arrays
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})") from error
    except Exception as error:  # a broken zip can raise nearly anything
        kind, reason = type(error).__name__, str(error)
        raise BadFile(path, f"not a readable .npz file ({reason or kind})") from error


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of the array in a member of an archive."""
    if not member.filename.endswith(".npy"):
        raise ValueError(f"it holds {member.filename!r}, which is no array")
    return member.filename.removesuffix(".npy")


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    """Read one array; refuse a wrong length before making room for what it claims."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("it is compressed in a way that NumPy does not use")
    with archive.open(member) as stream:
        # Without a limit in bytes, zipfile would unpack whatever there is.
        return parse_array(stream.read(member.file_size + 1))


def parse_array(content: bytes) -> Array:
    """Return the array in an ``.npy`` file's content; a bad one raises nearly any exception."""
    stream = io.BytesIO(content)
    shape, dtype = read_header(stream)
    if dtype.kind not in "biufU" or dtype.itemsize == 0:
        raise ValueError(f"it holds values of dtype {dtype}")
    if 0 in shape and len(shape) > 1:  # a list may be empty
        raise ValueError("an array is empty")
    if math.prod(shape) * dtype.itemsize != len(content) - stream.tell():
        raise ValueError(f"an array is not as long as its shape {shape} says")
    stream.seek(0)
    array: Array = npy.read_array(stream, allow_pickle=False)
    if dtype.kind == "U":
        points = array.reshape(-1).view(np.dtype("u4").newbyteorder(dtype.byteorder))
        if points.max(initial=0) > sys.maxunicode:  # NumPy would make strings of them
            raise ValueError("a text has characters that do not exist")
    return array


def read_header(stream: io.BytesIO) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    """Read an ``.npy`` file up to its values; return their shape and dtype."""
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("its arrays have another version")
    shape, _, dtype = npy.read_array_header_1_0(stream, max_header_size=_LONGEST_HEADER)
    return shape, dtype
