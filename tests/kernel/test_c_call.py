"""The kernel called from PyTensor's C code: same bits and errors as from Python."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, kernel
from theano_tutorial.kernel.ops import LogLikelihood
from theano_tutorial.system import threads

N, N_IN, N_OUT = 100, 30, 10


@pytest.fixture(params=["float64", "float32"])
def dtype(request):
    return request.param


@pytest.fixture
def arrays(dtype):
    """Images, most of whose pixels are zero, parameters and labels."""
    rng = np.random.default_rng(0)
    x = rng.random((N, N_IN)) * (rng.random((N, N_IN)) < 0.3)
    W, b = rng.normal(size=(N_IN, N_OUT)), rng.normal(size=N_OUT)
    return *(a.astype(dtype) for a in (x, W, b)), rng.integers(N_OUT, size=N, dtype=np.int32)


def compiled(backend, dtype, is_mean=True, with_gz=False, labels="int32"):
    inputs = [
        pt.matrix("x", dtype=dtype),
        pt.matrix("W", dtype=dtype),
        pt.vector("b", dtype=dtype),
        pt.vector("y", dtype=labels),
    ]
    outputs = LogLikelihood(is_mean, with_gz)(*inputs)
    return pytensor.function(inputs, outputs, mode=backends.mode(backend))


def assert_same(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_array_equal(a, b)


def in_c(function):
    (thunk,) = function.vm.thunks
    return hasattr(thunk, "cthunk")


@pytest.fixture
def asked(monkeypatch):
    """The calls of Python from C."""
    calls = []
    real = LogLikelihood.in_python

    def in_python(self, *inputs):
        calls.append(inputs)
        return real(self, *inputs)

    monkeypatch.setattr(LogLikelihood, "in_python", in_python)
    return calls


USUAL = {
    "whole": lambda x, W, b, y: (x, W, b, y),
    "a slice": lambda x, W, b, y: (x[20:60], W, b, y[20:60]),
    "every other row": lambda x, W, b, y: (x[::2], W, b, y[:50]),
    "rows backwards": lambda x, W, b, y: (x[::-1], W, b, y),
    "one row": lambda x, W, b, y: (x[:1], W, b, y[:1]),
    "labels from the end": lambda x, W, b, y: (x, W, b, y - N_OUT),
    "one class": lambda x, W, b, y: (x, W[:, :1].copy(), b[:1], 0 * y),
}
UNUSUAL = {
    "no rows": lambda x, W, b, y: (x[:0], W, b, y[:0]),
    "every other pixel": lambda x, W, b, y: (x[:, ::2], W[:15], b, y),
    "columns of W": lambda x, W, b, y: (x, np.asfortranarray(W), b, y),
    "every other label": lambda x, W, b, y: (x[:50], W, b, y[::2]),
    "b backwards": lambda x, W, b, y: (x, W, b[::-1], y),
}


@pytest.mark.parametrize("which", [*USUAL, *UNUSUAL])
@pytest.mark.parametrize("is_mean", [True, False])
@pytest.mark.parametrize("with_gz", [True, False])
def test_same_bits_as_from_python(dtype, arrays, asked, which, is_mean, with_gz):
    from_c = compiled("c", dtype, is_mean, with_gz)
    assert in_c(from_c)
    given = (USUAL | UNUSUAL)[which](*arrays)
    expected = compiled("numpy", dtype, is_mean, with_gz)(*given)
    for _ in range(2):
        assert_same(from_c(*given), expected)
    assert len(asked) == (2 if which in UNUSUAL else 0)


def test_results_stay_as_they_are(dtype, arrays):
    """The next call does not write into what the last one gave."""
    x, W, b, y = arrays
    function = compiled("c", dtype)
    first = function(x, W, b, y)
    before = [value.copy() for value in first]
    function(x[::-1].copy(), -W, b, y)
    assert_same(first, before)


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (lambda x, W, b, y: (x, W, b, y[:5]), ValueError, "a matrix of 100 rows and 5 labels"),
        (lambda x, W, b, y: (x, W[:5], b, y), ValueError, r"shapes do not fit: \(100, 30\)"),
        (lambda x, W, b, y: (x, W, b[:1], y), ValueError, r"shapes do not fit: \(100, 30\)"),
        (lambda x, W, b, y: (x, W, b, y + 9), IndexError, "labels must be from 0 to 9"),
    ],
)
def test_what_does_not_fit(dtype, arrays, spoil, error, message):
    function = compiled("c", dtype)
    with pytest.raises(error, match=message):
        function(*spoil(*arrays))
    expected = compiled("numpy", dtype)(*arrays)  # and it still computes
    assert_same(function(*arrays), expected)


def test_as_many_threads_as_when_compiled(dtype, arrays):
    for n in (1, 3):
        with threads.using(n):
            function = compiled("c", dtype)
            expected = compiled("numpy", dtype)(*arrays)
        assert_same(function(*arrays), expected)


def test_labels_of_another_type(dtype, arrays):
    *others, y = arrays
    function = compiled("c", dtype, labels="int64")
    assert not in_c(function)
    expected = compiled("numpy", dtype)(*arrays)
    assert_same(function(*others, y.astype("int64")), expected)


def test_without_a_kernel(dtype, arrays, monkeypatch):
    monkeypatch.setattr(kernel, "load", lambda dtype: None)
    function = compiled("c", dtype)
    assert not in_c(function)
    expected = compiled("numpy", dtype)(*arrays)
    assert_same(function(*arrays), expected)
