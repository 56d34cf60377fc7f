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
    function: Callable[..., TensorVariable],
    input: TensorVariable,
    ws: Sizes | None = None,
    ignore_border: bool | None = None,
    stride: Sizes | None = None,
    pad: Sizes | None = None,
    mode: str = "max",
    ds: Sizes | None = None,
    st: Sizes | None = None,
    padding: Sizes | None = None,
) -> TensorVariable:
    """Return what windows hold: see `theano_tutorial.convolution.pool_2d`."""
    told = {
        "ws or ds": (ws, ds),
        "stride or st": (stride, st),
        "pad or padding": (pad, padding),
    }
    for names, values in told.items():
        if all(value is not None for value in values):
            raise ValueError(f"pooling: give {names}, its old name, but not both")
    size, step, zeros = (_numbers(b if a is None else a) for a, b in told.values())
    return function(pt.as_tensor(input), size, ignore_border, step, zeros or 0, mode)


pool_2d = partial(_pool, convolution.pool_2d)
pool_3d = partial(_pool, convolution.pool_3d)


def max_pool_2d(
    input: TensorVariable, ds: Sizes, ignore_border: bool = False, *args: Any, **how: Any
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
