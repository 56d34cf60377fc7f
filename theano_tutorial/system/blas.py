"""NumPy's BLAS kept to one thread, while threads of Python share work out."""

import functools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np  # noqa: F401  (brings the BLAS that is looked for)
from threadpoolctl import ThreadpoolController


class Blas:
    """The number of threads of all BLAS that are loaded, and how many callers ask for one."""

    def __init__(self) -> None:
        self._libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        self._lock = threading.Lock()
        self._users = 0
        self._before: list[int] = []

    def get(self) -> list[int]:
        """Return how many threads each library has."""
        return [library.get_num_threads() for library in self._libraries]

    def set(self, numbers: list[int]) -> None:
        """Give each library so many threads."""
        for library, number in zip(self._libraries, numbers, strict=True):
            library.set_num_threads(number)
            # threadpoolctl 3.8 lets no other thread set OpenBLAS's number until this one is
            # gone or says that it is done; another thread may be the last to leave, below.
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread()

    @contextmanager
    def one_thread(self) -> Iterator[bool]:
        """Have BLAS use one thread until the last of all callers leaves.

        Yields whether it can be told to. Some BLAS ask each thread of Python: those that share
        work should enter, too.
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
    """Return this process's BLAS, looked for once: that takes milliseconds."""
    with _finding:  # two at once would each find one, and count its own callers
        return _found()


def _forget() -> None:
    """Start afresh in a forked child: another thread may have held the locks."""
    global _finding
    _finding = threading.Lock()
    _found.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
