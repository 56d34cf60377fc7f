"""RMSprop: gradients divided by their running root mean square (RMS)."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial.updates.steps import (
    Cost,
    Scalar,
    Updates,
    as_dtype,
    gradient_steps,
    running_mean,
)


def rmsprop(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar = 1.0,
    rho: Scalar = 0.9,
    epsilon: Scalar = 1e-6,
) -> Updates:
    r"""Step down the gradient of a cost, divided by its running RMS.

    .. math:: a \leftarrow \rho a + (1 - \rho) g^2, \qquad
              \theta \leftarrow \theta - \frac{\lambda g}{\sqrt{a + \epsilon}}

    Here :math:`g` is the gradient; squares and roots are taken entry by entry. The decay
    `rho` is from 0 to below 1, `epsilon` at least 0. Arguments and errors are otherwise as
    for `sgd`. A rate of 1, Lasagne's default, makes the tanh network's training chaotic; 0.003
    does not.

    State: ``accu_W``, the mean :math:`a` for a parameter ``W``, initially zero.

    Source: Tieleman, Hinton, "Lecture 6.5: RMSProp", Neural Networks for Machine Learning,
    Coursera (2012).
    """
    pairs: Updates = []
    for param, gradient, rate in gradient_steps(cost, params, learning_rate):
        accu, a = running_mean(param, "accu", pt.sqr(gradient), rho, "rho")
        root = pt.sqrt(a + as_dtype(param.dtype, epsilon, "epsilon"))
        pairs += [(accu, a), (param, param - rate * gradient / root)]
    return pairs
