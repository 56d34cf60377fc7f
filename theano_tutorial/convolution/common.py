"""What the functions with Theano's names share, for images and for volumes."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import is_whole, numbers
from theano_tutorial.convolution import arguments
from theano_tutorial.convolution.base import as_images, promised
from theano_tutorial.convolution.conv import Convolve, FilterGradient, ImageGradient
from theano_tutorial.convolution.windows import Convolution, Shape

# A shape whose last entries are known, at the latest when the function is called.
Lengths = Sequence[int | TensorVariable | None]


def settings(
    border_mode: arguments.Border,
    subsample: object,
    flip: bool,
    dilation: object,
    groups: int,
    n: int = 2,
) -> Convolution:
    """Return a convolution of images, or of volumes if `n` is 3, from `conv2d`'s arguments."""
    name = f"conv{n}d"
    if not is_whole(groups, 1):
        raise ValueError(f"{name}: num_groups must be a whole number from 1, got {groups!r}")
    return Convolution(
        arguments.border(border_mode, n),
        numbers(subsample, f"{name}: subsample", 1, n),
        numbers(dilation, f"{name}: filter_dilation", 1, n),
        bool(flip),
        int(groups),
    )


def convolved(
    how: Convolution,
    input: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape | None,
    filter_shape: Shape | None,
) -> TensorVariable:
    """Return the maps of images or volumes, whose shapes may be stated."""
    images = promised(as_images(input, "images", how), input_shape, "input_shape")
    kernels = promised(as_images(filters, "filters", how), filter_shape, "filter_shape")
    return Convolve(how)(images, kernels)


def gradient_of_inputs(
    how: Convolution,
    output_grad: TensorVariable,
    filters: TensorVariable,
    input_shape: Lengths,
    filter_shape: Shape | None,
) -> TensorVariable:
    """Return the gradient with respect to images of a shape from that for their maps."""
    kernels = promised(as_images(filters, "filters", how), filter_shape, "filter_shape")
    return ImageGradient(how)(kernels, output_grad, _like(how, input_shape, "input_shape"))


def gradient_of_weights(
    how: Convolution,
    input: TensorVariable,
    output_grad: TensorVariable,
    filter_shape: Lengths,
    input_shape: Shape | None,
) -> TensorVariable:
    """Return the gradient with respect to filters of a shape from that for the maps."""
    images = promised(as_images(input, "images", how), input_shape, "input_shape")
    return FilterGradient(how)(images, output_grad, _like(how, filter_shape, "filter_shape"))


def _like(how: Convolution, shape: Lengths, name: str) -> TensorVariable:
    """Return an array with this height and width, and depth if there is one."""
    return pt.zeros((1, 1, *arguments.needed_size(shape, name, len(how.stride) + 2)))
