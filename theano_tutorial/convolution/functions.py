"""Convolution and pooling by Theano's names, with its arguments."""

from collections.abc import Sequence

from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution import arguments
from theano_tutorial.convolution.arguments import settings, sized, stated
from theano_tutorial.convolution.conv import Convolve, FilterGradient, ImageGradient
from theano_tutorial.convolution.pool import Pool, as_images
from theano_tutorial.convolution.windows import Length, Shape


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
    two dtypes. `input_shape` and `filter_shape` may state known lengths, with None for others.

    `border_mode` is ``"valid"``, for windows within the images; ``"full"``, for all that touch
    one; ``"half"``, for zeros of half a filter's size on each side; or the zeros on each side:
    one number, or for height and width each a number or a pair (before, after). There is a
    window every `subsample` rows and columns. Filters are flipped, as in a convolution; if
    `filter_flip` is False, they are not, as in a cross-correlation. Their rows and columns are
    `filter_dilation` pixels apart. With `num_groups`, channels and filters are divided into
    groups, and each filter sees only the channels of its own group.

    Raises `TypeError` if an input does not have four dimensions or neither has floats, and
    `ValueError` if an argument cannot be used or shapes do not fit: at once if they are known,
    otherwise when the function is called.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    images = stated(how, input, "images", input_shape)
    return Convolve(how)(images, stated(how, filters, "filters", filter_shape))


def get_conv_output_shape(
    image_shape: Shape,
    kernel_shape: Shape,
    border_mode: arguments.Border,
    subsample: Sequence[int],
    filter_dilation: Sequence[int] | None = None,
) -> tuple[Length | None, ...]:
    """Return the shape of the maps that `conv2d` or `conv3d` makes, as Theano 1.0.5 did.

    It has None where it depends on lengths that are not known. Raises `ValueError` if an
    argument cannot be used.
    """
    n = len(image_shape) - 2
    how = settings(border_mode, subsample, True, filter_dilation or (1,) * n, 1, n)
    return tuple(how.maps_shape(image_shape, kernel_shape))


def separable_conv2d(
    input: TensorVariable,
    depthwise_filters: TensorVariable,
    pointwise_filters: TensorVariable,
    num_channels: int,
    input_shape: Shape | None = None,
    depthwise_filter_shape: Shape | None = None,
    pointwise_filter_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
) -> TensorVariable:
    """Convolve each channel by itself, as `conv2d` does, then mix channels at every pixel."""
    how = border_mode, subsample, filter_flip, filter_dilation, num_channels
    maps = conv2d(input, depthwise_filters, input_shape, depthwise_filter_shape, *how)
    return conv2d(maps, pointwise_filters, None, pointwise_filter_shape)


def conv2d_grad_wrt_inputs(
    output_grad: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape,
    filter_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the gradient of `conv2d` with respect to its input: a transposed convolution.

    `output_grad` is the gradient with respect to the maps. The last two entries of
    `input_shape`, the images' height and width, must be given. All else is as in `conv2d`.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    kernels = stated(how, filters, "filters", filter_shape)
    return ImageGradient(how)(kernels, output_grad, sized(how, input_shape, "input_shape"))


def conv2d_grad_wrt_weights(
    input: TensorVariable,
    output_grad: TensorVariable,
    filter_shape: Shape,
    input_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the gradient of `conv2d` with respect to its filters.

    `output_grad` is the gradient with respect to the maps. The last two entries of
    `filter_shape`, the filters' height and width, must be given. All else is as in `conv2d`.
    """
    how = settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    images = stated(how, input, "images", input_shape)
    return FilterGradient(how)(images, output_grad, sized(how, filter_shape, "filter_shape"))


def pool_2d(
    input: TensorVariable,
    ws: Sequence[int] | int | None = None,
    ignore_border: bool | None = None,
    stride: Sequence[int] | int | None = None,
    pad: Sequence[int] | int = (0, 0),
    mode: str = "max",
) -> TensorVariable:
    """Pool the windows of images, as Theano 1.0.5's ``signal.pool.pool_2d`` did.

    `input` ``(..., height, width)`` is symbolic, and so is the result ``(..., windows down,
    windows across)``, of the same dtype. Windows of height and width `ws` are `stride` apart,
    by default so that they touch. With `ignore_border`, windows that reach beyond the image and
    its padding are left out; without it, the default, they take the pixels that exist. `pad`
    rows and columns, fewer than `ws`, surround the image; that needs ``ignore_border=True``.

    `mode` is ``"max"``, ``"sum"``, ``"average_inc_pad"`` or ``"average_exc_pad"``: the largest
    entry, which is never padding; the sum; or the mean, which includes the padding, as zeros,
    or excludes it. If entries tie for the largest, each gets the maximum's full gradient.
    Theano refused the gradient of ``"average_exc_pad"`` with padding; here it is the mean's.

    Raises `TypeError` if the input has fewer than two dimensions or a mean of whole numbers is
    asked for, and `ValueError` if an argument cannot be used.
    """
    return Pool(arguments.pooling(ws, ignore_border, stride, pad, mode))(input)


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
