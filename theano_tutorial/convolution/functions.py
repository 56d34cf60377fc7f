"""Convolution and pooling by Theano's names, with its arguments."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution import arguments
from theano_tutorial.convolution.base import as_images, promised
from theano_tutorial.convolution.conv import Convolve, FilterGradient, ImageGradient
from theano_tutorial.convolution.pool import Pool
from theano_tutorial.convolution.windows import Convolution, Shape


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
    settings = _settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    images = promised(as_images(input, "images"), input_shape, "input_shape")
    kernels = promised(as_images(filters, "filters"), filter_shape, "filter_shape")
    return Convolve(settings)(images, kernels)


def conv2d_grad_wrt_inputs(
    output_grad: TensorVariable,
    filters: TensorVariable,
    input_shape: Sequence[int | TensorVariable | None],
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
    settings = _settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    kernels = promised(as_images(filters, "filters"), filter_shape, "filter_shape")
    return ImageGradient(settings)(kernels, output_grad, _like(input_shape, "input_shape"))


def conv2d_grad_wrt_weights(
    input: TensorVariable,
    output_grad: TensorVariable,
    filter_shape: Sequence[int | TensorVariable | None],
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
    settings = _settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    images = promised(as_images(input, "images"), input_shape, "input_shape")
    return FilterGradient(settings)(images, output_grad, _like(filter_shape, "filter_shape"))


def _settings(
    border_mode: arguments.Border, subsample: object, flip: bool, dilation: object, groups: int
) -> Convolution:
    if not arguments.is_whole(groups, 1):
        raise ValueError(f"conv2d: num_groups must be a whole number from 1, got {groups!r}")
    return Convolution(
        arguments.border(border_mode),
        arguments.pair(subsample, "conv2d: subsample", 1),
        arguments.pair(dilation, "conv2d: filter_dilation", 1),
        bool(flip),
        int(groups),
    )


def _like(shape: Sequence[int | TensorVariable | None], name: str) -> TensorVariable:
    """Return an array of these heights and widths."""
    if len(shape) != 4 or None in shape[2:]:
        raise ValueError(f"{name} must have 4 entries, the last two known, got {tuple(shape)}")
    return pt.zeros((1, 1, *shape[2:]))


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
