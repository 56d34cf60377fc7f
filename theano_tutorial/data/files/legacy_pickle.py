"""The tutorials' own data file, ``mnist.pkl.gz``, written by Python 2.

Loading a pickle runs whatever it says; `pickled_arrays` runs only what NumPy arrays need. This
reader returns bytes, so that the rest of the package need not know this form.

Source: document 3, section "Putting it All Together" (its loader).
"""

import pickle
import warnings
from pathlib import Path

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.data.files.file_content import read_content
from theano_tutorial.data.files.pickled_arrays import PickledArray, load
from theano_tutorial.data.splits import Bytes, Digits
from theano_tutorial.errors import BadFile

# Three float32 matrices of 70,000 x 784 in all, labels and headers: 220,080,338 bytes.
_LIMIT = 256 * 2**20
_ROWS = (50_000, 10_000, 10_000)
_SPLITS = ("training", "validation", "test")


def read_pickle(path: Path) -> Digits:
    """Read ``mnist.pkl.gz`` (or the pickle uncompressed) back to bytes.

    The file holds ``((x, y), (x, y), (x, y))`` for training, validation and test: `x` is
    float32, ``byte / 256``, and `y` int64.

    A file that cannot be read, or asks for anything but such arrays, raises `BadFile`.
    """
    content = read_content(path, _LIMIT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # as of a string that is broken
            loaded = load(content)
    except pickle.UnpicklingError as error:
        raise BadFile(path, f"refused: {error}") from error
    except Exception as error:  # a broken pickle can raise nearly anything
        reason = str(error) or type(error).__name__
        raise BadFile(path, f"not a readable pickle ({reason})") from error
    train, valid, test = _three_pairs(path, loaded)
    images, labels = map(np.concatenate, zip(train, valid, strict=True))
    return Digits(images, labels, *test)


def _three_pairs(path: Path, loaded: object) -> list[tuple[Bytes, Bytes]]:
    if not (isinstance(loaded, tuple | list) and len(loaded) == 3):
        raise BadFile(path, "expected three splits: training, validation and test")
    pairs = []
    for split, rows, name in zip(loaded, _ROWS, _SPLITS, strict=True):
        if not (isinstance(split, tuple | list) and len(split) == 2):
            raise BadFile(path, f"the {name} split is not a pair of images and labels")
        pairs.append((_pixels(path, split[0], rows, name), _labels(path, split[1], rows, name)))
    return pairs


def _array(path: Path, array: object, shape: tuple[int, ...], what: str) -> Array:
    if not isinstance(array, PickledArray):
        raise BadFile(path, f"{what} are not a NumPy array")
    if array.shape != shape:
        raise BadFile(path, f"{what} have shape {array.shape}, expected {shape}")
    try:
        return array.value()
    except ValueError as error:
        raise BadFile(path, f"{what} cannot be read: {error}") from error


def _pixels(path: Path, array: object, rows: int, name: str) -> Bytes:
    what = f"the {name} images"
    x = _array(path, array, (rows, 784), what)
    if x.dtype.kind != "f":
        raise BadFile(path, f"{what} have dtype {x.dtype}, expected a float")
    if np.isnan(x).any():
        raise BadFile(path, f"{what} hold NaN")
    if not ((x >= 0) & (x <= 255 / 256)).all():
        raise BadFile(path, f"{what} have pixels outside 0 to 255/256")
    scaled = x * x.dtype.type(256)
    pixels: Bytes = scaled.astype(np.uint8)
    if not np.array_equal(pixels, scaled):
        raise BadFile(path, f"{what} have pixels that are not multiples of 1/256")
    return pixels


def _labels(path: Path, array: object, rows: int, name: str) -> Bytes:
    what = f"the {name} labels"
    y = _array(path, array, (rows,), what)
    if y.dtype.kind not in "iu":
        raise BadFile(path, f"{what} have dtype {y.dtype}, expected integers")
    wrong = (y < 0) | (y > 9)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadFile(path, f"{what} must be 0 to 9, found {y[row]} at row {row:,}")
    return y.astype(np.uint8)
