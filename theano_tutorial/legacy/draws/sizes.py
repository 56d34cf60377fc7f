"""What users say of the size of draws: the lengths, and which of them are known to be 1."""

from collections.abc import Sequence
from functools import reduce
from operator import add

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.basic import get_vector_length
from pytensor.tensor.type import integer_dtypes
from pytensor.tensor.variable import TensorVariable

Pattern = tuple[bool, ...]
INTEGERS = (int, np.integer)


def as_lengths(size: object) -> TensorVariable:
    """Return a vector of lengths from one, a sequence of numbers or variables, or a vector.

    Raise a `TypeError` for what has no integers, a `ValueError` for numbers below 1.
    """
    entries = size if isinstance(size, tuple | list) else [size]
    if any(isinstance(n, INTEGERS) and n < 1 for n in entries):
        raise ValueError(f"a size must be at least 1, got {size}")
    lengths = pt.as_tensor(size)
    return _checked(lengths if lengths.ndim else pt.stack([lengths]), size)


def _checked(lengths: TensorVariable, size: object) -> TensorVariable:
    if lengths.ndim != 1 or lengths.dtype not in integer_dtypes:
        raise TypeError(f"size must be a vector or sequence of integers, got {size!r}")
    return pt.cast(lengths, "int64")


def lengths_of(
    size: object, ndim: int | None, *args: TensorVariable
) -> tuple[TensorVariable, Pattern]:
    """Return lengths, as a vector of int64, and for each whether it is known to be 1.

    Parameters
    ----------
    size
        Lengths, where -1 stands for that of an argument in this place; a vector of them; or
        None: the arguments' common shape.
    ndim
        How many lengths there are. It is needed where `size` is a vector of unknown length.
    args
        The arguments that the draws' shape depends on.

    Raises
    ------
    TypeError, ValueError
        As Theano does.
    """
    if size is None:
        if not args:
            raise TypeError("these draws need a size")
        template = reduce(add, args)
        return template.shape, template.type.broadcastable
    if isinstance(size, tuple | list):
        if ndim not in (None, len(size)):
            raise ValueError(f"ndim is {ndim}, but the size {size}")
        entries = [_length(n, i - len(size), args) for i, n in enumerate(size)]
        pattern = tuple(not isinstance(n, Variable) and n == 1 for n in entries)
        lengths = pt.stack(entries) if entries else pt.constant([], dtype="int64")
    else:
        lengths = pt.as_tensor(size)
        if lengths.ndim == 1 and ndim is None:
            ndim = get_vector_length(lengths)
        pattern = (False,) * (ndim or 0)
    if any(arg.ndim > len(pattern) for arg in args):
        raise ValueError(f"draws of {len(pattern)} dimensions with arguments that have more")
    return _checked(lengths, size), pattern


def _length(
    n: int | TensorVariable, place: int, args: Sequence[TensorVariable]
) -> int | TensorVariable:
    """Return a length; -1 is that of the arguments, `place` dimensions from the right."""
    if isinstance(n, Variable) or n >= 0:
        return n
    here = [arg for arg in args if arg.ndim >= -place]
    if n != -1 or not here:
        raise ValueError("a length must be at least 0, or -1 where an argument has this place")
    return next((a.shape[place] for a in here if not a.type.broadcastable[place]), 1)
