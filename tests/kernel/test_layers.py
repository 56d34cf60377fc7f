"""The rewrites that put layers into graphs: what they recognise and leave, and the numbers."""

from collections import Counter

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.basic import dfs_rewriter

from theano_tutorial import backends, kernel, objectives, updates
from theano_tutorial.kernel.ops import (
    Affine,
    AffineGradient,
    LogLikelihood,
    Network,
    NetworkStep,
)
from theano_tutorial.kernel.steps import MOST_IMAGES
from theano_tutorial.models import SoftmaxRegression, TanhNetwork
from theano_tutorial.recipes import sgd, softmax, tanh
from theano_tutorial.recipes.training import fit

N, N_IN, N_HIDDEN, N_OUT = 48, 20, 6, 5
LAYERS = (Affine, AffineGradient, LogLikelihood, Network)
KINDS = {"softmax": LogLikelihood, "tanh": Network}
TOLERANCE = {"float64": 1e-12, "float32": 2e-5}


@pytest.fixture(params=["float64", "float32"])
def dtype(request):
    # A rewrite that fails would otherwise be logged, and left out.
    with pytensor.config.change_flags(floatX=request.param, on_opt_error="raise"):
        yield request.param


def normal(*shape, seed=1):
    return (
        np.random.default_rng(seed).normal(scale=0.3, size=shape).astype(pytensor.config.floatX)
    )


def digits():
    """Return images, half of whose pixels are zero, and labels, as the tutorials keep them."""
    rng = np.random.default_rng(0)
    x = np.maximum(rng.uniform(-1, 1, (N, N_IN)), 0).astype(pytensor.config.floatX)
    y = rng.integers(N_OUT, size=N).astype(pytensor.config.floatX)
    shared = (pytensor.shared(v, shape=v.shape) for v in (x, y))
    return next(shared), pt.cast(next(shared), "int32")


def all_rows(x, y):
    return dict(zip((x, y), digits(), strict=True))


def make_model(kind, x):
    if kind == "softmax":
        model = SoftmaxRegression(x, N_IN, N_OUT)
    else:
        model = TanhNetwork(x, N_IN, N_HIDDEN, N_OUT)
    for i, param in enumerate(model.params):
        param.set_value(normal(*param.get_value().shape, seed=i))
    return model


def logits(model):
    return model.p_y_given_x.owner.inputs[0]


def picked(model, y):
    return pt.log(model.p_y_given_x)[pt.arange(y.shape[0]), y]


def nll(model, y):
    return model.negative_log_likelihood(y)


def training(kind, cost_of=nll, update=updates.sgd, more=lambda cost, model, x, y: []):
    """Return a function that builds a step: what `pytensor.function` takes, and parameters."""

    def build():
        x, y = pt.matrix("x"), pt.ivector("y")
        model = make_model(kind, x)
        cost = cost_of(model, y)
        return model.params, {
            "inputs": [],
            "outputs": [cost, *more(cost, model, x, y)],
            "updates": update(cost, model.params, 0.01),
            "givens": all_rows(x, y),
        }

    return build


# Without our rewrites but for the one that keeps Numba, and its compilation, away.
PLAIN = (
    Mode("py", "fast_run")
    .excluding("fusion")
    .register((dfs_rewriter(backends.inline_softmax), 2.9))
)


def layers_used(build, backend="numpy", calls=((), ()), plain=PLAIN):
    """Return how often a function has each layer; it gives the numbers that it has without."""
    seen, layers = [], Counter()
    for mode in (backends.mode(backend), plain):
        params, arguments = build()
        function = pytensor.function(**arguments, mode=mode)
        values = [value for call in calls for value in function(*call)]
        seen.append([*values, *(param.get_value() for param in params)])
        nodes = function.maker.fgraph.apply_nodes
        found = Counter(type(node.op) for node in nodes if isinstance(node.op, LAYERS))
        layers = layers or found
    assert not found
    tolerance = TOLERANCE[pytensor.config.floatX]
    for ours, plain in zip(*seen, strict=True):
        assert np.asarray(ours).dtype == np.asarray(plain).dtype
        np.testing.assert_allclose(ours, plain, rtol=tolerance, atol=tolerance)
    return layers


# What is recognised.

COSTS = {
    "mean": lambda m, y: objectives.log_likelihood(m.p_y_given_x, y),
    "negative mean": nll,
    "sum": lambda m, y: pt.sum(picked(m, y)),
    "negative sum": lambda m, y: -pt.sum(picked(m, y)),
    "sum over n": lambda m, y: pt.sum(picked(m, y)) / y.shape[0],
    "rows of p": lambda m, y: (
        -pt.mean(pt.log(m.p_y_given_x)[pt.arange(m.p_y_given_x.shape[0]), y])
    ),
    "log_softmax": lambda m, y: (
        -pt.mean(pt.special.log_softmax(logits(m), axis=1)[pt.arange(y.shape[0]), y])
    ),
    "L1 and L2": lambda m, y: (
        nll(m, y)
        + 0.01 * sum(abs(p).sum() for p in m.params)
        + 0.02 * sum((p**2).sum() for p in m.params)
    ),
    "scaled": lambda m, y: 3 * nll(m, y) / 7,
    "used twice": lambda m, y: (lambda cost: cost + cost**2)(nll(m, y)),
    "exponential": lambda m, y: pt.exp(nll(m, y)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cost", COSTS)
def test_spellings_of_a_cost(kind, cost, dtype):
    ascends = cost in ("mean", "sum", "sum over n")
    step = training(kind, COSTS[cost], updates.gradient_ascent if ascends else updates.sgd)
    plain = backends.mode("numpy", rewrites=False) if cost == "mean" else PLAIN
    assert layers_used(step, plain=plain) == {KINDS[kind]: 1}


def one_by_one(cost, params, rate):
    """The page of document 3 asks for each gradient by a call of its own."""
    rate = np.asarray(rate, params[0].dtype)
    return [(param, param - rate * pytensor.grad(cost, param)) for param in params]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "update", [one_by_one, lambda *args: updates.momentum(*args, momentum=0.9)]
)
def test_spellings_of_an_update(kind, update, dtype):
    assert layers_used(training(kind, update=update)) == {KINDS[kind]: 1}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("labels", ["minibatch", "int8", "uint8", "int64", "constant"])
def test_spellings_of_the_data(kind, labels, dtype):
    x_value, y_value = (v.eval(mode=backends.mode("numpy")) for v in digits())
    index = pt.lscalar("index")
    rows = slice(index * 16, (index + 1) * 16)

    def build():
        x, y = pt.matrix("x"), pt.ivector("y")
        if labels not in ("minibatch", "constant"):
            y = pt.vector("y", dtype=labels)
        xs, ys = digits()
        arguments = {
            "minibatch": {"inputs": [index], "givens": {x: xs[rows], y: ys[rows]}},
            "constant": {"inputs": [x], "givens": {y: pt.constant(y_value)}},
        }.get(labels, {"inputs": [x, y]})
        model = make_model(kind, x)
        cost = nll(model, y)
        step = updates.sgd(cost, model.params, 0.1)
        return model.params, arguments | {"outputs": [cost], "updates": step}

    calls = {"minibatch": [(0,), (2,), (2,)], "constant": [(x_value,)]}
    if labels not in calls:
        calls[labels] = [(x_value, y_value.astype(labels))]
    expected = NetworkStep if (kind, labels) == ("tanh", "minibatch") else KINDS[kind]
    assert layers_used(build, calls=calls[labels]) == {expected: 1}


@pytest.mark.parametrize("kind", KINDS)
def test_other_outputs_beside(kind, dtype):
    """Each is still what it was; what only the layer has comes from it."""
    step = training(
        kind,
        more=lambda cost, m, x, y: [
            m.errors(y),
            m.p_y_given_x,
            picked(m, y),
            pt.sum(picked(m, y)),
            pt.mean(picked(m, y)[:20]),
            pytensor.grad(cost, logits(m)),
            pytensor.grad(cost, x),
            *pytensor.grad(5 * cost, m.params),
            pytensor.grad(cost, logits(m)).sum(axis=0, dtype="float64"),
            pytensor.grad(pytensor.grad(cost, m.params[-1]).sum(), m.params[0]),
        ],
    )
    layers = layers_used(step)
    assert layers[LogLikelihood] + layers[Network] >= 1


@pytest.mark.skipif(bool(backends.why_unavailable("c")), reason="needs a C++ compiler")
@pytest.mark.parametrize("kind", KINDS)
def test_backend_c(kind):
    assert layers_used(training(kind), "c") == {KINDS[kind]: 1}


# A network's step on a minibatch.


def gradients(cost, params):
    return zip(params, pytensor.grad(cost, params), strict=True)


def with_decay(cost, params, rate):
    """Weights shrink, and no cost says so."""
    rate = np.asarray(rate, params[0].dtype)
    return [(p, (1 - 2 * rate) * p - rate * g) for p, g in gradients(cost, params)]


def with_shared_rate(cost, params, rate):
    """A rate that changes between two calls, and is a number of each call here."""
    return updates.sgd(cost, params, pytensor.shared(np.float64(rate)))


def turned_round(cost, params, rate):
    rate = np.asarray(rate, params[0].dtype)
    return [(p, -(rate * g - p)) for p, g in gradients(cost, params)]


def on_minibatches(update, cost_of, more=lambda cost, model: [], size=16):
    """Return a function that builds a step on minibatches of the network."""

    def build():
        x, y, index = pt.matrix("x"), pt.ivector("y"), pt.lscalar("index")
        model = make_model("tanh", x)
        cost = cost_of(model, y)
        rows = slice(index * size, (index + 1) * size)
        return model.params, {
            "inputs": [index],
            "outputs": [cost, *more(cost, model)],
            "updates": update(cost, model.params, 0.01),
            "givens": {symbol: value[rows] for symbol, value in all_rows(x, y).items()},
        }

    return build


def with_l2(m, y):
    return nll(m, y) + 0.02 * sum((p**2).sum() for p in m.params)


STEPS = {
    "sgd": (updates.sgd, nll),
    "L2": (updates.sgd, with_l2),
    "L2, sum": (
        turned_round,
        lambda m, y: COSTS["negative sum"](m, y) + 0.1 * (m.W_xh**2).sum(),
    ),
    "decay": (with_decay, COSTS["scaled"]),
    "shared rate": (with_shared_rate, with_l2),
    "ascent": (updates.gradient_ascent, lambda m, y: -with_l2(m, y)),
}


@pytest.mark.parametrize("step", STEPS)
def test_steps_that_the_kernel_takes(step, dtype):
    build = on_minibatches(*STEPS[step])
    assert layers_used(build, calls=[(0,), (2,), (1,)]) == {NetworkStep: 1}


@pytest.mark.skipif(bool(backends.why_unavailable("c")), reason="needs a C++ compiler")
@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_step_is_taken_in_place_where_nobody_needs_the_old_weights(backend, dtype):
    def nodes(build):
        _, arguments = build()
        function = pytensor.function(**arguments, mode=backends.mode(backend))
        return [n for n in function.maker.fgraph.toposort() if isinstance(n.op, NetworkStep)]

    (step,) = nodes(on_minibatches(updates.sgd, nll))
    assert step.op.in_place
    needed = on_minibatches(updates.sgd, nll, more=lambda cost, m: [m.W_xh, 2 * m.W_xh])
    assert layers_used(needed, backend, calls=[(0,), (1,)]) == {NetworkStep: 1}

    def only_an_output():
        params, arguments = on_minibatches(updates.sgd, nll)()
        new = arguments.pop("updates")[0][1]
        return params, arguments | {"outputs": [new]}

    assert layers_used(only_an_output, backend, calls=[(0,), (0,)]) == {NetworkStep: 1}


def with_momentum(*args):
    return updates.momentum(*args, momentum=0.9)


def twice(cost, params, rate):
    """Half the step, to somewhere else."""
    rate = np.asarray(rate, params[0].dtype)
    return [(p, p / 2 + p * abs(p) - rate * g) for p, g in gradients(cost, params)]


OTHER_STEPS = {
    "momentum": (with_momentum, nll, {}),
    "L1": (updates.sgd, COSTS["L1 and L2"], {}),
    "gradients wanted": (updates.sgd, nll, {"more": lambda cost, m: [pt.grad(cost, m.W_xh)]}),
    "something else": (twice, nll, {}),
    "many images": (updates.sgd, nll, {"size": MOST_IMAGES + 1}),
}


@pytest.mark.parametrize("step", OTHER_STEPS)
def test_steps_that_the_kernel_leaves(step, dtype):
    update, cost_of, more = OTHER_STEPS[step]
    assert layers_used(on_minibatches(update, cost_of, **more), calls=[(0,)]) == {Network: 1}


# What only looks alike.


def with_p(p_of):
    """Return the cost with other probabilities than the softmax of every row."""

    def cost(m, y):
        return -pt.mean(pt.log(p_of(logits(m)))[pt.arange(y.shape[0]), y])

    return cost


LOOKALIKES = {
    "softmax over columns": with_p(lambda z: pt.special.softmax(z, axis=0)),
    "softmax over all": with_p(lambda z: pt.special.softmax(z, axis=None)),
    "softplus": with_p(lambda z: pt.softplus(z)),
    "a temperature": with_p(lambda z: pt.special.softmax(z / np.asarray(2, z.dtype), axis=1)),
    "weights": lambda m, y: -pt.mean(picked(m, y) * pt.arange(N, dtype=m.x.dtype)),
    "labels reversed": lambda m, y: (
        -pt.mean(pt.log(m.p_y_given_x)[pt.arange(y.shape[0])[::-1], y])
    ),
    "next labels": lambda m, y: (
        -pt.mean(pt.log(m.p_y_given_x)[pt.arange(y.shape[0] - 1), y[1:]])
    ),
    "part of the mean": lambda m, y: -pt.mean(picked(m, y)[:30]),
    "part of the rows": lambda m, y: -pt.mean(pt.log(m.p_y_given_x)[pt.arange(30), y[:30]]),
    "rows of part": lambda m, y: -pt.mean(picked(m, y[:30])),
    "squares": lambda m, y: pt.mean(picked(m, y) ** 2),
    "an entropy beside": lambda m, y: (
        nll(m, y) + 0.1 * (m.p_y_given_x * pt.log(m.p_y_given_x)).sum()
    ),
}


@pytest.mark.parametrize("cost", LOOKALIKES)
def test_lookalikes_are_not_cross_entropies(cost, dtype):
    kind = "softmax" if dtype == "float64" else "tanh"
    layers = layers_used(training(kind, LOOKALIKES[cost]))
    assert not layers[LogLikelihood] + layers[Network]


def test_labels_that_are_a_part_where_nothing_is_known_of_lengths(dtype):
    def build():
        x, y = pt.matrix("x"), pt.ivector("y")
        model = make_model("softmax", x)
        cost = -pt.mean(picked(model, y[:30]))
        step = updates.sgd(cost, model.params, 0.1)
        return model.params, {"inputs": [x, y], "outputs": [cost], "updates": step}

    x_value, y_value = (v.eval(mode=backends.mode("numpy")) for v in digits())
    assert not layers_used(build, calls=[(x_value, y_value)])[LogLikelihood]


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_gradient_only_the_products_are_ours(kind, dtype):
    step = training(
        kind, update=lambda *args: [], more=lambda cost, m, x, y: [m.y_pred, m.p_y_given_x]
    )
    assert layers_used(step) == {Affine: 1}


def two_layers(activation, cost_of=nll, tied=False):
    """Return a step of a network with another hidden layer, or with the weights used twice."""

    def build():
        x, y = pt.matrix("x"), pt.ivector("y")
        W, b = pytensor.shared(normal(N_IN, N_IN), "W"), pytensor.shared(normal(N_IN), "b")
        h = activation(pt.dot(x, W) + b)
        model = make_model("softmax", x)
        model.p_y_given_x = pt.special.softmax(
            pt.dot(h, W.T if tied else model.W) + (b if tied else model.b), axis=-1
        )
        params = [W, b] if tied else [W, b, *model.params]
        cost = cost_of(model, y)
        step = updates.sgd(cost, params, 0.01)
        given = all_rows(x, y)
        return params, {"inputs": [], "outputs": [cost], "updates": step, "givens": given}

    return build


@pytest.mark.parametrize("activation", [pt.sigmoid, lambda a: pt.maximum(a, 0), pt.sin])
def test_other_activations_are_no_network(activation, dtype):
    assert layers_used(two_layers(activation)) == {LogLikelihood: 1, Affine: 1}


def test_weights_used_in_two_places(dtype):
    assert layers_used(two_layers(pt.tanh, tied=True)) == {Network: 1}


BACKWARD = {
    "other images": lambda m, x, gz: [pt.dot((2 * x).T, gz), gz.sum(axis=0)],
    "other weights": lambda m, x, gz: back_through(m, pt.dot(gz, pt.exp(m.W_hy).T)),
    "no transpose": lambda m, x, gz: back_through(m, pt.dot(gz, pt.exp(m.W_hy))),
    "three factors": lambda m, x, gz: back_through(m, pt.dot(pt.mul(gz, gz, gz), m.W_hy.T)),
    "one row for all": lambda m, x, gz: back_through(m, pt.ones((1, N_OUT), dtype=x.dtype)),
}


def back_through(m, gh):
    """Return the gradients with respect to the hidden layer, given that of its output."""
    return pytensor.grad(None, [m.W_xh, m.b_xh], known_grads={m.h: gh})


@pytest.mark.parametrize("backward", BACKWARD)
def test_gradients_by_hand_that_are_none(backward, dtype):
    """What is multiplied on the way back is not what was multiplied on the way forth."""

    def build():
        x, y = pt.matrix("x"), pt.ivector("y")
        model = TanhNetwork(x, N_IN, N_OUT, N_OUT)
        model.W_hy.set_value(normal(N_OUT, N_OUT))
        cost = nll(model, y)
        gradients = BACKWARD[backward](model, x, pytensor.grad(cost, logits(model)))
        return [], {"inputs": [], "outputs": [cost, *gradients], "givens": all_rows(x, y)}

    assert not layers_used(build)[Network]


# Real Theano's numbers where neither the rewrites nor the compiled kernel help.


@pytest.fixture(params=["rewrites off", "kernel off"])
def slow_mode(request, monkeypatch):
    kernel.load.cache_clear()
    if request.param == "kernel off":
        monkeypatch.setenv("THEANO_TUTORIAL_KERNEL", "numpy")
        assert kernel.load("float64") is None
    yield backends.mode("numpy", rewrites=request.param == "kernel off")
    kernel.load.cache_clear()


def test_golden_softmax(slow_mode, mnist, golden):
    run = fit(softmax.build(mnist, mode=slow_mode), 10)
    theirs = golden["softmax_full_batch"]
    trace = theirs["log_likelihood_trace"][:10]
    np.testing.assert_allclose(run.records["log_likelihood"], trace, rtol=0, atol=1e-10)
    assert round(run.test_error * 10_000) == theirs["after"]["10"]["test_wrong"]


def test_golden_tanh(slow_mode, mnist, golden):
    run = fit(tanh.build(mnist, seed=0, mode=slow_mode), 10)
    theirs = golden["tanh_network"]["runs"][0]["log_likelihood_trace"][:10]
    np.testing.assert_allclose(run.records["log_likelihood"], theirs, rtol=0, atol=1e-10)


def test_golden_sgd(slow_mode, mnist, golden):
    epochs = sgd.fit(sgd.build(mnist, mode=slow_mode), 2).progress.epochs
    theirs = golden["logistic_sgd"]["float64"]["epochs"]
    for ours, epoch in zip(epochs, theirs[:2], strict=True):
        assert ours["validation_error"] == epoch["validation_error"]
        assert ours["cost"] == pytest.approx(epoch["mean_cost"], abs=1e-10)
