"""`theano.tensor`: constructors and functions whose arguments PyTensor changed."""

from abc import ABCMeta
from collections.abc import Callable, Sequence
from functools import partial
from inspect import ismodule
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.replace import vectorize_graph
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.backends.numpy_elementwise import NumpyCall
from theano_tutorial.legacy.mode import Forget, by_position

# A variable, or what becomes one: an array, a number, a list.
TensorLike = Any

# What ``from theano.tensor import *`` brings.
__all__ = [
    *("abs_", "inv", "nnet", "np", "sgn", "tensor", "theano", "Elemwise", "TensorType"),
    *(name for name in dir(pt) if name[0] != "_" and not ismodule(getattr(pt, name))),
]
# There were none of these in Theano: they stay Python's and NumPy's.
_MISSING = """abs atleast_1d atleast_2d atleast_3d broadcast_arrays broadcast_to compress diff
conjugate einsum empty empty_like equal expand_dims flip full full_like geomspace greater less
greater_equal identity interp isfinite isneginf isposinf less_equal linspace logaddexp logspace
matmul median moveaxis nan_to_num not_equal pad reciprocal searchsorted sign take_along_axis
trace tril_indices tril_indices_from triu_indices triu_indices_from unique vectorize"""
__all__ = [name for name in __all__ if name not in _MISSING.split()]


def _class_of(make: Callable[..., Any], *classes: type) -> Any:
    """Return a class that makes something else; what is of these `classes` is of it, too."""
    made = ABCMeta(make.__name__, (), {"__new__": lambda cls, *args, **how: make(*args, **how)})
    for each in classes:
        made.register(each)
    return made


# In a compiled graph, NumPy's functions are elementwise operations, too.
Elemwise = _class_of(pt.elemwise.Elemwise, pt.elemwise.Elemwise, NumpyCall)
DimShuffle = _class_of(lambda _, to, **how: lambda x: x.dimshuffle(to), pt.elemwise.DimShuffle)
AllocDiag = _class_of(lambda: pt.diag, pt.basic.AllocDiag)
Join = _class_of(lambda: pt.join, pt.basic.Join)
TensorType = _class_of(lambda *args, **how: tensor(*args, **how).type, pt.TensorType)


def tensor(dtype: str, broadcastable: Sequence[bool], name: object = None) -> TensorVariable:
    """Return a variable of that `TensorType`."""
    return pt.TensorType(dtype, shape=[*map(bool, broadcastable)])(name)


_NAMES = ("scalar", "vector", "matrix", "row", "col", *(f"tensor{n}" for n in range(3, 8)))
globals().update({name: by_position(getattr(pt, name), "name dtype") for name in _NAMES})

reshape = by_position(pt.reshape, "x newshape ndim")
# PyTensor's `eig` returns another order if it knows that a matrix is symmetric.
eig = by_position(lambda x: [v.real for v in pt.linalg.Eig()(x)], "x")
Eig = _class_of(lambda: eig, pt.linalg.Eig)
eigh = by_position(lambda a, UPLO="L": pt.linalg.eigh(a, lower=UPLO == "L"), "a UPLO")
hashtype = by_position(lambda self: hash(type(self)), "self")
MatrixPinv = partial(pt.linalg.MatrixPinv, hermitian=False)
flatten = by_position(pt.flatten, "x ndim outdim=ndim")
split = by_position(pt.split, "x splits_size n_splits axis")


def Solve(A_structure: str = "general", **how: object) -> Callable[..., TensorVariable]:
    """Return a function that solves ``dot(A, x) = b``."""
    return partial(pt.linalg.solve, assume_a=A_structure.replace("_", " "))


solve_lower_triangular, solve_symmetric = Solve("lower_triangular"), Solve("symmetric")


def stack(*tensors: TensorLike, **how: object) -> TensorVariable:
    """Return tensors along a new axis: ``stack([a, b], 1)``, or ``stack(a, b)``."""
    if tensors and not isinstance(tensors[0], list | tuple):
        return pt.stack(list(tensors))
    return pt.stack(*tensors, **how)


def tile(x: TensorLike, reps: Any, ndim: int = 0) -> TensorVariable:
    """Return x, repeated along each axis, with at least `ndim` axes."""
    return pt.tile(pt.atleast_Nd(x, n=ndim), reps)


def var(input: TensorLike, axis: Any = None, ddof: int = 0, *how: Any, **more: Any) -> Any:
    """Return variances; over several axes, `ddof` is subtracted from each of their lengths."""
    x = pt.as_tensor(input)
    found = pt.var(x, axis, 0, *how, **more)
    for i in (range(x.ndim) if axis is None else np.atleast_1d(axis)) if ddof else ():
        found = found * x.shape[i] / (x.shape[i] - ddof)
    return found


def _each(function: Callable[..., TensorVariable], *given: TensorLike) -> TensorVariable:
    """Apply a function to each pair of entries along the first axes of two batches."""
    batches = [pt.as_tensor_variable(v) for v in given]
    entries = [v.type.clone(shape=v.type.shape[1:])() for v in batches]
    return vectorize_graph(function(*entries), dict(zip(entries, batches, strict=True)))


def batched_dot(a: TensorLike, b: TensorLike) -> TensorVariable:
    """Return the dot product of each pair of entries."""
    return _each(lambda a, b: a * b if 0 in (a.ndim, b.ndim) else pt.dot(a, b), a, b)


def batched_tensordot(x: TensorLike, y: TensorLike, axes: Any = 2) -> TensorVariable:
    """Return the `tensordot` of each pair of entries; `axes` count the batches', too."""
    if not isinstance(axes, int):
        axes = [[i - (i > 0) for i in np.atleast_1d(each)] for each in axes]
    return _each(partial(pt.tensordot, axes=axes), x, y)


def patternbroadcast(x: TensorVariable, broadcastable: Sequence[bool]) -> TensorVariable:
    """Return x with a type that has length 1 where `broadcastable` is True, and only there."""
    return Forget(broadcastable)(pt.specify_broadcastable(x, *np.flatnonzero(broadcastable)))


def qr(a: TensorLike, mode: str = "reduced") -> Any:
    """Return Q and R, or R alone in mode ``"r"``; ``"full"`` is an old word for "reduced"."""
    q, r = pt.linalg.qr(a, "reduced" if mode in ("r", "full") else mode)[:2]
    return r if mode == "r" else [q, r]


def Rebroadcast(*axes: tuple[int, bool]) -> Callable[[TensorVariable], TensorVariable]:
    """Return a function that changes which axes of a type are broadcast."""
    new = dict(axes)
    return lambda x: patternbroadcast(x, [new.get(*p) for p in enumerate(x.broadcastable)])


def unbroadcast(x: TensorVariable, *axes: int) -> TensorVariable:
    """Return x with a type that is not broadcast along `axes`."""
    return Rebroadcast(*((axis, False) for axis in axes))(x)
