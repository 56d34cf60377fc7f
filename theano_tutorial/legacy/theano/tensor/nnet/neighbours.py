"""`theano.tensor.nnet.neighbours`: the patches of images as rows of a matrix, and back."""

from collections.abc import Sequence

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution import conv2d
from theano_tutorial.convolution.arguments import pair

_BORDERS = {
    "valid": "valid",
    "ignore_borders": "valid",
    "wrap_centered": "valid",
    "half": "half",
    "full": "full",
}


def images2neibs(
    ten4: TensorVariable,
    neib_shape: Sequence[int],
    neib_step: Sequence[int] | None = None,
    mode: str = "valid",
) -> TensorVariable:
    """Return a matrix with a row for each patch of ``(batch, channels, height, width)``.

    Patches are `neib_step` apart, by default so that they touch. `mode` is ``"valid"``,
    ``"ignore_borders"``, ``"half"``, ``"full"``, or ``"wrap_centered"``: beyond the border
    begins the other side. Another raises a `NotImplementedError`.
    """
    if mode not in _BORDERS:
        raise NotImplementedError(
            f"images2neibs: mode must be {', '.join(_BORDERS)}, got {mode!r}"
        )
    height, width = pair(neib_shape, "images2neibs: neib_shape", 1)
    step = pair(neib_step or neib_shape, "images2neibs: neib_step", 1)
    one_each = np.eye(height * width, dtype=ten4.dtype).reshape(-1, 1, height, width)
    single = ten4.reshape((-1, 1, ten4.shape[2], ten4.shape[3]))
    if mode == "wrap_centered":
        around = [(0, 0), (0, 0), (height // 2,) * 2, (width // 2,) * 2]
        single = pt.pad(single, around, mode="wrap")
    patches = conv2d(
        single, pt.constant(one_each), None, None, _BORDERS[mode], step, filter_flip=False
    )
    return patches.dimshuffle(0, 2, 3, 1).reshape((-1, height * width))


def neibs2images(
    neibs: TensorVariable,
    neib_shape: Sequence[int],
    original_shape: Sequence[int | TensorVariable] | TensorVariable,
    mode: str = "valid",
) -> TensorVariable:
    """Return the images that `images2neibs` took touching patches from."""
    height, width = pair(neib_shape, "neibs2images: neib_shape", 1)
    batch, channels, rows, columns = (original_shape[i] for i in range(4))
    down, across = rows // height, columns // width
    patches = neibs.reshape((batch, channels, down, across, height, width))
    images = patches.dimshuffle(0, 1, 2, 4, 3, 5)
    return images.reshape((batch, channels, down * height, across * width))
