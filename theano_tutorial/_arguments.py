"""Check arguments that are easy to get wrong; the errors say in one line what is wrong."""

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, TypeGuard, TypeVar

import numpy as np

from theano_tutorial._text import shortened
from theano_tutorial._types import Array
from theano_tutorial.errors import UsageError

if TYPE_CHECKING:  # digits can be read while PyTensor is imported
    from pytensor.tensor.variable import TensorVariable

Entry = TypeVar("Entry")

_SHAPES = ("scalar", "vector", "matrix")
_KINDS = {"f": " of floats", "iu": " of integers"}


def is_whole(value: object, least: int) -> TypeGuard[int]:
    """Return whether a value is a whole number that is not below `least`."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def whole(
    value: object, name: str, least: int = 1, most: int | None = None, more: str = ""
) -> int:
    """Return a whole number from `least` to `most`, or raise a `UsageError`."""
    if is_whole(value, least) and (most is None or value <= most):
        return int(value)
    is_number = isinstance(value, Integral) and not isinstance(value, bool)
    got = f"{value:,}" if is_number else shortened(repr(value))
    kind = "" if is_number and most is not None else "a whole number "
    accepted = f"{kind}from {least}" + ("" if most is None else f" to {most:,}")
    raise UsageError(f"{name} must be {accepted}{more}; got {got}")


def entries(value: object, n: int) -> tuple[object, ...]:
    """Return the entries of a sequence of length `n`; of anything else, none."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != n:
        return ()
    return tuple(value)


def numbers(value: object, name: str, least: int, n: int) -> tuple[int, ...]:
    """Return `n` whole numbers, one for each axis, or raise a `ValueError`."""
    value = plain(value)
    found = (value,) * n if is_whole(value, least) else map(plain, entries(value, n))
    several = tuple(int(number) for number in found if is_whole(number, least))
    if len(several) == n:
        return several
    got = shortened(repr(value))
    raise ValueError(f"{name} must be whole numbers from {least}, as in {(2,) * n}, got {got}")


def plain(value: object) -> object:
    """Return a symbolic constant as a number or a list of them, anything else as it is."""
    return value.data.tolist() if _is_symbolic(value) and hasattr(value, "data") else value


def listed(values: Iterable[Entry], name: str, what: str) -> list[Entry]:
    """Return several values as a list; a single value raises a `TypeError`."""
    is_alone = isinstance(values, str) or hasattr(values, "ndim")  # an array, a variable
    if isinstance(values, Iterable) and not is_alone:
        return list(values)
    alone = f": give [{values}], not {values} alone" if _is_symbolic(values) else ""
    got = alone or f"; got {shortened(repr(values))}"
    raise TypeError(f"{name} must be a list of {what}{got}")


def tensor(
    value: object, name: str, ndim: int | None = None, kinds: str = "", more: str = ""
) -> "TensorVariable":
    """Return a value as a symbolic variable, or raise a `TypeError`.

    The error is also raised for another `ndim`, or a dtype that is not of NumPy's `kinds`.
    """
    import pytensor.tensor as pt

    try:
        variable = pt.as_tensor(value)
    except (NotImplementedError, TypeError, ValueError):
        got = shortened(repr(value))
        raise TypeError(f"{name} must be a symbolic variable; got {got}") from None
    is_kind = not kinds or np.dtype(variable.dtype).kind in kinds
    if ndim is not None and (variable.ndim != ndim or not is_kind):
        wanted = f"{_SHAPES[ndim]}{_KINDS.get(kinds, '')}{more}"
        got = f"{variable.dtype} with ndim {variable.ndim}"
        raise TypeError(f"{name} must be a {wanted}; got {got}")
    return variable


def array(value: object, name: str) -> Array:
    """Return a value as an array; a symbolic or shared variable raises a `TypeError`."""
    if _is_symbolic(value):
        raise TypeError(
            f"{name} must be an array; {value} is symbolic: give its value, as get_value() or "
            "eval() returns it"
        )
    return np.asarray(value)


def _is_symbolic(value: object) -> bool:
    return hasattr(value, "owner")
