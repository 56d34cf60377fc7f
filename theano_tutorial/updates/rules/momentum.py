"""Gradient descent with classical momentum."""

from collections.abc import Sequence

from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial.updates.steps import (
    Cost,
    Scalar,
    Updates,
    as_dtype,
    gradient_steps,
    zeros_like,
)


def momentum(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar,
    momentum: Scalar = 0.9,
) -> Updates:
    r"""Step down the gradient of a cost with classical momentum.

    .. math:: v \leftarrow \mu v - \lambda \frac{\partial \ell}{\partial \theta}, \qquad
              \theta \leftarrow \theta + v

    Arguments and errors are as for `sgd`; the momentum is checked like the learning rate.

    The momentum :math:`\mu` is the fraction of the last step that is taken again, from 0 (which
    gives `sgd`) to below 1; a number, or a symbolic or shared scalar. Each parameter has two
    pairs: one for its velocity :math:`v`, a new shared variable, and one for the parameter
    itself, which moves by the *new* velocity.

    State: ``v_W``, the velocity of a parameter ``W``, initially zero.

    Source: document 4, section "Projects"; B. Polyak, "Some methods of speeding up the
    convergence of iteration methods" (1964).
    """
    pairs: Updates = []
    for param, gradient, rate in gradient_steps(cost, params, learning_rate):
        velocity = zeros_like(param, "v")
        fraction = as_dtype(param.dtype, momentum, "momentum", below=1)
        v = fraction * velocity - rate * gradient
        pairs += [(velocity, v), (param, param + v)]
    return pairs
