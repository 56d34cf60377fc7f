"""`theano.tensor.signal.pool`, and `downsample`: pooling of images and volumes."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial import convolution
from theano_tutorial.legacy import renames

Sizes = Sequence[int] | int

__getattr__ = renames.names_of("theano.tensor.signal.pool")


def _pool(
    function: Callable[..., TensorVariable], input: TensorVariable, *args: object, **told: Any
) -> TensorVariable:
    """Return what windows hold: see `theano_tutorial.convolution.pool_2d`."""
    names = ["ws", "ignore_border", "stride", "pad", "mode", "ds", "st", "padding"]
    told |= dict(zip(names, args, strict=False))
    for new, old in (("ws", "ds"), ("stride", "st"), ("pad", "padding")):
        given = [told.pop(name) for name in (new, old) if told.get(name) is not None]
        if len(given) > 1:
            raise ValueError(f"pooling: give {new} or {old}, its old name, but not both")
        if given:
            told[new] = _numbers(*given)
    return function(pt.as_tensor(input), **told)


pool_2d = partial(_pool, convolution.pool_2d)
pool_3d = partial(_pool, convolution.pool_3d)


def max_pool_2d(
    input: TensorVariable, ds: Sizes, ignore_border: bool = False, *args: object, **how: object
) -> TensorVariable:
    """Return what windows hold; those beyond the border too, by default."""
    return pool_2d(input, ds, ignore_border, *args, **how)


def _numbers(value: Sizes | TensorVariable | None) -> Sizes | None:
    """Return sizes given as a constant, or a tuple of them, as numbers."""
    if isinstance(value, pt.TensorConstant):
        value = value.data.tolist()
    if isinstance(value, Sequence):
        return tuple(n.data.item() if isinstance(n, pt.TensorConstant) else n for n in value)
    return value
