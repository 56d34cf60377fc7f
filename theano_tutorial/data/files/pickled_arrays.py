"""Pickles of NumPy arrays, read without running what a pickle may hold.

A pickle is a program for a small machine with a stack, which can call anything. `pickletools`
takes it apart. Only the instructions that tuples of arrays need are run here, and they call
nothing: NumPy's functions are known by name, and `numpy.frombuffer` does their work.
"""

import enum
import math
import pickletools
from dataclasses import dataclass
from pickle import UnpicklingError
from typing import Any, Literal, cast

import numpy as np

from theano_tutorial._types import Array

_MOST_INSTRUCTIONS = 1_000  # the tutorials' file has 149
_DTYPES = frozenset({"f4", "f8", "i4", "i8", "u1"})

# What a pickle of arrays asks for by name.
_Known = enum.Enum("_Known", ["RECONSTRUCT", "NDARRAY", "DTYPE"])
_NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): _Known.RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _Known.RECONSTRUCT,
    ("numpy", "ndarray"): _Known.NDARRAY,
    ("numpy", "dtype"): _Known.DTYPE,
}

_MARK = object()
_CONSTANTS = {
    "NONE": None,
    "NEWTRUE": True,
    "NEWFALSE": False,
    "EMPTY_TUPLE": (),
    "MARK": _MARK,
}
_LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}


@dataclass
class PickledArray:
    """An array in a pickle: first made empty, then told what it holds."""

    shape: tuple[int, ...] | None = None
    dtype: np.dtype[np.generic] | None = None
    by_columns: bool = False  # in Fortran's order
    raw: str | bytes = b""  # a string, as Python 2 called it, has a character for each byte

    def value(self) -> Array:
        """Return the array, or raise `ValueError` if its bytes are not those of its shape."""
        if self.shape is None or self.dtype is None:
            raise ValueError("it is empty")
        if len(self.raw) != math.prod(self.shape) * self.dtype.itemsize:
            raise ValueError(f"{len(self.raw):,} bytes are not what its shape needs")
        data = self.raw.encode("latin1") if isinstance(self.raw, str) else self.raw
        order: Literal["F", "C"] = "F" if self.by_columns else "C"
        return np.frombuffer(data, self.dtype).reshape(self.shape, order=order)


def load(content: bytes) -> object:
    """Return what a pickle holds: tuples and lists of numbers, strings and `PickledArray`.

    Anything else raises `UnpicklingError`; a broken pickle, nearly any exception.
    """
    stack: list[object] = []
    memo: dict[int, object] = {}
    for count, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if count == _MOST_INSTRUCTIONS:
            raise UnpicklingError("it is too long for a few arrays")
        if opcode.name == "STOP":
            break
        _step(opcode.name, argument, stack, memo)
    return stack.pop()


def _step(name: str, argument: Any, stack: list[object], memo: dict[int, object]) -> None:
    """Run one instruction."""
    match name:
        case "PROTO" | "FRAME":
            pass
        case _ if name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        case _ if name in _LITERALS:
            stack.append(argument)
        case "TUPLE1" | "TUPLE2" | "TUPLE3":
            stack.append(tuple(_popped(stack, int(name[-1]))))
        case "TUPLE" | "LIST":
            stack.append(tuple(_above_mark(stack)))
        case "EMPTY_LIST":
            stack.append([])
        case "APPEND" | "APPENDS":
            items = _popped(stack, 1) if name == "APPEND" else _above_mark(stack)
            cast("list[object]", stack[-1]).extend(items)
        case "PUT" | "BINPUT" | "LONG_BINPUT" | "MEMOIZE":
            memo[len(memo) if name == "MEMOIZE" else argument] = stack[-1]
        case "GET" | "BINGET" | "LONG_BINGET":
            stack.append(memo[argument])
        case "GLOBAL" | "STACK_GLOBAL":
            names = argument.split(" ", 1) if name == "GLOBAL" else _popped(stack, 2)
            stack.append(_known(*names))
        case "REDUCE":
            stack.append(_made(*_popped(stack, 2)))
        case "BUILD":
            (state,) = _popped(stack, 1)
            _build(stack[-1], state)
        case _:
            raise UnpicklingError(f"it has {name}; only NumPy arrays are accepted")


def _popped(stack: list[object], n: int) -> list[object]:
    if len(stack) < n:
        raise IndexError("the stack is empty")
    popped = stack[-n:]
    del stack[-n:]
    return popped


def _above_mark(stack: list[object]) -> list[object]:
    """Take everything above the last mark off the stack, and the mark."""
    mark = max(i for i, item in enumerate(stack) if item is _MARK)
    return _popped(stack, len(stack) - mark)[1:]


def _known(module: object, name: object) -> _Known:
    """Return what a pickle asks for by name, or refuse it."""
    if not (isinstance(module, str) and isinstance(name, str)):
        raise UnpicklingError("it asks for something without a name")
    if (module, name) not in _NAMES:
        raise UnpicklingError(
            f"it asks for {module[:80]}.{name[:80]}; only NumPy arrays are accepted"
        )
    return _NAMES[module, name]


def _made(function: object, arguments: object) -> PickledArray | np.dtype[np.generic]:
    """Stand for the call of a function."""
    match function, arguments:
        case _Known.RECONSTRUCT, (_Known.NDARRAY, _, _):
            return PickledArray()
        case _Known.DTYPE, (str(code), *_) if code in _DTYPES:
            return np.dtype(code)
        case _Known.DTYPE, (str(code), *_):
            raise UnpicklingError(f"arrays of dtype {code[:80]!r} are not accepted")
        case _:
            raise UnpicklingError("it makes something else; only NumPy arrays are accepted")


def _build(made: object, state: object) -> None:
    """Stand for ``__setstate__`` of what `_made` returned."""
    match made, state:
        case np.dtype(), (_, "<" | "|", None, None, None, *_):
            pass  # as it is
        case PickledArray(), (1, tuple(shape), np.dtype() as dtype, bool(columns), raw) if (
            isinstance(raw, str | bytes) and all(type(side) is int for side in shape)
        ):
            made.shape, made.dtype, made.by_columns, made.raw = shape, dtype, columns, raw
        case _:
            raise UnpicklingError("it has arrays of a kind that is not accepted")
