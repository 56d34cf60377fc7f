"""Adadelta: steps scaled by the size of earlier steps, so that the rate has no unit."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial.updates.steps import (
    Cost,
    Scalar,
    Updates,
    as_dtype,
    fraction_and_rest,
    gradient_steps,
    running_mean,
    zeros_like,
)


def adadelta(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar = 1.0,
    rho: Scalar = 0.95,
    epsilon: Scalar = 1e-6,
) -> Updates:
    r"""Step down the gradient of a cost, scaled by the running RMS of steps over its own.

    .. math:: a \leftarrow \rho a + (1 - \rho) g^2, \qquad
              s = g \frac{\sqrt{d + \epsilon}}{\sqrt{a + \epsilon}}, \qquad
              \theta \leftarrow \theta - \lambda s, \qquad
              d \leftarrow \rho d + (1 - \rho) s^2

    Here :math:`g` is the gradient; squares and roots are taken entry by entry. The decay `rho`
    is from 0 to below 1, `epsilon` at least 0 (at 0, the first step would be 0, and so would
    all others). Arguments and errors are otherwise as for `sgd`.

    State: ``accu_W`` and ``delta_W``, the means :math:`a` and :math:`d` for a parameter
    ``W``, initially zero.

    Source: Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701 (2012).
    """
    pairs: Updates = []
    for param, gradient, rate in gradient_steps(cost, params, learning_rate):
        accu, a = running_mean(param, "accu", pt.sqr(gradient), rho, "rho")
        delta = zeros_like(param, "delta")
        old, new = fraction_and_rest(param.dtype, rho, "rho")
        small = as_dtype(param.dtype, epsilon, "epsilon")
        step = gradient * pt.sqrt(delta + small) / pt.sqrt(a + small)
        d = old * delta + new * pt.sqr(step)
        pairs += [(accu, a), (param, param - rate * step), (delta, d)]
    return pairs
