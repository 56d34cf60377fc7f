"""The loop of `sgd`: one epoch after another, with the validations of early stopping."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

import numpy as np
from pytensor.compile.executor import Function

from theano_tutorial._types import Parameters
from theano_tutorial.backends.one_call import calls, indices, most_steps
from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.recipes.minibatch import Judge
from theano_tutorial.recipes.program import ModelProgram, is_amount, not_finite


@dataclass(frozen=True)
class Program(ModelProgram):
    """A model and the functions compiled for it.

    Attributes
    ----------
    train_model
        Given the index of a minibatch, takes one step of SGD on it; returns its mean
        negative log-likelihood before the step.
    n_train_batches
        How many minibatches there are.
    judge
        Compiled functions that judge the model.
    """

    train_model: Function
    n_train_batches: int
    judge: Judge


@dataclass(frozen=True)
class Validation:
    """One look at the validation images.

    Attributes
    ----------
    epoch, minibatch
        When, both counted from 1; `minibatch` is the last one trained on.
    n_minibatches
        Minibatches in an epoch.
    validation_error, test_error
        Fractions over whole minibatches. The test images are looked at only when the
        validation error is a new best; otherwise `test_error` is None.
    """

    epoch: int
    minibatch: int
    n_minibatches: int
    validation_error: float
    test_error: float | None


@dataclass
class Progress:
    """All that a run has done, after a whole number of epochs, and needs to go on.

    Attributes
    ----------
    parameters
        After the last epoch.
    best_parameters
        At the best validation; before the first, as `parameters` were at the start.
    stopping
        The patience rule with its memory.
    validation_frequency
        After how many minibatches to validate, from the patience at the start.
    epochs
        One record an epoch: `epoch`, `cost` (the mean over its minibatches),
        `validation_error` (of its last validation; None without) and, where the test images
        were looked at, `test_error`.
    best_epoch, best_test_error
        Of the best validation; None before the first.
    is_over
        Whether patience has run out.
    seconds
        Spent training, validating and testing.
    """

    parameters: Parameters
    best_parameters: Parameters
    stopping: EarlyStopping
    validation_frequency: int
    epochs: list[dict[str, Any]] = field(default_factory=list)
    best_epoch: int | None = None
    best_test_error: float | None = None
    is_over: bool = False
    seconds: float = 0.0

    @property
    def steps_done(self) -> int:
        """How many epochs lie behind."""
        return len(self.epochs)

    def check(self) -> None:
        """Check what may have come from anywhere.

        Raises
        ------
        ValueError
            If it cannot be what a run has done.
        """
        numbers = [record["epoch"] for record in self.epochs]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("its epochs are not numbered from 1")
        costs = [record["cost"] for record in self.epochs]
        if not all(is_amount(cost) and cost > 0 for cost in costs):
            raise ValueError("a cost is not above 0")
        makes_sense = (
            all(is_amount(error) and error <= 1 for error in self._errors()),
            all(is_amount(amount) for amount in (*self._patience(), self.seconds)),
            self.stopping.patience >= 1,
            type(self.validation_frequency) is int and self.validation_frequency >= 1,
            self.best_epoch is None or self.best_epoch in numbers,
            type(self.is_over) is bool,
        )
        if not all(makes_sense):
            raise ValueError("its state makes no sense")
        for parameters in (self.parameters, self.best_parameters):
            if name := not_finite(parameters):
                raise ValueError(f"{name} is not finite")

    def _errors(self) -> list[Any]:
        """Return all errors that are noted, fractions."""
        names = ("validation_error", "test_error")
        noted = [record.get(name) for record in self.epochs for name in names]
        best = self.stopping.best_validation_error
        if best != math.inf:  # as before the first validation
            noted.append(best)
        return [error for error in (*noted, self.best_test_error) if error is not None]

    def _patience(self) -> tuple[Any, ...]:
        rule = self.stopping
        return rule.patience, rule.patience_increase, rule.improvement_threshold


def train_epoch(
    program: Program,
    before: Progress,
    on_validation: Callable[[Validation, Parameters | None], object],
    stop: Callable[[], bool],
) -> Progress | None:
    """Train for one epoch; return the progress after it, or None if asked to stop.

    Raises
    ------
    FloatingPointError
        If a cost or a parameter is not finite.
    """
    progress = replace(before, stopping=replace(before.stopping), epochs=[*before.epochs])
    epoch = len(before.epochs) + 1
    numbers = indices(program.n_train_batches)
    first = len(before.epochs) * len(numbers)
    most = most_steps(program.judge.batch_size)
    costs: list[float] = []
    record: dict[str, Any] = {"epoch": epoch, "cost": math.nan, "validation_error": None}
    started = time.perf_counter()
    while len(costs) < len(numbers) and not progress.is_over:
        n = _steps_to_decision(progress, first + len(costs))
        rows = numbers[len(costs) : len(costs) + n]
        expected = len(costs) + len(rows)
        wanted = takewhile(lambda row: not stop(), rows)
        for some in calls(program.train_model, wanted, most):
            _add_costs(costs, some, before, len(numbers))
        if len(costs) < expected:
            return None
        iteration = first + len(costs) - 1
        if (iteration + 1) % before.validation_frequency == 0:
            seen = _validate(program, progress, iteration)
            record["validation_error"] = seen.validation_error
            if seen.test_error is not None:
                record["test_error"] = seen.test_error
            paused = time.perf_counter()
            on_validation(seen, None if seen.test_error is None else progress.best_parameters)
            started += time.perf_counter() - paused
        progress.is_over = progress.stopping.is_over(iteration)
    record["cost"] = float(np.mean(costs))
    if not math.isfinite(record["cost"]):
        raise FloatingPointError(f"the mean cost became {record['cost']} at epoch {epoch}")
    progress.epochs.append(record)
    progress.parameters = _finite_parameters(program, epoch)
    progress.seconds += time.perf_counter() - started
    return progress


def _steps_to_decision(progress: Progress, iteration: int) -> int:
    """Return how many steps there are until the next validation, or until patience runs out.

    Patience changes only at a validation.
    """
    to_validation = progress.validation_frequency - iteration % progress.validation_frequency
    to_the_end = math.ceil(progress.stopping.patience) - iteration + 1
    return max(1, min(to_validation, to_the_end))


def _add_costs(costs: list[float], some: list[Any], before: Progress, n: int) -> None:
    """Note the costs of some of an epoch's `n` minibatches; refuse one that is not finite."""
    for cost in map(float, some):
        if not math.isfinite(cost):
            raise FloatingPointError(
                f"the cost became {cost} at epoch {len(before.epochs) + 1}, "
                f"minibatch {len(costs) + 1}/{n}, "
                f"after {costs[-1] if costs else _last_cost(before)}"
            )
        costs.append(cost)


def _validate(program: Program, progress: Progress, iteration: int) -> Validation:
    """Validate; if that is a new best, note it in `progress` and look at the test images."""
    epoch, minibatch_index = divmod(iteration, program.n_train_batches)
    validation_error = program.judge.validation_error()
    test_error = None
    if progress.stopping.is_improved(iteration, validation_error):
        test_error = program.judge.test_error()
        progress.best_parameters = _finite_parameters(program, epoch + 1)
        progress.best_epoch = epoch + 1
        progress.best_test_error = test_error
    return Validation(
        epoch + 1, minibatch_index + 1, program.n_train_batches, validation_error, test_error
    )


def _finite_parameters(program: Program, epoch: int) -> Parameters:
    parameters = program.parameters()
    if name := not_finite(parameters):
        raise FloatingPointError(f"{name} is no longer finite at epoch {epoch}")
    return parameters


def _last_cost(progress: Progress) -> str:
    """Return the mean cost of the last epoch in words."""
    if not progress.epochs:
        return "nothing finite"
    return f"a mean of {progress.epochs[-1]['cost']} in the epoch before"
