"""Softmax regression by full-batch gradient ascent (document 1, "Optimizing our model")."""

import time
from collections.abc import Iterator

import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode

from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.objectives import log_likelihood
from theano_tutorial.recipes.judge import WholeJudge, compile_judge
from theano_tutorial.recipes.minibatches import shared_split
from theano_tutorial.recipes.program import Program, state_of
from theano_tutorial.recipes.training import Record, Training, fit
from theano_tutorial.updates import Scalar, ascending

__all__ = ["build", "fit", "train"]

LEARNING_RATE, ITERATIONS, TRAIN_SIZE = 0.5, 10, 50_000


def build(
    dataset: Dataset,
    *,
    learning_rate: Scalar = LEARNING_RATE,
    optimizer: str = "sgd",
    train_size: int = TRAIN_SIZE,
    mode: Mode | None = None,
) -> Program[WholeJudge]:
    """Build softmax regression with all parameters zero, and compile its functions."""
    started = time.perf_counter()
    train = dataset.train.first(train_size)
    train_x, train_y = shared_split(train, "train")
    valid, test = shared_split(dataset.valid, "valid"), shared_split(dataset.test, "test")

    x, y = pt.matrix("x"), pt.ivector("y")
    model = SoftmaxRegression(x, n_in=N_PIXELS, n_out=N_CLASSES)
    objective = log_likelihood(model.p_y_given_x, y)
    changes = ascending(optimizer)(objective, model.params, learning_rate)
    train_model = pytensor.function(
        inputs=[],
        outputs=objective,
        updates=changes,
        givens={x: train_x, y: train_y},
        mode=mode,
    )
    judge = compile_judge(model, y, valid, test, mode)
    return Program(
        model=model,
        train_model=train_model,
        judge=judge,
        images=len(train),
        seconds=time.perf_counter() - started,
        state=state_of(changes, model.params),
    )


def train(
    training: Training, iterations: int = ITERATIONS, every: int = 1
) -> Iterator[list[Record]]:
    """Climb step by step; yield the records of each call: log-likelihoods before the steps."""
    while n := training.upcoming(iterations, every):  # one, unless a call may take several
        yield training.take([()] * n)  # calls train_model()
