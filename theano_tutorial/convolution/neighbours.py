"""Neighbourhoods of images as rows of a matrix, and back, by Theano's names."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.variable import TensorVariable

# Two numbers, or a symbolic vector of them.
Sized: TypeAlias = Sequence[int | TensorVariable] | TensorVariable

# The zeros around an image, by mode, for neighbourhoods of so many rows or columns.
_PADDING: dict[str, Callable[[TensorVariable], TensorVariable | int]] = {
    "valid": lambda n: 0,
    "ignore_borders": lambda n: 0,
    "half": lambda n: n // 2,
    "full": lambda n: n - 1,
    "wrap_centered": lambda n: n // 2,
}


def images2neibs(
    ten4: TensorVariable,
    neib_shape: Sized,
    neib_step: Sized | None = None,
    mode: str = "valid",
) -> TensorVariable:
    """Return the neighbourhoods in images as rows, as Theano 1.0.5's ``images2neibs`` did.

    `ten4` ``(batch, channels, height, width)`` is symbolic. There is a neighbourhood of height
    and width `neib_shape` every `neib_step` rows and columns, by default so that they touch:
    row by row in each channel, channel by channel in each image. `mode` is ``"valid"``, where
    they must fit without a rest; ``"ignore_borders"``, which leaves a rest out; ``"half"`` or
    ``"full"``, with zeros of half a neighbourhood's size, or of all but one pixel of it, on
    each side; or ``"wrap_centered"``, where each is centred and goes on at the other side.

    Raises `ValueError` for another mode and, when the function is called, `TypeError` if the
    neighbourhoods do not fit.
    """
    if mode not in _PADDING:
        raise ValueError(f"images2neibs: mode must be {', '.join(_PADDING)}, got {mode!r}")
    images, sizes = pt.as_tensor(ten4), pt.as_tensor(neib_shape)
    steps = sizes if neib_step is None else pt.as_tensor(neib_step)
    height, width = images.shape[2], images.shape[3]
    rows = _places(height, sizes[0], steps[0], mode)[:, None, :, None]
    columns = _places(width, sizes[1], steps[1], mode)[:, None, :]
    # Pixels first: PyTorch has no gradient of indices behind slices.
    pixels = images.transpose(2, 3, 0, 1)[rows % height, columns % width]
    seen = pixels.transpose(4, 5, 0, 1, 2, 3)
    if mode in ("half", "full"):
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        seen = pt.switch(inside, seen, np.zeros((), seen.dtype))
    return seen.reshape((-1, sizes[0] * sizes[1]))


def _places(
    n: TensorVariable, size: TensorVariable, step: TensorVariable, mode: str
) -> TensorVariable:
    """Return where the rows, or columns, of each neighbourhood are; some may be outside."""
    pad = _PADDING[mode](size)
    rest = n + 2 * pad - size
    if mode != "ignore_borders":
        exact = pt.eq(size % 2, 1) if mode == "wrap_centered" else pt.eq(rest % step, 0)
        told = f"images2neibs: the neighbourhoods do not fit the images (mode {mode!r})"
        rest = CheckAndRaise(TypeError, told)(rest, pt.ge(n, size) & exact)
    first = pt.arange(rest // step + 1) * step - pad
    return first[:, None] + pt.arange(size)


def neibs2images(
    neibs: TensorVariable, neib_shape: Sized, original_shape: Sized, mode: str = "valid"
) -> TensorVariable:
    """Return the images of this shape whose touching neighbourhoods are the rows `neibs`.

    `mode` is as in `images2neibs`: ``"valid"``, or ``"ignore_borders"``, which leaves zeros
    where no neighbourhood was. Raises `ValueError` for another mode.
    """
    if mode not in ("valid", "ignore_borders"):
        raise ValueError(f"neibs2images: mode must be valid or ignore_borders, got {mode!r}")
    rows, sizes, shape = map(pt.as_tensor, (neibs, neib_shape, original_shape))
    turned = [shape[3] // sizes[1], sizes[1]]  # pixels of one row of images lie apart like this
    found = images2neibs(rows[None, None], turned, mode=mode)
    if mode == "valid":
        return found.reshape(shape, ndim=4)
    height, width = (shape[axis + 2] // sizes[axis] * sizes[axis] for axis in (0, 1))
    dtype = pytensor.scalar.upcast(pytensor.config.floatX, rows.dtype)
    places = pt.zeros(shape, dtype)[:, :, :height, :width]
    return pt.set_subtensor(places, found.reshape((shape[0], shape[1], height, width)))
