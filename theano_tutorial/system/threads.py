"""How many threads compute, which decides the last digits of a sum.

Nothing heavy is imported here: NumPy, JAX and PyTorch read the number from the environment only
when they are loaded, so it must be set before.
"""

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager

from theano_tutorial.errors import UsageError

# The variables that set it: for OpenMP, NumPy's BLAS, PyTorch and the kernel; and for JAX.
_OPENMP = "OMP_NUM_THREADS"
_JAX = "NPROC"
MOST = 4096


@functools.cache  # the kernel asks at every minibatch
def count(backend: str = "numpy") -> int:
    """Return how many threads a backend computes with: the number set, or the cores we have."""
    named = _first(os.environ.get(_JAX if backend == "jax" else _OPENMP, ""))
    if named is not None:
        return named
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _first(value: str) -> int | None:
    """Return the first of OpenMP's numbers, one for each level; None if it is not valid."""
    first = value.split(",")[0].strip()
    is_number = first.isascii() and first.isdigit() and 1 <= int(first) <= MOST
    return int(first) if is_number else None


@contextmanager
def using(n: int | None) -> Iterator[None]:
    """Compute with `n` threads; None leaves their number as it is.

    In a process where NumPy, JAX and PyTorch are already loaded, only the kernel changes.
    Raise `UsageError` if ``OMP_NUM_THREADS`` does not begin with a number from 1 to `MOST`.
    """
    before = {name: os.environ.get(name) for name in (_OPENMP, _JAX)}
    if n is not None:
        os.environ.update({name: str(n) for name in before})
    elif named := before[_OPENMP]:
        first = _first(named)
        if first is None:
            accepted = f"a whole number from 1 to {MOST:,}"
            raise UsageError(f"{_OPENMP} must be {accepted}, got {named!r}")
        os.environ[_OPENMP] = str(first)  # Numba reads no list
    count.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is not None:
                os.environ[name] = value
            elif n is not None:
                del os.environ[name]
        count.cache_clear()
