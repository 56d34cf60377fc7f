"""Progress that no run can have made, whatever its file says."""

from dataclasses import replace

import numpy as np
import pytest
from faults.files import progress, progress_of_steps

from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.runs.checks import check

SECONDS = "its time is not a number from 0"
SENSE = "its state makes no sense"


def epoch(n, **changes):
    return {"epoch": n, "cost": 0.5, "validation_error": 0.25, "test_error": 0.25} | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seconds": -1.0}, SECONDS),
        ({"seconds": "1"}, SECONDS),
        ({"seconds": True}, SECONDS),
        ({"seconds": float("inf")}, SECONDS),
        ({"seconds": 1e15}, SECONDS),
        ({"epochs": [epoch(2)]}, "its epochs are not numbered from 1"),
        ({"epochs": [epoch(1), epoch(1)]}, "its epochs are not numbered from 1"),
        ({"epochs": [epoch(1, cost=0.0)]}, "a cost is not above 0"),
        ({"epochs": [epoch(1, cost=float("nan"))]}, "a cost is not above 0"),
        ({"epochs": [epoch(1, validation_error=1.5)]}, SENSE),
        ({"epochs": [epoch(1, test_error=-0.1)]}, SENSE),
        ({"best_test_error": 1.5}, SENSE),
        ({"stopping": EarlyStopping(best_validation_error=2.0)}, SENSE),
        ({"stopping": EarlyStopping(patience=float("inf"))}, SENSE),
        ({"validation_frequency": 0}, SENSE),
        ({"validation_frequency": 1.0}, SENSE),
        ({"best_epoch": 3}, SENSE),
        ({"best_iteration": -1}, SENSE),
        ({"is_over": "no"}, SENSE),
        ({"parameters": {"W": np.array(np.nan)}}, "W is not finite"),
        ({"best_parameters": {"b": np.array(np.inf)}}, "b is not finite"),
        ({"state": {"v_W": np.array(np.inf)}}, "v_W is not finite"),
    ],
)
def test_epochs(changes, message):
    check(progress())
    with pytest.raises(ValueError, match=message):
        check(replace(progress(), **changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seconds": -1.0}, SECONDS),
        ({"records": {"cost": [1.0, 2.0], "accuracy": [0.5]}}, "its records differ in length"),
        ({"records": {"cost": [1.0, float("nan")]}}, "its cost is not finite"),
        ({"initial_parameters": {"W": np.array(np.nan)}}, "W is not finite"),
        ({"good_parameters": {"b": np.array(np.inf)}}, "b is not finite"),
    ],
)
def test_steps(changes, message):
    check(progress_of_steps())
    with pytest.raises(ValueError, match=message):
        check(replace(progress_of_steps(), **changes))
