"""Models, objectives, updates and backends as graphs, against NumPy by hand."""

import subprocess
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.special import LogSoftmax, Softmax

from theano_tutorial import backends, data, models, updates
from theano_tutorial.errors import BackendUnavailable, Diverged, UsageError
from theano_tutorial.models import SoftmaxRegression, TanhNetwork
from theano_tutorial.objectives import errors, log_likelihood
from theano_tutorial.recipes import softmax
from theano_tutorial.recipes.training import fit
from theano_tutorial.updates import gradient_ascent


def softmax_by_hand(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return rng.normal(size=(7, 5)), rng.integers(0, 3, 7).astype("int32"), rng


def test_softmax_regression(batch):
    x_value, y_value, rng = batch
    x, y = pt.dmatrix("x"), pt.ivector("y")
    model = SoftmaxRegression(x, n_in=5, n_out=3)
    assert [param.name for param in model.params] == ["W", "b"]
    assert all((param.get_value() == 0).all() for param in model.params)
    W, b = rng.normal(size=(5, 3)), rng.normal(size=3)
    model.W.set_value(W)
    model.b.set_value(b)
    outputs = [
        model.p_y_given_x,
        model.y_pred,
        log_likelihood(model.p_y_given_x, y),
        errors(model.y_pred, y),
    ]
    p, y_pred, ll, wrong = pytensor.function([x, y], outputs, mode=backends.mode("numpy"))(
        x_value, y_value
    )
    expected = softmax_by_hand(x_value @ W + b)
    np.testing.assert_allclose(p, expected, rtol=1e-13)
    np.testing.assert_array_equal(y_pred, expected.argmax(axis=1))
    np.testing.assert_allclose(ll, np.log(expected[np.arange(7), y_value]).mean())
    assert wrong == np.mean(expected.argmax(axis=1) != y_value)


def test_tanh_network(batch):
    x_value, _, rng = batch
    x = pt.dmatrix("x")
    model = TanhNetwork(x, n_in=5, n_hidden=4, n_out=3, seed=2)
    names = [param.name for param in model.params]
    assert names == ["W_xh", "W_hy", "b_xh", "b_hy"]
    expected = 0.01 * np.random.RandomState(2).randn(5, 4)
    np.testing.assert_array_equal(model.W_xh.get_value(), expected)
    values = {param.name: rng.normal(size=param.get_value().shape) for param in model.params}
    for param in model.params:
        param.set_value(values[param.name])
    p = pytensor.function([x], model.p_y_given_x, mode=backends.mode("numpy"))(x_value)
    h = np.tanh(x_value @ values["W_xh"] + values["b_xh"])
    np.testing.assert_allclose(p, softmax_by_hand(h @ values["W_hy"] + values["b_hy"]))


def test_saturated_probabilities_stay_finite():
    """exp(-1000) is 0 in floating point, and its logarithm is still -1000."""
    x = pt.dmatrix("x")
    y = pt.ivector("y")
    model = SoftmaxRegression(x, n_in=1, n_out=2)
    model.W.set_value(np.array([[1000.0, 0.0]]))
    value = pytensor.function(
        [x, y], log_likelihood(model.p_y_given_x, y), mode=backends.mode("numpy")
    )(np.ones((1, 1)), np.array([1], "int32"))
    assert value == -1000


def test_gradient_ascent_steps_all_parameters_from_the_old_values():
    a, b = pytensor.shared(3.0, name="a"), pytensor.shared(4.0, name="b")
    step = pytensor.function(
        [], a * b, updates=gradient_ascent(a * b, [a, b], 0.5), mode=backends.mode("numpy")
    )
    assert step() == 12
    assert (a.get_value(), b.get_value()) == (3 + 0.5 * 4, 4 + 0.5 * 3)


def test_gradient_ascent_keeps_float32_when_floatX_is_float64():
    assert pytensor.config.floatX == "float64"
    a = pytensor.shared(np.float32(3), name="a")
    ((_, expression),) = gradient_ascent(a**2, [a], 0.1)
    assert expression.dtype == "float32"


def test_shared_dataset_keeps_labels_as_floats_and_casts_them(digits):
    shared_x, y = data.shared_dataset(digits.train, "train")
    assert shared_x.name == "train_x"
    assert shared_x.get_value(borrow=True) is digits.train.x or np.shares_memory(
        shared_x.get_value(borrow=True), digits.train.x
    )
    assert y.dtype == "int32"
    (stored,) = y.owner.inputs
    assert stored.dtype == shared_x.dtype
    np.testing.assert_array_equal(y.eval(mode=backends.mode("numpy")), digits.train.y)


def test_shared_dataset_refuses_nan(digits):
    x = digits.train.x.copy()
    x[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        data.shared_dataset(data.Split(x, digits.train.y))


def test_first_refuses_more_than_there_is(digits):
    with pytest.raises(UsageError, match="from 1 to 600, got 601"):
        digits.train.first(601)


@pytest.mark.parametrize("name", ["numpy", "c"])
def test_softmax_is_inlined(name, digits, require_backend):
    require_backend(name)
    x = pt.dmatrix("x")
    model = SoftmaxRegression(x, n_in=3, n_out=2)
    f = pytensor.function([x], pt.log(model.p_y_given_x), mode=backends.mode(name))
    ops = [node.op for node in f.maker.fgraph.apply_nodes]
    assert not any(isinstance(op, Softmax | LogSoftmax) for op in ops)
    without = pytensor.function(
        [x], pt.log(model.p_y_given_x), mode=backends.mode("numpy", rewrites=False)
    )
    kept = [node.op for node in without.maker.fgraph.apply_nodes]
    assert any(isinstance(op, LogSoftmax) for op in kept)


def test_the_numpy_backend_needs_neither_numba_nor_a_compiler():
    program = """
import subprocess, sys
import numpy as np, pytensor, pytensor.tensor as pt
from theano_tutorial import backends
from theano_tutorial.models import SoftmaxRegression
pytensor.config.cxx = ""
x = pt.dmatrix("x")
f = pytensor.function([x], SoftmaxRegression(x, 3, 2).p_y_given_x, mode=backends.mode("auto"))
print(f(np.ones((1, 3))), "numba" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[[0.5 0.5]] False\n"


def test_unknown_backend():
    with pytest.raises(BackendUnavailable, match="unknown backend 'gpu'; accepted: auto, "):
        backends.mode("gpu")


def test_divergence_restores_the_last_good_parameters(digits):
    program = softmax.build(
        digits, learning_rate=1e307, train_size=600, mode=backends.mode("numpy")
    )
    with pytest.raises(Diverged) as caught:
        fit(program, 100)
    run = caught.value.run
    assert np.isfinite(run.records["log_likelihood"]).all()
    assert all(np.isfinite(value).all() for value in program.parameters().values())
    # One more step from them is finite: they are the last that gave a finite value.
    with np.errstate(over="ignore", invalid="ignore"):
        assert float(program.train_model()) == run.records["log_likelihood"][-1]


def test_stop_ends_a_run_between_steps(digits):
    seen = []
    run = fit(
        softmax.build(digits, train_size=600, mode=backends.mode("numpy")),
        100,
        on_iteration=seen.append,
        stop=lambda: len(seen) == 3,
    )
    assert run.interrupted
    assert run.records["log_likelihood"] == seen
    assert len(seen) == 3


def test_importing_the_package_loads_nothing():
    program = "import sys, theano_tutorial; print('pytensor' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_the_class_of_the_page(digits):
    """`negative_log_likelihood` and `errors` against plain NumPy, and what they refuse."""
    x, y = pt.dmatrix("x"), pt.ivector("y")
    model = SoftmaxRegression(x, 784, 10)
    assert model.x is x
    assert model.params == [model.W, model.b]
    assert not model.W.get_value().any()
    model.W.set_value(np.random.default_rng(3).normal(size=(784, 10)))
    both = [model.negative_log_likelihood(y), model.errors(y)]
    cost, error = pytensor.function([x, y], both, mode=backends.mode("numpy"))(
        digits.test.x, digits.test.y
    )
    z = digits.test.x @ model.W.get_value()
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    assert cost == pytest.approx(-log_p[np.arange(len(z)), digits.test.y].mean(), abs=1e-12)
    assert error == np.mean(z.argmax(axis=1) != digits.test.y)
    for wrong, given in (
        (pt.imatrix("y"), "int32 with ndim 2"),
        (pt.dvector("y"), "float64 with ndim 1"),
        (pt.bvector("y").astype("bool"), "bool with ndim 1"),
        (pt.iscalar("y"), "int32 with ndim 0"),
    ):
        for method in (model.negative_log_likelihood, model.errors):
            with pytest.raises(TypeError, match=f"vector of integers.*got {given}"):
                method(wrong)


def test_layers_compose(digits):
    """The output of one layer is the input of the next."""
    x, y = pt.dmatrix("x"), pt.ivector("y")
    below = SoftmaxRegression(x, 784, 15)
    below.W.set_value(np.random.default_rng(4).normal(size=(784, 15)))
    above = SoftmaxRegression(below.p_y_given_x, 15, 10)
    cost = above.negative_log_likelihood(y)
    gradients = pytensor.grad(cost, below.params + above.params)
    values = pytensor.function([x, y], [cost, *gradients], mode=backends.mode("numpy"))(
        digits.test.x, digits.test.y
    )
    assert values[0] == pytest.approx(np.log(10))
    assert [value.shape for value in values[1:]] == [(784, 15), (15,), (15, 10), (10,)]


def test_sgd_descends_where_gradient_ascent_climbs():
    W = pytensor.shared(np.array([1.0, -2.0]), name="W")
    square = (W**2).sum()
    ((_, down),) = updates.sgd(square, [W], 0.1)
    ((_, up),) = updates.gradient_ascent(-square, [W], 0.1)
    np.testing.assert_allclose(down.eval(mode=backends.mode("numpy")), [0.8, -1.6])
    np.testing.assert_allclose(up.eval(mode=backends.mode("numpy")), [0.8, -1.6])


@pytest.mark.parametrize("name", ["softmax", "tanh"])
def test_restored_models_are_those_that_were_saved(name):
    x = pt.dmatrix("x")
    model = SoftmaxRegression(x, 7, 3) if name == "softmax" else TanhNetwork(x, 7, 4, 3)
    rng = np.random.default_rng(5)
    params = {p.name: rng.normal(size=p.get_value().shape) for p in model.params}
    restored = models.restore(x, params)
    assert type(restored) is type(model)
    for param in restored.params:
        np.testing.assert_array_equal(param.get_value(), params[param.name])
    for wrong in ({}, params | {"more": np.zeros(1)}, {"W": np.zeros(3), "b": np.zeros(3)}):
        with pytest.raises(ValueError, match="no model has parameters of these names"):
            models.restore(x, wrong)
