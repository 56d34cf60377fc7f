"""`theano.tensor.nnet.neighbours`: windows of images as the rows of a matrix, and back."""

from typing import Any

import pytensor.tensor as pt
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.variable import TensorVariable as Tensor

_whole = CheckAndRaise(TypeError, "images2neibs: windows do not fill the images")


def images2neibs(
    ten4: Any, neib_shape: Any, neib_step: Any = None, mode: str = "valid"
) -> Tensor:
    """Return windows as rows: from left to right, and down each channel of each image."""
    x, sizes = pt.as_tensor(ten4), pt.as_tensor(neib_shape)
    steps = sizes if neib_step is None else pt.as_tensor(neib_step)
    for axis, size, step in ((2, sizes[0], steps[0]), (4, sizes[1], steps[1])):
        length = x.shape[axis]
        first, n = 0, (length - size) // step + 1
        if mode == "wrap_centered":
            first, n = -(size // 2), (length + step - 1) // step
        elif mode == "valid":
            n = _whole(n, pt.eq((n - 1) * step + size, length))
        elif mode != "ignore_borders":
            raise NotImplementedError(f"images2neibs: mode {mode!r} is not offered here")
        at = first + pt.arange(n)[:, None] * step + pt.arange(size)
        x = pt.take(x, at % length, axis=axis)  # two axes: windows, and places in them
    return x.dimshuffle(0, 1, 2, 4, 3, 5).reshape((-1, sizes.prod()))


def neibs2images(
    neibs: Tensor, neib_shape: Any, original_shape: Any, mode: object = None
) -> Tensor:
    """Return images of windows that did not overlap; at borders that had none, 0."""
    n, channels, h, w = (original_shape[i] for i in range(4))
    r, s = neib_shape[0], neib_shape[1]
    tiles = neibs.reshape((n, channels, h // r, w // s, r, s)).dimshuffle(0, 1, 2, 4, 3, 5)
    inner = tiles.reshape((n, channels, h // r * r, w // s * s))
    images = pt.zeros((n, channels, h, w), neibs.dtype)
    return pt.set_subtensor(images[:, :, : h // r * r, : w // s * s], inner)
