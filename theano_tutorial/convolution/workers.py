"""Share work out among threads, each with one thread of BLAS: one thread per core, not more.

NumPy's copies and products release Python's lock, so threads compute at the same time. How work
is cut depends on the work alone, so the bits of a result do not depend on the thread count.
"""

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

from theano_tutorial.system import threads
from theano_tutorial.system.blas import blas

Result = TypeVar("Result")
# The largest number of parts that work is cut into.
MOST_PARTS = 16


def shared_out(
    work: Callable[[int, int], Result], n: int, cost: int, parts: int = MOST_PARTS
) -> list[Result]:
    """Call ``work(start, stop)`` for parts of ``range(n)`` at once; return results in order.

    `cost` is roughly the number of arithmetic operations in all of it: little work is not worth
    a thread.
    """
    parts = min(n, parts)
    pieces = list(pairwise(n * part // max(parts, 1) for part in range(parts + 1)))
    with blas().one_thread() as is_one:
        if is_one and parts > 1 and cost > 1_000_000 and (n_threads := threads.count()) > 1:
            return list(_pool(n_threads).map(lambda piece: work(*piece), pieces))
        return [work(*piece) for piece in pieces]


@functools.cache
def _pool(n_threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_threads, thread_name_prefix="convolution")


if hasattr(os, "register_at_fork"):
    # A forked child has the pool, but not its threads.
    os.register_at_fork(after_in_child=_pool.cache_clear)
