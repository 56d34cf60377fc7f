"""The kernel: `kernel.c` compiled for this machine, kept, and called on NumPy arrays.

It is compiled by the machine's C compiler in about half a second, in the background while
the data are read, and kept in the cache folder. Where there is no compiler, or it fails, there
is no kernel: `layers` then computes the same in NumPy.
"""

import atexit
import contextlib
import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial import caches, threads
from theano_tutorial.data.cache import cache_folder

_SOURCE = Path(__file__).with_name("kernel.c")
_FLAGS = ("-O2", "-march=native", "-shared", "-fPIC")
# With threads and, where the compiler has no OpenMP, without.
_THREADING = (("-fopenmp",), ())
_PRECISION = {"float64": ("-DDOUBLE",), "float32": ()}
_NO_MEMORY = 2  # the kernel's own code for it

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
    ("cross_entropy", 7, (ctypes.c_double,)),
    ("affine", 3, (ctypes.c_int,)),
    ("affine_gradient", 4, ()),
)


class Kernel:
    """The compiled functions for one dtype.

    Parameters
    ----------
    library
        The path of the compiled library.
    dtype
        ``"float64"`` or ``"float32"``; arrays given to its functions must have it.
    """

    def __init__(self, library: Path, dtype: str) -> None:
        functions = ctypes.CDLL(str(library))
        self.dtype = np.dtype(dtype)
        self._functions = {}
        for name, pointers, last in _ENTRIES:
            function = getattr(functions, name)
            addresses = [ctypes.c_void_p] * pointers
            function.argtypes = [ctypes.POINTER(_Problem), *addresses, *last, ctypes.c_int]
            self._functions[name] = function

    def cross_entropy(
        self, x: Array, W: Array, b: Array, y: Array, scale: float, with_gz: bool
    ) -> list[Array]:
        """Return ``log_p`` and, times `scale`, ``gW``, ``gb`` and, if wanted, ``gz``."""
        n, (n_in, n_out) = len(x), W.shape
        log_p, gW, gb = self._empty(n), self._empty(n_in, n_out), self._empty(n_out)
        gz = self._empty(n, n_out) if with_gz else None
        labels = y.astype(np.int32, copy=False)
        if labels is not y and not np.array_equal(labels, y):
            raise IndexError(f"labels must be from 0 to {n_out - 1}")
        arrays = W, b, labels, log_p, gW, gb, gz
        if self._call("cross_entropy", x, n_out, *arrays, last=(scale,)):
            raise IndexError(f"labels must be from 0 to {n_out - 1}")
        return [log_p, gW, gb] if gz is None else [log_p, gW, gb, gz]

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
        kept = [None if a is None else np.ascontiguousarray(a) for a in arrays]
        problem = _Problem(len(x), x.shape[1], n_out, _address(x), x.strides[0] // size)
        addresses = [None if a is None else _address(a) for a in kept]
        code: int = self._functions[name](problem, *addresses, *last, _threads(len(x)))
        if code == _NO_MEMORY:
            raise MemoryError(f"no memory for the kernel's {name}")
        return code


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]  # half the time of array.ctypes.data
    return address


def _threads(rows: int) -> int:
    # Waking a thread costs as much as some ten images do.
    return max(1, min(threads.count(), rows // 16))


def _after_fork() -> None:
    # A forked child has none of its parent's threads, and OpenMP would wait for them.
    global _threads
    _threads = lambda rows: 1  # noqa: E731


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _Build:
    """A compiler at work, or the library that it, or an earlier one, left."""

    def __init__(self, dtype: str) -> None:
        self.library: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        compiler = _compiler()
        if compiler is None:
            return
        self._flags = (*_FLAGS, *_PRECISION[dtype])
        self._compiler = compiler
        self._key = _key(compiler, self._flags)
        for folder in _folders():
            path = folder / f"{self._key}.so"
            if os.access(path, os.R_OK):
                self.library = path
                return
        for folder in _folders():
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._work = Path(tempfile.mkdtemp(dir=folder, prefix="building-"))
                self._target = folder / f"{self._key}.so"
                self._start(0)
                atexit.register(self._abandon)
                return

    def _start(self, attempt: int) -> None:
        self._attempt = attempt
        self._process = subprocess.Popen(
            [
                *self._compiler,
                *self._flags,
                *_THREADING[attempt],
                str(_SOURCE),
                "-o",
                str(self._work / "kernel.so"),
                "-lm",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us
        )

    def wait(self) -> Path | None:
        """Return the library's path once it is there; None if it cannot be had."""
        while self._process is not None:
            process, self._process = self._process, None
            if process.wait() == 0:
                # Whole or not there, also for others who compile it at this moment.
                with contextlib.suppress(OSError):
                    (self._work / "kernel.so").replace(self._target)
                    self.library = self._target
            elif self._attempt + 1 < len(_THREADING):
                self._start(self._attempt + 1)
                continue
            shutil.rmtree(self._work, ignore_errors=True)
        return self.library

    def _abandon(self) -> None:
        """Leave nothing behind when the program ends before its compiler does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self._work, ignore_errors=True)


@functools.cache
def _build(dtype: str) -> _Build:
    return _Build(dtype)


def prepare(dtype: str) -> None:
    """Begin to compile the kernel in the background, if it is not there already."""
    with contextlib.suppress(OSError):
        _build(dtype)


@functools.cache
def load(dtype: str) -> Kernel | None:
    """Return the kernel for a dtype, or None where it cannot be compiled or loaded."""
    if os.environ.get("THEANO_TUTORIAL_KERNEL") == "numpy" or dtype not in _PRECISION:
        return None
    try:
        library = _build(dtype).wait()
        return None if library is None else Kernel(library, dtype)
    except OSError:  # no compiler that runs, or a library that does not load
        return None


def _compiler() -> list[str] | None:
    """Return the command of the C compiler: ``CC``, or the first that is found."""
    named = os.environ.get("CC", "").split()
    for name in [named[0]] if named else ("cc", "gcc", "clang"):
        path = shutil.which(name)
        if path:
            return [path, *named[1:]]
    return None


def _folders() -> list[Path]:
    """Return where the library may be kept: the cache folder, or else a temporary one."""
    folder = cache_folder() / "kernels"
    if not caches.can_write(folder):
        with contextlib.suppress(OSError):
            return [folder, caches.private_folder() / "kernels"]
    return [folder]


def _key(compiler: list[str], flags: Sequence[str]) -> str:
    """Return a name for what comes of this source, compiler and machine."""
    stat = Path(compiler[0]).stat()
    parts = (*compiler, str(stat.st_size), str(stat.st_mtime_ns), *flags, _processor())
    return hashlib.sha256(_SOURCE.read_bytes() + "\n".join(parts).encode()).hexdigest()[:20]


def _processor() -> str:
    """Return what ``-march=native`` looks at, for caches that several machines share."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
        for line in lines:
            if line.startswith(("flags", "Features")):
                return line
    return f"{platform.machine()} {platform.processor()}"
