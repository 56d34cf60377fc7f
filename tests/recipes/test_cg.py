"""Conjugate gradient on MNIST: the iterations of real Theano with SciPy 1.5."""

import json
from types import SimpleNamespace

import numpy as np
import pytensor
import pytest

from theano_tutorial import backends
from theano_tutorial.recipes import cg
from theano_tutorial.train import main

GOLDEN_TOLERANCE = 1e-10
# A dot product of 784 float32 terms is known to this relative accuracy, and so is how far to
# go along each search direction: the cost, to this fraction of the ln 10 it falls from.
FLOAT32_TOLERANCE = np.sqrt(784) * 2.0**-24 * np.log(10)


def test_real_theano(mnist, golden, backend):
    check_real_theano(mnist, golden, backend, "float64")


@pytest.mark.parametrize("name", ["numpy", *backends.WITH_DEVICE])
def test_float32(mnist32, golden, name, require_backend):
    """The original raised a TypeError in float32; here SciPy's vector is float64 throughout."""
    check_real_theano(mnist32, golden, require_backend(name), "float32")


def check_real_theano(dataset, golden, backend, dtype):
    theirs = golden["logistic_cg"]["iterations"]
    with pytensor.config.change_flags(floatX=dtype):
        run = cg.fit(cg.build(dataset, mode=backends.mode(backend)), 10)
    for ours, golden_record in zip(run.progress.epochs, theirs, strict=True):
        assert ours["epoch"] == golden_record["iteration"]
        for key in ("validation_error", "test_error"):
            assert round(9600 * ours[key]) == round(9600 * golden_record[key])
    tolerance = GOLDEN_TOLERANCE if dtype == "float64" else FLOAT32_TOLERANCE
    np.testing.assert_allclose(
        [record["cost"] for record in run.progress.epochs],
        [record["cost"] for record in theirs],
        rtol=0,
        atol=tolerance,
    )
    assert run.progress.best_epoch == 10
    assert f"{100 * run.progress.best_test_error:.6f}" == "11.635417"
    assert run.parameters["W"].dtype == dtype


@pytest.fixture
def small(digits):
    return cg.build(digits, batch_size=20, train_size=100, mode=backends.mode("numpy"))


def test_the_gradient_is_that_of_the_cost(small):
    theta = np.random.default_rng(0).normal(0, 0.1, 7850)
    gradient = small.gradient(theta)
    for direction in np.random.default_rng(1).normal(size=(5, 7850)):
        step = 1e-5 * direction
        slope = (small.cost(theta + step) - small.cost(theta - step)) / 2e-5
        assert slope == pytest.approx(gradient @ direction, rel=1e-7)


def test_packing_goes_there_and_back(small):
    theta = np.arange(7850.0)
    small.set_theta(theta)
    np.testing.assert_array_equal(small.theta(), theta)
    assert small.parameters()["W"][1, 0] == 10
    assert small.parameters()["b"][0] == 7840


def test_stopping_keeps_the_best(small):
    run = cg.fit(small, 10, stop=lambda: True)
    assert run.interrupted
    assert len(run.progress.epochs) == 1
    assert run.progress.best_epoch == 1


def test_stopping_after_the_last_iteration_interrupts_nothing(small):
    run = cg.fit(small, 1, stop=lambda: True)
    assert not run.interrupted
    assert len(run.progress.epochs) == 1


def test_the_first_of_equals_is_the_best():
    errors = iter((0.5, 0.25, 0.25, 0.5))
    judge = SimpleNamespace(validation_error=lambda: next(errors), test_error=lambda: 0.125)
    progress = cg.Progress()
    found = [cg._validate(SimpleNamespace(judge=judge), progress, 1.0) for _ in range(4)]
    assert found == [True, True, False, False]
    assert (progress.best_epoch, progress.best_validation_error) == (2, 0.25)
    assert ["test_error" in record for record in progress.epochs] == found


def test_the_model_is_left_with_its_best_parameters(small, digits):
    run = cg.fit(small, 30)
    best = min(run.progress.epochs, key=lambda record: record["validation_error"])
    assert best["epoch"] == run.progress.best_epoch
    assert run.progress.best_epoch < len(
        run.progress.epochs
    )  # 100 digits are soon learnt by heart
    assert run.test_error == pytest.approx(np.mean(run.y_pred != digits.test.y))
    assert run.test_error == pytest.approx(best["test_error"])


def test_command_line(capsys, somewhere_else):
    run = ["cg", "--dataset", "rendered", "--epochs", "2", "--train-size", "1000"]
    assert main([*run, "--output", "out"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines.pop(1) == "Softmax regression by conjugate gradient (cg), synthetic digits:"
    assert lines[:3] == [
        "... loading data",
        "... building the model",
        "Optimizing using scipy.optimize.fmin_cg...",
    ]
    assert lines[3].startswith("validation error ")
    assert lines[5].startswith("Optimization complete with best validation score of ")
    trace = json.loads((somewhere_else / "out" / "cg" / "trace.json").read_text())
    assert [record["epoch"] for record in trace["epochs"]] == [1, 2]
    assert trace["recipe"] == "cg"
