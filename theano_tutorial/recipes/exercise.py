"""The exercise notebook's loop, solved: random minibatches, with or without momentum."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.executor import Function

from theano_tutorial import guard
from theano_tutorial._types import Parameters
from theano_tutorial.backends.one_call import call_each, most_steps, steps_at_once
from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset, Split, checked
from theano_tutorial.errors import Diverged, UsageError
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.objectives import accuracy
from theano_tutorial.recipes import steps
from theano_tutorial.recipes.program import ModelProgram, ModelRun
from theano_tutorial.recipes.steps import Progress, TakeProgress
from theano_tutorial.updates import momentum as momentum_updates
from theano_tutorial.updates import sgd

LEARNING_RATE = 0.001
ITERATIONS = 100
BATCH_SIZE = 100
TRAIN_SIZE = 60_000
SEED = 0
DTYPE = "float32"
PIXEL_DIVISOR = 255


@dataclass(frozen=True)
class Program(ModelProgram):
    """A model, the functions compiled for it, and the digits to feed them.

    Attributes
    ----------
    f, f_updates
        Given images and labels, return the mean cost and the accuracy; `f_updates` then
        takes a step.
    classify
        Given images, returns their predicted labels.
    train, valid, test
        Digits: the training ones are 60,000 as published, the validation ones among them.
    batch_size
        Images in a minibatch.
    seed
        Of the initial weights; the minibatches have the next one.
    velocities
        With momentum, what the parameters move by.
    """

    f: Function
    f_updates: Function
    classify: Function
    train: Split
    valid: Split
    test: Split
    batch_size: int
    seed: int
    velocities: tuple[Any, ...] = ()

    @property
    def variables(self) -> tuple[Any, ...]:
        """The shared variables that a training step changes."""
        return (*self.model.params, *self.velocities)

    def scores(self) -> dict[str, float]:
        """Return cost and accuracy on all training and test images."""
        scores: dict[str, float] = {}
        for name, split in (("train", self.train), ("test", self.test)):
            cost, accuracy = self.f(split.x, split.y)
            scores |= {f"{name}_cost": float(cost), f"{name}_accuracy": float(accuracy)}
        return scores

    def starts(self) -> Iterator[int]:
        """Yield the first rows of minibatches, without end."""
        rng = np.random.RandomState(self.seed + 1)
        while True:
            yield int(rng.randint(low=0, high=len(self.train) - self.batch_size))

    def batch(self, start: int) -> tuple[Any, Any]:
        """Return the images and labels of the minibatch whose first row is `start`."""
        rows = slice(start, start + self.batch_size)
        return self.train.x[rows], self.train.y[rows]


def initial_W(seed: int) -> np.ndarray[Any, Any]:
    """Return the exercise's initial weights ``(784, 10)``, of standard deviation 1.

    They are float32, as in the exercise, also where the model then keeps them as float64.
    """
    return np.random.RandomState(seed).randn(N_PIXELS, N_CLASSES).astype(np.float32)


def build(
    dataset: Dataset,
    *,
    learning_rate: float = LEARNING_RATE,
    momentum: float | None = None,
    batch_size: int = BATCH_SIZE,
    train_size: int = TRAIN_SIZE,
    seed: int = SEED,
    mode: Any = None,
) -> Program:
    """Build softmax regression from random weights, and compile its functions.

    Parameters
    ----------
    dataset
        Pixels in ``pytensor.config.floatX``; published: float32, byte / 255.
    learning_rate
        `eps` in the exercise; published: 0.001.
    momentum
        The fraction of the last step that is taken again; None, as published, is plain SGD.
    batch_size
        Images in a minibatch; published: 100.
    train_size
        How many training images to use; published: all 60,000.
    seed
        Of the initial weights, ``RandomState(seed).randn(784, 10)``, and by ``seed + 1`` of
        the minibatches.
    mode
        How to compile; see `theano_tutorial.backends`.

    Raises
    ------
    UsageError
        If there are not more training images than a minibatch has.
    BadData
        If an image or a label cannot be used.

    Notes
    -----
    Differs from the tutorial: weights and minibatches were drawn without a seed.

    References
    ----------
    Document 4, all of it.
    """
    started = time.perf_counter()
    train = (dataset.all_train or dataset.train).first(train_size)
    if len(train) < 2:
        raise UsageError("train size must be at least 2, for a minibatch and a place to begin")
    if not 1 <= batch_size < len(train):
        raise UsageError(
            f"batch size must be from 1 to {len(train) - 1:,}, below the number of training "
            f"images; got {batch_size:,}"
        )
    train, valid, test = map(checked, (train, dataset.valid, dataset.test))
    X = pt.matrix("X")
    y = pt.ivector("y")
    model = SoftmaxRegression(X, n_in=N_PIXELS, n_out=N_CLASSES)
    model.W.set_value(initial_W(seed).astype(model.W.dtype))
    outputs = [model.negative_log_likelihood(y), accuracy(model.y_pred, y)]
    cost, _ = outputs
    if momentum is None:
        updates = sgd(cost, model.params, learning_rate)
    else:
        updates = momentum_updates(cost, model.params, learning_rate, momentum)
    velocities = tuple(pair[0] for pair in updates if pair[0] not in model.params)

    f = pytensor.function([X, y], outputs, mode=mode)
    f_updates = pytensor.function([X, y], outputs, updates=updates, mode=mode)
    classify = pytensor.function([X], model.y_pred, mode=mode)
    for function in (f, f_updates, classify):
        guard.require(function, model.params)
    seconds = time.perf_counter() - started
    return Program(
        model=model,
        f=f,
        f_updates=f_updates,
        classify=classify,
        train=train,
        valid=valid,
        test=test,
        batch_size=batch_size,
        seed=seed,
        seconds=seconds,
        velocities=velocities,
    )


@dataclass(frozen=True, kw_only=True)
class Run(ModelRun):
    """What a run of the exercise gave; the validation images are among the training ones.

    Attributes
    ----------
    progress
        Everything, for a run that is to go on.
    starts
        The first row of each minibatch.
    cost, accuracy
        Of each minibatch before its update.
    before, after
        `Program.scores` before the first update and after the last.
    initial
        Parameters before the first update, by name.
    """

    progress: Progress
    starts: list[int]
    cost: list[float]
    accuracy: list[float]
    before: dict[str, float]
    after: dict[str, float]
    initial: Parameters


def start(program: Program) -> Progress:
    """Return the progress of a run that has not begun."""
    return steps.start(program, ["cost", "accuracy", "start_index"])


@np.errstate(over="ignore", invalid="ignore")  # overflow is looked for in the cost
def fit(
    program: Program,
    iterations: int = ITERATIONS,
    *,
    progress: Progress | None = None,
    every: int = 1,
    on_iteration: Callable[[float, float], object] = lambda cost, accuracy: None,
    on_progress: Callable[[TakeProgress], object] = lambda take: None,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train on `iterations` random minibatches.

    Parameters
    ----------
    program
        From `build`; a program can be trained once.
    iterations
        Number of minibatches; those that `progress` has done are counted.
    progress
        Where to go on from; it is not changed. The default is `start`.
    every
        After how many minibatches, at the latest, to say what they gave; where the backend
        can, they are one call.
    on_iteration
        Called after each with its cost and accuracy before the update.
    on_progress
        Called after each with a function that makes the progress up to there.
    stop
        Asked before each; True ends the run there.

    Raises
    ------
    Diverged
        At the first cost that is not finite, be it of a minibatch or at the end of all images,
        or if the last update makes a parameter so. The model is given back the last parameters
        that gave a finite cost.
    """
    progress = progress or start(program)
    program.restore(progress.initial_parameters)
    before = program.scores()
    drawing = program.starts()
    drawn: list[int] = []

    def take(done: int, count: int) -> list[Mapping[str, Any]]:
        drawn.extend(islice(drawing, max(0, done + count - len(drawn))))
        firsts = drawn[done : done + count]
        outputs = call_each(program.f_updates, map(program.batch, firsts), count)
        return [
            {"cost": float(cost), "accuracy": float(accuracy), "start_index": first}
            for first, (cost, accuracy) in zip(firsts, outputs, strict=True)
        ]

    taken = steps.take_steps(
        program,
        take,
        iterations,
        progress,
        at_once=steps_at_once(program.f_updates, min(every, most_steps(program.batch_size))),
        on_step=lambda record: on_iteration(record["cost"], record["accuracy"]),
        on_progress=on_progress,
        stop=stop,
    )
    taken, after = _judged(program, taken)
    done, y_pred = taken.progress, np.asarray(program.classify(program.test.x))
    run = Run(
        progress=done,
        starts=[int(first) for first in done.records["start_index"]],
        cost=[float(cost) for cost in done.objective],
        accuracy=[float(accuracy) for accuracy in done.records["accuracy"]],
        before=before,
        after=after,
        initial=done.initial_parameters,
        parameters=taken.parameters,
        y_pred=y_pred,
        test_error=float(np.mean(y_pred != program.test.y)),
        validation_error=float(np.mean(program.classify(program.valid.x) != program.valid.y)),
        compile_seconds=program.seconds,
        train_seconds=done.seconds,
        interrupted=not taken.failure and done.steps_done < iterations,
    )
    if taken.failure:
        raise Diverged(
            f"training diverged: {taken.failure}; try a smaller --learning-rate", run
        )
    return run


def _judged(program: Program, taken: steps.Steps) -> tuple[steps.Steps, dict[str, float]]:
    """Return the scores after the steps; they may have diverged where no minibatch saw it."""
    scores = program.scores()
    if taken.failure or all(map(math.isfinite, scores.values())):
        return taken, scores
    done = taken.progress
    failure = f"the cost of all images is no longer finite after iteration {done.steps_done}"
    return steps.give_up(program, done, failure), program.scores()
