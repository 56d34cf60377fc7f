"""`theano.tensor.signal.conv`: convolution of single images, or stacks of them."""

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial.legacy.theano.tensor.nnet.abstract_conv import old_conv2d


def conv2d(input: Tensor, filters: Tensor, *args: object, **how: object) -> Tensor:
    """Return the maps of images under filters; either may be one matrix, which adds no axis."""
    pair = [pt.as_tensor(v) for v in (input, filters)]
    if any(v.type.ndim not in (2, 3) for v in pair):
        types = " and ".join(str(v.type) for v in pair)
        raise ValueError(f"signal.conv.conv2d: 2 or 3 dimensions are needed, not {types}")
    axes = {2: ("x", "x", 0, 1), 3: (0, "x", 1, 2)}
    images, kernels = (v.dimshuffle(axes[v.type.ndim]) for v in pair)
    how = {name: value for name, value in how.items() if not name.endswith("_shape")}
    maps = old_conv2d(images, kernels, None, None, *args[2:], **how)
    return maps.dimshuffle(*(axis for axis, v in enumerate(pair) if v.type.ndim == 3), 2, 3)
