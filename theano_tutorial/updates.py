"""Update rules: lists of ``(variable, expression)`` pairs for ``pytensor.function``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor

from theano_tutorial.errors import UsageError

Updates = list[tuple[Any, Any]]


def _as(dtype: str, value: float, what: str = "learning rate") -> np.ndarray[Any, Any]:
    """Return a number in a dtype; refuse one that this would make 0 or infinite."""
    with np.errstate(over="ignore", under="ignore"):
        cast = np.asarray(value, dtype)
    if not np.isfinite(cast) or (cast == 0) != (value == 0):
        raise UsageError(
            f"{what} {value:g} is beyond what {dtype} can hold; as {dtype} it is {cast:g}"
        )
    return cast


def gradient_ascent(objective: Any, params: Sequence[Any], learning_rate: float) -> Updates:
    r"""Step every parameter up the gradient of an objective.

    .. math:: \theta \leftarrow \theta + \lambda \frac{\partial f}{\partial \theta}

    Parameters
    ----------
    objective
        Symbolic scalar to be made large, such as a mean log-likelihood.
    params
        Shared variables.
    learning_rate
        The step :math:`\lambda`, positive.

    Returns
    -------
    list of (variable, expression)
        All expressions use the old values: the updates take place together.

    Notes
    -----
    The learning rate takes each parameter's dtype. A Python float would do as long as the
    parameters have PyTensor's ``floatX``; otherwise ``float32`` parameters would be updated
    by ``float64`` expressions, which ``pytensor.function`` refuses.

    References
    ----------
    Document 1, "Gradient ascent".
    """
    gradients = pytensor.grad(objective, list(params))
    return [
        (param, param + _as(param.dtype, learning_rate) * gradient)
        for param, gradient in zip(params, gradients, strict=True)
    ]


def momentum(
    cost: Any, params: Sequence[Any], learning_rate: float, momentum: float
) -> Updates:
    r"""Step down the gradient of a cost with classical momentum.

    .. math:: v \leftarrow \mu v - \lambda \frac{\partial \ell}{\partial \theta}, \qquad
              \theta \leftarrow \theta + v

    Parameters
    ----------
    cost, params, learning_rate
        As for `sgd`.
    momentum
        The fraction :math:`\mu` of the last step that is taken again, from 0 (which is
        `sgd`) to below 1.

    Returns
    -------
    list of (variable, expression)
        Two for each parameter: a velocity :math:`v`, a new shared variable of zeros, and the
        parameter itself, which moves by the *new* velocity.

    References
    ----------
    Document 4, "Projects"; B. Polyak, "Some methods of speeding up the convergence of
    iteration methods" (1964).
    """
    gradients = pytensor.grad(cost, list(params))
    pairs: Updates = []
    for param, gradient in zip(params, gradients, strict=True):
        rate = _as(param.dtype, learning_rate)
        fraction = _as(param.dtype, momentum, "momentum")
        velocity = pytensor.shared(np.zeros_like(param.get_value()), name=f"v_{param.name}")
        v = fraction * velocity - rate * gradient
        pairs += [(velocity, v), (param, param + v)]
    return pairs


def sgd(cost: Any, params: Sequence[Any], learning_rate: float) -> Updates:
    r"""Step every parameter down the gradient of a cost.

    .. math:: \theta \leftarrow \theta - \lambda \frac{\partial \ell}{\partial \theta}

    It is *stochastic* gradient descent when the cost is that of a minibatch.

    Parameters
    ----------
    cost
        Symbolic scalar to be made small, such as a mean negative log-likelihood.
    params, learning_rate
        As for `gradient_ascent`.

    Returns
    -------
    list of (variable, expression)
        All expressions use the old values: the updates take place together.

    References
    ----------
    Document 3, "Learning the Model".
    """
    gradients = pytensor.grad(cost, list(params))
    return [
        (param, param - _as(param.dtype, learning_rate) * gradient)
        for param, gradient in zip(params, gradients, strict=True)
    ]
