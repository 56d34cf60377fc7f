"""The kernel: the functions of `kernel.c`, called on NumPy arrays.

Where there is no compiler, or it fails, there is no kernel: `layers` then computes the same in
NumPy. ``THEANO_TUTORIAL_KERNEL=numpy`` asks for that.
"""

import contextlib
import ctypes
import functools
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial.kernel.build import PRECISION, Build
from theano_tutorial.system.threads import count

_NO_MEMORY = 2  # the kernel's own code for it
MOST_THREADS = 256  # the kernel's MOST_SHARES
ROWS_A_THREAD = 16  # to wake one costs as much as some ten images do

Array = np.ndarray[Any, Any]


class _Problem(ctypes.Structure):
    """What every entry of the kernel takes first: the matrix x, and how wide the result is."""

    _fields_ = (
        ("n", ctypes.c_int),
        ("n_in", ctypes.c_int),
        ("n_out", ctypes.c_int),
        ("x", ctypes.c_void_p),
        ("stride", ctypes.c_int64),
    )


# Each entry of the kernel: how many arrays follow the problem, and what follows them before the
# number of threads.
_ENTRIES: tuple[tuple[str, int, tuple[Any, ...]], ...] = (
    ("cross_entropy", 8, (ctypes.c_double,)),
    ("network", 11, (ctypes.c_int, ctypes.c_double)),
    ("affine", 3, (ctypes.c_int,)),
    ("affine_gradient", 4, ()),
)


_Pointer = ctypes.POINTER(_Problem)


class Kernel:
    """The compiled functions for one dtype.

    Parameters
    ----------
    library
        The path of the compiled library.
    dtype
        ``"float64"`` or ``"float32"``; arrays given to its functions must have it.
    threads
        How many it may use; the default is one for each core that is ours.
    """

    def __init__(self, library: Path, dtype: str, threads: int | None = None) -> None:
        functions = ctypes.CDLL(str(library))
        self.dtype = np.dtype(dtype)
        self._most_threads = threads
        self._functions = {}
        for name, pointers, last in _ENTRIES:
            function = getattr(functions, name)
            addresses = [ctypes.c_void_p] * pointers
            function.argtypes = [_Pointer, *addresses, *last, ctypes.c_int]
            self._functions[name] = function

    def address(self, name: str) -> int:
        """Return the address of one of its functions, for C code."""
        address = ctypes.cast(self._functions[name], ctypes.c_void_p).value
        assert address is not None
        return address

    def cross_entropy(
        self, x: Array, W: Array, b: Array, y: Array, scale: float, with_gz: bool
    ) -> list[Array]:
        """Return the sum of ``log_p``, and more; see `reference.Functions`."""
        n, (n_in, n_out) = len(x), W.shape
        total, log_p = np.empty(()), self._empty(n)
        gW, gb = self._empty(n_in, n_out), self._empty(n_out)
        gz = self._empty(n, n_out) if with_gz else None
        arrays = W, b, _int32(y, n_out), total, log_p, gW, gb, gz
        if self._call("cross_entropy", x, n_out, *arrays, last=(scale,)):
            raise IndexError(f"labels must be from 0 to {n_out - 1}")
        return [total, log_p, gW, gb] if gz is None else [total, log_p, gW, gb, gz]

    def network(self, x: Array, params: Sequence[Array], y: Array, scale: float) -> list[Array]:
        """Return the sum of ``log_p``, and more; see `reference.Functions`."""
        total, log_p = np.empty(()), self._empty(len(x))
        gradients = [self._empty(*param.shape) for param in params]
        n_hidden, n_out = params[2].shape
        arrays = *params, _int32(y, n_out), total, log_p, *gradients
        if self._call("network", x, n_hidden, *arrays, last=(n_out, scale)):
            raise IndexError(f"labels must be from 0 to {n_out - 1}")
        return [total, log_p, *gradients]

    def affine(self, x: Array, W: Array, b: Array | None, is_tanh: bool) -> Array:
        """Return ``x W + b``, or its tanh; without `b`, ``x W``."""
        out = self._empty(len(x), W.shape[1])
        self._call("affine", x, W.shape[1], W, b, out, last=(is_tanh,))
        return out

    def affine_gradient(self, x: Array, g: Array, h: Array | None) -> list[Array]:
        """Return ``gW = x' g`` and ``gb``; given the hidden units `h`, through their tanh."""
        gW, gb = self._empty(x.shape[1], g.shape[1]), self._empty(g.shape[1])
        self._call("affine_gradient", x, g.shape[1], g, h, gW, gb)
        return [gW, gb]

    def _empty(self, *shape: int) -> Array:
        return np.empty(shape, self.dtype)

    def _call(
        self, name: str, x: Array, n_out: int, *arrays: Array | None, last: Sequence[float] = ()
    ) -> int:
        """Call a function on arrays, of which it needs the addresses; return its code."""
        size = self.dtype.itemsize
        if x.strides[1] != size or x.strides[0] % size or x.dtype != self.dtype:
            x = np.ascontiguousarray(x, dtype=self.dtype)
        kept = [_whole(array) for array in arrays]
        problem = _Problem(len(x), x.shape[1], n_out, _address(x), x.strides[0] // size)
        addresses = [_address(array) for array in kept]
        threads = _threads(len(x), self._most_threads)
        code: int = self._functions[name](problem, *addresses, *last, threads)
        if code == _NO_MEMORY:
            raise MemoryError(f"no memory for the kernel's {name}")
        return code


def _int32(y: Array, n_out: int) -> Array:
    labels = y.astype(np.int32, copy=False)
    if labels is not y and not np.array_equal(labels, y):
        raise IndexError(f"labels must be from 0 to {n_out - 1}")
    return labels


def _whole(array: Array | None) -> Array | None:
    """Return an array whose numbers lie one after the other."""
    whole = array is None or array.flags.c_contiguous
    return array if whole else np.ascontiguousarray(array)


def _address(array: Array | None) -> int | None:
    if array is None:
        return None
    # A third of the time of array.ctypes.data, which a minibatch would feel; but it is only for
    # arrays that can be written to, and neither empty nor slices.
    buffer: Any = array
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    except (TypeError, ValueError):
        return array.ctypes.data


def _threads(rows: int, most: int | None = None) -> int:
    return max(1, min(most or count(), rows // ROWS_A_THREAD, MOST_THREADS))


@functools.cache
def _build(dtype: str) -> Build:
    return Build(dtype)


if hasattr(os, "register_at_fork"):
    # A forked child cannot wait for its parent's compiler.
    os.register_at_fork(after_in_child=_build.cache_clear)


def prepare(dtype: str) -> None:
    """Begin to compile the kernel in the background, if it is not there already."""
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
    """Return the kernel compiled otherwise, to see what a part of it gains; None as for `load`.

    It is compiled anew and not kept.

    Parameters
    ----------
    dtype
        ``"float64"`` or ``"float32"``.
    *flags
        For the compiler, such as ``"-DSKIP_ZEROS=0"``; `kernel.c` names them at its top.
    threads
        How many it may use.
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
