"""`theano.tensor.nnet`: what neural networks are made of."""

from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution.arguments import Border
from theano_tutorial.convolution.common import Lengths
from theano_tutorial.convolution.windows import Shape
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.theano.tensor.nnet import (
    abstract_conv,
    bn,
    conv,
    conv3d2d,
    neighbours,
    nnet,
    sigm,
)
from theano_tutorial.legacy.theano.tensor.nnet.abstract_conv import conv2d as abstract_conv2d
from theano_tutorial.legacy.theano.tensor.nnet.abstract_conv import (
    conv2d_grad_wrt_inputs,
    conv3d,
    separable_conv2d,
)
from theano_tutorial.legacy.theano.tensor.nnet.bn import batch_normalization
from theano_tutorial.legacy.theano.tensor.nnet.nnet import *  # noqa: F403
from theano_tutorial.legacy.theano.tensor.nnet.prepared import Numbers
from theano_tutorial.legacy.theano.tensor.nnet.sigm import *  # noqa: F403

__all__ = [
    *nnet.__all__,
    *sigm.__all__,
    "abstract_conv",
    "abstract_conv2d",
    "batch_normalization",
    "bn",
    "conv",
    "conv2d",
    "conv2d_grad_wrt_inputs",
    "conv2d_transpose",
    "conv3d",
    "conv3d2d",
    "neighbours",
    "separable_conv2d",
]

__getattr__ = renames.names_of("theano.tensor.nnet")


def conv2d(
    input: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: Border = "valid",
    subsample: Numbers = (1, 1),
    filter_flip: bool = True,
    image_shape: Shape | None = None,
    filter_dilation: Numbers = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
    **kwargs: object,
) -> TensorVariable:
    """Return the maps of images under filters: see `theano_tutorial.convolution.conv2d`.

    `image_shape` is an older name of `input_shape`; both raise a `ValueError`. Arguments of
    other names said how to compute, and are ignored.
    """
    if image_shape is not None and input_shape is not None:
        raise ValueError("conv2d: give input_shape or image_shape, its old name, but not both")
    told = image_shape if input_shape is None else input_shape
    how = (border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared)
    return abstract_conv2d(input, filters, told, filter_shape, *how)


def conv2d_transpose(
    input: TensorVariable,
    filters: TensorVariable,
    output_shape: Lengths,
    filter_shape: Shape | None = None,
    border_mode: Border = "valid",
    input_dilation: Numbers = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Numbers = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Return images of which `conv2d`, with stride `input_dilation`, makes such maps."""
    how = (border_mode, input_dilation, filter_flip, filter_dilation, num_groups, unshared)
    return conv2d_grad_wrt_inputs(input, filters, output_shape, filter_shape, *how)
