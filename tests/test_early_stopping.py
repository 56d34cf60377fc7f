"""The patience rule, by table."""

import math

import pytest

from theano_tutorial.early_stopping import EarlyStopping, validation_frequency
from theano_tutorial.errors import UsageError


@pytest.mark.parametrize(
    ("n_train_batches", "patience", "expected"),
    [
        (83, 5000, 83),  # as published: once an epoch
        (2500, 5000, 2500),
        (50_000, 5000, 2500),  # twenty times an epoch
        (83, 100, 50),
        (83, 3, 1),
        (83, 1, 1),  # the tutorial would divide by zero
        (1, 5000, 1),
    ],
)
def test_validation_frequency(n_train_batches, patience, expected):
    assert validation_frequency(n_train_batches, patience) == expected


# Patience before; iteration and validation error; whether it is a new best; patience after.
@pytest.mark.parametrize(
    ("patience", "best", "iteration", "error", "improved", "after"),
    [
        (5000, math.inf, 82, 0.9, True, 5000),  # the first is always best
        (5000, 0.5, 82, 0.4, True, 5000),  # 2 * 82 does not reach patience
        (5000, 0.5, 3000, 0.4, True, 6000),  # clearly better, late: patience is extended
        (5000, 0.5, 3000, 0.498, True, 5000),  # better, but not clearly
        (5000, 0.5, 3000, 0.4975, True, 5000),  # the threshold itself is not clearly better
        (5000, 0.5, 3000, 0.5, False, 5000),  # equal is not better
        (5000, 0.5, 3000, 0.6, False, 5000),
        (5000, 0.5, 3000, math.nan, False, 5000),
        (5000, 0.5, 2500, 0.1, True, 5000),
        (5000, 0.0, 4000, 0.0, False, 5000),  # perfect cannot be bettered
    ],
)
def test_a_validation(patience, best, iteration, error, improved, after):
    stopping = EarlyStopping(patience=patience, best_validation_error=best)
    assert stopping.is_improved(iteration, error) is improved
    assert stopping.patience == after
    assert stopping.best_validation_error == (error if improved else best)


@pytest.mark.parametrize(
    ("patience", "iteration", "over"), [(10, 9, False), (10, 10, True), (10, 11, True)]
)
def test_the_end(patience, iteration, over):
    assert EarlyStopping(patience=patience).is_over(iteration) is over


def test_other_factors():
    stopping = EarlyStopping(patience=10, patience_increase=1.5, improvement_threshold=0.5)
    assert stopping.is_improved(8, 0.8)
    assert stopping.patience == 12
    assert stopping.is_improved(20, 0.41)
    assert stopping.patience == 12
    assert stopping.is_improved(21, 0.2)
    assert stopping.patience == 31.5
    assert not stopping.is_over(31)
    assert stopping.is_over(32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"patience": math.nan}, "patience must be a number from 1; got nan"),  # ran for ever
        ({"patience": 0}, "patience must be a number from 1; got 0"),
        ({"patience": "5000"}, "patience must be a number from 1; got '5000'"),
        ({"patience_increase": -2}, "patience_increase must be a number from 0; got -2"),
        ({"improvement_threshold": 99.5}, "threshold must be a number from 0 to 1; got 99.5"),
        ({"improvement_threshold": math.nan}, "from 0 to 1; got nan"),
    ],
)
def test_a_rule_that_makes_no_sense(arguments, message):
    with pytest.raises(UsageError, match=message):
        EarlyStopping(**arguments)


def test_no_minibatches():
    with pytest.raises(UsageError, match=r"n_train_batches must be .* from 1; got 0"):
        validation_frequency(0, 5000)
