"""`theano.tensor.nnet.conv`: the first `conv2d`, which Theano called deprecated."""

from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution.windows import Shape
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.theano.tensor.nnet import abstract_conv

__getattr__ = renames.names_of("theano.tensor.nnet.conv")


def conv2d(
    input: TensorVariable,
    filters: TensorVariable,
    image_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: str = "valid",
    subsample: tuple[int, int] = (1, 1),
    **how: object,
) -> TensorVariable:
    """Return the maps of images under filters; arguments about `how` to compute are ignored."""
    for name in ("imshp_logical", "kshp_logical"):
        if how.get(name) is not None:
            raise NotImplementedError(f"nnet.conv.conv2d: {name} is not offered here")
    return abstract_conv.conv2d(
        input, filters, image_shape, filter_shape, border_mode, subsample
    )
