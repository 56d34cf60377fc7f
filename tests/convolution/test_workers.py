"""Threads: the same bits with any number of them, and BLAS left as it was."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from theano_tutorial.convolution import numpy_convolution, numpy_pooling, workers
from theano_tutorial.convolution.windows import Convolution, Pooling

CONVOLUTION = Convolution("half", (1, 1), (1, 1), True, 1)
POOLING = Pooling("max", (2, 2), (2, 2), (0, 0), True)


def results():
    """Everything, on arrays large enough for threads."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((40, 8, 12, 13)), rng.standard_normal((10, 8, 5, 3))
    maps = numpy_convolution.convolve(x, w, CONVOLUTION)
    pooled = numpy_pooling.pool(maps, POOLING)
    g = numpy_pooling.spread_to_largest(pooled, maps, pooled, POOLING)
    return [
        maps,
        pooled,
        g,
        numpy_convolution.filter_gradient(x, g, w, CONVOLUTION),
        numpy_convolution.image_gradient(w, g, x, CONVOLUTION),
        numpy_pooling.spread(pooled, maps, POOLING._replace(mode="average_inc_pad")),
    ]


@pytest.fixture
def use_threads(monkeypatch):
    return lambda n: monkeypatch.setattr(workers.threads, "count", lambda: n)


def test_the_number_of_threads_changes_no_bit(use_threads):
    use_threads(1)
    expected = [array.tobytes() for array in results()]
    for n in (2, 5):
        use_threads(n)
        assert [array.tobytes() for array in results()] == expected


def test_threads_work_at_once(use_threads):
    use_threads(2)
    both = threading.Barrier(2, timeout=10)

    def work(start, stop):
        if start in (0, 1):
            both.wait()  # for the other one
        return start, stop

    assert workers.shared_out(work, 3, cost=10**9) == [(0, 1), (1, 2), (2, 3)]


def test_little_work_needs_no_thread(use_threads):
    use_threads(2)
    names = workers.shared_out(lambda *_: threading.current_thread(), 3, cost=1000)
    assert set(names) == {threading.current_thread()}


def test_every_piece_is_done_once():
    for n in (0, 1, 15, 16, 17, 100):
        pieces = workers.shared_out(lambda start, stop: range(start, stop), n, cost=0)
        assert [i for piece in pieces for i in piece] == list(range(n))


@pytest.fixture
def blas():
    """NumPy's BLAS, with two threads meanwhile."""
    blas = workers.blas()
    before = blas.get()
    if not before:
        pytest.skip("this NumPy's BLAS cannot be told its number of threads")
    blas.set([2] * len(before))
    yield blas
    blas.set(before)


def test_blas_has_one_thread_meanwhile_and_then_as_many_as_before(use_threads, blas):
    one, two = ([n] * len(blas.get()) for n in (1, 2))
    use_threads(2)
    inner = workers.shared_out(lambda *_: blas.get(), 4, cost=10**9)
    nested = workers.shared_out(
        lambda *_: workers.shared_out(lambda *_: blas.get(), 1, cost=0), 1, cost=0
    )
    assert (inner, nested, blas.get()) == ([one] * 4, [[one]], two)
    with pytest.raises(ZeroDivisionError):
        workers.shared_out(lambda *_: 1 // 0, 4, cost=10**9)
    assert blas.get() == two


def test_the_last_thread_to_leave_gives_blas_its_threads_back(blas):
    """Newer threadpoolctl silently lets one thread alone set their number."""
    one, two = ([n] * len(blas.get()) for n in (1, 2))
    with ThreadPoolExecutor(1) as other:
        last = blas.one_thread()
        with blas.one_thread():
            assert other.submit(last.__enter__).result()
        assert blas.get() == one
        other.submit(last.__exit__, None, None, None).result()
        assert blas.get() == two


def test_another_blas(monkeypatch, use_threads):
    expected = results()
    none = workers.blas().__class__()
    none._libraries = []
    monkeypatch.setattr(workers, "blas", lambda: none)
    use_threads(2)
    names = workers.shared_out(lambda *_: threading.current_thread(), 3, cost=10**9)
    assert set(names) == {threading.current_thread()}
    for one, other in zip(results(), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)


FORK = """
import os
from convolution.test_workers import results
expected = [array.tobytes() for array in results()]
child = os.fork()
if not child:
    os._exit([array.tobytes() for array in results()] != expected)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_threads_of_its_own():
    # In a process of its own: JAX, where it is loaded, does not let its process fork.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-W", "ignore", "-c", FORK]
    subprocess.run(command, env=environment, check=True, timeout=120)
