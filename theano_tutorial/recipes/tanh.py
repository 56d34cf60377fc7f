"""A network of 20 tanh units, by gradient ascent (document 1, "Training a neural network")."""

from typing import Any

import pytensor.tensor as pt

from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.models import TanhNetwork
from theano_tutorial.recipes.full_batch import Program, compile_program

LEARNING_RATE = 0.5
ITERATIONS = 60
TRAIN_SIZE = 5_000
HIDDEN_UNITS = 20
SEED = 0


def build(
    dataset: Dataset,
    *,
    learning_rate: float = LEARNING_RATE,
    train_size: int = TRAIN_SIZE,
    hidden_units: int = HIDDEN_UNITS,
    seed: int = SEED,
    mode: Any = None,
) -> Program:
    """Build the network and compile its training step.

    Parameters
    ----------
    dataset
        Pixels in ``pytensor.config.floatX``.
    learning_rate
        Published: 0.5.
    train_size
        How many training images to use; published: the first 5,000.
    hidden_units
        Published: 20.
    seed
        Of the initial ``W_xh``; the published runs had none.
    mode
        How to compile; see `theano_tutorial.backends`.
    """
    x = pt.matrix("x")
    y = pt.ivector("y")
    model = TanhNetwork(x, n_in=N_PIXELS, n_hidden=hidden_units, n_out=N_CLASSES, seed=seed)
    return compile_program(
        model, y, dataset.train.first(train_size), dataset, learning_rate, mode
    )
