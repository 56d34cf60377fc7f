"""Softmax regression by minibatch SGD with early stopping (document 3)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt

from theano_tutorial._types import Parameters
from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.early_stopping import EarlyStopping, validation_frequency
from theano_tutorial.errors import Diverged
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.recipes.epochs import Program, Progress, Validation, train_epoch
from theano_tutorial.recipes.minibatch import BATCH_SIZE, compile_judge, cut_all
from theano_tutorial.recipes.program import ModelRun
from theano_tutorial.updates import sgd

LEARNING_RATE = 0.13
EPOCHS = 1000
TRAIN_SIZE = 50_000


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


@dataclass(frozen=True, kw_only=True)
class Run(ModelRun):
    """What a run gave; its parameters are the best.

    Attributes
    ----------
    progress
        Everything up to the last whole epoch.
    """

    progress: Progress


def start(program: Program, stopping: EarlyStopping | None = None) -> Progress:
    """Return the progress of a run that has not begun."""
    initial = program.parameters()
    stopping = stopping or EarlyStopping()
    frequency = validation_frequency(program.n_train_batches, int(stopping.patience))
    return Progress(initial, initial, stopping, frequency)


@np.errstate(
    over="ignore", invalid="ignore"
)  # overflow is looked for in the costs and the parameters
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
    while not (progress.is_over or progress.steps_done >= n_epochs):
        try:
            following = train_epoch(program, progress, on_validation, stop)
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
        **program.judge.verdict(),
        compile_seconds=program.seconds,
        train_seconds=progress.seconds,
        interrupted=not (diverged or progress.is_over or progress.steps_done >= n_epochs),
    )
    if diverged:
        raise Diverged(f"training diverged: {diverged}; try a smaller --learning-rate", run)
    return run
