"""Convolution and pooling of volumes by Theano's names, with its arguments."""

from collections.abc import Sequence

from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution import arguments
from theano_tutorial.convolution.arguments import settings, sized, stated
from theano_tutorial.convolution.conv import Convolve, FilterGradient, ImageGradient
from theano_tutorial.convolution.pool import Pool, as_images
from theano_tutorial.convolution.windows import Shape


def conv3d(
    input: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the maps of volumes under filters, as Theano 1.0.5's ``nnet.conv3d`` did.

    `input` is ``(batch, channels, depth, height, width)``, `filters` ``(n, channels //
    num_groups, depth, height, width)``; all else is as in `conv2d`, with three axes.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups, n=3)
    images = stated(how, input, "images", input_shape)
    return Convolve(how)(images, stated(how, filters, "filters", filter_shape))


def conv3d_grad_wrt_inputs(
    output_grad: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape,
    filter_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the gradient of `conv3d` with respect to its input.

    The last three entries of `input_shape` must be given.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups, n=3)
    kernels = stated(how, filters, "filters", filter_shape)
    return ImageGradient(how)(kernels, output_grad, sized(how, input_shape, "input_shape"))


def conv3d_grad_wrt_weights(
    input: TensorVariable,
    output_grad: TensorVariable,
    filter_shape: Shape,
    input_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the gradient of `conv3d` with respect to its filters.

    The last three entries of `filter_shape` must be given.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups, n=3)
    images = stated(how, input, "images", input_shape)
    return FilterGradient(how)(images, output_grad, sized(how, filter_shape, "filter_shape"))


def pool_3d(
    input: TensorVariable,
    ws: Sequence[int] | int | None = None,
    ignore_border: bool | None = None,
    stride: Sequence[int] | int | None = None,
    pad: Sequence[int] | int = (0, 0, 0),
    mode: str = "max",
) -> TensorVariable:
    """Pool the windows of volumes, as Theano 1.0.5's ``signal.pool.pool_3d`` did.

    `input` is ``(..., depth, height, width)``; all else is as in `pool_2d`, with three axes.
    """
    pooling = arguments.pooling(ws, ignore_border, stride, pad, mode, n=3)
    volumes = as_images(input, pooling)
    # To pool boxes, pool planes, and then columns of the results.
    *more, depth, height, width = range(volumes.type.ndim)
    columns = Pool(pooling.plane)(volumes).dimshuffle(*more, width, height, depth)
    return Pool(pooling.column)(columns).dimshuffle(*more, width, height, depth)
