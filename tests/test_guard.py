"""The guard against stale functions."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, guard, models, updates
from theano_tutorial.errors import StaleFunction


@pytest.fixture
def trap():
    """The tutorial's trap: `P` redefined, the function of the first `P` kept."""
    x = pt.dmatrix("x")
    test_x = pytensor.shared(np.zeros((5, 4)), name="test_x")
    first = models.SoftmaxRegression(x, 4, 3)
    second = models.TanhNetwork(x, 4, 2, 3)
    return x, test_x, first, second


def compile_y_pred(model, x, data):
    return pytensor.function([], model.y_pred, givens={x: data}, mode=backends.mode("numpy"))


def test_it_tells_the_models_apart(trap):
    x, test_x, first, second = trap
    classify = compile_y_pred(first, x, test_x)
    good = guard.dependence(classify, first.params)
    assert good
    assert good.found == tuple(first.params)
    assert good.others == (test_x,)
    assert str(good) == "depends on W, b"
    stale = guard.dependence(classify, second.params)
    assert not stale
    assert stale.missing == tuple(second.params)
    assert str(stale) == (
        "does not depend on W_xh, W_hy, b_xh, b_hy; it depends on test_x, W, b instead"
    )
    guard.require(classify, first.params)
    with pytest.raises(
        StaleFunction, match=r"^the function does not depend on W_xh.*compile it"
    ):
        guard.require(classify, second.params)
    guard.require(compile_y_pred(second, x, test_x), second.params)


def test_symbolic_outputs(trap):
    _, _, first, second = trap
    assert guard.dependence(first.y_pred, first.params)
    assert guard.dependence([first.y_pred, second.y_pred], [*first.params, *second.params])
    stale = guard.dependence(first.y_pred, second.params)
    assert set(stale.others) == set(first.params)


def test_a_twin_of_the_same_name_is_another_variable(trap):
    x, test_x, first, _ = trap
    again = models.SoftmaxRegression(x, 4, 3)
    stale = guard.dependence(compile_y_pred(first, x, test_x), again.params)
    assert str(stale).endswith("it depends on test_x, W, b instead (not the same W, b)")


def test_a_part_is_not_all(trap):
    x, _, first, _ = trap
    function = pytensor.function([x], pt.dot(x, first.W), mode=backends.mode("numpy"))
    partial = guard.dependence(function, first.params)
    assert not partial
    assert partial.missing == (first.b,)
    assert str(partial) == "does not depend on b; it depends on W instead"


def test_updates_do_not_count(trap):
    """A function that changes parameters need not give anything that depends on them."""
    x, _, first, second = trap
    y = pt.ivector("y")
    changes = updates.sgd(first.negative_log_likelihood(y), first.params, 0.1)
    function = pytensor.function(
        [x, y],
        second.errors(y),
        updates=changes,
        mode=backends.mode("numpy"),
    )
    assert not guard.dependence(function, first.params)
    assert guard.dependence(function, second.params)


def test_nothing_at_all(trap):
    x, _, first, _ = trap
    function = pytensor.function([x], x.sum(), mode=backends.mode("numpy"))
    assert str(guard.dependence(function, first.params)) == (
        "does not depend on W, b; it depends on no shared variable instead"
    )
    unnamed = pytensor.shared(np.zeros(3))
    assert "an unnamed Vector(float64" in str(guard.dependence(unnamed.sum(), first.params))


def test_every_backend(trap, backend):
    x, test_x, first, second = trap
    function = pytensor.function(
        [], first.y_pred, givens={x: test_x}, mode=backends.mode(backend)
    )
    assert guard.dependence(function, first.params)
    assert not guard.dependence(function, second.params)


@pytest.mark.parametrize("params", [[], ["W", "b"], [np.zeros(3)], [pt.dmatrix("x")]])
def test_what_no_answer_could_be_about(trap, params):
    """A model depends on its input, but the guard would have said that it does not."""
    _, _, first, _ = trap
    with pytest.raises(TypeError, match=r"^params must be shared variables, .*; got "):
        guard.require(first.y_pred, params)
