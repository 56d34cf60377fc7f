"""`theano.tensor`: constructors and functions whose arguments PyTensor changed."""

from abc import ABCMeta
from collections.abc import Callable, Sequence
from functools import partial
from inspect import ismodule
from typing import Any

import pytensor.tensor as pt
from pytensor.graph.replace import vectorize_graph
from pytensor.tensor.elemwise import Elemwise as PyTensorElemwise
from pytensor.tensor.type import TensorType as PyTensorType
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.backends.numpy_elementwise import NumpyCall
from theano_tutorial.legacy.mode import Forget, by_position

# A variable, or what becomes one: an array, a number, a list.
TensorLike = Any

# What ``from theano.tensor import *`` brings.
__all__ = [
    *("abs_", "inv", "nnet", "sgn", "tensor", "Elemwise", "TensorType"),
    *(name for name in dir(pt) if name[0] != "_" and not ismodule(getattr(pt, name))),
]


def _class_of(make: Callable[..., Any], *classes: type) -> Any:
    """Return a class that makes something else; what is of these `classes` is of it, too."""
    made = ABCMeta(make.__name__, (), {"__new__": lambda cls, *args, **how: make(*args, **how)})
    for each in classes:
        made.register(each)
    return made


# In a compiled graph, NumPy's functions are elementwise operations, too.
Elemwise = _class_of(PyTensorElemwise, PyTensorElemwise, NumpyCall)
TensorType = _class_of(
    lambda dtype, broadcastable, name=None: tensor(dtype, broadcastable, name).type,
    PyTensorType,
)


def tensor(dtype: str, broadcastable: Sequence[bool], name: object = None) -> TensorVariable:
    """Return a variable of that `TensorType`."""
    return PyTensorType(dtype, shape=[1 if b else None for b in broadcastable])(name)


_NAMES = ("scalar", "vector", "matrix", "row", "col", *(f"tensor{n}" for n in range(3, 8)))
globals().update({name: by_position(getattr(pt, name), "name dtype") for name in _NAMES})

reshape = by_position(pt.reshape, "x newshape ndim")
qr = partial(pt.linalg.qr, mode="reduced")
MatrixPinv = partial(pt.linalg.MatrixPinv, hermitian=False)
flatten = by_position(pt.flatten, "x ndim outdim=ndim")
split = by_position(pt.split, "x splits_size n_splits axis")


def Solve(A_structure: str = "general", **how: object) -> Callable[..., TensorVariable]:
    """Return a function that solves ``dot(A, x) = b``."""
    return partial(pt.linalg.solve, assume_a=A_structure.replace("_", " "))


solve_lower_triangular = Solve("lower_triangular")


def stack(*tensors: TensorLike, **how: object) -> TensorVariable:
    """Return tensors along a new axis: ``stack([a, b], 1)``, or ``stack(a, b)``."""
    if tensors and not isinstance(tensors[0], list | tuple):
        return pt.stack(list(tensors))
    return pt.stack(*tensors, **how)


def batched_dot(a: TensorLike, b: TensorLike) -> TensorVariable:
    """Return the dot product of each pair of entries along the first axes of two batches."""
    batches = [pt.as_tensor_variable(v) for v in (a, b)]
    entries = [v.type.clone(shape=v.type.shape[1:])() for v in batches]
    of_entry = pt.mul if 0 in (v.ndim for v in entries) else pt.dot
    product = vectorize_graph(of_entry(*entries), dict(zip(entries, batches, strict=True)))
    return pt.as_tensor_variable(product)


def addbroadcast(x: TensorVariable, *axes: int) -> TensorVariable:
    """Return x with a type that has length 1 along `axes`, so that it is broadcast there."""
    return pt.specify_broadcastable(x, *axes) if axes else x


def unbroadcast(x: TensorVariable, *axes: int) -> TensorVariable:
    """Return x with a type that is not broadcast along `axes`."""
    kept = tuple(b and i not in axes for i, b in enumerate(x.type.broadcastable))
    return x if kept == x.type.broadcastable else Forget(kept)(x)


def patternbroadcast(x: TensorVariable, broadcastable: Sequence[bool]) -> TensorVariable:
    """Return x with a type that has length 1 where `broadcastable` is True, and only there."""
    x = addbroadcast(x, *(i for i, b in enumerate(broadcastable) if b))
    return unbroadcast(x, *(i for i, b in enumerate(broadcastable) if not b))
