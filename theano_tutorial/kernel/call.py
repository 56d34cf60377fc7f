"""The kernel: the functions of `kernel.c`, called on NumPy arrays.

If there is no compiler, or it fails, there is no kernel: `ops` then computes the same in NumPy,
with `reference`. ``THEANO_TUTORIAL_KERNEL=numpy`` forces that.
"""

import contextlib
import ctypes
import functools
import os
import re
import tempfile
from collections.abc import Sequence
from ctypes import c_double, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.kernel.build import HEADER, PRECISION, Build
from theano_tutorial.kernel.reference import wrong_label
from theano_tutorial.system.threads import count

_Type = type[c_int | c_int64 | c_double | c_void_p]
_TYPES: dict[str, _Type] = {"int": c_int, "int64_t": c_int64, "double": c_double}
_INTERFACE = HEADER.read_text(encoding="utf-8")


def _type(declaration: str) -> _Type:
    """Return the type of a member of a struct, or of a function's parameter."""
    return c_void_p if "*" in declaration else _TYPES[declaration.split()[0]]


class _Problem(ctypes.Structure):
    """The header's struct: the matrix x, and the width of the result."""

    _fields_ = tuple(
        (member.split()[-1].strip("*"), _type(member))
        for member in re.findall(r"^    (\w+ .*);$", _INTERFACE, re.MULTILINE)
    )


# The header's functions, with the types of their parameters.
_FUNCTIONS = {
    name: [_type(parameter) for parameter in parameters.split(",")]
    for name, parameters in re.findall(r"^int (\w+)\(([^)]+)\);", _INTERFACE, re.MULTILINE)
}
# Their return codes, as in the header.
_WRONG_LABEL, _NO_MEMORY = 1, 2


class Kernel:
    """The compiled functions for arrays of one dtype, ``"float64"`` or ``"float32"``.

    They return what those of `reference.Reference` return, computed by up to `threads` threads;
    the default is `system.threads.count`.
    """

    def __init__(self, library: Path, dtype: str, threads: int | None = None) -> None:
        functions = ctypes.CDLL(str(library))
        self.dtype = np.dtype(dtype)
        self._threads = threads
        self._functions = {}
        for name, types in _FUNCTIONS.items():
            self._functions[name] = getattr(functions, name)
            self._functions[name].argtypes = types

    def address(self, name: str) -> int:
        """Return the address of one of its functions, for C code."""
        address = ctypes.cast(self._functions[name], c_void_p).value
        assert address is not None
        return address

    def log_likelihood(
        self, x: Array, W: Array, b: Array, y: Array, scale: float, with_gz: bool
    ) -> list[Array]:
        n, (n_in, n_out) = len(x), W.shape
        total, log_p = np.empty(()), self._empty(n)
        gW, gb = self._empty(n_in, n_out), self._empty(n_out)
        gz = self._empty(n, n_out) if with_gz else None
        arrays = W, b, _int32(y, n_out), total, log_p, gW, gb, gz
        if self._call("log_likelihood", x, n_out, *arrays, last=(scale,)) == _WRONG_LABEL:
            raise wrong_label(n_out)
        return [total, log_p, gW, gb] if gz is None else [total, log_p, gW, gb, gz]

    def network(self, x: Array, params: Sequence[Array], y: Array, scale: float) -> list[Array]:
        total, log_p = np.empty(()), self._empty(len(x))
        gradients = [self._empty(*param.shape) for param in params]
        n_hidden, n_out = params[2].shape
        arrays = *params, _int32(y, n_out), total, log_p, *gradients
        if self._call("network", x, n_hidden, *arrays, last=(n_out, scale)) == _WRONG_LABEL:
            raise wrong_label(n_out)
        return [total, log_p, *gradients]

    def network_step(
        self,
        x: Array,
        params: Sequence[Array],
        y: Array,
        scale: float,
        rate: float,
        decay: float,
    ) -> list[Array]:
        total, log_p, squares = np.empty(()), self._empty(len(x)), np.empty(())
        gradients = [self._empty(*param.shape) for param in params[1:]]
        n_hidden, n_out = params[2].shape
        arrays = *params, _int32(y, n_out), total, log_p, squares, *gradients
        last = n_out, scale, rate, decay
        if self._call("network_step", x, n_hidden, *arrays, last=last) == _WRONG_LABEL:
            raise wrong_label(n_out)
        return [total, log_p, squares, *gradients]

    def affine(self, x: Array, W: Array, b: Array | None, is_tanh: bool) -> Array:
        out = self._empty(len(x), W.shape[1])
        self._call("affine", x, W.shape[1], W, b, out, last=(is_tanh,))
        return out

    def affine_gradient(self, x: Array, g: Array, h: Array | None) -> list[Array]:
        gW, gb = self._empty(x.shape[1], g.shape[1]), self._empty(g.shape[1])
        self._call("affine_gradient", x, g.shape[1], g, h, gW, gb)
        return [gW, gb]

    def _empty(self, *shape: int) -> Array:
        return np.empty(shape, self.dtype)

    def _call(
        self, name: str, x: Array, n_out: int, *arrays: Array | None, last: Sequence[float] = ()
    ) -> int:
        """Call a function with the addresses of arrays; return its code."""
        size = self.dtype.itemsize
        if x.strides[1] != size or x.strides[0] % size or x.dtype != self.dtype:
            x = np.ascontiguousarray(x, dtype=self.dtype)
        kept = [_whole(array) for array in arrays]
        problem = _Problem(len(x), x.shape[1], n_out, _address(x), x.strides[0] // size)
        addresses = [_address(array) for array in kept]
        threads = self._threads or count()
        code: int = self._functions[name](ctypes.addressof(problem), *addresses, *last, threads)
        if code == _NO_MEMORY:
            raise MemoryError(f"no memory for the kernel's {name}")
        return code


def _int32(y: Array, n_out: int) -> Array:
    labels = y.astype(np.int32, copy=False)
    if labels is not y and not np.array_equal(labels, y):
        raise wrong_label(n_out)
    return labels


def _whole(array: Array | None) -> Array | None:
    """Return an array whose numbers are contiguous in memory."""
    whole = array is None or array.flags.c_contiguous
    return array if whole else np.ascontiguousarray(array)


def _address(array: Array | None) -> int | None:
    if array is None:
        return None
    # This takes a third of the time of array.ctypes.data, which counts at every minibatch, but
    # it works only for arrays that are writable, contiguous and not empty.
    buffer: Any = array
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    except (TypeError, ValueError):
        return array.ctypes.data


@functools.cache
def _build(dtype: str) -> Build:
    return Build(dtype)


if hasattr(os, "register_at_fork"):
    # A forked child cannot wait for its parent's compiler.
    os.register_at_fork(after_in_child=_build.cache_clear)


def prepare(dtype: str) -> None:
    """Start compiling the kernel in the background, if it is not there already."""
    if _is_wanted(dtype):
        with contextlib.suppress(OSError):
            _build(dtype)


@functools.cache
def load(dtype: str) -> Kernel | None:
    """Return the kernel for a dtype, or None where it cannot be compiled or loaded."""
    if not _is_wanted(dtype):
        return None
    try:
        library = _build(dtype).wait()
        return None if library is None else Kernel(library, dtype)
    except OSError:  # no compiler that runs, or a library that does not load
        return None


def variant(dtype: str, *flags: str, threads: int | None = None) -> Kernel | None:
    """Return the kernel compiled with other flags, to measure what a part of it gains.

    Flags such as ``"-DSKIP_ZEROS=0"`` are named at the top of `kernel.c`. The library is not
    kept. Like `load`, return None if there is no such kernel.
    """
    if _is_wanted(dtype):
        with (
            contextlib.suppress(OSError),
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        ):
            library = Build(dtype, flags, [Path(folder)]).wait()
            return None if library is None else Kernel(library, dtype, threads)
    return None


def _is_wanted(dtype: str) -> bool:
    return os.environ.get("THEANO_TUTORIAL_KERNEL") != "numpy" and dtype in PRECISION
