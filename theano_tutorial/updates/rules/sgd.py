"""Gradient descent: the rule against which all others are measured."""

from collections.abc import Sequence

from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial.updates.steps import Cost, Scalar, Updates, gradient_steps


def sgd(cost: Cost, params: Sequence[TensorSharedVariable], learning_rate: Scalar) -> Updates:
    r"""Step every parameter down the gradient of a cost.

    .. math:: \theta \leftarrow \theta - \lambda \frac{\partial \ell}{\partial \theta}

    It is *stochastic* gradient descent when the cost, a symbolic scalar to be minimised, is
    that of a minibatch. A list of its gradients, in the order of `params`, can be given
    instead. All else, including the errors, is as for `gradient_ascent`.

    Source: document 3, section "Learning the Model".
    """
    steps = gradient_steps(cost, params, learning_rate)
    return [(param, param - rate * gradient) for param, gradient, rate in steps]
