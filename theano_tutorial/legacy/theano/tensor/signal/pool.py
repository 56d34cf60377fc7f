"""`theano.tensor.signal.pool`: pooling of images and volumes."""

from collections.abc import Callable, Sequence
from functools import partial

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
    """Return what windows hold: see `theano_tutorial.convolution.pool_2d`.

    `ds`, `st` and `padding` are older names of `ws`, `stride` and `pad`.
    """
    sizes = []
    for name, value, old, older in (
        ("ws", ws, "ds", ds),
        ("stride", stride, "st", st),
        ("pad", pad, "padding", padding),
    ):
        if value is not None and older is not None:
            raise ValueError(f"pooling: give {name} or {old}, its old name, but not both")
        sizes.append(_numbers(older if value is None else value))
    size, step, zeros = sizes
    return function(pt.as_tensor(input), size, ignore_border, step, zeros or 0, mode)


pool_2d = partial(_pool, convolution.pool_2d)
pool_3d = partial(_pool, convolution.pool_3d)


def _numbers(value: Sizes | TensorVariable | None) -> Sizes | None:
    """Return sizes given as a constant, or a tuple of them, as numbers."""
    if isinstance(value, pt.TensorConstant):
        value = value.data.tolist()
    if isinstance(value, Sequence):
        return tuple(n.data.item() if isinstance(n, pt.TensorConstant) else n for n in value)
    return value
