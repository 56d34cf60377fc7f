"""Softmax regression by full-batch gradient ascent (document 1, "Optimizing our model")."""

from typing import Any

import pytensor.tensor as pt

from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.recipes.full_batch import Program, compile_program

LEARNING_RATE = 0.5
ITERATIONS = 10
TRAIN_SIZE = 50_000


def build(
    dataset: Dataset,
    *,
    learning_rate: float = LEARNING_RATE,
    train_size: int = TRAIN_SIZE,
    mode: Any = None,
) -> Program:
    """Build softmax regression, all parameters zero, and compile its training step.

    Parameters
    ----------
    dataset
        Pixels in ``pytensor.config.floatX``.
    learning_rate
        Published: 0.5.
    train_size
        How many training images to use; published: all 50,000.
    mode
        How to compile; see `theano_tutorial.backends`.
    """
    x = pt.matrix("x")
    y = pt.ivector("y")
    model = SoftmaxRegression(x, n_in=N_PIXELS, n_out=N_CLASSES)
    return compile_program(
        model, y, dataset.train.first(train_size), dataset, learning_rate, mode
    )
