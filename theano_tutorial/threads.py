"""How many threads compute: the last digits of a sum depend on it.

Nothing heavy is imported here: what is said must be said before NumPy, JAX and PyTorch are
loaded, which look only then.
"""

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager

from theano_tutorial.errors import UsageError

# What names their number: for OpenMP, NumPy's BLAS, PyTorch and the kernel; and for JAX.
_OPENMP = "OMP_NUM_THREADS"
_JAX = "NPROC"
MOST = 4096


def count(backend: str = "numpy") -> int:
    """Return how many threads a backend computes with: what is named, or the cores we have."""
    return _count(os.environ.get(_JAX if backend == "jax" else _OPENMP, ""))


@functools.lru_cache
def _count(named: str) -> int:
    first = named.split(",")[0]
    if first.isdigit() and int(first) > 0:
        return int(first)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _named(value: str) -> int:
    """Return the first of OpenMP's numbers, one for each level: Numba reads no others."""
    first = value.split(",")[0].strip()
    if not (first.isascii() and first.isdigit() and 1 <= int(first) <= MOST):
        raise UsageError(f"{_OPENMP} must be a whole number from 1 to {MOST:,}, got {value!r}")
    return int(first)


@contextmanager
def using(n: int | None) -> Iterator[None]:
    """Compute with `n` threads; None leaves their number as it is.

    In a process where NumPy, JAX and PyTorch are loaded already, only the kernel follows.

    Raises
    ------
    UsageError
        If ``OMP_NUM_THREADS`` is there and does not begin with a number from 1 to `MOST`.
    """
    before = {name: os.environ.get(name) for name in (_OPENMP, _JAX)}
    if n is not None:
        os.environ.update({name: str(n) for name in before})
    elif named := before[_OPENMP]:
        os.environ[_OPENMP] = str(_named(named))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is not None:
                os.environ[name] = value
            elif n is not None:
                del os.environ[name]
