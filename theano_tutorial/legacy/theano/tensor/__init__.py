"""`theano.tensor`: constructors and functions whose arguments PyTensor changed.

All else is PyTensor's own, under its old name: `renames`.
"""

from collections.abc import Sequence
from inspect import ismodule
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.type import TensorType as PyTensorType
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy import renames

# What ``from theano.tensor import *`` brings.
__all__ = [
    *("abs_", "inv", "nnet", "sgn", "tensor", "TensorType"),
    *(name for name in dir(pt) if name[0] != "_" and not ismodule(getattr(pt, name))),
]

Pattern = Sequence[bool]


def __getattr__(name: str) -> object:
    return renames.find("theano.tensor", name)


class _OneType(type):
    """Makes and recognises PyTensor's type under Theano's name."""

    def __call__(
        cls,
        dtype: str,
        broadcastable: Pattern,
        name: str | None = None,
        sparse_grad: bool = False,
    ) -> PyTensorType:
        return PyTensorType(dtype, shape=tuple(bool(b) for b in broadcastable), name=name)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, PyTensorType)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, PyTensorType)


class TensorType(metaclass=_OneType):
    """The type of arrays of a dtype; dimensions of length 1 are repeated, where it says so."""


def tensor(
    dtype: str, broadcastable: Pattern, name: str | None = None, sparse_grad: bool = False
) -> TensorVariable:
    """Return a variable of that type."""
    return PyTensorType(dtype, shape=tuple(bool(b) for b in broadcastable))(name)


def _constructor(name: str, *broadcastable: bool) -> Any:  # called as a function
    def make(name: str | None = None, dtype: str | None = None) -> TensorVariable:
        return tensor(dtype or "floatX", broadcastable, name)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"Return a {name}, of floatX unless a dtype is given."
    return make


scalar = _constructor("scalar")
vector = _constructor("vector", False)
matrix = _constructor("matrix", False, False)
row = _constructor("row", True, False)
col = _constructor("col", False, True)
tensor3 = _constructor("tensor3", *[False] * 3)
tensor4 = _constructor("tensor4", *[False] * 4)
tensor5 = _constructor("tensor5", *[False] * 5)
tensor6 = _constructor("tensor6", *[False] * 6)
tensor7 = _constructor("tensor7", *[False] * 7)
