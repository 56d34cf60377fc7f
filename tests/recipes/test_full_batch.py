"""The full-batch loop: what ends it early."""

import numpy as np
import pytest

from theano_tutorial import backends
from theano_tutorial.errors import Diverged
from theano_tutorial.recipes import softmax
from theano_tutorial.recipes.training import Training, fit, until


def test_divergence_restores_the_last_good_parameters(digits):
    program = softmax.build(
        digits, learning_rate=1e307, train_size=600, mode=backends.mode("numpy")
    )
    with pytest.raises(Diverged) as caught:
        fit(program, 100)
    run = caught.value.run
    assert not run.interrupted  # it was not stopped: it cannot go on
    assert np.isfinite(run.records["log_likelihood"]).all()
    assert all(np.isfinite(value).all() for value in program.parameters().values())
    # One more step from them is finite: they are the last that gave a finite value.
    with np.errstate(over="ignore", invalid="ignore"):
        assert float(program.train_model()) == run.records["log_likelihood"][-1]


def test_stop_ends_a_run_between_steps(digits):
    program = softmax.build(digits, train_size=600, mode=backends.mode("numpy"))
    training = Training(program)
    steps = softmax.train(training, 100)
    taken = [*until(lambda: training.steps_done == 3, steps)]
    seen = [record["log_likelihood"] for records in taken for record in records]
    run = training.finish(100)
    assert run.interrupted
    assert run.records["log_likelihood"] == seen
    assert len(seen) == 3
