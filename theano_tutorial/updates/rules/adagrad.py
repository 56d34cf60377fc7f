"""AdaGrad: steps that become smaller where gradients were large."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial.updates.steps import (
    Cost,
    Scalar,
    Updates,
    as_dtype,
    gradient_steps,
    zeros_like,
)


def adagrad(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar = 1.0,
    epsilon: Scalar = 1e-6,
) -> Updates:
    r"""Step down the gradient of a cost, divided by the root of the sum of its squares so far.

    .. math:: a \leftarrow a + g^2, \qquad
              \theta \leftarrow \theta - \frac{\lambda g}{\sqrt{a + \epsilon}}

    Here :math:`g` is the gradient; squares and roots are taken entry by entry. `epsilon`
    is at least 0. Arguments and errors are otherwise as for `sgd`.

    State: ``accu_W``, the sum :math:`a` for a parameter ``W``, initially zero.

    Source: Duchi, Hazan, Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization" (2011).
    """
    pairs: Updates = []
    for param, gradient, rate in gradient_steps(cost, params, learning_rate):
        accu = zeros_like(param, "accu")
        a = accu + pt.sqr(gradient)
        root = pt.sqrt(a + as_dtype(param.dtype, epsilon, "epsilon"))
        pairs += [(accu, a), (param, param - rate * gradient / root)]
    return pairs
