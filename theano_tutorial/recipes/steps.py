"""The loop of the recipes that take one step after another: `full_batch` and `exercise`."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from theano_tutorial._types import Parameters
from theano_tutorial.recipes.program import ModelProgram, fetch, is_amount, not_finite


@dataclass(frozen=True)
class Progress:
    """All that a run has done, after a whole number of steps, and needs to go on.

    Attributes
    ----------
    initial_parameters
        Before the first step.
    parameters
        After the last step; with them, under their own names, what else a step changes.
    good_parameters
        Before the last step: the last ones that are known to give a finite objective.
    records
        What each step gave, by name, in their order; the objective comes first.
    seconds
        Spent in the steps.
    """

    initial_parameters: Parameters
    parameters: Parameters
    good_parameters: Parameters
    records: Mapping[str, list[Any]]
    seconds: float = 0.0

    is_over: ClassVar[bool] = False  # there can always be one more

    @property
    def steps_done(self) -> int:
        """How many steps lie behind."""
        return len(self.objective)

    @property
    def objective(self) -> list[Any]:
        """What the steps climbed or descended, before each of them."""
        return next(iter(self.records.values()))

    def check(self) -> None:
        """Check what may have come from anywhere.

        Raises
        ------
        ValueError
            If it cannot be what a run has done.
        """
        if len({len(values) for values in self.records.values()}) != 1:
            raise ValueError("its records differ in length")
        for name, values in self.records.items():
            if not np.isfinite(np.asarray(values, float)).all():
                raise ValueError(f"its {name} is not finite")
        if not is_amount(self.seconds):
            raise ValueError("its time is not a number from 0")
        for parameters in (self.initial_parameters, self.good_parameters):
            if spoilt := not_finite(parameters):
                raise ValueError(f"{spoilt} is not finite")


# Makes the progress up to now. It fetches parameters from their device: not for every step.
TakeProgress = Callable[[], Progress]


@dataclass(frozen=True)
class Steps:
    """Steps that were taken.

    Attributes
    ----------
    progress
        Up to the last good one.
    parameters
        Of the model, which is left with them: the last good ones if it diverged.
    failure
        How it diverged, in words; empty if it did not.
    """

    progress: Progress
    parameters: Parameters
    failure: str


def start(program: ModelProgram, names: Sequence[str]) -> Progress:
    """Return the progress of a run that has not begun; its steps will give these records."""
    initial = fetch(program.snapshot())
    return Progress(initial, initial, initial, {name: [] for name in names})


def take_steps(
    program: ModelProgram,
    take: Callable[[int, int], list[Mapping[str, Any]]],
    n: int,
    progress: Progress,
    *,
    at_once: int,
    on_step: Callable[[Mapping[str, Any]], object],
    on_progress: Callable[[TakeProgress], object],
    stop: Callable[[], bool],
) -> Steps:
    """Take steps until `n` are done.

    Parameters
    ----------
    program
        Its variables are changed.
    take
        Given the number of a step, from 0, and how many to take from there on, takes them and
        returns their records: the objective before the step, first, and the rest.
    n
        Steps, those of `progress` included.
    progress
        Where to go on from; it is not changed.
    at_once
        How many steps to take before the next look at what they gave, and at `stop`.
    on_step
        Called after each step with its record.
    on_progress
        Called with a function that makes the progress up to there.
    stop
        Asked before each step, or before several that are taken at once; True ends the run
        there.
    """
    program.restore(progress.parameters)
    records = {name: [*values] for name, values in progress.records.items()}
    good: Mapping[str, Any] = progress.good_parameters
    present = program.snapshot()
    seconds, failure = progress.seconds, ""

    def so_far() -> Progress:
        return replace(
            progress,
            parameters=fetch(present),
            good_parameters=fetch(good),
            records={name: [*values] for name, values in records.items()},
            seconds=seconds,
        )

    first, objective = next(iter(records.items()))
    while len(objective) < n and not stop():
        done, count = len(objective), min(at_once, n - len(objective))
        started = time.perf_counter()
        # The last step on its own: the parameters before it are the last good ones.
        taken = take(done, count - 1) if count > 1 else []
        before_last = program.snapshot() if count > 1 else present
        taken += take(done + count - 1, 1)
        seconds += time.perf_counter() - started
        value = next((r[first] for r in taken if not math.isfinite(r[first])), None)
        if value is not None and count > 1:
            program.restore(fetch(present))
            at_once = 1  # the same steps again, to find where
            continue
        if value is not None:
            last = objective[-1] if objective else "nothing finite"
            when = f"at iteration {done + 1}, after {last}"
            failure = f"the {first.replace('_', '-')} became {value} {when}"
            break
        for record in taken:
            for name, values in records.items():
                values.append(record[name])
        good, present = before_last, program.snapshot()
        for record in taken:
            on_step(record)
        on_progress(so_far)
    end = so_far()
    if not failure and (spoilt := not_finite(_of_model(program, end.parameters))):
        failure = f"{spoilt} is no longer finite after iteration {end.steps_done}"
    if failure:
        return give_up(program, end, failure)
    return Steps(end, _of_model(program, end.parameters), failure)


def give_up(program: ModelProgram, progress: Progress, failure: str) -> Steps:
    """Give a model back its last good parameters; `failure` says how it diverged."""
    program.restore(progress.good_parameters)
    return Steps(progress, _of_model(program, progress.good_parameters), failure)


def _of_model(program: ModelProgram, values: Parameters) -> Parameters:
    return {param.name: values[param.name] for param in program.model.params}
