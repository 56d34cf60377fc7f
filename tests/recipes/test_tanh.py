"""The tanh network on MNIST: real Theano's traces, and the published ones as statistics."""

import math

import numpy as np
import pytensor
import pytest

from theano_tutorial import backends, published
from theano_tutorial.models import TanhNetwork
from theano_tutorial.recipes import tanh
from theano_tutorial.recipes.training import fit

GOLDEN_TOLERANCE = 1e-10


def start_again(program, seed):
    """Give a compiled network the parameters that a new one with this seed would have."""
    zeros = {name: np.zeros_like(value) for name, value in program.parameters().items()}
    W_xh = TanhNetwork.initial_W_xh(784, 20, seed)
    program.set_parameters(zeros | {"W_xh": W_xh.astype(zeros["W_xh"].dtype)})


def test_real_theano(mnist, golden, backend, is_long):
    """All ten seeds on NumPy, with --long everywhere; elsewhere the first and the last."""
    program = tanh.build(mnist, mode=backends.mode(backend))
    runs = golden["tanh_network"]["runs"]
    assert [theirs["seed"] for theirs in runs] == [*range(10)]
    for theirs in runs if is_long or backend == "numpy" else (runs[0], runs[-1]):
        check_real_theano(program, theirs)


def check_real_theano(program, theirs):
    start_again(program, theirs["seed"])
    run = fit(program, 60)
    assert run.records["log_likelihood"][0] == pytest.approx(math.log(0.1), abs=1e-12)
    np.testing.assert_allclose(
        run.records["log_likelihood"],
        theirs["log_likelihood_trace"],
        rtol=0,
        atol=GOLDEN_TOLERANCE,
        err_msg=f"seed {theirs['seed']}",
    )
    assert round(10_000 * run.test_error) == theirs["test_wrong"]
    assert list(run.y_pred[:100]) == theirs["first_100_test_predictions"]
    np.testing.assert_allclose(
        run.parameters["b_hy"], theirs["final"]["b_y"]["values"], atol=GOLDEN_TOLERANCE
    )


def test_the_recipe_starts_from_its_seed(mnist, golden):
    run = fit(tanh.build(mnist, seed=7, mode=backends.mode("numpy")), 3)
    theirs = golden["tanh_network"]["runs"][7]["log_likelihood_trace"][:3]
    np.testing.assert_allclose(
        run.records["log_likelihood"], theirs, rtol=0, atol=GOLDEN_TOLERANCE
    )


def test_float32_agrees_with_float64(mnist32, golden, backend):
    """The tolerance is measured on float32 itself, not on the difference under test.

    Early in training the network leaves a saddle: a rounding error made there grows with
    the log-likelihood's own climb, by the ratio of its fastest step to its first. The
    initial gradient's relative error is that of a 784-term float32 dot product.
    """
    with pytensor.config.change_flags(floatX="float32"):
        run = fit(tanh.build(mnist32, mode=backends.mode(backend)), 60)
    theirs = np.array(golden["tanh_network"]["runs"][0]["log_likelihood_trace"])
    steps = np.diff(theirs)
    growth = steps.max() / steps[0]
    tolerance = growth * np.sqrt(784) * 2.0**-24
    assert 1e-5 < tolerance < 1e-3
    np.testing.assert_allclose(run.records["log_likelihood"], theirs, rtol=0, atol=tolerance)


@pytest.fixture(scope="module")
def many_seeds(mnist32):
    """Traces of 99 seeds that no golden uses, ``(99, 60)``.

    In float32, which takes half the time: its rounding, 1e-6 and less, is far below the
    differences from seed to seed, 3e-5 and more.
    """
    with pytensor.config.change_flags(floatX="float32"):
        program = tanh.build(mnist32, mode=backends.mode("numpy"))
    traces = []
    for seed in range(1000, 1099):
        start_again(program, seed)
        traces.append([float(program.train_model()) for _ in range(60)])
    traces = np.array(traces)
    assert traces[:, 1:].std(axis=0).min() > 3e-5
    return traces


def rank_of_oddness(trace, traces):
    """Return which fraction of runs, this one among them, is at least as odd as it.

    Oddness is the largest distance from the mean, in standard deviations, over all
    iterations but the first (where all runs give ln 0.1), with mean and deviation taken over
    all of them together. If the trace is one more run of the same program, its rank among
    the 100 is uniform: a fraction of 0.02 or less happens by chance twice in 100.
    """
    pooled = np.vstack([trace, traces])[:, 1:]
    odd = np.abs((pooled - pooled.mean(axis=0)) / pooled.std(axis=0)).max(axis=1)
    return np.mean(odd >= odd[0])


@pytest.mark.parametrize(
    "theirs", [published.TANH_LOG_LIKELIHOOD, published.TANH_LOG_LIKELIHOOD_2]
)
@pytest.mark.one_python
def test_published_traces_lie_among_many_seeds(many_seeds, theirs):
    assert rank_of_oddness(theirs, many_seeds) > 0.02


@pytest.mark.one_python
def test_the_statistic_tells_other_programs_apart(mnist, many_seeds):
    """Twice the initial weights, or a learning rate of 0.4, are found out."""
    program = tanh.build(mnist, mode=backends.mode("numpy"))
    wide = program.parameters()
    program.set_parameters(wide | {"W_xh": 2 * wide["W_xh"]})
    slow = tanh.build(mnist, learning_rate=0.4, mode=backends.mode("numpy"))
    for other in (program, slow):
        trace = [float(other.train_model()) for _ in range(60)]
        assert rank_of_oddness(trace, many_seeds) <= 0.02
