"""Every recipe: what it trains, its published hyper-parameters and what each of them means.

Nothing heavy is imported here: ``--help`` and wrong options are answered from this table alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from theano_tutorial.updates import NAMES as RULES

Value = float | int | str | None


@dataclass(frozen=True)
class HyperParameter:
    """A setting that a recipe takes: a number, or one of some `names`.

    Its `kind` is ``float``, ``int`` or ``str``. Its range is [low, high] for whole numbers and
    [low, high) for others. If it `came_later`, files of earlier versions lack it: their runs
    used its published value.
    """

    meaning: str
    kind: type
    low: float = 0
    high: float = math.inf
    names: tuple[str, ...] = ()
    came_later: bool = False


HYPER_PARAMETERS = {
    "learning_rate": HyperParameter("step along the gradient", float, math.ulp(0.0)),
    "rate_decay": HyperParameter(
        "factor applied to the learning rate after each epoch",
        float,
        high=math.nextafter(1, 2),
        came_later=True,
    ),
    "optimizer": HyperParameter(
        "update rule; default sgd, which is gradient ascent where the objective is maximised; "
        "some have a default learning rate of their own, such as adam 0.001",
        str,
        names=RULES,
        came_later=True,
    ),
    "momentum": HyperParameter("fraction of the last step to take again", float, 0, 1),
    "l1": HyperParameter("weight of the sum of |W| in the cost", float, came_later=True),
    "l2": HyperParameter("weight of the sum of W squared in the cost", float, came_later=True),
    "iterations": HyperParameter("number of steps", int, 1, 10**9),
    "epochs": HyperParameter("passes over the training set at most", int, 1, 10**9),
    "batch_size": HyperParameter("images in a minibatch", int, 1, 60_000),
    "train_size": HyperParameter("first N training images", int, 1, 60_000),
    "hidden_units": HyperParameter("hidden units", int, 1, 100_000),
    # One below NumPy's highest seed: the exercise uses the next seed, too.
    "seed": HyperParameter("of the initial weights", int, 0, 2**32 - 2),
}


@dataclass(frozen=True)
class Recipe:
    """A recipe, as the command line offers it.

    `published` has all the hyper-parameters that it uses, with their defaults. The seeds of
    `tanh` and `exercise` are ours: the originals had none. `dtype`, that of the floats, and
    `pixel_divisor`, that of the images' bytes, are as published, too. `report` names the form
    of its output, one of `theano_tutorial.cli.reports`.
    """

    title: str  # in headings
    summary: str  # in ``--help``
    published: Mapping[str, Value]
    report: str
    dtype: str = "float64"
    pixel_divisor: int = 256
    can_resume: bool = True

    @property
    def length_name(self) -> str:
        """The hyper-parameter that says how long to train."""
        return "epochs" if "epochs" in self.published else "iterations"


RECIPES = {
    "softmax": Recipe(
        "Multi-class logistic regression (softmax)",
        "softmax regression: gradient ascent on 50,000 images at once",
        {"optimizer": "sgd", "learning_rate": 0.5, "iterations": 10, "train_size": 50_000},
        "full_batch",
    ),
    "tanh": Recipe(
        "Neural network with one hidden layer (tanh)",
        "a network of 20 tanh units, on the first 5,000 images",
        {
            "optimizer": "sgd",
            "learning_rate": 0.5,
            "iterations": 60,
            "train_size": 5_000,
            "hidden_units": 20,
            "seed": 0,
        },
        "full_batch",
    ),
    "sgd": Recipe(
        "Softmax regression by minibatch SGD (sgd)",
        "softmax regression by minibatch SGD with early stopping",
        {
            "optimizer": "sgd",
            "learning_rate": 0.13,
            "rate_decay": None,
            "l1": 0.0,
            "l2": 0.0,
            "epochs": 1000,
            "batch_size": 600,
            "train_size": 50_000,
        },
        "sgd",
    ),
    "cg": Recipe(
        "Softmax regression by conjugate gradient (cg)",
        "the same model by SciPy's conjugate gradient",
        {"epochs": 50, "batch_size": 600, "train_size": 50_000},
        "cg",
        can_resume=False,
    ),
    "exercise": Recipe(
        "Softmax regression, the exercise solved (exercise)",
        "the exercise notebook, solved: random minibatches, optional momentum",
        {
            "learning_rate": 0.001,
            "momentum": None,
            "iterations": 100,
            "batch_size": 100,
            "train_size": 60_000,
            "seed": 0,
        },
        "exercise",
        dtype="float32",
        pixel_divisor=255,
    ),
    "mlp": Recipe(
        "Multilayer perceptron by minibatch SGD (mlp)",
        "a network of 500 tanh units by minibatch SGD with early stopping",
        {
            "optimizer": "sgd",
            "learning_rate": 0.01,
            "rate_decay": None,
            "l1": 0.0,
            "l2": 0.0001,
            "epochs": 1000,
            "batch_size": 20,
            "train_size": 50_000,
            "hidden_units": 500,
            "seed": 1234,
        },
        "mlp",
    ),
    "lenet": Recipe(
        "Convolutional network by minibatch SGD (lenet)",
        "LeNet, 20 and 50 feature maps, by minibatch SGD with early stopping",
        {
            "optimizer": "sgd",
            "learning_rate": 0.1,
            "rate_decay": None,
            "epochs": 200,
            "batch_size": 500,
            "train_size": 50_000,
            "hidden_units": 500,
            "seed": 23455,
        },
        "lenet",
    ),
}
