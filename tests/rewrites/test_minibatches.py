"""Minibatches of data whose number of rows PyTensor is not told, as in any Theano program."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from theano_tutorial import backends, models, updates
from theano_tutorial.backends.one_call import call_each
from theano_tutorial.errors import UsageError

N, B = 60, 15
RNG = np.random.default_rng(0)
DATA = {
    "vector": RNG.normal(size=N),
    "matrix": RNG.normal(size=(N, 4)).astype("float32"),
    "images": RNG.normal(size=(N, 3, 2)),
    "order": RNG.permutation(N),
}
NTH, ALSO = pt.lscalar("i"), pt.iscalar("j")
SPELLINGS = {
    "as in the tutorials": lambda: slice(NTH * B, (NTH + 1) * B),
    "factors swapped": lambda: slice(B * NTH, B * (1 + NTH)),
    "start plus length": lambda: slice(NTH * B, NTH * B + B),
    "int32": lambda: slice(ALSO * B, (ALSO + 1) * B),
    "index cast": lambda: slice(pt.cast(NTH, "int32") * B, (pt.cast(NTH, "int32") + 1) * B),
    "ends cast": lambda: slice(pt.cast(ALSO * B, "int64"), pt.cast((ALSO + 1) * B, "int64")),
    "a NumPy length": lambda: slice(NTH * np.int64(B), (NTH + 1) * np.int64(B)),
    "a constant length": lambda: slice(NTH * pt.constant(B), (NTH + 1) * pt.constant(B)),
    "from the end": lambda: slice((NTH + 1) * B - B, (NTH + 1) * B),
    "step 1": lambda: slice(NTH * B, (NTH + 1) * B, 1),
    "all columns": lambda: (slice(NTH * B, (NTH + 1) * B), Ellipsis),
}
# What each is of data x: as stored, computed with, and cast as labels are.
PARTS = {
    "stored": lambda x, rows: x[rows],
    "scaled": lambda x, rows: (x / 4 + 1)[rows],
    "cast": lambda x, rows: pt.cast(pt.cast(x, "float32"), "int32")[rows],
}


def share(value, known=False):
    return pytensor.shared(value, shape=value.shape) if known else pytensor.shared(value)


def compiled(backend, outputs, **more):
    mode = backends.mode(backend)
    return pytensor.function([NTH, ALSO], outputs, mode=mode, on_unused_input="ignore", **more)


def refuses(backend):
    """Whether a backend refuses a minibatch that is not all there, instead of cutting it."""
    return backend == "jax"


def test_every_spelling(backend):
    """All in one function, to compile once; PyTensor's own, without rewrites, comes first."""
    outputs = [
        part(share(value), rows())
        for value in DATA.values()
        for part in PARTS.values()
        for rows in SPELLINGS.values()
    ]
    reference = pytensor.function([NTH, ALSO], outputs, mode=Mode("py", None))
    expected = {i: reference(i, i) for i in (0, 2, 3)}
    function = compiled(backend, outputs)
    for i in expected:
        for got, wanted in zip(function(i, i), expected[i], strict=True):
            assert got.dtype == wanted.dtype
            np.testing.assert_array_equal(got, wanted)


def test_a_start_of_any_kind(backend):
    """Given, looked up, or kept between calls."""
    x, starts, number = (
        share(v) for v in (DATA["matrix"], np.arange(0, N, B)[::-1].copy(), np.int64(0))
    )
    parts = [x[start : start + B] for start in (NTH, starts[ALSO], number * B)]
    function = compiled(backend, parts, updates=[(number, number + 1)])
    for call in range(4):
        given, looked_up, counted = function(7 + call, call)
        np.testing.assert_array_equal(given, DATA["matrix"][7 + call : 22 + call])
        np.testing.assert_array_equal(looked_up, DATA["matrix"][N - B * (call + 1) :][:B])
        np.testing.assert_array_equal(counted, DATA["matrix"][B * call : B * (call + 1)])


@pytest.mark.parametrize("start", ["given", "looked up", "kept"])
def test_rows_that_are_not_all_there(backend, start):
    """An error where the length had to be known, and what there is elsewhere; no other rows."""
    value = DATA["matrix"]
    first = {
        "given": NTH,
        "looked up": share(np.arange(-100, 100))[NTH + 100],
        "kept": (kept := share(np.int64(0))),
    }[start]
    function = compiled(backend, share(value)[first : first + B])
    for i in (0, N - B, N - B + 1, N, -1):
        kept.set_value(np.int64(i))
        if refuses(backend) and not 0 <= i <= N - B:
            with pytest.raises(IndexError, match=rf"rows {i} to {i + B} of 60 are not all"):
                function(i, 0)
        else:
            np.testing.assert_array_equal(function(i, 0), value[i : i + B])


def test_data_of_another_length(backend):
    """The rows are counted at every call."""
    x = share(DATA["matrix"])
    function = compiled(backend, x[NTH * B : (NTH + 1) * B])
    function(3, 0)
    x.set_value(DATA["matrix"][::-1][: 2 * B])
    np.testing.assert_array_equal(function(1, 0), DATA["matrix"][::-1][B : 2 * B])
    if refuses(backend):
        with pytest.raises(IndexError, match="rows 45 to 60 of 30 are not all there"):
            function(3, 0)
    else:
        assert function(3, 0).shape == (0, 4)


@pytest.mark.parametrize("shuffled", [False, True])
def test_training_on_plain_data(backend, shuffled):
    """By `givens`, the data in order or not, also several steps in one call."""
    x, y = pt.fmatrix("x"), pt.ivector("y")
    labels = RNG.integers(3, size=N).astype("float32")
    model = models.SoftmaxRegression(x, 4, 3)
    cost = model.negative_log_likelihood(y)
    rows = slice(NTH * B, (NTH + 1) * B)
    if shuffled:
        rows = share(DATA["order"])[rows]
    train = pytensor.function(
        [NTH],
        cost,
        updates=updates.sgd(cost, model.params, 0.1),
        givens={x: share(DATA["matrix"])[rows], y: pt.cast(share(labels), "int32")[rows]},
        mode=backends.mode(backend),
    )
    costs = call_each(train, [(i,) for i in (0, 1, 2, 3, 0)])
    W, b = np.zeros((4, 3)), np.zeros(3)
    for i, found in zip((0, 1, 2, 3, 0), costs, strict=True):
        where = np.arange(i * B, (i + 1) * B)
        where = DATA["order"][where] if shuffled else where
        p = np.exp(DATA["matrix"][where] @ W + b)
        p /= p.sum(axis=1, keepdims=True)
        which = labels[where].astype(int)
        assert found == pytest.approx(-np.log(p[np.arange(B), which]).mean(), rel=1e-5)
        dz = (p - np.eye(3)[which]) / B
        W, b = W - 0.1 * DATA["matrix"][where].T @ dz, b - 0.1 * dz.sum(axis=0)


UNKNOWN = {
    "up to the last row": lambda x: x[NTH * B : pt.minimum((NTH + 1) * B, x.shape[0])],
    "half": lambda x: x[: x.shape[0] // 4],
    "a part of the rows": lambda x: x[NTH * (x.shape[0] // 4) : (NTH + 1) * (x.shape[0] // 4)],
    "of shuffled data": lambda x: x[x[:, 0].argsort()][NTH * B : (NTH + 1) * B],
}


@pytest.mark.parametrize("spelling", UNKNOWN)
def test_where_the_shape_has_to_be_known(spelling, backend):
    """JAX's own complaint does not say what to write; and what we say to write, works."""
    value = DATA["matrix"]
    wanted = UNKNOWN[spelling](pt.as_tensor(value)).eval({NTH: 0} if spelling != "half" else {})
    function = compiled(backend, UNKNOWN[spelling](share(value)))
    if refuses(backend) and spelling != "half":  # whose length is known when compiling
        with pytest.raises(
            UsageError, match=r"pytensor.shared\(x, shape=x.shape\), or by data"
        ):
            function(0, 0)
        function = compiled(backend, UNKNOWN[spelling](share(value, known=True)))
    np.testing.assert_array_equal(function(0, 0), wanted)


def test_a_length_that_is_given_cannot_be_compiled_by_jax(require_backend):
    require_backend("jax")
    x = share(DATA["matrix"], known=True)
    total = share(np.zeros(()))
    function = compiled(
        "jax", x[NTH : NTH + ALSO], updates=[(total, total + x[NTH : NTH + ALSO, 0].sum())]
    )
    for call in (lambda: function(0, 3), lambda: call_each(function, [(0, 3), (1, 3)])):
        with pytest.raises(
            UsageError, match=r"x\[i \* b:\(i \+ 1\) \* b\], where b is a number"
        ):
            call()
    without = pytensor.function(
        [NTH, ALSO], x[NTH : NTH + ALSO], mode=backends.mode("jax", rewrites=False)
    )
    with pytest.raises(IndexError):
        without(0, 3)


@pytest.mark.parametrize(
    "rows",
    [
        lambda: slice(NTH * B, (ALSO + 1) * B),
        lambda: slice(NTH * B, (NTH + 1) * (B + 1)),
        lambda: slice(pt.cast(NTH * 1.5, "int64"), pt.cast(NTH * 1.5, "int64") * 2),
        lambda: slice(NTH + B, NTH),
        lambda: slice(NTH * B, (NTH + 1) * B, 2),
    ],
)
@pytest.mark.parametrize("name", ["numpy", "c"])
def test_lookalikes_give_what_pytensor_gives(name, rows, require_backend):
    require_backend(name)
    x = share(np.arange(300))
    function = compiled(name, x[rows()])
    plain = pytensor.function(
        [NTH, ALSO], x[rows()], mode="FAST_COMPILE", on_unused_input="ignore"
    )
    for i in (0, 1, 3, 200):
        np.testing.assert_array_equal(function(i, 2), plain(i, 2))
