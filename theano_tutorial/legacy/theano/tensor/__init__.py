"""`theano.tensor`: constructors, of which PyTensor changed the arguments.

All else is in `functions`, or PyTensor's own, under its old name: `renames`.
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
__getattr__ = renames.names_of("theano.tensor")


class _OneType(type):
    """Makes and recognises PyTensor's type under Theano's name."""

    def __call__(
        cls, dtype: str, broadcastable: Sequence[bool], name: str | None = None, **how: object
    ) -> PyTensorType:
        return PyTensorType(dtype, shape=tuple(bool(b) for b in broadcastable), name=name)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, PyTensorType)


class TensorType(metaclass=_OneType):
    """The type of arrays of a dtype; dimensions of length 1 are repeated, where it says so."""


def tensor(
    dtype: str, broadcastable: Sequence[bool], name: str | None = None
) -> TensorVariable:
    """Return a variable of that type."""
    return PyTensorType(dtype, shape=tuple(bool(b) for b in broadcastable))(name)


def _constructor(broadcastable: Sequence[bool]) -> Any:  # called as a function
    def make(name: str | None = None, dtype: str | None = None) -> TensorVariable:
        return tensor(dtype or "floatX", broadcastable, name)

    return make


_RANKS = ("scalar", "vector", "matrix", *(f"tensor{n}" for n in range(3, 8)))
_PATTERNS = {name: [False] * ndim for ndim, name in enumerate(_RANKS)}
_PATTERNS |= {"row": [True, False], "col": [False, True]}
globals().update({name: _constructor(pattern) for name, pattern in _PATTERNS.items()})
