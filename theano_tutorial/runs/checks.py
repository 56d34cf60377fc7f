"""Check progress that was read from a file, which may hold anything."""

import math
from typing import TypeGuard

import numpy as np

from theano_tutorial.recipes import epochs, training
from theano_tutorial.recipes.program import not_finite

Training = epochs.Training | training.Training
Progress = epochs.Progress | training.Progress

_LARGE = 1e15


def check(progress: Progress) -> None:
    """Raise `ValueError` if no run can have produced this progress."""
    if isinstance(progress, training.Progress):
        _check_steps(progress)
    else:
        _check_epochs(progress)
    if not is_amount(progress.seconds):
        raise ValueError("its time is not a number from 0")


def is_amount(value: object) -> TypeGuard[float]:
    """Return whether a value read from a file is a non-negative number of sensible size."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value < _LARGE


def _check_steps(progress: training.Progress) -> None:
    if len({len(values) for values in progress.records.values()}) != 1:
        raise ValueError("its records differ in length")
    for name, values in progress.records.items():
        if not np.isfinite(np.asarray(values, float)).all():
            raise ValueError(f"its {name} is not finite")
    for parameters in (progress.initial_parameters, progress.good_parameters):
        if spoilt := not_finite(parameters):
            raise ValueError(f"{spoilt} is not finite")


def _check_epochs(progress: epochs.Progress) -> None:
    numbers = [record["epoch"] for record in progress.epochs]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError("its epochs are not numbered from 1")
    costs = [record["cost"] for record in progress.epochs]
    if not all(is_amount(cost) and cost > 0 for cost in costs):
        raise ValueError("a cost is not above 0")
    rule = progress.stopping
    amounts = (rule.patience, rule.patience_increase, rule.improvement_threshold)
    makes_sense = (
        all(is_amount(error) and error <= 1 for error in _errors(progress)),
        all(map(is_amount, amounts)),
        type(progress.validation_frequency) is int and progress.validation_frequency >= 1,
        progress.best_epoch is None or progress.best_epoch in numbers,
        progress.best_iteration is None or is_amount(progress.best_iteration),
        type(progress.is_over) is bool,
    )
    if not all(makes_sense):
        raise ValueError("its state makes no sense")
    for parameters in (progress.parameters, progress.best_parameters, progress.state):
        if name := not_finite(parameters):
            raise ValueError(f"{name} is not finite")


def _errors(progress: epochs.Progress) -> list[float]:
    """Return all errors in the progress, as fractions."""
    names = ("validation_error", "test_error")
    noted = [record.get(name) for record in progress.epochs for name in names]
    best = progress.stopping.best_validation_error
    if best != math.inf:  # its value before the first validation
        noted.append(best)
    return [error for error in (*noted, progress.best_test_error) if error is not None]
