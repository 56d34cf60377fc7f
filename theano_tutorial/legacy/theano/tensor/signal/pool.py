"""`theano.tensor.signal.pool`: pooling of images and volumes."""

from collections.abc import Sequence

import pytensor
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial import convolution
from theano_tutorial.legacy import renames

Sizes = Sequence[int] | int

__getattr__ = renames.names_of("theano.tensor.signal.pool")


def pool_2d(
    input: TensorVariable,
    ws: Sizes | None = None,
    ignore_border: bool | None = None,
    stride: Sizes | None = None,
    pad: Sizes | None = (0, 0),
    mode: str = "max",
    ds: Sizes | None = None,
    st: Sizes | None = None,
    padding: Sizes | None = None,
) -> TensorVariable:
    """Return what windows of images hold: see `theano_tutorial.convolution.pool_2d`.

    `ds`, `st` and `padding` are older names of `ws`, `stride` and `pad`.
    """
    ws, stride, pad = _named(ws, stride, pad, ds, st, padding)
    return convolution.pool_2d(pt.as_tensor(input), ws, ignore_border, stride, pad or 0, mode)


def pool_3d(
    input: TensorVariable,
    ws: Sizes | None = None,
    ignore_border: bool | None = None,
    stride: Sizes | None = None,
    pad: Sizes | None = (0, 0, 0),
    mode: str = "max",
    ds: Sizes | None = None,
    st: Sizes | None = None,
    padding: Sizes | None = None,
) -> TensorVariable:
    """Return what windows of volumes hold: see `theano_tutorial.convolution.pool_3d`."""
    ws, stride, pad = _named(ws, stride, pad, ds, st, padding)
    return convolution.pool_3d(pt.as_tensor(input), ws, ignore_border, stride, pad or 0, mode)


def max_pool_2d_same_size(input: TensorVariable, patch_size: Sizes) -> TensorVariable:
    """Return images of the same size, with 0 wherever a patch has a larger entry."""
    largest = convolution.pool_2d(input, patch_size, ignore_border=True)
    return pytensor.grad(None, input, known_grads={largest: largest})


def _named(
    ws: Sizes | None, stride: Sizes | None, pad: Sizes | None, *old: Sizes | None
) -> list[Sizes | None]:
    """Return three arguments that each have an older name; both raise a `ValueError`."""
    found = []
    is_told = (
        ws is not None,
        stride is not None,
        any(pad if isinstance(pad, Sequence) else [pad]),
    )
    names = ("ws", "ds"), ("stride", "st"), ("pad", "padding")
    for value, other, told, (name, older) in zip(
        (ws, stride, pad), old, is_told, names, strict=True
    ):
        if told and other is not None:
            raise ValueError(f"pooling: give {name} or {older}, its old name, but not both")
        found.append(value if other is None else other)
    return [_numbers(value) for value in found]


def _numbers(value: Sizes | TensorVariable | None) -> Sizes | None:
    """Return sizes given as a constant, or a tuple of them, as numbers."""
    if isinstance(value, pt.TensorConstant):
        value = value.data.tolist()
    if isinstance(value, Sequence):
        return tuple(n.data if isinstance(n, pt.TensorConstant) else n for n in value)
    return value
