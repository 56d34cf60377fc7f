"""`theano.tensor.signal.conv`: convolution of single images, or stacks of them."""

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution.windows import Shape
from theano_tutorial.legacy.theano.tensor.nnet import conv


def conv2d(
    input: TensorVariable,
    filters: TensorVariable,
    image_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: str = "valid",
    subsample: tuple[int, int] = (1, 1),
    **kwargs: None,
) -> TensorVariable:
    """Return the maps ``(images, filters, height, width)`` of images under filters.

    Both are matrices, which stand for one and drop out of the result, or have three dimensions.
    Their shapes need not be told.
    """
    pair = [pt.as_tensor(v) for v in (input, filters)]
    if any(v.type.ndim not in (2, 3) for v in pair):
        raise ValueError(
            "signal.conv.conv2d: images and filters must have 2 or 3 dimensions, got "
            f"{pair[0].type} and {pair[1].type}"
        )
    stacks = [v if v.type.ndim == 3 else v.dimshuffle("x", 0, 1) for v in pair]
    images, kernels = (v.dimshuffle(0, "x", 1, 2) for v in stacks)
    maps = conv.conv2d(images, kernels, None, None, border_mode, subsample, **kwargs)
    stays = [axis for axis, v in enumerate(pair) if v.type.ndim == 3]
    return maps.dimshuffle(*stays, 2, 3)
