"""Keep NumPy's BLAS to one thread while Python threads share the work."""

import functools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np  # noqa: F401  (loads the BLAS to look for)
from threadpoolctl import ThreadpoolController


class Blas:
    """The thread counts of all loaded BLAS libraries, and how many callers want one thread."""

    def __init__(self) -> None:
        self._libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        self._lock = threading.Lock()
        self._users = 0
        self._before: list[int] = []

    def get(self) -> list[int]:
        """Return the number of threads of each library."""
        return [library.get_num_threads() for library in self._libraries]

    def set(self, numbers: list[int]) -> None:
        """Set the number of threads of each library."""
        for library, number in zip(self._libraries, numbers, strict=True):
            library.set_num_threads(number)
            # threadpoolctl 3.8 lets no other thread set OpenBLAS's number until this one ends
            # or gives up control; in `one_thread`, another thread may be the last to leave.
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread()

    @contextmanager
    def one_thread(self) -> Iterator[bool]:
        """Make BLAS use one thread until the last caller leaves.

        Yields whether BLAS obeys. In some BLAS libraries the number is set for each Python
        thread, so the threads that share the work should enter, too.
        """
        ones = [1] * len(self._libraries)
        with self._lock:
            if not self._users:
                self._before = self.get()
            self._users += 1
            self.set(ones)
        try:
            yield bool(ones) and self.get() == ones
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self.set(self._before)


@functools.cache
def _found() -> Blas:
    return Blas()


_finding = threading.Lock()


def blas() -> Blas:
    """Return this process's BLAS; it is looked for only once, which takes milliseconds."""
    with _finding:  # two threads would get two objects, each with its own count
        return _found()


def _forget() -> None:
    """Start afresh in a forked child: another thread may have held the locks."""
    global _finding
    _finding = threading.Lock()
    _found.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
