"""What the functions with Theano's names share, for images and for volumes."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import is_whole, numbers
from theano_tutorial.convolution import arguments
from theano_tutorial.convolution.base import as_images, promised
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


def stated(
    how: Convolution, value: TensorVariable, what: str, shape: Shape | None
) -> TensorVariable:
    """Return "images" or "filters", whose shape a user may state as an argument."""
    name = {"images": "input_shape", "filters": "filter_shape"}[what]
    return promised(as_images(value, what, how), shape, name)


def sized(how: Convolution, shape: Lengths, name: str) -> TensorVariable:
    """Return an array with this height and width, and depth if there is one."""
    return pt.zeros((1, 1, *arguments.needed_size(shape, name, len(how.stride) + 2)))
