"""`theano.tensor.signal.pool`, and `downsample`: pooling of images and volumes."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial import convolution
from theano_tutorial.legacy.mode import by_position

Sizes = Sequence[int] | int


def _pool(function: Callable[..., TensorVariable]) -> Callable[..., TensorVariable]:
    """Return a pooling function that takes Theano's arguments: see `convolution.pool_2d`."""

    @wraps(function)
    def call(input: TensorVariable, **told: Any) -> TensorVariable:
        return function(pt.as_tensor(input), **{n: _numbers(v) for n, v in told.items()})

    return by_position(
        call, "input ws ignore_border stride pad mode ds=ws st=stride padding=pad"
    )


pool_2d, pool_3d = _pool(convolution.pool_2d), _pool(convolution.pool_3d)


def max_pool_2d(
    input: TensorVariable, ds: Sizes, ignore_border: bool = False, *args: object, **how: object
) -> TensorVariable:
    """Pool images, by default also in windows that extend beyond the border."""
    return pool_2d(input, ds, ignore_border, *args, **how)


def _numbers(value: Any) -> Any:
    """Return sizes given as a constant, or a tuple of them, as numbers."""
    if isinstance(value, pt.TensorConstant):
        return value.data.tolist()
    return tuple(map(_numbers, value)) if isinstance(value, list | tuple) else value
