"""Recipes: one a tutorial. Their published hyper-parameters are the defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from theano_tutorial.recipes import cg, exercise, minibatch, sgd, softmax, tanh
from theano_tutorial.recipes.full_batch import Program, Run, fit

__all__ = [
    "RECIPES",
    "Program",
    "Recipe",
    "Run",
    "cg",
    "exercise",
    "fit",
    "sgd",
    "softmax",
    "tanh",
]


@dataclass(frozen=True)
class Recipe:
    """A recipe as the command line runs it.

    Attributes
    ----------
    title
        What it trains, in a few words.
    build
        Makes the program from a dataset and the hyper-parameters other than `iterations` or
        `epochs`.
    published
        The published hyper-parameters, by name: the defaults, and all that it uses.
    dtype, pixel_divisor
        As published, of the floats and of the images' bytes.
    """

    title: str
    build: Callable[..., Any]
    published: Mapping[str, Any]
    dtype: str = "float64"
    pixel_divisor: int = 256


RECIPES = {
    "softmax": Recipe(
        "Multi-class logistic regression (softmax)",
        softmax.build,
        {
            "learning_rate": softmax.LEARNING_RATE,
            "iterations": softmax.ITERATIONS,
            "train_size": softmax.TRAIN_SIZE,
        },
    ),
    "tanh": Recipe(
        "Neural network with one hidden layer (tanh)",
        tanh.build,
        {
            "learning_rate": tanh.LEARNING_RATE,
            "iterations": tanh.ITERATIONS,
            "train_size": tanh.TRAIN_SIZE,
            "hidden_units": tanh.HIDDEN_UNITS,
            "seed": tanh.SEED,
        },
    ),
    "sgd": Recipe(
        "Softmax regression by minibatch SGD (sgd)",
        sgd.build,
        {
            "learning_rate": sgd.LEARNING_RATE,
            "epochs": sgd.EPOCHS,
            "batch_size": minibatch.BATCH_SIZE,
            "train_size": sgd.TRAIN_SIZE,
        },
    ),
    "cg": Recipe(
        "Softmax regression by conjugate gradient (cg)",
        cg.build,
        {
            "epochs": cg.EPOCHS,
            "batch_size": minibatch.BATCH_SIZE,
            "train_size": cg.TRAIN_SIZE,
        },
    ),
    "exercise": Recipe(
        "Softmax regression, the exercise solved (exercise)",
        exercise.build,
        {
            "learning_rate": exercise.LEARNING_RATE,
            "momentum": None,
            "iterations": exercise.ITERATIONS,
            "batch_size": exercise.BATCH_SIZE,
            "train_size": exercise.TRAIN_SIZE,
            "seed": exercise.SEED,
        },
        dtype=exercise.DTYPE,
        pixel_divisor=exercise.PIXEL_DIVISOR,
    ),
}
