"""The exercise, solved: real Theano's every step, plain and with momentum."""

import json

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, data, updates
from theano_tutorial.errors import Diverged, UsageError
from theano_tutorial.recipes import exercise
from theano_tutorial.train import main

RUNS = [
    ("plain_eps_0.001", 0.001, None),
    ("plain_eps_0.1", 0.1, None),
    ("momentum_0.9_eps_0.001", 0.001, 0.9),
    ("momentum_0.9_eps_0.1", 0.1, 0.9),
]


@pytest.fixture(scope="module")
def mnist255():
    """MNIST as document 4 scales it, by dtype; needs what the fixture `mnist` needs."""
    return {
        dtype: data.load("mnist", dtype=dtype, pixel_divisor=255)
        for dtype in ("float32", "float64")
    }


@pytest.mark.parametrize(("run", "dtype"), [(RUNS[1], "float32"), (RUNS[2], "float64")])
def test_real_theano(mnist, mnist255, golden, backend, run, dtype):
    check_real_theano(mnist255, golden, backend, run, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("run", RUNS)
def test_every_run_of_real_theano(mnist, mnist255, golden, run, dtype):
    check_real_theano(mnist255, golden, "numpy", run, dtype)


def check_real_theano(mnist255, golden, backend, run, dtype):
    """Costs to 1e-5 relative in float32; accuracies to one image, where a tie may turn."""
    name, eps, momentum = run
    theirs = golden["exercise_minibatch"][dtype]["runs"][name]
    with pytensor.config.change_flags(floatX=dtype):
        program = exercise.build(
            mnist255[dtype], learning_rate=eps, momentum=momentum, mode=backends.mode(backend)
        )
        run = exercise.fit(program)
    assert run.records["start_index"] == [step["start_index"] for step in theirs["steps"]]
    relative, images = (1e-10, 0) if dtype == "float64" else (1e-5, 1)
    costs = [step["cost"] for step in theirs["steps"]]
    np.testing.assert_allclose(run.records["cost"], costs, rtol=relative)
    accuracies = np.array([step["accuracy"] for step in theirs["steps"]])
    assert np.abs(100 * (np.array(run.records["accuracy"]) - accuracies)).max() < images + 0.5
    for ours, golden_scores in (
        (run.scores[when], theirs[when]) for when in ("before", "after")
    ):
        for split, n in (("train", 60_000), ("test", 10_000)):
            cost, accuracy = f"{split}_cost", f"{split}_accuracy"
            assert ours[cost] == pytest.approx(golden_scores[cost], rel=relative)
            difference = n * (ours[accuracy] - golden_scores[accuracy])
            assert abs(difference) < (n * 1e-4 if images else 0) + 0.5
    final = theirs["final"]["b"]["values"]
    np.testing.assert_allclose(run.parameters["b"], final, rtol=1e-3 if images else 1e-9)
    assert run.parameters["W"].dtype == dtype
    assert run.test_error == pytest.approx(1 - run.scores["after"]["test_accuracy"])


def small_program(digits, **hyper):
    hyper = {"batch_size": 20, "train_size": 100} | hyper
    return exercise.build(digits, mode=backends.mode("numpy"), **hyper)


def test_momentum_is_a_running_sum_of_steps(digits):
    """Against NumPy by hand: v = 0.5 v - eps g, then W + v."""
    x, y = pt.dmatrix("x"), pt.ivector("y")
    from theano_tutorial.models import SoftmaxRegression

    model = SoftmaxRegression(x, 784, 10)
    cost = model.negative_log_likelihood(y)
    pairs = updates.momentum(cost, model.params, 0.1, 0.5)
    assert [variable.name for variable, _ in pairs] == ["v_W", "W", "v_b", "b"]
    step = pytensor.function([x, y], cost, updates=pairs, mode=backends.mode("numpy"))
    x_value, y_value = digits.train.x[:50], digits.train.y[:50]
    W, v = np.zeros((784, 10)), np.zeros((784, 10))
    b, v_b = np.zeros(10), np.zeros(10)
    for _ in range(4):
        step(x_value, y_value)
        z = x_value @ W + b
        P = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        dz = (P - np.eye(10)[y_value]) / 50
        v, v_b = 0.5 * v - 0.1 * x_value.T @ dz, 0.5 * v_b - 0.1 * dz.sum(axis=0)
        W, b = W + v, b + v_b
        np.testing.assert_allclose(model.W.get_value(), W, atol=1e-14)


def test_no_momentum_is_sgd(digits):
    plain = exercise.fit(small_program(digits, learning_rate=0.1), 20)
    zero = exercise.fit(small_program(digits, learning_rate=0.1, momentum=0.0), 20)
    np.testing.assert_allclose(zero.records["cost"], plain.records["cost"], rtol=1e-13)


def test_seeds_and_stopping(digits):
    one, two = (exercise.fit(small_program(digits, seed=seed), 3) for seed in (1, 2))
    assert one.records["start_index"] != two.records["start_index"]
    assert one.records["cost"] != two.records["cost"]
    asked = iter([False, False, True])
    run = exercise.fit(small_program(digits, seed=1), 3, stop=lambda: next(asked))
    assert run.interrupted
    assert run.records["cost"] == one.records["cost"][:2]


def test_divergence_and_batch_sizes(digits):
    with pytest.raises(Diverged, match="the cost became nan at iteration 2") as caught:
        exercise.fit(small_program(digits, learning_rate=1e308), 5)
    kept = caught.value.run.parameters
    np.testing.assert_array_equal(kept["W"], exercise.initial_W(0))
    for batch_size in (0, 100, 1000):
        with pytest.raises(
            UsageError, match="batch size must be from 1 to 99, below the number"
        ):
            small_program(digits, batch_size=batch_size)
    with pytest.raises(UsageError, match="train size must be at least 2"):
        small_program(digits, batch_size=1, train_size=1)


def test_command_line(mnist, capsys, somewhere_else, golden):
    run = ["exercise", "--dataset", "mnist", "--learning-rate", "0.1", "--momentum", "0.9"]
    assert main([*run, "--output", "out"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "minibatch 1/100, cost 17.923443, accuracy 6 %"
    after = next(line for line in lines if line.startswith("After training: "))
    assert "train cost 1.08257" in after
    assert "test cost 1.0254" in after
    folder = somewhere_else / "out" / "exercise"
    trace = json.loads((folder / "trace.json").read_text())
    theirs = golden["exercise_minibatch"]["float32"]["runs"]["momentum_0.9_eps_0.1"]
    assert (trace["dtype"], trace["momentum"], trace["batch_size"]) == ("float32", 0.9, 100)
    assert trace["pixel_divisor"] == 255
    np.testing.assert_allclose(trace["cost"], [s["cost"] for s in theirs["steps"]], rtol=1e-5)
    assert len(trace["accuracy"]) == 100
    assert set(trace["after"]) == {
        "train_cost",
        "train_accuracy",
        "test_cost",
        "test_accuracy",
    }
    names = {path.name for path in folder.glob("*.png")}
    assert names == {"minibatches.png", "weights.png", "wrong_digits.png"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["exercise", "--momentum", "1"], "must be from 0 to below 1, got '1'"),
        (["exercise", "--momentum", "-0.1"], "must be from 0 to below 1, got '-0.1'"),
        (["exercise", "--momentum", "nan"], "must be from 0 to below 1, got 'nan'"),
        (["exercise", "--momentum", "much"], "must be from 0 to below 1, got 'much'"),
        (["sgd", "--momentum", "0.9"], "sgd does not use --momentum"),
        (["exercise", "--epochs", "3"], "exercise does not use --epochs"),
    ],
)
def test_mistakes(arguments, message, one_line_error):
    assert message in one_line_error(main, arguments)
