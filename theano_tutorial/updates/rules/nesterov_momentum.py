"""Gradient descent with Nesterov's momentum."""

from collections.abc import Sequence

from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial.updates.composition import apply_nesterov_momentum
from theano_tutorial.updates.rules.sgd import sgd
from theano_tutorial.updates.steps import Cost, Scalar, Updates


def nesterov_momentum(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar,
    momentum: Scalar = 0.9,
) -> Updates:
    r"""Step down the gradient of a cost with Nesterov's momentum.

    .. math:: v \leftarrow \mu v - \lambda \frac{\partial \ell}{\partial \theta}, \qquad
              \theta \leftarrow \theta + \mu v
              - \lambda \frac{\partial \ell}{\partial \theta}

    The gradient is the one at the point to which momentum alone would lead. The parameters are
    kept at that point, one momentum step ahead. Arguments and errors are as for `momentum`.

    State: ``velocity_W``, the velocity of a parameter ``W``, initially zero.

    Source: Y. Nesterov, "A method of solving a convex programming problem with convergence rate
    O(1/k^2)" (1983), in the form of Bengio, Boulanger-Lewandowski, Pascanu, "Advances in
    optimizing recurrent networks" (2012), equation 7.
    """
    return apply_nesterov_momentum(sgd(cost, params, learning_rate), momentum=momentum)
