"""Softmax regression by minibatch SGD with early stopping (document 3)."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt

from theano_tutorial.checkpoints import Parameters
from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.early_stopping import EarlyStopping, validation_frequency
from theano_tutorial.errors import Diverged
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.recipes.minibatch import BATCH_SIZE, Judge, compile_judge, cut_all
from theano_tutorial.recipes.program import ModelProgram
from theano_tutorial.updates import sgd

LEARNING_RATE = 0.13
EPOCHS = 1000
TRAIN_SIZE = 50_000


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

    train_model: Callable[[int], Any]
    n_train_batches: int
    judge: Judge


def build(
    dataset: Dataset,
    *,
    learning_rate: float = LEARNING_RATE,
    batch_size: int = BATCH_SIZE,
    train_size: int = TRAIN_SIZE,
    mode: Any = None,
) -> Program:
    """Build softmax regression, all parameters zero, and compile its functions.

    Parameters
    ----------
    dataset
        Pixels in ``pytensor.config.floatX``.
    learning_rate
        Published: 0.13.
    batch_size
        Images in a minibatch; published: 600.
    train_size
        How many training images to use; published: all 50,000.
    mode
        How to compile; see `theano_tutorial.backends`.

    Raises
    ------
    UsageError
        If a minibatch is larger than one of the three splits.
    """
    started = time.perf_counter()
    train, valid, test = cut_all(dataset, dataset.train.first(train_size), batch_size)

    index = pt.lscalar("index")
    x = pt.matrix("x")
    y = pt.ivector("y")
    classifier = SoftmaxRegression(x, n_in=N_PIXELS, n_out=N_CLASSES)
    cost = classifier.negative_log_likelihood(y)
    train_model = pytensor.function(
        inputs=[index],
        outputs=cost,
        updates=sgd(cost, classifier.params, learning_rate),
        givens=train.givens(x, y, index),
        mode=mode,
    )
    judge = compile_judge(classifier, y, valid, test, mode)

    program = Program(classifier, 0.0, train_model, train.n, judge)
    _warm_up(program)
    return replace(program, seconds=time.perf_counter() - started)


def _warm_up(program: Program) -> None:
    """Call each function of the loop once: some backends compile only then."""
    program.judge.validate_model(0)
    program.judge.test_model(0)
    initial = program.parameters()
    with np.errstate(over="ignore", invalid="ignore"):
        program.train_model(0)
    program.set_parameters(initial)


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


@dataclass(frozen=True)
class Run:
    """What a run gave; the model is left with its best parameters.

    Attributes
    ----------
    progress
        Everything up to the last whole epoch.
    parameters
        The best, by name.
    y_pred
        Predicted labels of all test images.
    test_error, validation_error
        Fractions of *all* images, by the best parameters.
    compile_seconds, train_seconds
        Time spent.
    interrupted
        Whether the run was asked to stop.
    """

    progress: Progress
    parameters: Parameters
    y_pred: np.ndarray[Any, Any]
    test_error: float
    validation_error: float
    compile_seconds: float
    train_seconds: float
    interrupted: bool = False


def start(program: Program, stopping: EarlyStopping | None = None) -> Progress:
    """Return the progress of a run that has not begun."""
    initial = program.parameters()
    stopping = stopping or EarlyStopping()
    frequency = validation_frequency(program.n_train_batches, int(stopping.patience))
    return Progress(initial, initial, stopping, frequency)


def fit(
    program: Program,
    n_epochs: int = EPOCHS,
    *,
    progress: Progress | None = None,
    on_validation: Callable[[Validation, Parameters | None], object] = lambda seen, best: None,
    on_epoch: Callable[[Progress], object] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train until patience runs out, or for `n_epochs`; then judge the best model.

    Parameters
    ----------
    program
        From `build`.
    n_epochs
        At most; those that `progress` has done are counted.
    progress
        Where to go on from; it is not changed. The default is `start`.
    on_validation
        Called after each validation, with the parameters if they are the best so far.
    on_epoch
        Called after each epoch with the progress up to there.
    stop
        Asked before each minibatch; True ends the run as of its last whole epoch.

    Raises
    ------
    Diverged
        At the first minibatch whose cost is not finite, or validation of parameters that
        are not. The run that it carries has the best parameters up to there.
    """
    progress = progress or start(program)
    program.set_parameters(progress.parameters)
    diverged = ""
    # Overflow is looked for where it matters: in the costs and the parameters.
    with np.errstate(over="ignore", invalid="ignore"):
        while not (progress.is_over or len(progress.epochs) >= n_epochs):
            try:
                following = _epoch(program, progress, on_validation, stop)
            except ArithmeticError as error:
                diverged = str(error)
                break
            if following is None:
                break
            progress = following
            on_epoch(progress)
        program.set_parameters(progress.best_parameters)
        run = Run(
            progress=progress,
            parameters=progress.best_parameters,
            y_pred=np.asarray(program.judge.classify()),
            test_error=float(program.judge.exact_test_error()),
            validation_error=float(program.judge.exact_validation_error()),
            compile_seconds=program.seconds,
            train_seconds=progress.seconds,
            interrupted=not (diverged or progress.is_over or len(progress.epochs) >= n_epochs),
        )
    if diverged:
        raise Diverged(f"training diverged: {diverged}; try a smaller --learning-rate", run)
    return run


def _epoch(
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
    n = program.n_train_batches
    frequency = before.validation_frequency
    costs: list[float] = []
    record: dict[str, Any] = {"epoch": epoch, "cost": math.nan, "validation_error": None}
    started = time.perf_counter()
    for minibatch_index in range(n):
        if stop():
            return None
        cost = float(program.train_model(minibatch_index))
        if not math.isfinite(cost):
            raise FloatingPointError(
                f"the cost became {cost} at epoch {epoch}, minibatch {minibatch_index + 1}/{n},"
                f" after {costs[-1] if costs else _last_cost(before)}"
            )
        costs.append(cost)
        iteration = (epoch - 1) * n + minibatch_index
        if (iteration + 1) % frequency == 0:
            seen = _validate(program, progress, iteration)
            record["validation_error"] = seen.validation_error
            if seen.test_error is not None:
                record["test_error"] = seen.test_error
            paused = time.perf_counter()
            on_validation(seen, None if seen.test_error is None else progress.best_parameters)
            started += time.perf_counter() - paused
        if progress.stopping.is_over(iteration):
            progress.is_over = True
            break
    record["cost"] = float(np.mean(costs))
    if not math.isfinite(record["cost"]):
        raise FloatingPointError(f"the mean cost became {record['cost']} at epoch {epoch}")
    progress.epochs.append(record)
    progress.parameters = _finite_parameters(program, epoch)
    progress.seconds += time.perf_counter() - started
    return progress


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
    for name, value in parameters.items():
        if not np.isfinite(value).all():
            raise FloatingPointError(f"{name} is no longer finite at epoch {epoch}")
    return parameters


def _last_cost(progress: Progress) -> str:
    """Return the mean cost of the last epoch in words."""
    if not progress.epochs:
        return "nothing finite"
    return f"a mean of {progress.epochs[-1]['cost']} in the epoch before"
