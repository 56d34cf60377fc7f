"""Checks of the model: its probabilities, cost and accuracy."""

from collections.abc import Mapping

import numpy as np
from pytensor.graph.traversal import ancestors
from pytensor.tensor.sharedvar import TensorSharedVariable as Shared
from pytensor.tensor.variable import TensorConstant
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial._types import Array
from theano_tutorial.exercise_checks.support import (
    Stop,
    World,
    filled,
    name_mistake,
    right,
    symbolic,
)

BLANKS = 6  # in the exercise


def check_y_hat(y_hat: object, X: Tensor, W: Shared, b: Shared) -> None:
    """Check the symbolic probabilities of the classes.

    `y_hat` is what the learner put in the blank; `X`, `W` and `b` are the notebook's. Like all
    checks, this one raises `Stop`, which says what is wrong.
    """
    filled("y_hat", y_hat, "a symbolic matrix: a row of ten probabilities for each image")
    wanted = "a matrix, with a row of probabilities for each image"
    expression = symbolic("y_hat", y_hat, 2, wanted, {"X_sym": X, "W": W, "b": b})
    for world in World.two(W, b):
        value, shape = world.evaluate("y_hat", expression, X), world.p.shape
        if value.shape != shape:
            raise Stop(
                f"y_hat: for {shape[0]} images its shape should be {shape}, not {value.shape}."
            )
        if not np.allclose(value, world.p, atol=1e-5):
            raise Stop(f"y_hat: {_wrong_probabilities(value, world)}")
    world = World(W, b, improbable=True)
    value = world.evaluate("y_hat", expression, X)
    if not np.allclose(value, world.p, rtol=1e-3, atol=0):
        k = np.unravel_index(np.argmax(abs(value / world.p - 1)), value.shape)
        raise Stop(
            f"y_hat: probabilities near 0 or 1 are wrong: {value[k]:.3g} where it should be "
            f"{world.p[k]:.3g}. Is something added to them, or are they clipped?"
        )
    meaning = "Each row holds the probabilities of one image, and sums to 1."
    right("y_hat", meaning, 1, BLANKS)


def _wrong_probabilities(value: Array, world: World) -> str:
    """Say what is wrong with a matrix of the right shape."""
    with np.errstate(all="ignore"):  # the numbers may be anything
        of_logarithms, row_by_row = np.exp(value), value / value.sum(axis=1, keepdims=True)
    if np.allclose(of_logarithms, world.p, atol=1e-5):
        return "these are the logarithms of the probabilities."
    if np.isclose(value.sum(), 1, atol=1e-4):
        return (
            "all its entries together sum to 1. The softmax was taken over the whole "
            "matrix at once; each image should have its own: over which axis?"
        )
    if np.allclose(value.sum(axis=0), 1, atol=1e-4):
        return (
            "its columns sum to 1, so the images compete for each digit. The digits "
            "should compete for each image: over which axis is the softmax?"
        )
    if np.allclose(row_by_row, world.p, atol=1e-5):
        return "its rows are proportional to the probabilities, but do not sum to 1."
    if (value < 0).any() or (value > 1).any():
        return (
            "some entries are below 0 or above 1; probabilities are not. Is there a "
            "softmax, and nothing after it?"
        )
    if not np.allclose(value.sum(axis=1), 1, atol=1e-4):
        return "its rows do not sum to 1; the probabilities of an image do."
    return "its rows are probabilities, but not the softmax of X W + b."


def check_cost(cost: object, X: Tensor, y: Tensor, W: Shared, b: Shared) -> None:
    """Check the symbolic cost; see `check_y_hat`."""
    filled("cost", cost, "one symbolic number: small when the labels are probable")
    wanted = "a single number for all images, so that it has a gradient"
    expression = symbolic("cost", cost, 0, wanted, {"X_sym": X, "y_sym": y, "W": W, "b": b})
    improbable = World(W, b, improbable=True)
    for world in (*World.two(W, b), improbable):
        value = float(world.evaluate("cost", expression, X, y))
        true = float(-np.log(world.p_of_labels).mean())
        if not np.isclose(value, true, rtol=1e-4):
            name_mistake("cost", value, _cost_mistakes(world))
            if not np.isfinite(value):
                raise Stop(
                    f"cost: it is {value} on images and labels that give a finite cost. "
                    "Is y_hat right? Is the logarithm of each probability taken by itself?"
                )
            _name_floor(value, world, float(improbable.evaluate("cost", expression, X, y)))
            _name_fixed_count("cost", expression, value, len(world.y) * true)
            raise Stop(
                f"cost: on invented images it is {value:.4f}, and the mean negative "
                f"log-likelihood of their labels is {true:.4f}. Is y_hat right?"
            )
    right("cost", "It is the mean negative log-likelihood of the labels.", 2, BLANKS)


def _name_floor(value: float, world: World, of_improbable: float) -> None:
    """Stop if the logarithm is of more than the probability: of a sum, or of what is clipped.

    `value` is the cost in `world`, and `of_improbable` that of labels whose own probabilities
    do not count beside what is added.
    """
    with np.errstate(over="ignore"):
        floor, p = np.exp(-of_improbable), world.p_of_labels
    costs = [-np.log(raised).mean() for raised in (p + floor, np.maximum(p, floor))]
    if np.isclose(value, costs, rtol=1e-4).any():
        raise Stop(
            "cost: improbable labels cost too little, as if no probability were below "
            f"{floor:.0e}. Is something added inside the logarithm, or is something clipped?"
        )


def _cost_mistakes(world: World) -> Mapping[str, float]:
    """Return the costs that common mistakes give, keyed by the message about each."""
    p, y, likely = world.p, world.y, world.p_of_labels
    true, log_p, (n, n_out) = -np.log(likely).mean(), np.log(p), p.shape
    one_hot = np.eye(n_out)[y]
    return {
        f"it is {n} times too large for {n} images: a sum over them where there should be a "
        "mean. A step would grow with the number of images.": n * true,
        f"it is {n_out} times too small: a mean over all entries of a matrix, where there "
        "should be one over the images.": true / n_out,
        "it has the wrong sign. A cost is large when the labels are improbable.": -true,
        "it is a mean of probabilities; where is the logarithm?": -likely.mean(),
        "the mean is taken before the logarithm. Each image has its own.": -np.log(
            likely.mean()
        ),
        "its logarithm has another base than e.": true / np.log(10),
        "its logarithm has the base 2, not e.": true / np.log(2),
        f"[:, y] takes every label's column for each image: {n} x {n} numbers where one for "
        "each image is wanted. Which rows go with which columns?": -log_p[:, y].mean(),
        "[y, rows] takes the labels for rows, and the numbers of the images for columns; they "
        "belong in the other order.": -log_p[y % n, np.arange(n) % n_out].mean(),
        "[y] takes whole rows: the labels stand where the numbers of the images should, and no "
        "column is chosen.": -log_p[y].mean(),
        "the first image is left out; Python counts from 0.": -np.log(likely[1:]).mean(),
        "the last image is left out; a slice ends before its second number.": -np.log(
            likely[:-1]
        ).mean(),
        "each label is one too small: columns count from 0, as the digits do.": (
            -log_p[np.arange(n), y - 1].mean()
        ),
        "it is large when the labels are *probable*: one minus their probability.": -np.log(
            1 - likely
        ).mean(),
        "it is a mean of squared differences, not of logarithms.": ((p - one_hot) ** 2).mean(),
        "it is a sum of squared differences, not of logarithms.": (
            ((p - one_hot) ** 2).sum(axis=1).mean()
        ),
        "it is the entropy of the probabilities; the labels choose which of them counts.": (
            -(p * log_p).sum(axis=1).mean()
        ),
    }


def check_accuracy(accuracy: object, X: Tensor, y: Tensor, W: Shared, b: Shared) -> None:
    """Check the symbolic accuracy; see `check_y_hat`."""
    filled("accuracy", accuracy, "one symbolic number: the fraction of images labelled right")
    needed = {"X_sym": X, "y_sym": y, "W": W, "b": b}
    expression = symbolic("accuracy", accuracy, 0, "a single number for all images", needed)
    meaning = "the fraction of images whose likeliest digit is the label."
    for world in World.two(W, b):
        value, n = float(world.evaluate("accuracy", expression, X, y)), len(world.y)
        n_right = int(np.sum(world.p.argmax(axis=1) == world.y))
        true = n_right / n
        if np.isclose(value, true, atol=1e-6):
            continue
        mistakes = {
            "it counts the images that are labelled wrong.": 1 - true,
            "it is a percentage; it should be a fraction, from 0 to 1.": 100 * true,
            "it is a number of images; it should be a fraction of them.": n_right,
            "it is the mean probability of the labels. It should count an image as right or "
            "wrong.": float(world.p_of_labels.mean()),
            f"it is 0, and {n_right} of {n} images are right. Is a digit compared with a "
            "digit, one for each image?": 0.0,
        }
        name_mistake("accuracy", value, mistakes)
        _name_fixed_count("accuracy", expression, value, n_right)
        raise Stop(f"accuracy: it is not {meaning}")
    right("accuracy", f"It is {meaning}", 3, BLANKS)


def _name_fixed_count(name: str, expression: Tensor, value: float, total: float) -> None:
    """Stop if a sum over the images is divided by a number written into the expression."""
    count = total / value if value else 0.0
    constants = [v.data for v in ancestors([expression]) if isinstance(v, TensorConstant)]
    written = [float(number) for number in constants if number.size == 1 and number > 0]
    if any(np.isclose(count, (n, 1 / n), rtol=1e-4).any() for n in written if n != 1):
        raise Stop(f"{name}: it divides by {round(count):,}, however many images there are.")
