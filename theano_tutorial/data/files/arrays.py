"""MNIST as arrays: the tutorials' pickle, Keras's ``mnist.npz`` and similar files.

The arrays' names and order do not matter. An array is identified by its shape and, once its
pixels are scaled back to bytes, by their SHA-256.

Source of the pickle's form: document 3, section "Putting it All Together" (its loader).
"""

import io
import math
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.data.files import pickled_arrays
from theano_tutorial.data.files.file_content import File, read_content, refusing
from theano_tutorial.data.files.idx import IdxFile
from theano_tutorial.data.splits import N_CLASSES, N_PIXELS, Bytes, in_blocks
from theano_tutorial.errors import BadFile
from theano_tutorial.system.files import parse_array, read_header

NPY_MAGIC = b"\x93NUMPY"
_LONGEST_VALUE = 8  # bytes per pixel
_MOST_ARRAYS = 8


def lengths(files: Sequence[IdxFile]) -> set[int]:
    """Return the possible numbers of rows: training, test, training less test, and all."""
    train, test = max(file.rows for file in files), min(file.rows for file in files)
    return {train, test, train - test, train + test}


def read_pickle(file: File, lengths: set[int]) -> list[Bytes]:
    """Return the arrays of digits in a pickle, gzipped or not, from any Python and NumPy.

    They are recognised by their shapes, which begin or, as in MATLAB's files, end with one of
    `lengths`. A file that cannot be read, that refers to anything but arrays, or that has no
    digits raises `BadFile`.
    """
    with refusing(file.path, "pickle"), file.stream() as stream:
        pickled = pickled_arrays.load(stream)
        fitting = [array for array in pickled if _fits(array.shape, lengths)]
        if pickled and not fitting:
            raise BadFile(file.path, _unlike(pickled[0].shape or ()))
        return [
            part
            for array in fitting[:_MOST_ARRAYS]
            for part in _parts(array.value(), file.path, lengths)
        ]


def npy_length(file: File, start: bytes, lengths: set[int]) -> int:
    """Return the length of an ``.npy`` file of digits that begins with `start`.

    Digits are recognised by the shape in its header, as in `read_pickle`. Any other file raises
    `BadFile`.
    """
    with refusing(file.path, ".npy file"):
        header = io.BytesIO(start)
        shape, dtype = read_header(header)
        if not _fits(shape, lengths):
            raise BadFile(file.path, _unlike(shape))
        if dtype.kind not in "fiu" or dtype.itemsize > _LONGEST_VALUE:
            problem = f"values of dtype {dtype}; MNIST's are numbers of at most 64 bits"
            raise BadFile(file.path, problem)
        return header.tell() + math.prod(shape) * dtype.itemsize


def read_npy(file: File, length: int, lengths: set[int]) -> list[Bytes]:
    """Return the digits in an ``.npy`` file of `npy_length`; `BadFile` if it is broken."""
    with refusing(file.path, ".npy file"):
        return _parts(parse_array(read_content(file, length)), file.path, lengths)


def _fits(shape: tuple[int, ...] | None, lengths: set[int]) -> bool:
    """Return whether an array's first or last axis is one of digits."""
    if not shape:
        return False
    found = {shape[0], shape[-1]} & lengths
    return any(math.prod(shape) // n in (1, N_CLASSES, N_PIXELS) for n in found)


def _unlike(shape: tuple[int, ...]) -> str:
    rows = "60,000 or 10,000 rows of 28 x 28 pixels or one label"
    return f"an array of shape {shape}; MNIST's have {rows}"


def _parts(array: Array, path: Path, lengths: set[int]) -> list[Bytes]:
    """Return an array as bytes, with all digits split into training and test digits."""
    rows = array if len(array) in lengths else np.moveaxis(array, -1, 0)
    digits = _to_bytes(rows, path)
    *_, train, whole = sorted(lengths)
    return [digits[:train], digits[train:]] if len(digits) == whole else [digits]


def _to_bytes(array: Array, path: Path) -> Bytes:
    """Return images ``(n, 784)`` or labels ``(n,)`` as bytes.

    Pixels are from 0 to 255, or divided by 255 or 256. Labels are digits or one-hot rows, whose
    largest value is in the digit's column. Anything else raises `BadFile`, which names `path`.
    """
    rows = array.reshape(len(array), -1)
    if rows.shape[1] == N_CLASSES:
        rows = rows.argmax(axis=1, keepdims=True)
    least, largest = rows.min(), rows.max()
    if not (least >= 0 and largest <= 255):
        found = f"from {least:.3g} to {largest:.3g}" if largest == largest else "that are NaN"
        are = "digits" if rows.shape[1] == 1 else "bytes, or bytes / 255 or 256"
        what = "labels" if rows.shape[1] == 1 else "pixels"
        raise BadFile(path, f"{what} {found}; MNIST's are {are}")
    if rows.shape[1] == 1:
        return rows[:, 0].astype(np.uint8)
    if rows.dtype.kind == "f":
        scale = 1 if largest > 1 else 255 if largest == 1 else 256
        return np.concatenate(in_blocks(lambda block: _rounded(rows[block], scale), len(rows)))
    return np.ascontiguousarray(rows, np.uint8)


def _rounded(x: Array, scale: int) -> Bytes:
    pixels: Bytes = np.rint(x * x.dtype.type(scale)).astype(np.uint8)
    return pixels


def ways_to_make(file: IdxFile, arrays: Sequence[Bytes]) -> Iterator[tuple[Bytes, ...]]:
    """Yield arrays, alone or as a pair to concatenate, that have as many rows as a file.

    The tutorials' pickle splits the 60,000 training digits into 50,000 and 10,000.
    """
    columns = (N_PIXELS,) if file.holds_images else ()
    fitting = [array for array in arrays if array.shape[1:] == columns]
    for parts in (*zip(fitting), *permutations(fitting, 2)):
        if sum(map(len, parts)) == file.rows:
            yield parts
