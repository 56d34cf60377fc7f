"""The progress of `sgd` after a whole number of epochs, and the bookkeeping of an epoch."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from theano_tutorial._arguments import whole
from theano_tutorial._types import Array, Parameters
from theano_tutorial.backends.one_call import calls, most_steps
from theano_tutorial.early_stopping import EarlyStopping, validation_frequency
from theano_tutorial.errors import Diverged
from theano_tutorial.recipes.judge import MinibatchJudge
from theano_tutorial.recipes.program import Program, Run, finished, not_finite, quiet
from theano_tutorial.recipes.training import Clock

# The record of an epoch, or of one of SciPy's iterations: costs and errors by name.
Record = dict[str, float | None]


@dataclass(frozen=True)
class Validation:
    """One validation, after minibatch number `minibatch` of epoch `epoch`, both from 1.

    Errors are fractions over whole minibatches. The test images are scored only when the
    validation error is a new best; otherwise `test_error` is None.
    """

    epoch: int
    minibatch: int
    n_minibatches: int
    validation_error: float
    test_error: float | None


@dataclass
class Progress:
    """What a run has done after a whole number of epochs: all that is needed to resume it.

    `parameters` and the optimizer's `state` are those after the last epoch; the attributes
    that begin with `best_` are from the best validation. Before the first validation,
    `best_parameters` are the initial ones and the others are None. `best_iteration` counts
    minibatches over all epochs, from 1.

    Attributes
    ----------
    stopping
        The patience rule, with its state.
    validation_frequency
        How many minibatches pass between validations; it follows from the initial patience.
    epochs
        One record per epoch: `epoch`, `cost` (the mean over its minibatches),
        `validation_error` (of its last validation, or None) and, if there was a new best,
        `test_error`.
    is_over
        Whether patience has run out.
    seconds
        The time spent training, validating and testing.
    """

    parameters: Parameters
    best_parameters: Parameters
    stopping: EarlyStopping
    validation_frequency: int
    epochs: list[Record] = field(default_factory=list)
    best_epoch: int | None = None
    best_test_error: float | None = None
    is_over: bool = False
    seconds: float = 0.0
    state: Parameters = field(default_factory=dict)
    best_iteration: int | None = None

    @property
    def steps_done(self) -> int:
        """How many epochs have been trained."""
        return len(self.epochs)

    @property
    def best(self) -> dict[str, float | None]:
        """`best_epoch`, `best_validation_error` and `best_test_error`; None at first."""
        found = self.best_epoch is not None
        return {
            "best_epoch": self.best_epoch,
            "best_validation_error": self.stopping.best_validation_error if found else None,
            "best_test_error": self.best_test_error,
        }

    def steps_to_decision(self, iteration: int) -> int:
        """Return how many steps remain until a validation, or until patience runs out.

        Patience changes only at a validation, so one call can take all these steps.
        """
        to_validation = self.validation_frequency - iteration % self.validation_frequency
        to_the_end = math.ceil(self.stopping.patience) - iteration + 1
        return max(1, min(to_validation, to_the_end))


def start(program: Program[MinibatchJudge], stopping: EarlyStopping | None = None) -> Progress:
    """Return the progress of a run from scratch."""
    initial = program.parameters()
    stopping = stopping or EarlyStopping(patience=program.patience)
    frequency = validation_frequency(program.n_train_batches, int(stopping.patience))
    return Progress(initial, initial, stopping, frequency, state=program.state_values())


class Training:
    """Training by epochs, up to the first cost or parameter that is not finite.

    It changes the program's parameters, but not the progress that it resumes from. `progress`
    goes up to the last whole epoch; `costs` are those of the current epoch's minibatches.
    `failure` says how training diverged; it is empty if it has not.
    """

    def __init__(
        self, program: Program[MinibatchJudge], progress: Progress | None = None
    ) -> None:
        self.program = program
        self.progress = progress or start(program)
        program.restore(self.progress.parameters | self.progress.state)
        self.costs: list[float] = []
        self.failure = ""
        self.clock = Clock(self.progress.seconds)

    @property
    def steps_done(self) -> int:
        """How many epochs have been trained."""
        return self.progress.steps_done

    def next_epoch(self, n_epochs: int) -> Progress | None:
        """Begin an epoch; return the progress that it will complete, or None at the end."""
        before = self.progress
        is_done = before.is_over or before.steps_done >= whole(n_epochs, "n_epochs", 0)
        if self.failure or is_done:
            return None
        self.costs = []
        self.program.begin_epoch(before.steps_done)
        return replace(before, stopping=replace(before.stopping), epochs=[*before.epochs])

    def take(self, rows: Sequence[Sequence[Array]]) -> Iterator[None]:
        """Take one step for each row of inputs, in as few calls as the backend allows.

        Adds to `costs`. Yields after each call but the last, where training may stop.
        """
        expected = len(self.costs) + len(rows)
        some = calls(self.program.train_model, rows, most_steps(self.program.work))
        while len(self.costs) < expected and not self.failure:
            with self.clock:
                costs = next(some)
            for cost in map(float, costs):
                if not math.isfinite(cost):
                    self._fail_at(cost)
                    break
                self.costs.append(cost)
            if len(self.costs) < expected and not self.failure:
                yield

    def complete(self, progress: Progress, record: Record) -> None:
        """Record a finished epoch, unless its mean cost or a parameter is not finite."""
        epoch = progress.steps_done + 1
        with self.clock, quiet():
            cost = float(np.mean(self.costs))
            progress.parameters = self.program.parameters()
            progress.state = self.program.state_values()
        if not math.isfinite(cost):
            self.failure = f"the mean cost became {cost} at epoch {epoch}"
        elif name := not_finite(progress.parameters | progress.state):
            self.failure = f"{name} is no longer finite at epoch {epoch}"
        else:
            progress.epochs.append({"epoch": epoch, "cost": cost, **record})
            progress.seconds = self.clock.seconds
            self.progress = progress

    def finish(self, n_epochs: int) -> Run:
        """Judge the best model and return the run; `n_epochs` is the number asked for.

        Raises `Diverged` if training has diverged; its run has the best parameters.
        """
        progress = self.progress
        self.program.set_parameters(progress.best_parameters)
        ended = self.failure or progress.is_over or progress.steps_done >= n_epochs
        run = finished(self.program, progress, progress.best_parameters, interrupted=not ended)
        if self.failure:
            raise Diverged(self.failure, run)
        return run

    def _fail_at(self, cost: float) -> None:
        epochs, n = self.progress.epochs, self.program.n_train_batches
        last: object = "nothing finite"
        if self.costs:
            last = self.costs[-1]
        elif epochs:
            last = f"a mean of {epochs[-1]['cost']} in the epoch before"
        self.failure = (
            f"the cost became {cost} at epoch {len(epochs) + 1}, "
            f"minibatch {len(self.costs) + 1}/{n}, after {last}"
        )
