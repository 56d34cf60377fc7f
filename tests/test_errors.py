"""Errors as other processes see them: a pool of workers pickles what they raise."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from theano_tutorial import backends, errors
from theano_tutorial.recipes import sgd

KINDS = [errors.TutorialError, *errors.TutorialError.__subclasses__()]
ARGUMENTS = {errors.BadFile: (Path("d/x.npz"), "it ends early"), errors.Diverged: ("NaN", None)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_can_be_pickled(kind):
    error = kind(*ARGUMENTS.get(kind, ("a line",)))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  (made here)
    assert type(again) is kind
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_training_that_diverged_can_be_pickled_with_its_run(digits):
    diverging = {"learning_rate": 1e308, "batch_size": 100, "train_size": 600}
    with pytest.raises(errors.Diverged) as caught:
        sgd.fit(sgd.build(digits, mode=backends.mode("numpy"), **diverging), 2)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (made here)
    assert str(again) == str(caught.value)
    np.testing.assert_array_equal(again.run.parameters["W"], caught.value.run.parameters["W"])
