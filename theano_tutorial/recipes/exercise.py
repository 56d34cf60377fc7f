"""The exercise notebook, solved: random minibatches, with or without momentum (document 4)."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.executor import Function
from pytensor.compile.mode import Mode

from theano_tutorial import guard
from theano_tutorial._arguments import whole
from theano_tutorial._types import Array
from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset, Split, checked
from theano_tutorial.errors import UsageError
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.objectives import accuracy
from theano_tutorial.recipes.judge import Verdict
from theano_tutorial.recipes.program import Program, Run, quiet, state_of
from theano_tutorial.recipes.training import Progress, Record, never, until
from theano_tutorial.recipes.training import Training as StepTraining
from theano_tutorial.updates import momentum as momentum_updates
from theano_tutorial.updates import sgd

LEARNING_RATE, ITERATIONS, BATCH_SIZE, TRAIN_SIZE, SEED = 0.001, 100, 100, 60_000, 0


@dataclass(frozen=True)
class Digits:
    """The digits that the exercise trains on, and by which it judges the model.

    Given images and labels, `f` returns the mean cost and the accuracy; given images,
    `classify` returns their predicted labels. By default, as published, the 60,000 training
    digits include the validation digits. `seed` is that of `build`.
    """

    f: Function
    classify: Function
    train: Split
    valid: Split
    test: Split
    batch_size: int
    seed: int

    def starts(self) -> Iterator[int]:
        """Yield the first rows of random minibatches, without end."""
        rng = np.random.RandomState(self.seed + 1)
        while True:
            yield int(rng.randint(low=0, high=len(self.train) - self.batch_size))

    def batch(self, first: int) -> tuple[Array, Array]:
        """Return the images and labels of the minibatch that begins at row `first`."""
        rows = slice(first, first + self.batch_size)
        return self.train.x[rows], self.train.y[rows]

    def scores(self) -> dict[str, float]:
        """Return cost and accuracy on all training and test images."""
        scores: dict[str, float] = {}
        for name, split in (("train", self.train), ("test", self.test)):
            with quiet():
                cost, accuracy = self.f(split.x, split.y)
            scores |= {f"{name}_cost": float(cost), f"{name}_accuracy": float(accuracy)}
        return scores

    def verdict(self) -> Verdict:
        """Judge the model as it is now."""
        y_pred, y_valid = (np.asarray(self.classify(s.x)) for s in (self.test, self.valid))
        return {
            "y_pred": y_pred,
            "test_error": float(np.mean(y_pred != self.test.y)),
            "validation_error": float(np.mean(y_valid != self.valid.y)),
        }


def initial_W(seed: int) -> Array:
    """Return the exercise's initial weights ``(784, 10)``, of standard deviation 1.

    They are float32, as in the exercise, even if the model then keeps them as float64.
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
    mode: Mode | None = None,
) -> Program[Digits]:
    """Build softmax regression from random weights, and compile its functions.

    The exercise calls the learning rate `eps`. `momentum` is the fraction of the last step that
    is taken again; None, as published, is plain SGD. The initial weights are drawn with `seed`
    and the minibatches with ``seed + 1``; the exercise had no seed.

    Raises
    ------
    UsageError
        If there are no more training images than a minibatch holds.
    BadData
        If an image or a label cannot be used.
    """
    started = time.perf_counter()
    train = (dataset.all_train or dataset.train).first(train_size)
    _check_sizes(len(train), batch_size)
    train, valid, test = map(checked, (train, dataset.valid, dataset.test))

    X = pt.matrix("X")
    y = pt.ivector("y")
    model = SoftmaxRegression(X, n_in=N_PIXELS, n_out=N_CLASSES)
    model.W.set_value(initial_W(seed).astype(model.W.dtype))
    cost = model.negative_log_likelihood(y)
    outputs = [cost, accuracy(model.y_pred, y)]
    if momentum is None:
        updates = sgd(cost, model.params, learning_rate)
    else:
        updates = momentum_updates(cost, model.params, learning_rate, momentum)

    f = pytensor.function([X, y], outputs, mode=mode)
    f_updates = pytensor.function([X, y], outputs, updates=updates, mode=mode)
    classify = pytensor.function([X], model.y_pred, mode=mode)
    for function in (f, f_updates, classify):
        guard.require(function, model.params)
    return Program(
        model=model,
        train_model=f_updates,
        judge=Digits(f, classify, train, valid, test, batch_size, seed),
        images=batch_size,
        seconds=time.perf_counter() - started,
        state=state_of(updates, model.params),
        records=("cost", "accuracy", "start_index"),
    )


def _check_sizes(n_train: int, batch_size: int) -> None:
    if n_train < 2:
        raise UsageError("train size must be at least 2, for a minibatch and a place to begin")
    below = ", below the number of training images"
    whole(batch_size, "batch size", most=n_train - 1, more=below)


class Training(StepTraining):
    """Training for the exercise, with scores on all images before and after it."""

    def settle(self, failure: str = "") -> None:
        """Return to the last good parameters, also if the cost of all images is not finite."""
        super().settle(failure)
        self._after = self.program.judge.scores()
        if not self.failure and not all(map(math.isfinite, self._after.values())):
            done = self.steps_done
            super().settle(f"the cost of all images is no longer finite after iteration {done}")
            self._after = self.program.judge.scores()

    def scores(self) -> dict[str, Mapping[str, float]]:
        """Return the scores ``before`` and ``after`` training."""
        program, last = self.program, self.program.parameters()
        program.set_parameters(self.initial_parameters)
        before = program.judge.scores()
        program.set_parameters(last)
        return {"before": before, "after": self._after}


def train(
    training: Training, iterations: int = ITERATIONS, every: int = 1
) -> Iterator[list[Record]]:
    """Descend on random minibatches; yield the cost and accuracy of each before its update."""
    digits: Digits = training.program.judge
    drawing = digits.starts()
    next(islice(drawing, training.steps_done, training.steps_done), None)  # skips those used
    while n := training.upcoming(iterations, every):
        drawn = [*islice(drawing, n)]
        yield training.take([digits.batch(first) for first in drawn], start_index=drawn)


def fit(
    program: Program[Digits],
    iterations: int = ITERATIONS,
    *,
    progress: Progress | None = None,
    every: int = 1,
    stop: Callable[[], bool] = never,
) -> Run:
    """Train to the end, or until `stop` returns True; score all images before and after.

    Raises `Diverged` at the first minibatch whose cost is not finite; also if at the end the
    cost of all images, or a parameter, is not finite. The model is then set back to the last
    parameters that gave a finite cost.
    """
    training = Training(program, progress)
    for _ in until(stop, train(training, iterations, every)):
        pass
    return training.finish(iterations)
