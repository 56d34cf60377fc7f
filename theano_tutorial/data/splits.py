"""Images and labels as the tutorials use them: three splits, scaled pixels, one dtype."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt

from theano_tutorial._arguments import array, whole
from theano_tutorial._text import shortened
from theano_tutorial._types import Array
from theano_tutorial.errors import BadData, UsageError

IMAGE_SHAPE = (28, 28)
N_PIXELS = IMAGE_SHAPE[0] * IMAGE_SHAPE[1]
N_CLASSES = 10
LARGEST_DIVISOR = 65_535  # that pixels can be divided by
N_TRAIN = 50_000  # the first training images; the last 10,000 are for validation

_BLOCK = 1_000  # rows processed at a time

Result = TypeVar("Result")
Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]


class Digits(NamedTuple):
    """Raw digits, as the bytes that MNIST publishes.

    Images are ``(n, 784)`` uint8 with 0 for background and 255 for ink; labels are ``(n,)``
    uint8 from 0 to 9. There are 60,000 training and 10,000 test digits.
    """

    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes


@dataclass(frozen=True, eq=False)  # arrays have no single truth value to compare by
class Split:
    """Digits ready for a model.

    Pixels `x` are ``(n, 784)``, ``float64`` or ``float32``, from 0 to 255 / `pixel_divisor`:
    just under 1 by default, 1 with document 4's divisor. Labels `y` are ``(n,)``, ``int32``,
    from 0 to 9.
    """

    x: Floats
    y: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.y)

    def first(self, n: int) -> "Split":
        """Return the first `n` digits, not copied; raise `UsageError` if there are fewer."""
        whole(n, "train_size", most=len(self), more=", the number of images")
        return Split(self.x[:n], self.y[:n])


@dataclass(frozen=True)
class Dataset:
    """The three splits of a tutorial: 50,000, 10,000 and 10,000 digits.

    `name` is ``"mnist"``, ``"rendered"`` or one of your own; `source` says where the digits
    came from, and `instead_of` why they stand in for MNIST, if they do. `pixel_divisor` is what
    their bytes were divided by. `all_train` is the 60,000 training and validation digits
    together, which document 4 trains on, or None if they are not available as one array.
    """

    train: Split
    valid: Split
    test: Split
    name: str
    source: str
    pixel_divisor: int = 256
    instead_of: str | None = None
    all_train: Split | None = None

    @property
    def description(self) -> str:
        """A line or two that tell a reader which digits these are."""
        sizes = " + ".join(f"{len(split):,}" for split in (self.train, self.valid, self.test))
        if self.name != "rendered":
            name = "MNIST" if self.name == "mnist" else self.name
            return f"{name}: {sizes} digits to train, validate and test."
        why = f" Why: {self.instead_of}." if self.instead_of else ""
        return (
            f"SYNTHETIC DIGITS drawn from fonts, not MNIST: {sizes}.{why}\n"
            "Nothing computed from them can equal a published number."
        )


def checked(split: Split) -> Split:
    """Return a split with int32 labels, checked to be fit for training or testing a model.

    `BadData` is raised if there are no images, if they are not a float matrix of finite values,
    if there is not one label from 0 to 9 for each image, or if some values are masked.
    """
    if not isinstance(split, Split):
        got = type(split).__name__
        such = "data.load().train or data.Split(images, labels)"
        raise TypeError(f"a Split is wanted, such as {such}; got {got}")
    x, y = _array(split.x, "images"), _array(split.y, "labels")
    if x.ndim != 2 or x.dtype not in (np.float32, np.float64):
        got = f"{x.dtype} of shape {x.shape}"
        such = "such as bytes.reshape(n, -1) / 256"
        raise BadData(f"images must be a float64 or float32 matrix, {such}; got {got}")
    if not len(x):
        raise BadData("there are no images")
    check_labels(y, len(x), "; for more classes, call pytensor.shared on your arrays")
    if not all(in_blocks(lambda rows: bool(np.isfinite(x[rows]).all()), len(x))):
        raise BadData("images hold NaN or infinity")
    return Split(x, y.astype(np.int32, copy=False))


def _array(value: object, name: str) -> Array:
    """Return images or labels as an array, or raise `BadData`."""
    if np.ma.is_masked(value):
        raise BadData(f"some {name} are masked: leave them out, or take their .filled(VALUE)")
    try:
        return array(value, name)
    except (RuntimeError, ValueError) as error:  # rows of several lengths, a gradient's tensor
        raise BadData(f"{name} are not an array: {shortened(error)}") from error


def check_labels(y: Array, n: int, advice: str = "") -> None:
    """Raise `BadData` unless `y` is `n` labels from 0 to 9; the error names the first bad one.

    `advice` is added if a label is larger. JAX raises no error for one; it computes NaN.
    """
    if y.shape != (n,) or y.dtype.kind not in "iuf":
        got = f"{y.dtype} of shape {y.shape}"
        calls = {(n,): "astype(int)", (n, 1): "ravel()", (n, N_CLASSES): "argmax(axis=1)"}
        hint = f"; try their .{calls[y.shape]}" if y.shape in calls else ""
        raise BadData(f"labels must be {n:,} numbers, one an image, got {got}{hint}")
    wrong = ~((y >= 0) & (y < N_CLASSES) & (y == np.floor(y)))
    if wrong.any():
        found = f"found {y[np.argmax(wrong)]} at row {np.argmax(wrong):,}"
        more = advice if y.max() >= N_CLASSES else ""
        raise BadData(f"labels must be whole numbers from 0 to {N_CLASSES - 1}, {found}{more}")


def scaled(images: Bytes, pixel_divisor: int, dtype: str) -> Floats:
    """Divide bytes by `pixel_divisor`.

    The quotients are rounded to ``float32``, as in the files that the tutorials read, even if
    `dtype` is ``"float64"``. Quotients by 256 are exact in either dtype.
    """
    x: Floats = np.empty(images.shape, dtype)
    divisor = np.float32(pixel_divisor)

    def divide(rows: slice) -> None:
        np.divide(images[rows], divisor, out=x[rows], dtype=np.float32, casting="same_kind")

    in_blocks(divide, len(images))
    return x


def in_blocks(work: Callable[[slice], Result], n: int) -> list[Result]:
    """Call `work` on blocks of `n` rows, on all cores; return each block's result.

    One NumPy call for all rows would use one core and hold all intermediate results at once.
    """
    blocks = [slice(start, start + _BLOCK) for start in range(0, n, _BLOCK)]
    if len(blocks) < 2:
        return [work(block) for block in blocks]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(work, blocks))


def check_form(dtype: object, pixel_divisor: object) -> None:
    """Raise `UsageError` if `dtype` or `pixel_divisor` is not valid for pixels."""
    try:
        is_float = dtype is not None and np.dtype(dtype) in (np.float32, np.float64)  # type: ignore[call-overload]
    except (TypeError, ValueError, SyntaxError):
        is_float = False
    if not is_float:
        raise UsageError(f"dtype must be 'float64' or 'float32', got {shortened(repr(dtype))}")
    is_number = isinstance(pixel_divisor, Real) and not isinstance(pixel_divisor, bool)
    if not is_number or not 1 <= cast("float", pixel_divisor) <= LARGEST_DIVISOR:
        got = shortened(repr(pixel_divisor))
        raise UsageError(f"pixel_divisor must be from 1 to {LARGEST_DIVISOR:,}, got {got}")


def make_dataset(
    digits: Digits,
    *,
    name: str,
    source: str,
    instead_of: str | None = None,
    dtype: str = "float64",
    pixel_divisor: int = 256,
) -> Dataset:
    """Split raw digits 50,000 / 10,000 / 10,000 and scale their pixels; see `Dataset`.

    `dtype` is ``"float64"`` or ``"float32"``. Documents 1 to 3 read a file of ``byte / 256``;
    document 4 divides by 255. Images that are not bytes of 28 x 28 pixels, or do not each have
    a label from 0 to 9, raise `BadData`; a bad `dtype` or `pixel_divisor` raises `UsageError`.
    """
    check_form(dtype, pixel_divisor)
    if not isinstance(digits, Digits):
        raise TypeError(f"digits must be Digits; got {type(digits).__name__}")

    def split(images: Array, labels: Array) -> Split:
        images, labels = _array(images, "images"), _array(labels, "labels")
        if images.dtype != np.uint8 or images.shape[1:] != (N_PIXELS,):
            got = f"{images.dtype} of shape {images.shape}"
            raise BadData(f"images must be bytes of shape (n, {N_PIXELS}), got {got}")
        check_labels(labels, len(images))
        return Split(scaled(images, pixel_divisor, dtype), labels.astype(np.int32))

    all_train = split(digits.train_images, digits.train_labels)
    train = Split(all_train.x[:N_TRAIN], all_train.y[:N_TRAIN])
    valid = Split(all_train.x[N_TRAIN:], all_train.y[N_TRAIN:])
    test = split(digits.test_images, digits.test_labels)
    return Dataset(train, valid, test, name, source, pixel_divisor, instead_of, all_train)
