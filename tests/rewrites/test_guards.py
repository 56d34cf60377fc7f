"""Softmax by hand: made stable where it is a softmax, computed as written where it is not."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from theano_tutorial import backends
from theano_tutorial.backends.inline import add_inlining

RNG = np.random.default_rng(0)
Z = {
    "vector": pt.dvector(),
    "matrix": pt.dmatrix(),
    "images": pt.dtensor3(),
    "row": pt.drow(),
    "column": pt.dcol(),
}
SHAPES = {
    "vector": (4,),
    "matrix": (4, 4),
    "images": (4, 4, 4),
    "row": (1, 4),
    "column": (4, 1),
}


def divided(which, layout=lambda sums: sums, **how):
    """Return exp(z) over its sums along an axis, laid out somehow under the division."""
    e = pt.exp(Z[which])
    return e / layout(e.sum(**how))


def column(sums):
    return sums[:, None]


SOFTMAX = {
    "keepdims": divided("matrix", axis=1, keepdims=True),
    "keepdims, columns": divided("matrix", axis=0, keepdims=True),
    "keepdims, negative axis": divided("matrix", axis=-1, keepdims=True),
    "columns need no keepdims": divided("matrix", axis=0),
    "columns, negative axis": divided("matrix", axis=-2),
    "over all": divided("matrix"),
    "over all, keepdims": divided("matrix", axis=(0, 1), keepdims=True),
    "a column put there": divided("matrix", column, axis=1),
    "dimshuffle": divided("matrix", lambda s: s.dimshuffle(0, "x"), axis=1),
    "transposed before and after": divided("matrix", column, axis=1).T,
    "a product with 1 / sums": pt.exp(Z["matrix"])
    * (1 / pt.exp(Z["matrix"]).sum(axis=1, keepdims=True)),
    "its logarithm": pt.log(divided("matrix", axis=1, keepdims=True)),
    "of a vector": divided("vector"),
    "of a vector, axis": divided("vector", axis=-1),
    "of images": divided("images", axis=2, keepdims=True),
    "of images, first axis": divided("images", axis=0),
    "of images, two axes": divided("images", axis=(1, 2), keepdims=True),
    "of images, first two axes": divided("images", axis=(0, 1)),
    "of images, over all": divided("images"),
    "of a row": divided("row", axis=1),
    "of a column": divided("column", axis=0),
}
NO_SOFTMAX = {
    "no keepdims": divided("matrix", axis=1),
    "no keepdims, negative axis": divided("matrix", axis=-1),
    "keepdims and transposed": divided("matrix", lambda s: s.T, axis=1, keepdims=True),
    "columns' sums as a column": divided("matrix", column, axis=0),
    "its logarithm": pt.log(divided("matrix", axis=1)),
    "of images": divided("images", axis=2),
    "of images, middle axis": divided("images", axis=1),
    "of images, last two axes": divided("images", axis=(1, 2)),
    "of images, swapped": divided("images", lambda s: s.dimshuffle(1, 0, "x"), axis=2),
    "of a row, columns' sums": divided("row", column, axis=0),
    "of a column": divided("column", axis=1),
    "sums of others": pt.exp(Z["matrix"]) / pt.exp(2 * Z["matrix"]).sum(axis=1, keepdims=True),
}
GRAPHS = [*SOFTMAX.values(), *NO_SOFTMAX.values()]
COSTS = [p[0].sum() for p in (SOFTMAX["keepdims"], NO_SOFTMAX["no keepdims"])]
ALL = [*GRAPHS, *(pytensor.grad(cost, Z["matrix"]) for cost in COSTS)]


@pytest.mark.parametrize("rewrites", [True, False])
def test_as_written(backend, rewrites):
    """All in one function, and their gradients, against PyTensor without any rewrite."""
    values = [RNG.normal(size=shape) for shape in SHAPES.values()]
    inputs = list(Z.values())
    mode = backends.mode(backend, rewrites=rewrites)
    wanted = pytensor.function(inputs, ALL, mode=Mode("py", None))(*values)
    # Without our rewrites, a softmax is a function of its own, which Numba would compile.
    with pytensor.config.change_flags(mode="FAST_COMPILE"):
        computed = pytensor.function(inputs, ALL, mode=mode)(*values)
    for got, expected in zip(computed, wanted, strict=True):
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


def test_stable_where_it_is_a_softmax(backend):
    """exp(1000) is infinite, which a softmax need not compute."""
    mode = backends.mode(backend)
    function = pytensor.function(list(Z.values()), list(SOFTMAX.values()), mode=mode)
    values = [1000 * RNG.normal(size=shape) for shape in SHAPES.values()]
    for name, p in zip(SOFTMAX, function(*values), strict=True):
        assert np.isfinite(p).all(), name


@pytest.mark.parametrize("p", [divided("matrix", axis=1), pt.log(divided("matrix", axis=-1))])
def test_sums_that_fit_nothing(backend, p):
    """As many images as classes would be a coincidence."""
    function = pytensor.function([Z["matrix"]], p, mode=backends.mode(backend))
    assert function(np.ones((4, 4))).shape == (4, 4)
    for shape in ((4, 3), (7, 10)):
        with pytest.raises((ValueError, TypeError, RuntimeError)):
            function(np.ones(shape))


def test_pytensors_own_modes_are_left_alone():
    """They make a softmax of both; as soon as they do not, ours need no guard."""
    mode = add_inlining(Mode("py", "fast_run"))
    p = pytensor.function([Z["matrix"]], NO_SOFTMAX["no keepdims"], mode=mode)
    e = np.exp(np.diag([0.0, 1.0, 2.0, 3.0]))
    np.testing.assert_allclose(p(np.log(e)), e / e.sum(axis=1, keepdims=True))
    assert not np.allclose(p(np.log(e)), e / e.sum(axis=1))


def test_a_part_of_what_has_a_promised_shape():
    """Whose other inputs may be None; a rewrite that fails is a warning, an error here."""
    with pytensor.config.change_flags(on_opt_error="raise"):
        x = pt.dmatrix("x")
        backwards = pt.specify_shape(x, (3, None))[::-1]
        function = pytensor.function([x], backwards, mode=backends.mode("numpy"))
    np.testing.assert_array_equal(function(np.eye(3)), np.eye(3)[::-1])
