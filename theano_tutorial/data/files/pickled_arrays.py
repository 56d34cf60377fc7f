"""Read pickles of NumPy arrays without running any code that they hold.

A pickle is a program for a small stack machine, and can call any function. Here, only the
instructions needed for arrays in tuples, lists and dictionaries are run, and none calls a
function: NumPy's are recognised by name, and `numpy.frombuffer` does their work.
"""

import enum
import math
from dataclasses import dataclass
from pickle import UnpicklingError
from typing import Any, Literal

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.data.files.pickle_reader import NUMBERS, TEXTS, Stream, instructions

_DTYPES = frozenset({"f2", "f4", "f8", *(f"{kind}{size}" for kind in "iu" for size in "1248")})

# What a pickle of arrays refers to by name.
_Known = enum.Enum("_Known", ["RECONSTRUCT", "NDARRAY", "DTYPE", "FROMBUFFER", "ENCODE"])
_NAMES = {
    ("numpy", "ndarray"): _Known.NDARRAY,
    ("numpy", "dtype"): _Known.DTYPE,
    ("_codecs", "encode"): _Known.ENCODE,
}
for _core in ("numpy.core", "numpy._core"):
    _NAMES[f"{_core}.multiarray", "_reconstruct"] = _Known.RECONSTRUCT
    _NAMES[f"{_core}.numeric", "_frombuffer"] = _Known.FROMBUFFER

_MARK = object()
_CONSTANTS = {
    "NONE": None,
    "NEWTRUE": True,
    "NEWFALSE": False,
    "EMPTY_TUPLE": (),
    "MARK": _MARK,
}


@dataclass
class PickledDtype:
    """A dtype in a pickle: created from its code, then told its byte order."""

    code: str
    order: str = "<"


@dataclass
class PickledArray:
    """An array in a pickle: created empty, then given its shape, dtype and content."""

    shape: tuple[int, ...] | None = None
    dtype: PickledDtype | None = None
    by_columns: bool = False  # in Fortran order
    raw: str | bytes | bytearray = b""  # a text has a character for each byte

    def value(self) -> Array:
        """Return the array; raise `ValueError` if its bytes do not match its shape."""
        if self.shape is None or self.dtype is None:
            raise ValueError("it is empty")
        dtype = np.dtype(self.dtype.order + self.dtype.code)
        if len(self.raw) != math.prod(self.shape) * dtype.itemsize:
            raise ValueError(f"{len(self.raw):,} bytes are not what its shape needs")
        data = self.raw.encode("latin1") if isinstance(self.raw, str) else self.raw
        order: Literal["F", "C"] = "F" if self.by_columns else "C"
        return np.frombuffer(data, dtype).reshape(self.shape, order=order)


def load(file: Stream) -> list[PickledArray]:
    """Return the arrays that a pickle holds in tuples, lists and dictionaries.

    Anything else raises `UnpicklingError`; a broken pickle can raise nearly any exception.
    """
    stack: list[object] = []
    memo: dict[int, object] = {}
    arrays: list[PickledArray] = []
    for name, argument in instructions(file):
        _step(name, argument, stack, memo)
        if name == "REDUCE" and isinstance(made := stack[-1], PickledArray):
            arrays.append(made)
    stack.pop()  # the pickled object
    return arrays


def _step(name: str, argument: Any, stack: list[object], memo: dict[int, object]) -> None:
    """Run one instruction."""
    match name:
        case "PROTO" | "FRAME":
            pass
        case _ if name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        case _ if name in TEXTS or name in NUMBERS:
            stack.append(argument)
        case "TUPLE1" | "TUPLE2" | "TUPLE3":
            stack.append(tuple(_popped(stack, int(name[-1]))))
        case "TUPLE" | "LIST" | "DICT":
            stack.append(tuple(_above_mark(stack)))
        case "EMPTY_LIST" | "EMPTY_DICT":
            stack.append([])
        case "APPEND" | "APPENDS":
            _popped(stack, 1) if name == "APPEND" else _above_mark(stack)
        case "SETITEM" | "SETITEMS":
            _popped(stack, 2) if name == "SETITEM" else _above_mark(stack)
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
    """Pop the last mark and everything above it; return what was above it."""
    mark = max(i for i, item in enumerate(stack) if item is _MARK)
    return _popped(stack, len(stack) - mark)[1:]


def _known(module: object, name: object) -> _Known:
    """Return what a name in a pickle refers to; refuse an unknown one."""
    if not (isinstance(module, str) and isinstance(name, str)):
        raise UnpicklingError("it asks for something without a name")
    if (module, name) not in _NAMES:
        raise UnpicklingError(
            f"it asks for {module[:80]}.{name[:80]}; only NumPy arrays are accepted"
        )
    return _NAMES[module, name]


def _made(function: object, arguments: object) -> object:
    """Do the work of a function that a pickle calls."""
    match function, arguments:
        case _Known.RECONSTRUCT, (_Known.NDARRAY, _, _):
            return PickledArray()
        case _Known.FROMBUFFER, (raw, dtype, shape, "C" | "F" as order):
            array = PickledArray()
            _build(array, (1, shape, dtype, order == "F", raw))
            return array
        case _Known.ENCODE, (str() | bytearray() as text, "latin1"):
            return text
        case _Known.DTYPE, (str(code), *_) if code in _DTYPES:
            return PickledDtype(code)
        case _Known.DTYPE, (str(code), *_):
            raise UnpicklingError(f"arrays of dtype {code[:80]!r} are not accepted")
        case _:
            raise UnpicklingError("it makes something else; only NumPy arrays are accepted")


def _build(made: object, state: object) -> None:
    """Do the work of ``__setstate__`` on an object that `_made` returned."""
    match made, state:
        case PickledDtype(), (_, "<" | ">" | "|" as order, None, None, None, *_):
            made.order = order
        case PickledArray(), (1, tuple(shape), PickledDtype() as dtype, bool(columns), raw) if (
            isinstance(raw, str | bytes | bytearray)
            and all(type(side) is int for side in shape)
        ):
            made.shape, made.dtype, made.by_columns, made.raw = shape, dtype, columns, raw
        case _:
            raise UnpicklingError("it has arrays of a kind that is not accepted")
