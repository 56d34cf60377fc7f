"""MNIST in arrays of other forms: the tutorials' pickle, Keras's ``mnist.npz``, and their like.

Names and order say nothing here. An array counts by its shape, and by what its values are after
the scale is undone: bytes, of which the SHA-256 is known.

Source of the pickle's form: document 3, section "Putting it All Together" (its loader).
"""

import io
import math
from collections.abc import Iterator, Sequence
from itertools import islice, permutations

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.data.files import pickled_arrays
from theano_tutorial.data.files.file_content import File, read_content, refusing
from theano_tutorial.data.files.idx import IdxFile
from theano_tutorial.data.splits import N_CLASSES, N_PIXELS, Bytes, in_blocks
from theano_tutorial.system.files import parse_array, read_header

NPY_MAGIC = b"\x93NUMPY"
_LONGEST_VALUE = 8  # bytes a pixel
_MOST_ARRAYS = 8


def lengths(files: Sequence[IdxFile]) -> set[int]:
    """Return how many rows arrays can have: a file's, the training set less 10,000, all."""
    train, test = max(file.rows for file in files), min(file.rows for file in files)
    return {train, test, train - test, train + test}


def read_pickle(file: File, lengths: set[int]) -> list[Bytes]:
    """Return the arrays of digits in a pickle, gzipped or not, by any Python and NumPy.

    What they are is read off their shapes, which begin with one of `lengths`. A file that
    cannot be read, or asks for anything but arrays, raises `BadFile`.
    """
    with refusing(file.path, "pickle"), file.stream() as stream:
        pickled = (each for each in pickled_arrays.load(stream) if _fits(each.shape, lengths))
        found = [_to_bytes(array.value()) for array in islice(pickled, _MOST_ARRAYS)]
        return [part for array in found for part in _parts(array, lengths)]


def read_npy(file: File, start: bytes, lengths: set[int]) -> list[Bytes]:
    """Return the array of digits in an ``.npy`` file that begins with `start`, if it has one.

    Whether it has is read off its header, as by `read_pickle`. A file that is broken raises
    `BadFile`.
    """
    with refusing(file.path, ".npy file"):
        header = io.BytesIO(start)
        shape, dtype = read_header(header)
        if not _fits(shape, lengths):
            return []
        if dtype.kind not in "fiu" or dtype.itemsize > _LONGEST_VALUE:
            raise ValueError(f"it holds values of dtype {dtype}")
        length = header.tell() + math.prod(shape) * dtype.itemsize
        return _parts(_to_bytes(parse_array(read_content(file, length))), lengths)


def _fits(shape: tuple[int, ...] | None, lengths: set[int]) -> bool:
    if not shape or shape[0] not in lengths:
        return False
    return math.prod(shape[1:]) in (1, N_CLASSES, N_PIXELS)


def _parts(array: Bytes, lengths: set[int]) -> list[Bytes]:
    """Take training and test digits apart, if an array has all of them."""
    *_, train, whole = sorted(lengths)
    return [array[:train], array[train:]] if len(array) == whole else [array]


def _to_bytes(array: Array) -> Bytes:
    """Return images ``(n, 784)`` or labels ``(n,)`` as bytes.

    Pixels are from 0 to 255, or that divided by 255 or 256. Labels are digits, or rows with
    the largest value in their column. Anything else raises `ValueError`.
    """
    rows = array.reshape(len(array), -1)
    if rows.shape[1] == N_CLASSES:
        rows = rows.argmax(axis=1, keepdims=True)
    largest = rows.max()
    if not (rows.min() >= 0 and largest <= 255):
        raise ValueError("it holds values that are not from 0 to 255")
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
    """Yield what may be a file's rows: an array, or two in a row.

    The tutorials' pickle has the 60,000 training digits as 50,000 and 10,000.
    """
    columns = (N_PIXELS,) if file.holds_images else ()
    fitting = [array for array in arrays if array.shape[1:] == columns]
    for parts in (*zip(fitting), *permutations(fitting, 2)):
        if sum(map(len, parts)) == file.rows:
            yield parts
