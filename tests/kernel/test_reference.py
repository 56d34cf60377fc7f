"""NumPy in the kernel's place: Python's threads share the images, BLAS's stay out of it."""

import numpy as np
import pytest
from faults.processes import new_process
from threadpoolctl import ThreadpoolController

from theano_tutorial.kernel import reference
from theano_tutorial.kernel.reference import Reference

BLAS = ThreadpoolController().select(user_api="blas")


def blas_threads():
    return {library["num_threads"] for library in BLAS.info()}


@pytest.mark.parametrize(("n", "shares"), [(3, {(0, 3)}), (5001, {(0, 2500), (2500, 5001)})])
def test_one_blas_thread_inside_and_the_callers_number_afterwards(n, shares, monkeypatch):
    monkeypatch.setattr(reference, "count", lambda: 2)
    seen = set()

    def part(first, end):
        seen.add((first, end, *blas_threads()))
        return [np.array([end - first]), np.array([1.0])]

    def fails(first, end):
        raise MemoryError

    with BLAS.limit(limits=2):
        if blas_threads() != {2}:
            pytest.skip("this NumPy's BLAS cannot be told its number of threads")
        totals = Reference()._shared_out(n, part)
        assert [float(total[0]) for total in totals] == [n, len(shares)]
        assert seen == {(*share, 1) for share in shares}
        assert blas_threads() == {2}
        with pytest.raises(MemoryError):
            Reference()._shared_out(n, fails)
        assert blas_threads() == {2}


FROM_FOUR_THREADS = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from threadpoolctl import threadpool_info
from theano_tutorial.kernel.reference import Reference
x = np.random.default_rng(0).random((5000, 20))
call = lambda _: Reference().affine_gradient(x, x, None)[0]
x @ x.T[:, :5]
before = threadpool_info()
first, *others = ThreadPoolExecutor(4).map(call, range(100))
print(all((other == first).all() for other in others))
print(threadpool_info() == before)
"""


def test_called_from_several_threads_at_once():
    """Whoever is the last to finish, the process's own number of BLAS threads is back."""
    assert new_process(FROM_FOUR_THREADS, OMP_NUM_THREADS="2") == "True\nTrue\n"


def test_threads_obey_the_callers_errstate(monkeypatch):
    """A run that diverges overflows, which is looked for and no warning."""
    monkeypatch.setattr(reference, "count", lambda: 3)
    x = np.full((9000, 4), 1e300)
    with np.errstate(all="ignore"):
        assert np.isinf(Reference().affine(x, x.T[:, :2], None, False)).all()
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        Reference().affine(x, x.T[:, :2], None, False)
