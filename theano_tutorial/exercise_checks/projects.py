"""Checks of the updates and of the projects: scores, training with another eps, momentum."""

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pytensor
from pytensor.compile.executor import Function
from pytensor.tensor.sharedvar import TensorSharedVariable as Shared
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial._types import Array
from theano_tutorial.exercise_checks.blanks import BLANKS
from theano_tutorial.exercise_checks.pairs import pairs_of
from theano_tutorial.exercise_checks.support import (
    AWAY,
    Pairs,
    Params,
    Stop,
    as_written,
    filled,
    invented,
    learners_code,
    name_mistake,
    right,
    slopes,
)


def check_scores(
    train: object,
    test: object,
    digits: tuple[Array, Array, Array, Array],
    f: Function,
    learned: Mapping[Shared, Array],
) -> None:
    """Check project 1: cost and accuracy on all training and all test images.

    `train` and `test` are what the learner put in the blanks; `digits` are all training images,
    training labels, test images and test labels. `f` is the notebook's function without
    updates, and `learned` holds the parameters' values from the start of the cell.
    """
    for name, scores in (("train_scores", train), ("test_scores", test)):
        _check_two_numbers(name, scores)
    if any((param.get_value() != value).any() for param, value in learned.items()):
        raise Stop(
            "train_scores, test_scores: the weights moved while these were taken. Does one of "
            "the functions train, or is there a reset? This cell puts the weights back."
        )
    X, y, test_X, test_y = digits
    right_train, right_test = (np.array(f(*pair)) for pair in ((X, y), (test_X, test_y)))
    for name, scores, true, other in (
        ("train_scores", np.asarray(train), right_train, right_test),
        ("test_scores", np.asarray(test), right_test, right_train),
    ):
        if np.allclose(scores, true, rtol=1e-4):
            continue
        mistakes = {
            "these are the scores of the other images.": other,
            "the cost comes first, then the accuracy.": true[::-1],
            "the accuracy is a fraction, from 0 to 1, not a percentage.": true * (1, 100),
        }
        name_mistake(name, scores, mistakes)
        images = "training" if name == "train_scores" else "test"
        raise Stop(
            f"{name}: these are not the scores of all {images} images with the weights as they "
            "are now. Were all of them used?"
        )
    right("train_scores, test_scores", "They are of all images, none left out.", 4, BLANKS)


def _check_two_numbers(name: str, scores: object) -> None:
    filled(name, scores, "a cost and an accuracy, as a function of the notebook gives them")
    shape: tuple[int, ...] = ()
    with contextlib.suppress(ValueError, TypeError):  # ragged, or not numbers
        shape = np.asarray(scores, float).shape
    if shape != (2,):
        raise Stop(f"{name}: it should be two numbers, a cost and an accuracy.")


def check_train(
    train: object,
    expected: Callable[[float], Sequence[float]],
    first_cost: float | None = None,
) -> None:
    """Check project 2: a function that trains from scratch with a given eps.

    `train` is the learner's function and `expected` the correct one. Both take eps and return
    the minibatches' costs. `first_cost` is what the notebook's own loop, which no blank is part
    of, began with; if it is not the correct one, `train` is not to blame.
    """
    if not callable(train):
        raise Stop(f"train: it should be a function of eps, not a {type(train).__name__}.")
    with learners_code("train"):
        inspect.signature(train).bind(0.1)
    for eps in (0.1, 0.001):
        true = np.asarray(expected(eps))
        with learners_code(f"train({eps})"):
            returned = train(eps)
        costs = _costs(returned, len(true))
        if first_cost is not None and not np.isclose(first_cost, true[0], rtol=1e-4):
            raise Stop(
                f"train: the training loop above began with a cost of {first_cost:.6f}, not "
                f"{true[0]:.6f}, so the mistake is not in train. Is it in the cost (blank 2), "
                "or are w_0, b or the minibatches other ones than this notebook's?"
            )
        if not np.isclose(costs[0], true[0], rtol=1e-4):
            raise Stop(
                f"train({eps}): the first cost is {costs[0]:.6f}, not {true[0]:.6f}. Is it the "
                "cost? Does each training begin from the same weights, zero biases and first "
                "minibatch?"
            )
        if not np.allclose(costs, true, rtol=1e-3):
            raise Stop(
                f"train({eps}): it begins well, but goes another way. Is eps what was given? "
                "Do both parameters step down? Are they reset only before the first step?"
            )
    meaning = "Every eps begins from the same weights and sees the same minibatches."
    right("train", meaning, 5, BLANKS)


def _costs(returned: object, n: int) -> Array:
    """Return the costs that a learner's `train` returned for `n` minibatches."""
    if returned is None:
        raise Stop("train: it returns None. Is there a return, and after the loop?")
    filled("train", returned, "the list of the minibatches' costs")
    if isinstance(returned, Iterator):
        raise Stop("train: it returns or yields costs one by one; return a list of them.")
    with learners_code("train"):
        costs = np.asarray(returned, float)
    if costs.shape == (n, 2):
        raise Stop("train: it returns pairs, of cost and accuracy; return the costs alone.")
    if costs.size != n:
        alone = ": collect them in a list, and return it after the loop"
        why = alone if costs.size == 1 else ""
        raise Stop(f"train: {n} minibatches have as many costs, not {costs.size}{why}.")
    return costs.ravel()


def check_updates(updates: object, cost: Tensor, params: Params, eps: float) -> None:
    """Check that updates (a dictionary or pairs) have the right types and descend the cost."""
    pairs = pairs_of("updates", updates, params)
    if not 0 < eps < np.inf:
        raise Stop(
            f"updates: eps is {eps:g}; the size of a step should be above 0. At 0 the "
            "parameters stay where they are, and below 0 a step turns the other way."
        )
    accuracy = 1e-5 * eps  # of a step, however small
    for param, gradient in zip(params, pytensor.grad(cost, list(params)), strict=True):
        new = next(expression for variable, expression in pairs if variable is param)
        step, slope = slopes(cost, [new - param, gradient], params)
        if np.allclose(step, -eps * slope, rtol=1e-3, atol=accuracy):
            continue
        if np.allclose(step, eps * slope, rtol=1e-3, atol=accuracy):
            raise Stop(f"updates: {param.name} climbs the cost; which way is down?")
        if np.allclose(step + AWAY, -eps * slope, rtol=1e-3, atol=1e-5):
            raise Stop(
                f"updates: {param.name} always steps from the value that it has now. Is there "
                "a number in its place, such as get_value() returns?"
            )
        raise Stop(f"updates: the step of {param.name} is not eps times its gradient.")
    print("updates: right. Each parameter steps down the gradient of the cost.")


def check_momentum(
    updates: object, cost: Tensor, params: Params, eps: float, momentum: float
) -> None:
    """Check project 3: updates with classical momentum."""
    name = "momentum_updates"
    pairs = pairs_of(name, updates, params)
    velocities = [variable for variable, _ in pairs if not any(variable is p for p in params)]
    if not velocities:
        problem = "only the parameters change. What remembers the last step between calls?"
        raise Stop(f"{name}: {problem}")
    if (n := len(velocities)) != len(params):
        raise Stop(f"{name}: each parameter needs one velocity: {len(params)} in all, not {n}.")
    try:
        _check_momentum_steps(name, pairs, cost, params, (eps, momentum))
    except Stop as stop:  # the last parameters in place of velocities may begin elsewhere
        if any(velocity.get_value().any() for velocity in velocities):
            raise Stop(f"{name}: velocities should begin at zero.") from stop
        raise
    right(name, "Each step adds to a fraction of the one before.", 6, BLANKS)


def _check_momentum_steps(
    name: str, pairs: Pairs, cost: Tensor, params: Params, rates: tuple[float, float]
) -> None:
    """Take two steps and compare each with the update rule; then restore all values."""
    eps, momentum = rates
    before = {variable: variable.get_value() for variable, _ in pairs}
    gradients = pytensor.grad(cost, list(params))
    inputs, values = invented(cost)
    try:
        with learners_code(name):
            step = pytensor.function(inputs, gradients, updates=pairs, mode=as_written())
            step(*values)
        for variable, value in before.items():
            variable.set_value(value)
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
            if count == 1 and all(_close(a, -b) for a, b in zip(moved, v, strict=True)):
                raise Stop(f"{name}: the parameters climb the cost; which way is down?")
            first = "the first step, from rest, should be that of plain descent."
            second = f"the second step should be {momentum} of the first, and a step down the "
            raise Stop(f"{name}: {first if count == 1 else f'{second}new gradient.'}")
    finally:
        for variable, value in before.items():
            variable.set_value(value)


def _close(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-2, atol=1e-6))
