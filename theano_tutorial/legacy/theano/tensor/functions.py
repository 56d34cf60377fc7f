"""Functions of `theano.tensor` whose arguments PyTensor changed, or that it has no more."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.replace import vectorize_graph
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy.lengths import Forget

# A variable, or what becomes one: an array, a number, a list.
TensorLike = Any
Axes = int | Sequence[int] | None


def stack(*tensors: TensorLike, **how: Any) -> TensorVariable:
    """Return tensors, in a list or as arguments of their own, along a new axis.

    ``stack([a, b], 1)`` and ``stack([a, b], axis=1)`` say which; ``stack(a, b)`` is the first.
    """
    if "tensors" in how:
        tensors = (how["tensors"],)
    if not how and not isinstance(tensors[0], list | tuple):
        return pt.stack(list(tensors))
    axis = how.get("axis", tensors[1] if len(tensors) > 1 else 0)
    return pt.stack(list(tensors[0]), axis=axis)


def flatten(
    x: TensorLike, ndim: int | None = None, outdim: int | None = None
) -> TensorVariable:
    """Return x with its last dimensions as one, so that it has `ndim` (`outdim`), or 1."""
    return pt.flatten(x, _one_of(ndim, outdim))


def is_flat(var: TensorVariable, ndim: int | None = None, outdim: int | None = None) -> bool:
    """Return whether a variable has so many dimensions."""
    return bool(var.ndim == _one_of(ndim, outdim))


def _one_of(ndim: int | None, outdim: int | None) -> int:
    if None not in (ndim, outdim):
        raise ValueError("You should only specify ndim")
    given = outdim if ndim is None else ndim
    return 1 if given is None else given


def reshape(x: TensorLike, newshape: TensorLike, ndim: int | None = None) -> TensorVariable:
    """Return x in another shape, of `ndim` dimensions where the shape is symbolic."""
    return pt.reshape(x, newshape, ndim=ndim)


def tile(x: TensorLike, reps: TensorLike, ndim: int | None = None) -> TensorVariable:
    """Return x repeated along each axis, with `ndim` dimensions if it is given."""
    x = pt.as_tensor_variable(x)
    if not isinstance(reps, list | tuple):
        reps = pt.as_tensor_variable(reps)
        n = 1 if reps.ndim == 0 else ndim
        if n is None:
            raise ValueError("if reps is tensor.vector, you should specify the ndim")
        reps = [reps] if reps.ndim == 0 else [reps[i] for i in range(n)]
    if ndim is not None and (ndim < x.ndim or ndim < len(reps)):
        raise ValueError("ndim should be equal or larger than x.ndim and len(reps)")
    return pt.tile(x, [*[1] * ((ndim or 0) - len(reps)), *reps])


def repeat(x: TensorLike, repeats: TensorLike, axis: int | None = None) -> TensorVariable:
    """Return x with each entry repeated along an axis."""
    return pt.repeat(x, repeats, axis)


def split(
    x: TensorLike, splits_size: TensorLike, n_splits: int, axis: int = 0
) -> list[TensorVariable]:
    """Return x cut into `n_splits` parts along an axis."""
    return list(pt.split(x, splits_size, n_splits=n_splits, axis=axis))


def mean(
    input: TensorLike,
    axis: Axes = None,
    dtype: str | None = None,
    op: bool = False,
    keepdims: bool = False,
    acc_dtype: str | None = None,
) -> TensorVariable:
    """Return the mean along axes, or of all. Whether it is one operation (`op`) is the same."""
    return pt.mean(input, axis, dtype=dtype, keepdims=keepdims, acc_dtype=acc_dtype)


def batched_dot(a: TensorLike, b: TensorLike) -> TensorVariable:
    """Return the products of the entries of two batches, along their first axes."""
    a, b = pt.as_tensor_variable(a), pt.as_tensor_variable(b)
    if a.ndim == 0 or b.ndim == 0:
        raise TypeError("a and b must have at least one (batch) axis")
    of_entry = pt.mul if 1 in (a.ndim, b.ndim) else pt.dot
    return _each(a, b, of_entry)


def batched_tensordot(
    x: TensorLike, y: TensorLike, axes: int | Sequence[Sequence[int]] = 2
) -> TensorVariable:
    """Return `tensordot` of each entry of two batches; axes are counted with the batches'."""
    x, y = pt.as_tensor_variable(x), pt.as_tensor_variable(y)
    if not isinstance(axes, int):
        axes = [[axis - 1 for axis in np.atleast_1d(each)] for each in axes]
    return _each(x, y, functools.partial(pt.tensordot, axes=axes))


def _each(
    a: TensorVariable, b: TensorVariable, function: Callable[..., TensorVariable]
) -> TensorVariable:
    entries = [v.type.clone(shape=v.type.shape[1:])() for v in (a, b)]
    batch: TensorVariable = vectorize_graph(
        function(*entries), dict(zip(entries, (a, b), strict=True))
    )
    return batch


def addbroadcast(x: TensorVariable, *axes: int) -> TensorVariable:
    """Return x with the promise that it has length 1 along axes, and is repeated there."""
    return pt.specify_broadcastable(x, *axes) if axes else x


def unbroadcast(x: TensorVariable, *axes: int) -> TensorVariable:
    """Return x without such a promise along axes."""
    kept = [b and i not in axes for i, b in enumerate(x.type.broadcastable)]
    return x if tuple(kept) == x.type.broadcastable else Forget(kept)(x)


def patternbroadcast(x: TensorVariable, broadcastable: Sequence[bool]) -> TensorVariable:
    """Return x with the promise of length 1 where `broadcastable` says so, and only there."""
    x = addbroadcast(x, *(i for i, b in enumerate(broadcastable) if b))
    return unbroadcast(x, *(i for i, b in enumerate(broadcastable) if not b))
