"""L1 and L2 in minibatch SGD: every number of real Theano; saved, resumed and repeated."""

from dataclasses import replace

import numpy as np
import pytensor
import pytest
from faults.processes import left

from theano_tutorial import backends, data
from theano_tutorial.errors import UsageError
from theano_tutorial.recipes import sgd
from theano_tutorial.train import main

GOLDEN_TOLERANCE = 1e-10
# Relative rounding error of a float32 dot product of 784 terms, as for plain `sgd`.
FLOAT32_TOLERANCE = np.sqrt(784) * 2.0**-24
RUNS = ("l1", "l2", "l1_l2")


def trained(dataset, theirs, backend):
    """Return the costs of the first epoch, and both errors after each of five."""
    hyper = {"l1": theirs["L1_reg"], "l2": theirs["L2_reg"]}
    program = sgd.build(dataset, mode=backends.mode(backend), **hyper)
    training = sgd.Training(program)
    first, errors = [], []
    for seen in sgd.train(training, 5):
        if seen:
            first = first or [*training.costs]
            errors.append((seen.validation_error, program.judge.test_error()))
    return program, training.progress, first, errors


def check(dataset, golden, backend, name, tolerance):
    theirs = golden["regularised"]["runs"][name]
    program, progress, first, errors = trained(dataset, theirs, backend)
    np.testing.assert_allclose(first, theirs["all_costs_of_epoch_1"], rtol=tolerance)
    np.testing.assert_allclose(
        [record["cost"] for record in progress.epochs],
        [record["mean_cost"] for record in theirs["epochs"]],
        rtol=tolerance,
    )
    assert errors == [
        (
            pytest.approx(record["validation_error"], abs=1e-12),
            pytest.approx(record["test_error"]),
        )
        for record in theirs["epochs"]
    ]
    return program.parameters(), theirs["epochs"][-1]


@pytest.mark.parametrize("name", RUNS)
def test_real_theano(mnist, golden, backend, name):
    parameters, last = check(mnist, golden, backend, name, GOLDEN_TOLERANCE)
    assert np.sum(parameters["W"] == 0) == last["zeros_in_W"]
    for entry in last["params"]["W"]["sample"]:
        ours = parameters["W"][tuple(entry["index"])]
        assert ours == pytest.approx(entry["value"], abs=GOLDEN_TOLERANCE)


@pytest.mark.parametrize("name", RUNS)
def test_float32(mnist32, golden, backend, name):
    with pytensor.config.change_flags(floatX="float32"):
        parameters, _ = check(mnist32, golden, backend, name, FLOAT32_TOLERANCE)
    assert parameters["W"].dtype == np.float32


@pytest.mark.parametrize(
    ("name", "rate", "message"),
    [
        ("l1", -1e-4, "l1 must be at least 0; got -0.0001"),
        ("l2", float("nan"), "l2 must be at least 0; got nan"),
        ("l2", float("inf"), "l2 inf is beyond what float32 can hold"),
        ("l1", 1e39, "l1 1e[+]39 is beyond what float32 can hold"),
        ("l2", 1e-50, "l2 1e-50 is beyond what float32 can hold"),
    ],
)
def test_rates_that_cannot_be(digits, name, rate, message):
    train, valid, test = (
        data.Split(split.x.astype("float32"), split.y)
        for split in (digits.train, digits.valid, digits.test)
    )
    digits = replace(digits, train=train, valid=valid, test=test)
    with (
        pytensor.config.change_flags(floatX="float32"),
        pytest.raises(UsageError, match=message),
    ):
        sgd.build(digits, batch_size=10, train_size=100, **{name: rate})


@pytest.mark.one_python
def test_saved_resumed_and_repeated(in_folder):
    quiet = ["--no-plots", "--quiet", "--output"]
    command = ["sgd", "--dataset", "rendered", "--train-size", "200", "--batch-size", "50"]
    plain = [*command, "--epochs", "4", *quiet, "part", "--resume"]
    command += ["--l1", "0.001", "--l2", "0.01", "--rate-decay", "0.9"]
    command += ["--optimizer", "momentum"]
    assert main([*command, "--epochs", "4", *quiet, "whole"]) == 0
    assert main([*command, "--epochs", "2", *quiet, "part"]) == 0
    assert main([*command, "--epochs", "4", *quiet, "part", "--resume"]) == 0
    assert main(["--like", "whole/sgd/trace.json", *quiet, "again"]) == 0
    whole, part, again = (left(in_folder / name / "sgd") for name in ("whole", "part", "again"))
    assert [whole[0][name] for name in ("l1", "l2", "rate_decay")] == [0.001, 0.01, 0.9]
    assert part == again == whole
    assert main(plain) == 2
