"""Checks of updates and of the projects: scores, another eps, momentum."""

from collections.abc import Callable, Sequence

import numpy as np
import pytensor
from pytensor.compile.executor import Function
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial._types import Array
from theano_tutorial.exercise_checks.support import (
    Pairs,
    Params,
    Stop,
    as_written,
    filled,
    invented,
    pairs_of,
    slopes,
)


def check_scores(
    train: object, test: object, X: Array, y: Array, test_X: Array, test_y: Array, f: Function
) -> None:
    """Check project 1: cost and accuracy on all training and all test images.

    `train` and `test` were put in the blanks; `f` is the notebook's function without updates.
    """
    for name, scores in (("train_scores", train), ("test_scores", test)):
        filled(name, scores, "a cost and an accuracy, as a function of the notebook gives them")
        if np.asarray(scores).shape != (2,):
            raise Stop(f"{name}: it should be two numbers, a cost and an accuracy.")
    right_train, right_test = (np.array(f(*digits)) for digits in ((X, y), (test_X, test_y)))
    for name, scores, right, other in (
        ("train_scores", np.asarray(train), right_train, right_test),
        ("test_scores", np.asarray(test), right_test, right_train),
    ):
        if np.allclose(scores, right, rtol=1e-4):
            continue
        if np.allclose(scores, other, rtol=1e-4):
            raise Stop(f"{name}: these are the scores of the other images.")
        if np.allclose(scores, right[::-1], rtol=1e-4):
            raise Stop(f"{name}: the cost comes first, then the accuracy.")
        raise Stop(
            f"{name}: these are not the scores of all {name.removesuffix('_scores')} images "
            "with the weights as they are now. Was it all of them? Without updates?"
        )
    print("train_scores, test_scores: right.")


def check_train(
    train: Callable[[float], object], expected: Callable[[float], Sequence[float]]
) -> None:
    """Check project 2: a function that trains from scratch with a given eps.

    Both functions take eps and return the minibatches' costs, `expected` rightly.
    """
    for eps in (0.1, 0.001):
        right = np.asarray(expected(eps))
        returned = train(eps)
        filled("train", returned, "the list of the minibatches' costs")
        costs = np.asarray(returned, float).ravel()
        if costs.shape != right.shape:
            raise Stop(f"train: {len(right)} minibatches have as many costs, not {costs.size}.")
        if not np.isclose(costs[0], right[0], rtol=1e-4):
            raise Stop(
                f"train({eps}): the first cost is {costs[0]:.6f}, not {right[0]:.6f}. Does "
                "each training begin from the same weights, zero biases and first minibatch?"
            )
        if not np.allclose(costs, right, rtol=1e-3):
            problem = "it begins well, but goes another way. Is eps what was given?"
            raise Stop(f"train({eps}): {problem}")
    print("train: right. Every eps begins from the same weights and sees the same minibatches.")


def check_updates(updates: object, cost: Tensor, params: Params, eps: float) -> None:
    """Check plain updates, a dictionary or pairs: their types, and a step of descent."""
    pairs = pairs_of("updates", updates, params)
    for param, gradient in zip(params, pytensor.grad(cost, list(params)), strict=True):
        new = next(expression for variable, expression in pairs if variable is param)
        step, slope = slopes(cost, [new - param, gradient])
        if np.allclose(step, -eps * slope, rtol=1e-3, atol=1e-8):
            continue
        if np.allclose(step, eps * slope, rtol=1e-3, atol=1e-8):
            raise Stop(f"updates: {param.name} climbs the cost; which way is down?")
        raise Stop(f"updates: the step of {param.name} is not eps times its gradient.")
    print("updates: right. Each parameter steps down the gradient of the cost.")


def check_momentum(
    updates: object, cost: Tensor, params: Params, eps: float, momentum: float
) -> None:
    """Check project 3: updates with classical momentum."""
    name = "momentum_updates"
    filled(name, updates, "pairs of a shared variable and its new value")
    pairs = pairs_of(name, updates, params)
    velocities = [variable for variable, _ in pairs if not any(variable is p for p in params)]
    if not velocities:
        problem = "only the parameters change. What remembers the last step between calls?"
        raise Stop(f"{name}: {problem}")
    if (n := len(velocities)) != len(params):
        raise Stop(f"{name}: each parameter needs a velocity, and {n} were found.")
    if any(velocity.get_value().any() for velocity in velocities):
        raise Stop(f"{name}: velocities should begin at zero.")
    _check_momentum_steps(name, pairs, cost, params, (eps, momentum))
    print("momentum_updates: right. Each step adds to a fraction of the one before.")


def _check_momentum_steps(
    name: str, pairs: Pairs, cost: Tensor, params: Params, rates: tuple[float, float]
) -> None:
    """Take two steps and compare each with the rule; then put everything back."""
    eps, momentum = rates
    before = {variable: variable.get_value() for variable, _ in pairs}
    gradients = pytensor.grad(cost, list(params))
    inputs, values = invented(cost)
    step = pytensor.function(inputs, gradients, updates=pairs, mode=as_written())
    try:
        v = [np.zeros_like(param.get_value()) for param in params]
        for count in (1, 2):
            old = [param.get_value() for param in params]
            slopes = step(*values)
            last = v
            v = [momentum * a - eps * g for a, g in zip(v, slopes, strict=True)]
            moved = [param.get_value() - o for param, o in zip(params, old, strict=True)]
            if all(_close(a, b) for a, b in zip(moved, v, strict=True)):
                continue
            if all(_close(a, b) for a, b in zip(moved, last, strict=True)):
                raise Stop(f"{name}: the parameters move by the old velocity, one step late.")
            first = "the first step, from rest, should be that of plain descent."
            second = f"the second step should be {momentum} of the first, and a step down the "
            raise Stop(f"{name}: {first if count == 1 else f'{second}new gradient.'}")
    finally:
        for variable, value in before.items():
            variable.set_value(value)


def _close(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-2, atol=1e-6))
