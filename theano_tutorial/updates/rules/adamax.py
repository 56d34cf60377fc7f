"""AdaMax: Adam with a decaying maximum of gradients in place of the mean of squares."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial.updates.steps import (
    Cost,
    Scalar,
    Updates,
    as_dtype,
    bias_of_zeros,
    gradient_steps,
    running_mean,
    step_counter,
    zeros_like,
)


def adamax(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar = 0.002,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    epsilon: Scalar = 1e-8,
) -> Updates:
    r"""Step down a running mean of a cost's gradients, divided by their decaying maximum.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
              u \leftarrow \max(\beta_2 u, |g|), \qquad
              \theta \leftarrow \theta - \frac{\lambda}{1 - \beta_1^t} \frac{m}{u + \epsilon}

    Symbols, arguments and errors are as for `adam`; the maximum is taken entry by entry.

    State: ``m_W`` and ``u_W``, the mean and the maximum for a parameter ``W``, initially
    zero; ``t``, the number of steps taken.

    Source: Kingma, Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980 (2014),
    section 7.1.
    """
    steps = gradient_steps(cost, params, learning_rate)
    counter = step_counter(steps[0][0].dtype)
    t = counter + 1
    correction = 1 / bias_of_zeros(beta1, t, "beta1")
    pairs: Updates = []
    for param, gradient, rate in steps:
        largest = zeros_like(param, "u")
        mean, m = running_mean(param, "m", gradient, beta1, "beta1")
        decay = as_dtype(param.dtype, beta2, "beta2", below=1)
        u = pt.maximum(decay * largest, abs(gradient))
        small = as_dtype(param.dtype, epsilon, "epsilon")
        step = rate * pt.cast(correction, param.dtype) * m / (u + small)
        pairs += [(mean, m), (largest, u), (param, param - step)]
    return [*pairs, (counter, t)]
