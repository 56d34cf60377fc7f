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

Size = TensorVariable | Sequence[int | TensorVariable] | None
Lengths = int | TensorVariable | Sequence[int | TensorVariable]
Pattern = tuple[bool, ...]
INTEGERS = (int, np.integer)


def lengths_of(
    size: Size, ndim: int | None, *args: TensorVariable
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
        The arguments, which may have fewer dimensions, but not more.

    Raises
    ------
    TypeError, ValueError
        As Theano does.
    """
    if size is None:
        if not args:
            raise TypeError("without arguments to take a shape from, draws need a size")
        template = reduce(add, args)
        return pt.cast(template.shape, "int64"), template.type.broadcastable
    if isinstance(size, tuple | list):
        if ndim not in (None, len(size)):
            raise ValueError(
                f"ndim should be equal to len(size), but they are {ndim} and {size}"
            )
        entries = [_length(n, i - len(size), args) for i, n in enumerate(size)]
        pattern = tuple(not isinstance(n, Variable) and n == 1 for n in entries)
        lengths = pt.stack(entries) if entries else pt.constant([], dtype="int64")
    else:
        lengths = pt.as_tensor(size)
        if lengths.ndim != 1:
            raise TypeError(f"size must be a vector or a list of numbers, got {size!r}")
        pattern = (False,) * (get_vector_length(lengths) if ndim is None else ndim)
    if lengths.dtype not in integer_dtypes:
        raise TypeError(f"size must hold integers, got {lengths.dtype}")
    if any(arg.ndim > len(pattern) for arg in args):
        raise ValueError(f"draws of {len(pattern)} dimensions with arguments that have more")
    return pt.cast(lengths, "int64"), pattern


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


def known_ones(lengths: TensorVariable, ndim: int) -> Pattern:
    """Return for each entry of a vector whether it is known to be 1."""
    known = (
        pt.get_scalar_constant_value(lengths[i], raise_not_constant=False) for i in range(ndim)
    )
    return tuple(not isinstance(n, Variable) and bool(n == 1) for n in known)


def check_size(size: object) -> None:
    """Refuse what is neither a vector nor a tuple of lengths, or has lengths below 1."""
    if isinstance(size, Variable) and size.type.ndim == 1:
        return
    if not isinstance(size, tuple) or not all(
        isinstance(n, (*INTEGERS, Variable)) for n in size
    ):
        raise TypeError(f"size must be a tuple of integers or a vector, got {size!r}")
    _check_lengths(size)


def _check_lengths(lengths: Sequence[object]) -> None:
    if any(isinstance(n, INTEGERS) and n <= 0 for n in lengths):
        raise ValueError(f"every length must be at least 1, got {lengths}")


def as_lengths(size: Lengths) -> TensorVariable:
    """Return lengths as a vector."""
    if isinstance(size, (*INTEGERS, Variable)) and getattr(size, "ndim", 0) == 0:
        return pt.stack([size])
    if isinstance(size, tuple | list):
        _check_lengths(size)
    lengths = pt.as_tensor(size)
    if lengths.ndim != 1 or lengths.dtype not in integer_dtypes:
        raise ValueError(f"size must be integers, got {size!r}")
    return lengths
