"""Convolution and pooling of images by Theano's names, with its arguments."""

from collections.abc import Sequence

from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution import arguments
from theano_tutorial.convolution.common import (
    Lengths,
    convolved,
    gradient_of_inputs,
    gradient_of_weights,
    settings,
)
from theano_tutorial.convolution.pool import Pool
from theano_tutorial.convolution.windows import Shape


def conv2d(
    input: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the maps of images under filters, as Theano 1.0.5's ``nnet.conv2d`` did.

    `input` ``(batch, channels, height, width)`` and `filters` ``(n, channels // num_groups,
    height, width)`` are symbolic; the maps ``(batch, n, height, width)`` have the wider of the
    dtypes. What is known of the two shapes may be said, with None for other lengths.

    `border_mode` is ``"valid"``, for windows within the images; ``"full"``, for all that touch
    one; ``"half"``, for half a filter's size of zeros on each side; or the zeros on each side:
    a number, or for height and width a number or a pair, before and after. There is a window
    every `subsample` rows and columns. Filters are flipped, as in a convolution, unless
    `filter_flip` is False: then it is a cross-correlation. Their rows and columns are
    `filter_dilation` pixels apart. With `num_groups`, channels and filters are divided into
    groups, and each filter sees its own.

    Raises `TypeError` if an input has not four dimensions or neither has floats, and
    `ValueError` if an argument cannot be used or shapes do not fit: now where they are known,
    else when a function computes.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    return convolved(how, input, filters, input_shape, filter_shape)


def conv2d_grad_wrt_inputs(
    output_grad: TensorVariable,
    filters: TensorVariable,
    input_shape: Lengths,
    filter_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the gradient of `conv2d` in its input: a transposed convolution.

    `output_grad` is the gradient of the maps. Of `input_shape`, the last two entries are
    needed, the height and width of the images. The rest is that of `conv2d`.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    return gradient_of_inputs(how, output_grad, filters, input_shape, filter_shape)


def conv2d_grad_wrt_weights(
    input: TensorVariable,
    output_grad: TensorVariable,
    filter_shape: Lengths,
    input_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the gradient of `conv2d` in its filters.

    `output_grad` is the gradient of the maps. Of `filter_shape`, the last two entries are
    needed, the height and width of the filters. The rest is that of `conv2d`.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    return gradient_of_weights(how, input, output_grad, filter_shape, input_shape)


def pool_2d(
    input: TensorVariable,
    ws: Sequence[int] | int | None = None,
    ignore_border: bool | None = None,
    stride: Sequence[int] | int | None = None,
    pad: Sequence[int] | int = (0, 0),
    mode: str = "max",
) -> TensorVariable:
    """Return what windows of images hold, as Theano 1.0.5's ``signal.pool.pool_2d`` did.

    `input` is symbolic, ``(..., height, width)``; the result is too, ``(..., windows down,
    windows across)``, of the same dtype. Windows of height and width `ws` are `stride` apart,
    by default so that they touch. If `ignore_border`, those that reach beyond the image are
    left out; if not, the default, they hold what there is. `pad` rows and columns, fewer than
    `ws`, surround the image; that needs ``ignore_border=True``.

    `mode` is ``"max"``, ``"sum"``, ``"average_inc_pad"`` or ``"average_exc_pad"``: the largest
    entry, which is never padding; the sum; or the mean, which counts padding, as zeros, or does
    not. The gradient of a maximum goes in full to every entry that is largest. Theano refused
    the gradient of ``"average_exc_pad"`` with padding; here it is that of the mean.

    Raises `TypeError` if the input has fewer than two dimensions, or a mean is asked of whole
    numbers, and `ValueError` if an argument cannot be used.
    """
    return Pool(arguments.pooling(ws, ignore_border, stride, pad, mode))(input)
