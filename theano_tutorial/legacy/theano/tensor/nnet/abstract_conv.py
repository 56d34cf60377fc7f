"""`theano.tensor.nnet.abstract_conv`: convolutions, their gradients, and Ops that prepare them.

All are the operations of `theano_tutorial.convolution`.
"""

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial import convolution
from theano_tutorial.convolution.arguments import Border
from theano_tutorial.convolution.common import Lengths, settings
from theano_tutorial.convolution.windows import Shape
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.theano.tensor.nnet.bilinear import (
    bilinear_kernel_1D,
    bilinear_kernel_2D,
    bilinear_upsampling,
)
from theano_tutorial.legacy.theano.tensor.nnet.prepared import (
    AbstractConv2d,
    AbstractConv2d_gradInputs,
    AbstractConv2d_gradWeights,
    AbstractConv3d,
    AbstractConv3d_gradInputs,
    AbstractConv3d_gradWeights,
    Numbers,
    any_batch,
    refuse,
)

__all__ = [
    "AbstractConv2d",
    "AbstractConv2d_gradInputs",
    "AbstractConv2d_gradWeights",
    "AbstractConv3d",
    "AbstractConv3d_gradInputs",
    "AbstractConv3d_gradWeights",
    "bilinear_kernel_1D",
    "bilinear_kernel_2D",
    "bilinear_upsampling",
    "causal_conv1d",
    "conv2d",
    "conv2d_grad_wrt_inputs",
    "conv2d_grad_wrt_weights",
    "conv3d",
    "conv3d_grad_wrt_inputs",
    "conv3d_grad_wrt_weights",
    "get_conv_output_shape",
    "separable_conv2d",
    "separable_conv3d",
]

__getattr__ = renames.names_of("theano.tensor.nnet.abstract_conv")


def conv2d(
    input: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: Border = "valid",
    subsample: Numbers = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Numbers = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Return the maps of images under filters: see `theano_tutorial.convolution.conv2d`."""
    how = (border_mode, subsample, filter_flip, filter_dilation, num_groups)
    refuse(unshared)
    images = pt.as_tensor(input)
    return convolution.conv2d(images, filters, any_batch(input_shape), filter_shape, *how)


def conv2d_grad_wrt_inputs(
    output_grad: TensorVariable,
    filters: TensorVariable,
    input_shape: Lengths,
    filter_shape: Shape | None = None,
    border_mode: Border = "valid",
    subsample: Numbers = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Numbers = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Return the gradient of `conv2d` in its input, whose height and width must be given."""
    how = (border_mode, subsample, filter_flip, filter_dilation, num_groups)
    refuse(unshared)
    return convolution.conv2d_grad_wrt_inputs(
        output_grad, filters, tuple(input_shape), filter_shape, *how
    )


def conv2d_grad_wrt_weights(
    input: TensorVariable,
    output_grad: TensorVariable,
    filter_shape: Lengths,
    input_shape: Shape | None = None,
    border_mode: Border = "valid",
    subsample: Numbers = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Numbers = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Return the gradient of `conv2d` in its filters, whose height and width must be given."""
    how = (border_mode, subsample, filter_flip, filter_dilation, num_groups)
    refuse(unshared)
    return convolution.conv2d_grad_wrt_weights(
        input, output_grad, tuple(filter_shape), any_batch(input_shape), *how
    )


def conv3d(
    input: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: Border = "valid",
    subsample: Numbers = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Numbers = (1, 1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the maps of volumes under filters: see `theano_tutorial.convolution.conv3d`."""
    how = (border_mode, subsample, filter_flip, filter_dilation, num_groups)
    return convolution.conv3d(input, filters, any_batch(input_shape), filter_shape, *how)


conv3d_grad_wrt_inputs = convolution.conv3d_grad_wrt_inputs
conv3d_grad_wrt_weights = convolution.conv3d_grad_wrt_weights


def separable_conv2d(
    input: TensorVariable,
    depthwise_filters: TensorVariable,
    pointwise_filters: TensorVariable,
    num_channels: int,
    input_shape: Shape | None = None,
    depthwise_filter_shape: Shape | None = None,
    pointwise_filter_shape: Shape | None = None,
    border_mode: Border = "valid",
    subsample: Numbers = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Numbers = (1, 1),
) -> TensorVariable:
    """Convolve each channel by itself, then mix them in every pixel."""
    how = (border_mode, subsample, filter_flip, filter_dilation, num_channels)
    each = conv2d(input, depthwise_filters, input_shape, depthwise_filter_shape, *how)
    return conv2d(each, pointwise_filters, None, pointwise_filter_shape)


def separable_conv3d(
    input: TensorVariable,
    depthwise_filters: TensorVariable,
    pointwise_filters: TensorVariable,
    num_channels: int,
    input_shape: Shape | None = None,
    depthwise_filter_shape: Shape | None = None,
    pointwise_filter_shape: Shape | None = None,
    border_mode: Border = "valid",
    subsample: Numbers = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Numbers = (1, 1, 1),
) -> TensorVariable:
    """Convolve each channel of volumes by itself, then mix them in every pixel."""
    how = (border_mode, subsample, filter_flip, filter_dilation, num_channels)
    each = conv3d(input, depthwise_filters, input_shape, depthwise_filter_shape, *how)
    return conv3d(each, pointwise_filters, None, pointwise_filter_shape)


def causal_conv1d(
    input: TensorVariable,
    filters: TensorVariable,
    filter_shape: Numbers,
    input_shape: Shape | None = None,
    subsample: int = 1,
    filter_flip: bool = True,
    filter_dilation: int = 1,
    num_groups: int = 1,
    unshared: bool = False,
) -> TensorVariable:
    """Convolve sequences ``(batch, channels, length)`` so that none sees what comes later."""
    before = filter_dilation * (filter_shape[2] - 1)
    maps = conv2d(
        input.dimshuffle(0, 1, 2, "x"),
        filters.dimshuffle(0, 1, 2, "x"),
        None if input_shape is None else (*input_shape, 1),
        (*filter_shape, 1),
        ((before, 0), 0),
        (subsample, 1),
        filter_flip,
        (filter_dilation, 1),
        num_groups,
        unshared,
    )
    return maps.dimshuffle(0, 1, 2)


def get_conv_output_shape(
    image_shape: Shape,
    kernel_shape: Shape,
    border_mode: Border,
    subsample: Numbers,
    filter_dilation: Numbers | None = None,
) -> tuple[int | None, ...]:
    """Return the shape of maps, with None where an entry that it depends on is None."""
    n = len(subsample)
    how = settings(border_mode, subsample, True, filter_dilation or (1,) * n, 1, n)
    maps = how.static_shape((None, None, *image_shape[2:]), (None, None, *kernel_shape[-n:]))
    return image_shape[0], kernel_shape[0], *maps[2:]
