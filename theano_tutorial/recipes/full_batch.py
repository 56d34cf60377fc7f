"""The program of documents 1 and 2: gradient ascent on the whole training set at once.

Both of their models are trained by the same few lines; `softmax` and `tanh` only say which
model, how many images, and how long.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor
from pytensor.compile.executor import Function

from theano_tutorial import guard
from theano_tutorial._types import Parameters
from theano_tutorial.backends.one_call import call_each, most_steps, steps_at_once
from theano_tutorial.data import Dataset, Split, shared_dataset
from theano_tutorial.errors import Diverged
from theano_tutorial.objectives import errors, log_likelihood
from theano_tutorial.recipes import steps
from theano_tutorial.recipes.program import ModelProgram, ModelRun
from theano_tutorial.recipes.steps import Progress, TakeProgress
from theano_tutorial.updates import gradient_ascent


@dataclass(frozen=True)
class Program(ModelProgram):
    """A model and the functions compiled for it.

    Attributes
    ----------
    train_model
        One step of gradient ascent; returns the mean log-likelihood before the step.
    classify
        Returns the predicted labels of the test images, ``(10000,)``.
    test_error, validation_error
        Return the fraction of those images that the model gets wrong.
    n_train
        Images that a step sees.
    """

    train_model: Function
    classify: Function
    test_error: Function
    validation_error: Function
    n_train: int


@dataclass(frozen=True, kw_only=True)
class Run(ModelRun):
    """What a full-batch run gave.

    Attributes
    ----------
    progress
        Everything, for a run that is to go on.
    log_likelihood
        The mean log-likelihood of the training images before each update, as published.
    initial
        Parameters before the first update, by name.
    """

    progress: Progress
    log_likelihood: list[Any]
    initial: Parameters


def compile_program(
    model: Any, y: Any, train: Split, dataset: Dataset, learning_rate: float, mode: Any = None
) -> Program:
    """Compile one step of gradient ascent, and the functions that judge the model.

    The functions take no inputs: ``givens`` puts the shared datasets in the place of the
    symbolic `x` and `y`.

    Parameters
    ----------
    model
        Built on the symbolic matrix ``model.x``.
    y
        Symbolic integer vector of labels.
    train
        The images to train on.
    dataset
        Gives the test and validation images.
    learning_rate
        Step of gradient ascent.
    mode
        How to compile; see `theano_tutorial.backends`.

    Notes
    -----
    Differs from the tutorial: it defined a second model and went on calling the first
    model's classification function, whose 15.12 % it printed again for the network. Here
    the functions are compiled for the model that is given, all together.

    References
    ----------
    Document 1, "Theano functions", "Using the model for classification" and "Test the
    model".
    """
    started = time.perf_counter()
    train_x, train_y = shared_dataset(train, "train")
    valid_x, valid_y = shared_dataset(dataset.valid, "valid")
    test_x, test_y = shared_dataset(dataset.test, "test")

    objective = log_likelihood(model.p_y_given_x, y)
    train_model = pytensor.function(
        inputs=[],
        outputs=objective,
        updates=gradient_ascent(objective, model.params, learning_rate),
        givens={model.x: train_x, y: train_y},
        mode=mode,
    )
    classify = pytensor.function([], model.y_pred, givens={model.x: test_x}, mode=mode)
    test_error, validation_error = (
        pytensor.function(
            [], errors(model.y_pred, y), givens={model.x: some_x, y: some_y}, mode=mode
        )
        for some_x, some_y in ((test_x, test_y), (valid_x, valid_y))
    )
    for function in (classify, test_error, validation_error):
        guard.require(function, model.params)
    seconds = time.perf_counter() - started
    judging = classify, test_error, validation_error
    return Program(model, seconds, train_model, *judging, n_train=len(train))


def start(program: Program) -> Progress:
    """Return the progress of a run that has not begun."""
    return steps.start(program, ["log_likelihood"])


@np.errstate(over="ignore", invalid="ignore")  # overflow is looked for in the log-likelihood
def fit(
    program: Program,
    iterations: int,
    *,
    progress: Progress | None = None,
    every: int = 1,
    on_iteration: Callable[[Any], object] = lambda log_likelihood: None,
    on_progress: Callable[[TakeProgress], object] = lambda take: None,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Take `iterations` steps, then classify the test and validation images.

    Parameters
    ----------
    program
        From `compile_program`.
    iterations
        Number of steps; those that `progress` has done are counted.
    progress
        Where to go on from; it is not changed. The default is `start`.
    every
        After how many steps, at the latest, to say what they gave; where the backend can,
        they are one call.
    on_iteration
        Called after each step with the mean log-likelihood before it.
    on_progress
        Called after each step with a function that makes the progress up to there.
    stop
        Asked before each step; True ends the run there.

    Raises
    ------
    Diverged
        At the first log-likelihood that is not finite, or if the last update makes a parameter
        so. The model is given back the last parameters that gave a finite log-likelihood.
    """

    def take(done: int, count: int) -> list[Mapping[str, Any]]:
        values = call_each(program.train_model, [()] * count)
        return [{"log_likelihood": np.asarray(value)[()]} for value in values]

    taken = steps.take_steps(
        program,
        take,
        iterations,
        progress or start(program),
        at_once=steps_at_once(program.train_model, min(every, most_steps(program.n_train))),
        on_step=lambda record: on_iteration(record["log_likelihood"]),
        on_progress=on_progress,
        stop=stop,
    )
    done = taken.progress
    run = Run(
        progress=done,
        log_likelihood=done.objective,
        initial=done.initial_parameters,
        parameters=taken.parameters,
        y_pred=np.asarray(program.classify()),
        test_error=float(program.test_error()),
        validation_error=float(program.validation_error()),
        compile_seconds=program.seconds,
        train_seconds=done.seconds,
        interrupted=not taken.failure and done.steps_done < iterations,
    )
    if taken.failure:
        raise Diverged(
            f"training diverged: {taken.failure}; try a smaller --learning-rate", run
        )
    return run
