"""Work shared out among threads, each with one thread of BLAS: cores are used once, not twice.

Copies and products of NumPy release Python's lock, so that threads compute at once. How work
is cut depends on the work alone, never on the number of threads: nor do the bits of a result.
"""

import ctypes
import functools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import TypeVar

from numpy.linalg import _umath_linalg

from theano_tutorial.system import threads

Result = TypeVar("Result")
# Into how many parts work is cut, at most.
MOST_PARTS = 16
# How NumPy's builds of OpenBLAS call the two functions.
_NAMES = (
    "scipy_openblas_{}_num_threads64_",
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
)


def shared_out(
    work: Callable[[int, int], Result], n: int, cost: int, parts: int = MOST_PARTS
) -> list[Result]:
    """Call ``work(start, stop)`` for parts of ``range(n)`` at once; return results in order.

    `cost` is roughly how many operations of arithmetic all of it takes: little work is not
    worth a thread.
    """
    parts = min(n, parts)
    pieces = list(pairwise(n * part // max(parts, 1) for part in range(parts + 1)))
    with _one_blas_thread() as is_one:
        if is_one and parts > 1 and cost > 1_000_000 and (n_threads := threads.count()) > 1:
            return list(_pool(n_threads).map(lambda piece: work(*piece), pieces))
        return [work(*piece) for piece in pieces]


@functools.cache
def _pool(n_threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_threads, thread_name_prefix="convolution")


class _Blas:
    """The number of threads of NumPy's BLAS, and how many ask for one."""

    def __init__(self) -> None:
        library = ctypes.CDLL(_umath_linalg.__file__)  # and what it is linked to
        for name in _NAMES:
            if hasattr(library, name.format("set")):
                self.get = getattr(library, name.format("get"))
                self.set = getattr(library, name.format("set"))
                break
        else:
            raise OSError("NumPy's BLAS is not OpenBLAS")
        self.lock = threading.Lock()
        self.users = self.before = 0

    def enter(self) -> None:
        with self.lock:
            if not self.users:
                self.before = self.get()
                self.set(1)
            self.users += 1

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                self.set(self.before)


@functools.cache
def _blas() -> _Blas | None:
    try:
        return _Blas()
    except (OSError, AttributeError):
        return None


@contextmanager
def _one_blas_thread() -> Iterator[bool]:
    """Have NumPy's BLAS use one thread; yield whether it can be told to."""
    blas = _blas()
    if blas is None:
        yield False
        return
    blas.enter()
    try:
        yield True
    finally:
        blas.leave()


if hasattr(os, "register_at_fork"):
    # A forked child has the pool, but not its threads; and perhaps a lock that none will open.
    os.register_at_fork(after_in_child=_pool.cache_clear)
    os.register_at_fork(after_in_child=_blas.cache_clear)
