"""Checks of the model: its probabilities, cost and accuracy."""

import numpy as np
from pytensor.tensor.sharedvar import TensorSharedVariable as Shared
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial.exercise_checks.support import N, Stop, World, filled, symbolic


def check_y_hat(y_hat: object, X: Tensor, W: Shared, b: Shared) -> None:
    """Check the symbolic probabilities of the classes.

    `y_hat` is what was put in the blank; `X`, `W` and `b` are the notebook's. Like all checks,
    this one raises `Stop` and says what is wrong.
    """
    filled("y_hat", y_hat, "a symbolic matrix: a row of ten probabilities for each image")
    wanted = "a matrix, with a row of probabilities for each image"
    expression = symbolic("y_hat", y_hat, 2, wanted, [W, b])
    world = World(W, b)
    value = world.evaluate("y_hat", expression, X)
    if value.shape != (N, world.W.shape[1]):
        raise Stop(f"y_hat: for {N} images its shape should be {(N, 10)}, not {value.shape}.")
    if np.allclose(value, world.p, atol=1e-5):
        print("y_hat: right. Each row holds the probabilities of one image, and sums to 1.")
        return
    if np.isclose(value.sum(), 1, atol=1e-4):
        raise Stop(
            "y_hat: all its entries together sum to 1. The softmax was taken over the whole "
            "matrix at once; each image should have its own: over which axis?"
        )
    if np.allclose(value.sum(axis=0), 1, atol=1e-4):
        raise Stop(
            "y_hat: its columns sum to 1, so the images compete for each digit. The digits "
            "should compete for each image: over which axis is the softmax?"
        )
    if (value < 0).any() or (value > 1).any():
        raise Stop(
            "y_hat: some entries are below 0 or above 1; probabilities are not. Is there a "
            "softmax, and nothing after it?"
        )
    if not np.allclose(value.sum(axis=1), 1, atol=1e-4):
        raise Stop("y_hat: its rows do not sum to 1; the probabilities of an image do.")
    raise Stop("y_hat: its rows are probabilities, but not the softmax of X W + b.")


def check_cost(cost: object, X: Tensor, y: Tensor, W: Shared, b: Shared) -> None:
    """Check the symbolic cost; see `check_y_hat`."""
    filled("cost", cost, "one symbolic number: small when the labels are probable")
    wanted = "a single number for all images, so that it has a gradient"
    expression = symbolic("cost", cost, 0, wanted, [W, b])
    world = World(W, b)
    value = world.evaluate("cost", expression, X, y)
    likely = world.p[np.arange(N), world.y]
    right = -np.log(likely).mean()
    if np.isclose(value, right, rtol=1e-4):
        if expression.dtype != W.dtype:
            raise Stop(
                f"cost: its value is right, but it is {expression.dtype} where W is {W.dtype}: "
                "the gradient would no longer fit W. Which part of it has the wider type?"
            )
        print("cost: right. It is the mean negative log-likelihood of the labels.")
        return
    n_out = world.W.shape[1]
    mistakes = {
        f"it is {N} times too large for {N} images: a sum over them where there should be a "
        "mean. A step would grow with the number of images.": N * right,
        f"it is {n_out} times too small: a mean over all entries of a matrix, where there "
        "should be one over the images.": right / n_out,
        "it has the wrong sign. A cost is large when the labels are improbable.": -right,
        "it is a mean of probabilities; where is the logarithm?": -likely.mean(),
    }
    for mistake, wrong in mistakes.items():
        if np.isclose(value, wrong, rtol=1e-4):
            raise Stop(f"cost: {mistake}")
    if not np.isfinite(value):
        raise Stop(f"cost: it is {value} on images and labels that give a finite cost.")
    raise Stop(
        f"cost: on invented images it is {value:.4f}, and the mean negative log-likelihood of "
        f"their labels is {right:.4f}."
    )


def check_accuracy(accuracy: object, X: Tensor, y: Tensor, W: Shared, b: Shared) -> None:
    """Check the symbolic accuracy; see `check_y_hat`."""
    filled("accuracy", accuracy, "one symbolic number: the fraction of images labelled right")
    expression = symbolic("accuracy", accuracy, 0, "a single number for all images", [W, b])
    world = World(W, b)
    value = float(world.evaluate("accuracy", expression, X, y))
    right = float(np.mean(world.p.argmax(axis=1) == world.y))
    meaning = "the fraction of images whose likeliest digit is the label."
    if np.isclose(value, right, atol=1e-6):
        print(f"accuracy: right. It is {meaning}")
        return
    mistakes = {
        "it counts the images that are labelled wrong": 1 - right,
        "it is a percentage; it should be a fraction, from 0 to 1": 100 * right,
        "it is a number of images; it should be a fraction of them": N * right,
    }
    for mistake, wrong in mistakes.items():
        if np.isclose(value, wrong, atol=1e-4):
            raise Stop(f"accuracy: {mistake}.")
    raise Stop(f"accuracy: it is not {meaning}")
