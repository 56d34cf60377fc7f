"""The multilayer perceptron: real Theano's numbers; files, pictures and `predict`."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytensor
import pytest
from described import assert_described
from faults.processes import left

from theano_tutorial import backends, published
from theano_tutorial.cli.predict import main as predict
from theano_tutorial.cli.reports import KINDS
from theano_tutorial.cli.reports.minibatch import validation_lines
from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.kernel.ops import NetworkStep
from theano_tutorial.recipes import RECIPES, mlp, sgd
from theano_tutorial.recipes.program import fetch
from theano_tutorial.runs.record import Setup
from theano_tutorial.train import main

GOLDEN_TOLERANCE = 1e-10
# By how much real Theano's float32 differs from its float64, relative: in the first 50 costs it
# is a third of the rounding error of a dot product of 784 terms, which is allowed here.
FLOAT32_TOLERANCE = np.sqrt(784) * 2.0**-24


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_starts_as_real_theano_does(dtype, digits, golden):
    train = replace(digits.train, x=digits.train.x.astype(dtype))
    few = replace(digits, train=train, valid=train, test=train)
    with pytensor.config.change_flags(floatX=dtype):
        program = mlp.build(few, train_size=100, mode=backends.mode("numpy"))
    assert_described(program.parameters(), golden["mlp"][dtype]["initial_params"], 0)
    assert sgd.start(program).stopping.patience == golden["mlp"][dtype]["patience"]


def first_costs(dataset, backend):
    """An epoch of 50 minibatches: the first 50 costs of an epoch of 2,500."""
    program = mlp.build(dataset, train_size=1000, mode=backends.mode(backend))
    training = mlp.Training(program)
    for _ in mlp.train(training, 1):
        pass
    return training.costs


def test_first_costs_of_real_theano(mnist, golden, backend):
    theirs = golden["mlp"]["float64"]["first_50_costs_of_epoch_1"]
    np.testing.assert_allclose(first_costs(mnist, backend), theirs, rtol=GOLDEN_TOLERANCE)


def test_first_costs_in_float32(mnist32, golden, backend):
    with pytensor.config.change_flags(floatX="float32"):
        costs = first_costs(mnist32, backend)
    for dtype in ("float32", "float64"):
        theirs = golden["mlp"][dtype]["first_50_costs_of_epoch_1"]
        np.testing.assert_allclose(costs, theirs, rtol=FLOAT32_TOLERANCE)


def pytest_generate_tests(metafunc):
    """Train whole epochs on two backends, with --long on all: half a minute each."""
    if "trainer" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("long")
        names = [name for name in backends.NAMES if name != "auto"]
        metafunc.parametrize("trainer", names if is_long else ["numpy", "jax"])


def test_whole_epochs_of_real_theano(mnist, golden, trainer, require_backend, is_long):
    backend = require_backend(trainer)
    theirs = golden["mlp"]["float64"]
    epochs = theirs["epochs"][: 3 if is_long and backend == "numpy" else 1]
    training = mlp.Training(mlp.build(mnist, mode=backends.mode(backend)))
    seen = [validation for validation in mlp.train(training, len(epochs)) if validation]
    printed = [line for validation in seen for line in validation_lines(validation)]
    assert printed == theirs["printed_lines"][: len(printed)]
    assert len(printed) == 2 * len(epochs)
    progress = training.progress
    for ours, golden_epoch in zip(progress.epochs, epochs, strict=True):
        assert ours["cost"] == pytest.approx(golden_epoch["mean_cost"], rel=GOLDEN_TOLERANCE)
        for error in ("validation_error", "test_error"):
            assert round(10_000 * ours[error]) == round(10_000 * golden_epoch[error])
    assert progress.stopping.patience == epochs[-1]["patience"]
    assert_described(progress.parameters, epochs[-1]["params"], GOLDEN_TOLERANCE)


def test_a_whole_epoch_in_float32(mnist32, golden, trainer, require_backend):
    """The mean moves by less than the worst cost of real Theano's: 3.2e-5."""
    backend = require_backend(trainer)
    with pytensor.config.change_flags(floatX="float32"):
        run = mlp.fit(mlp.build(mnist32, mode=backends.mode(backend)), 1)
    (ours,) = run.progress.epochs
    for dtype in ("float32", "float64"):
        theirs = golden["mlp"][dtype]["epochs"][0]
        assert ours["cost"] == pytest.approx(theirs["mean_cost"], rel=3.2e-5)
        for error in ("validation_error", "test_error"):
            assert round(10_000 * ours[error]) == round(10_000 * theirs[error])


def test_one_call_of_the_kernel(digits):
    program = mlp.build(digits, train_size=100, mode=backends.mode("numpy"))
    nodes = program.train_model.maker.fgraph.toposort()
    assert sum(isinstance(node.op, NetworkStep) for node in nodes) == 1


def test_a_call_is_as_short_as_that_of_softmax(digits):
    """A step of fifty times as many parameters counts as fifty times as many images."""
    small = sgd.build(digits, train_size=100, batch_size=20, mode=backends.mode("numpy"))
    large = mlp.build(digits, train_size=100, mode=backends.mode("numpy"))
    assert small.work == 20
    assert large.work == 20 * (784 * 500 + 500 + 5000 + 10) // 7850


def test_the_initial_weights_stay_known(digits):
    program = mlp.build(digits, train_size=100, hidden_units=5, mode=backends.mode("numpy"))
    initial = fetch(program.snapshot())
    run = mlp.fit(program, 2)
    for name, value in initial.items():
        np.testing.assert_array_equal(run.initial_parameters[name], value)
    assert (run.parameters["hidden_W"] != initial["hidden_W"]).any()


@pytest.mark.one_python
def test_everything_that_sgd_has(in_folder, capsys):
    command = ["mlp", "--dataset", "rendered", "--train-size", "200", "--hidden-units", "7"]
    command += ["--seed", "3", "--batch-size", "10", "--l1", "0.001", "--optimizer", "adam"]
    assert main([*command, "--epochs", "4", "--output", "whole"]) == 0
    out = capsys.readouterr().out
    assert "epoch 4, minibatch 20/20, validation error " in out
    assert re.search(
        r"^Optimization complete\. Best validation score of \d+\.\d{6} % ", out, re.M
    )
    assert re.search(r"^The code for file mlp\.py ran for \d+\.\d\dm$", out, re.M)
    folder = in_folder / "whole" / "mlp"
    names = {path.name for path in folder.iterdir()} - {".lock"}
    pictures = {"epochs.png", "weights.png", "wrong_digits.png"}
    assert names == {"log.csv", "model.npz", "trace.json", "progress.npz", *pictures}

    quiet = ["--no-plots", "--quiet", "--output"]
    assert main([*command, "--epochs", "2", *quiet, "part"]) == 0
    assert main([*command, "--epochs", "4", *quiet, "part", "--resume"]) == 0
    assert main(["--like", "whole/mlp/trace.json", *quiet, "again"]) == 0
    trace, model = left(folder)
    assert (trace["hidden_units"], trace["seed"], trace["l2"]) == (7, 3, 0.0001)
    assert (trace["optimizer"], trace["learning_rate"]) == ("adam", 0.001)
    for other in ("part", "again"):
        assert left(in_folder / other / "mlp") == (trace, model)
    capsys.readouterr()
    assert predict([str(folder / "model.npz")]) == 0
    wrong = round(trace["test_error"] * 10_000)
    assert f"Wrong: {wrong:,} of all 10,000" in capsys.readouterr().out.replace(
        f"Wrong: {wrong} ", f"Wrong: {wrong:,} "
    )


def test_the_iteration_of_the_best_validation(digits):
    """Also where there are several in an epoch."""
    program = mlp.build(digits, train_size=200, hidden_units=5, mode=backends.mode("numpy"))
    training = mlp.Training(program, sgd.start(program, EarlyStopping(patience=8)))
    seen = [v for v in mlp.train(training, 3) if v is not None and v.test_error is not None]
    best = (seen[-1].epoch - 1) * 10 + seen[-1].minibatch
    assert training.progress.validation_frequency == 4
    assert training.progress.best_iteration == best


BEST = {
    "mlp": [
        "Optimization complete. Best validation score of 1.690000 % obtained at iteration "
        "2070000, with test performance 1.650000 %",
        "The code for file mlp.py ran for 97.34m",
    ],
    "lenet": [
        "Optimization complete.",
        "Best validation score of 0.910000 % obtained at iteration 17800,with test "
        "performance 0.920000 %",
        "The code for file lenet.py ran for 97.34m",
    ],
}


@pytest.mark.parametrize(("recipe", "iteration"), [("mlp", 2_070_000), ("lenet", 17_800)])
def test_last_lines_as_on_the_page(recipe, iteration, digits):
    setup = Setup(recipe, "mnist", 256, "numpy", None, "float64", True, {})
    validation, test = (percent / 100 for percent in published.BEST_PERCENTS[recipe])
    progress = SimpleNamespace(
        best_epoch=1,
        best_iteration=iteration,
        stopping=EarlyStopping(best_validation_error=validation),
        best_test_error=test,
    )
    run = SimpleNamespace(progress=progress, interrupted=False, train_seconds=97.34 * 60)
    report = KINDS[RECIPES[recipe].report](setup, digits)
    assert report.conclusions(run) == BEST[recipe]
    progress.best_epoch = None
    assert report.conclusions(run) == []


@pytest.mark.parametrize(
    ("recipe", "epochs", "changes", "expected"),
    [
        ("mlp", 1000, {}, "1.690000 % and 1.650000 %"),
        ("mlp", 999, {}, None),
        ("mlp", 1001, {}, None),
        ("mlp", 1000, {"seed": 1}, None),
        ("mlp", 1000, {"hidden_units": 50}, None),
        ("mlp", 1000, {"optimizer": "adam"}, None),
        ("mlp", 1000, {"l2": 0.0}, None),
        ("lenet", 200, {}, "0.910000 % and 0.920000 %"),
        ("lenet", 199, {}, None),
        ("lenet", 201, {}, None),
        ("lenet", 200, {"seed": 1}, None),
        ("lenet", 200, {"hidden_units": 50}, None),
    ],
)
def test_comparison_with_the_page(recipe, epochs, changes, expected, digits):
    """Only of a run that ended as the page's did, at its last epoch, from the same weights."""
    hyper = RECIPES[recipe].published | changes
    setup = Setup(recipe, "mnist", 256, "numpy", None, "float64", True, hyper)
    errors = {"mlp": (0.0169, 0.0165), "lenet": (0.0091, 0.0092)}[recipe]
    best = dict(zip(("best_validation_error", "best_test_error"), errors, strict=True))
    progress = SimpleNamespace(is_over=False, steps_done=epochs, best=best)
    report = KINDS[RECIPES[recipe].report](setup, digits)
    lines = [f"As published: {expected}, to the last printed digit"] if expected else []
    assert report.comparison(SimpleNamespace(progress=progress)) == lines
