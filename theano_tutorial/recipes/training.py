"""Training that can stop between steps and resume, and ends at a step that is not finite."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar

import numpy as np

from theano_tutorial._arguments import whole
from theano_tutorial._types import Array, Parameters
from theano_tutorial.backends.one_call import call_each, most_steps, steps_at_once
from theano_tutorial.errors import Diverged
from theano_tutorial.recipes.program import (
    AnyProgram,
    Run,
    Scores,
    Stored,
    fetch,
    finished,
    not_finite,
    quiet,
)

Event = TypeVar("Event")
# What one step returned, by name; the objective comes first.
Record = Mapping[str, float]


@dataclass(frozen=True)
class Progress:
    """What the steps so far have done, in `seconds`: all that is needed to resume.

    `initial_parameters` are those before the first step, `parameters` those after the last and
    `good_parameters` those before the last: the last ones known to give a finite objective.
    Each includes the optimizer's state. `records` has the steps' values, the objective first.
    """

    initial_parameters: Parameters
    parameters: Parameters
    good_parameters: Parameters
    records: Mapping[str, list[float]]
    seconds: float = 0.0

    is_over: ClassVar[bool] = False  # one more step is always possible

    @property
    def steps_done(self) -> int:
        """How many steps have been taken."""
        return len(next(iter(self.records.values())))


def start(program: AnyProgram) -> Progress:
    """Return the progress of a run from scratch."""
    initial = fetch(program.snapshot())
    return Progress(initial, initial, initial, {name: [] for name in program.records})


class Clock:
    """Adds up the seconds spent inside its ``with`` blocks."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds += time.perf_counter() - self._started


class Training:
    """Steps of a program, one after another, up to the first that is not finite.

    It changes the program's variables, but not the progress that it resumes from. `failure`
    says how training diverged; it is empty if it has not.
    """

    def __init__(self, program: AnyProgram, progress: Progress | None = None) -> None:
        progress = progress or start(program)
        program.restore(progress.parameters)
        self.program = program
        self.failure = ""
        self.initial_parameters = progress.initial_parameters
        self._records = {name: [*values] for name, values in progress.records.items()}
        self._good: Stored = progress.good_parameters
        self._present: Stored = program.snapshot()
        self._clock = Clock(progress.seconds)

    @property
    def steps_done(self) -> int:
        """How many steps have been taken."""
        return len(next(iter(self._records.values())))

    @property
    def progress(self) -> Progress:
        """The progress so far. It is copied from the device: do not ask at every step."""
        return Progress(
            initial_parameters=self.initial_parameters,
            parameters=fetch(self._present),
            good_parameters=fetch(self._good),
            records={name: [*values] for name, values in self._records.items()},
            seconds=self._clock.seconds,
        )

    def upcoming(self, n: int, every: int = 1) -> int:
        """Return how many steps the next call takes, if training takes `n` in all; 0 ends it.

        A call takes up to `every` steps where the backend can take several, otherwise one.
        """
        if self.failure or whole(n, "iterations", 0) <= self.steps_done:
            return 0
        most = min(every, most_steps(self.program.images))
        return min(steps_at_once(self.program.train_model, most), n - self.steps_done)

    def take(self, rows: Sequence[Sequence[Array]], **known: Sequence[float]) -> list[Record]:
        """Take one step for each row of inputs; return the records up to the first not finite.

        `known` has further values to record, by name: one for each step.
        """
        done, train_model = self.steps_done, self.program.train_model
        with self._clock, quiet():  # overflow shows in the objective
            # Take the last step on its own: the parameters before it are the last good ones.
            outputs = call_each(train_model, rows[:-1])
            before_last = self.program.snapshot() if outputs else self._present
            outputs += call_each(train_model, rows[-1:])
        names = [name for name in self._records if name not in known]
        records: list[Record] = [
            dict(zip((*names, *known), (*_numbers(output), *also), strict=True))
            for output, *also in zip(outputs, *known.values(), strict=True)
        ]
        value = next((r[names[0]] for r in records if not math.isfinite(r[names[0]])), None)
        if value is None:
            for name, values in self._records.items():
                values += [record[name] for record in records]
            self._good, self._present = before_last, self.program.snapshot()
            return records
        if len(rows) == 1:
            last = self._records[names[0]][-1] if done else "nothing finite"
            what = names[0].replace("_", "-")
            self.failure = f"the {what} became {value} at iteration {done + 1}, after {last}"
            return []
        # Take the same steps once more, one by one, to find the last good one.
        self.program.restore(fetch(self._present))
        found: list[Record] = []
        for i, row in enumerate(rows):
            if not self.failure:
                found += self.take([row], **{name: [v[i]] for name, v in known.items()})
        return found

    def settle(self, failure: str = "") -> None:
        """Return to the last good parameters if training diverged, or if `failure` is given."""
        self.failure = self.failure or failure
        if not self.failure and (spoilt := not_finite(self._of_model(fetch(self._present)))):
            self.failure = f"{spoilt} is no longer finite after iteration {self.steps_done}"
        if self.failure:
            self.program.restore(fetch(self._good))

    def scores(self) -> Scores:
        """Return what goes into `Run.scores`."""
        return {}

    def finish(self, n: int) -> Run:
        """Judge the model as training has left it and return the run; `n` steps were asked for.

        Raises `Diverged` if training has diverged; its run has the last parameters that gave a
        finite objective.
        """
        self.settle()
        progress = self.progress
        run = finished(
            self.program,
            progress,
            self._of_model(progress.good_parameters if self.failure else progress.parameters),
            interrupted=not self.failure and progress.steps_done < n,
            scores=self.scores(),
        )
        if self.failure:
            raise Diverged(self.failure, run)
        return run

    def _of_model(self, values: Parameters) -> Parameters:
        return {param.name: values[param.name] for param in self.program.model.params}


def _numbers(output: Array | list[Array]) -> list[float]:
    """Return the output of a step as a list of NumPy's or Python's numbers."""
    if isinstance(output, list):
        return [float(value) for value in output]
    return [np.asarray(output)[()]]  # type: ignore[list-item]


def until(stop: Callable[[], bool], events: Iterator[Event]) -> Iterator[Event]:
    """Yield events until `stop` returns True; it is called before the first and after each."""
    if stop():
        return
    for event in events:
        yield event
        if stop():
            return


def never() -> bool:
    """Return False: train to the end."""
    return False


def fit(
    program: AnyProgram,
    iterations: int,
    *,
    progress: Progress | None = None,
    every: int = 1,
    stop: Callable[[], bool] = never,
) -> Run:
    """Take steps that need no inputs, as `softmax` and `tanh` do; then judge the model.

    Raises `Diverged` at the first objective that is not finite, or if a parameter is not finite
    after the last update. Its run has the last parameters that gave a finite objective.
    """
    training = Training(program, progress)
    while not stop() and (n := training.upcoming(iterations, every)):
        training.take([()] * n)
    return training.finish(iterations)
