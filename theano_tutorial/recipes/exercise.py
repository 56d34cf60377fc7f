"""The exercise notebook's loop, solved: random minibatches, with or without momentum."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt

from theano_tutorial import guard
from theano_tutorial.checkpoints import Parameters
from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset, Split, checked
from theano_tutorial.errors import Diverged, UsageError
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.objectives import accuracy
from theano_tutorial.recipes.program import ModelProgram
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
    """

    f: Callable[[Any, Any], Any]
    f_updates: Callable[[Any, Any], Any]
    classify: Callable[[Any], Any]
    train: Split
    valid: Split
    test: Split
    batch_size: int
    seed: int

    def scores(self) -> dict[str, float]:
        """Return cost and accuracy on all training and test images."""
        scores: dict[str, float] = {}
        for name, split in (("train", self.train), ("test", self.test)):
            cost, accuracy = self.f(split.x, split.y)
            scores |= {f"{name}_cost": float(cost), f"{name}_accuracy": float(accuracy)}
        return scores

    def batches(self) -> Iterator[tuple[int, Any, Any]]:
        """Yield minibatches without end: start, images and labels of contiguous rows."""
        rng = np.random.RandomState(self.seed + 1)
        while True:
            start = int(rng.randint(low=0, high=len(self.train) - self.batch_size))
            rows = slice(start, start + self.batch_size)
            yield start, self.train.x[rows], self.train.y[rows]


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
    )


@dataclass(frozen=True)
class Run:
    """What a run of the exercise gave.

    Attributes
    ----------
    starts
        The first row of each minibatch.
    cost, accuracy
        Of each minibatch before its update.
    before, after
        `Program.scores` before the first update and after the last.
    initial, parameters
        Parameters before the first and after the last update, by name.
    y_pred
        Predicted labels of the test images.
    test_error, validation_error
        Fractions, after the last update. The validation images are among the training ones.
    compile_seconds, train_seconds
        Time spent.
    interrupted
        Whether the run was asked to stop before its last iteration.
    """

    starts: list[int]
    cost: list[float]
    accuracy: list[float]
    before: dict[str, float]
    after: dict[str, float]
    initial: Parameters
    parameters: Parameters
    y_pred: np.ndarray[Any, Any]
    test_error: float
    validation_error: float
    compile_seconds: float
    train_seconds: float
    interrupted: bool = False


def fit(
    program: Program,
    iterations: int = ITERATIONS,
    *,
    on_iteration: Callable[[float, float], object] = lambda cost, accuracy: None,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train on `iterations` random minibatches.

    Parameters
    ----------
    program
        From `build`; a program can be trained once.
    iterations
        Number of minibatches.
    on_iteration
        Called after each with its cost and accuracy before the update.
    stop
        Asked before each; True ends the run there.

    Raises
    ------
    Diverged
        At the first cost that is not finite, be it of a minibatch or at the end of all images,
        or if the last update makes a parameter so. The model is given back the last parameters
        that gave a finite cost.
    """
    # Overflow is looked for where it matters: in the costs and the parameters.
    with np.errstate(over="ignore", invalid="ignore"):
        return _fit(program, iterations, on_iteration, stop)


def _fit(
    program: Program,
    iterations: int,
    on_iteration: Callable[[float, float], object],
    stop: Callable[[], bool],
) -> Run:
    initial = last_good = program.parameters()
    before = program.scores()
    starts: list[int] = []
    costs: list[float] = []
    accuracies: list[float] = []
    diverged = ""
    started = time.perf_counter()
    batches = program.batches()
    while len(costs) < iterations and not stop():
        start, x_value, y_value = next(batches)
        present = program.parameters()
        cost, accuracy = (float(value) for value in program.f_updates(x_value, y_value))
        if not math.isfinite(cost):
            after = costs[-1] if costs else "nothing finite"
            diverged = f"the cost became {cost} at iteration {len(costs) + 1}, after {after}"
            break
        last_good = present
        starts.append(start)
        costs.append(cost)
        accuracies.append(accuracy)
        on_iteration(cost, accuracy)
    seconds = time.perf_counter() - started
    if not diverged and (name := program.not_finite()):
        diverged = f"{name} is no longer finite after iteration {len(costs)}"
    scores = program.scores()
    if not diverged and not all(map(math.isfinite, scores.values())):
        diverged = f"the cost of all images is no longer finite after iteration {len(costs)}"
    if diverged:
        program.set_parameters(last_good)
        scores = program.scores()
    y_pred = np.asarray(program.classify(program.test.x))
    run = Run(
        starts=starts,
        cost=costs,
        accuracy=accuracies,
        before=before,
        after=scores,
        initial=initial,
        parameters=program.parameters(),
        y_pred=y_pred,
        test_error=float(np.mean(y_pred != program.test.y)),
        validation_error=float(np.mean(program.classify(program.valid.x) != program.valid.y)),
        compile_seconds=program.seconds,
        train_seconds=seconds,
        interrupted=not diverged and len(costs) < iterations,
    )
    if diverged:
        raise Diverged(f"training diverged: {diverged}; try a smaller --learning-rate", run)
    return run
