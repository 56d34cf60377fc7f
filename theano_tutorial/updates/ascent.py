"""Gradient ascent: the one rule that maximises an objective."""

from collections.abc import Sequence

from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.updates.steps import Scalar, Updates, gradient_steps


def gradient_ascent(
    objective: TensorVariable, params: Sequence[TensorSharedVariable], learning_rate: Scalar
) -> Updates:
    r"""Step every parameter up the gradient of an objective.

    .. math:: \theta \leftarrow \theta + \lambda \frac{\partial f}{\partial \theta}

    The objective is a symbolic scalar to be maximised, such as a mean log-likelihood; `params`
    are one or more shared variables of floats. The learning rate :math:`\lambda` is a number of
    at least 0, or a symbolic or shared scalar, whose value can change between calls (and whose
    sign is not checked). All expressions use the old values, so that all parameters change
    together.

    An empty `params`, or a learning rate that is negative or beyond what a parameter's dtype
    can hold, raises `UsageError`; an argument of another type raises `TypeError`.

    The learning rate and the gradient are cast to each parameter's dtype. Otherwise the update
    of a ``float32`` parameter would be ``float64`` whenever the data or the rate is, and
    ``pytensor.function`` refuses such an update.

    Source: document 1, section "Gradient ascent".
    """
    steps = gradient_steps(objective, params, learning_rate, "objective")
    return [(param, param + rate * gradient) for param, gradient, rate in steps]
