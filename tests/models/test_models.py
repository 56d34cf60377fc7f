"""Models as graphs, against NumPy by hand; what they refuse; restored from arrays."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from faults.processes import new_process

from theano_tutorial import backends, models
from theano_tutorial.models import (
    HiddenLayer,
    LeNet,
    MultilayerPerceptron,
    SoftmaxRegression,
    TanhNetwork,
)
from theano_tutorial.objectives import errors, log_likelihood

MODELS = {
    "softmax": lambda x: SoftmaxRegression(x, 7, 3),
    "tanh": lambda x: TanhNetwork(x, 7, 4, 3),
    "mlp": lambda x: MultilayerPerceptron(x, 7, 4, 3),
    "lenet": lambda x: LeNet(x, (2, 3), 4, 5),
}


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


@pytest.mark.parametrize("name", MODELS)
def test_restored_models_are_those_that_were_saved(name):
    x = pt.dmatrix("x")
    model = MODELS[name](x)
    rng = np.random.default_rng(5)
    params = {p.name: rng.normal(size=p.get_value().shape) for p in model.params}
    restored = models.restore(x, params)
    assert type(restored) is type(model)
    for param in restored.params:
        np.testing.assert_array_equal(param.get_value(), params[param.name])
    for wrong in ({}, params | {"more": np.zeros(1)}, {"W": np.zeros(3), "b": np.zeros(3)}):
        with pytest.raises(ValueError, match="no model has parameters of these names"):
            models.restore(x, wrong)


@pytest.mark.parametrize("name", MODELS)
def test_shapes_that_do_not_fit_together_are_no_model(name):
    """Nor those of parameters that are missing, turned round, or without entries."""
    x = pt.dmatrix("x")
    params = {p.name: p.get_value() for p in MODELS[name](x).params}
    for wrong, value in params.items():
        others = [value[..., :-1], value[np.newaxis], value[:0], value.sum()]
        if len(value) != 7:  # any number of inputs will do
            others.append(np.zeros((len(value) + 1, *value.shape[1:])))
        for other in others:
            with pytest.raises(ValueError, match="no model has parameters of these names"):
                models.restore(x, params | {wrong: other})
        with pytest.raises(ValueError, match="no model has parameters of these names"):
            models.restore(x, {n: v for n, v in params.items() if n != wrong})
        with pytest.raises(
            ValueError, match=f"{wrong} holds values that are not finite floats"
        ):
            models.restore(x, params | {wrong: np.full_like(value, np.nan)})
    empty = {n: np.zeros((0,) * value.ndim) for n, value in params.items()}
    with pytest.raises(ValueError, match="no model has parameters of these names"):
        models.restore(x, empty)


def test_every_model_knows_its_ends():
    x = pt.dmatrix("x")
    ends = {name: (make(x).n_in, make(x).n_out) for name, make in MODELS.items()}
    assert ends == {"softmax": (7, 3), "tanh": (7, 3), "mlp": (7, 3), "lenet": (784, 5)}
    assert {type(make(x)) for make in MODELS.values()} == set(models.MODELS)


@pytest.mark.one_python
def test_dense_models_do_without_convolution():
    program = "import sys, theano_tutorial.models; print(*sys.modules, sep='\\n')"
    printed = new_process(program)
    assert "theano_tutorial.models.lenet" in printed
    assert "theano_tutorial.convolution" not in printed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_multilayer_perceptron(batch, dtype):
    """Drawn in float64, whatever the dtype that it is kept in; the rest is zeros."""
    x_value, _, rng = batch
    x = pt.matrix("x", dtype=dtype)
    with pytensor.config.change_flags(floatX=dtype):
        model = MultilayerPerceptron(x, n_in=5, n_hidden=4, n_out=3, seed=7)
    names = [param.name for param in model.params]
    assert names == ["hidden_W", "hidden_b", "output_W", "output_b"]
    assert [param.name for param in model.weights] == ["hidden_W", "output_W"]
    bound = np.sqrt(6 / 9)
    drawn = np.random.RandomState(7).uniform(-bound, bound, (5, 4))
    np.testing.assert_array_equal(model.hidden.W.get_value(), drawn.astype(dtype))
    assert not any(param.get_value().any() for param in model.params[1:])
    values = [rng.normal(size=param.get_value().shape).astype(dtype) for param in model.params]
    for param, value in zip(model.params, values, strict=True):
        assert param.dtype == dtype
        param.set_value(value)
    p = pytensor.function([x], model.p_y_given_x, mode=backends.mode("numpy"))(
        x_value.astype(dtype)
    )
    W, b, V, c = values
    expected = softmax_by_hand(np.tanh(x_value @ W + b) @ V + c)
    np.testing.assert_allclose(p, expected, rtol=1e-5 if dtype == "float32" else 1e-13)


def test_hidden_layers_compose(batch):
    """One generator draws them in turn; the activation is any."""
    x_value, _, _ = batch
    x, rng = pt.dmatrix("x"), np.random.RandomState(3)
    below = HiddenLayer(rng, x, 5, 6, name="below")
    above = HiddenLayer(rng, below.output, 6, 2, pt.sigmoid, name="above")
    assert [p.name for p in below.params + above.params] == [
        f"{layer}_{what}" for layer in ("below", "above") for what in "Wb"
    ]
    again = np.random.RandomState(3)
    weights = [
        again.uniform(-np.sqrt(6 / sum(shape)), np.sqrt(6 / sum(shape)), shape)
        for shape in ((5, 6), (6, 2))
    ]
    h = pytensor.function([x], above.output, mode=backends.mode("numpy"))(x_value)
    z = np.tanh(x_value @ weights[0]) @ weights[1]
    np.testing.assert_allclose(h, 1 / (1 + np.exp(-z)), rtol=1e-13)
