"""Adam: running means of gradients and of their squares, corrected for starting at zero."""

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
)


def adam(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar = 0.001,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    epsilon: Scalar = 1e-8,
) -> Updates:
    r"""Step down a running mean of a cost's gradients, divided by their running RMS.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
              v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \qquad
              \theta \leftarrow \theta - \lambda
              \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \frac{m}{\sqrt{v} + \epsilon}

    Here :math:`g` is the gradient and :math:`t` the number of the step, from 1; squares and
    roots are taken entry by entry. Both decays are from 0 to below 1, `epsilon` is at least 0.
    Arguments and errors are otherwise as for `sgd`.

    State: ``m_W`` and ``v_W``, the means for a parameter ``W``, initially zero; ``t``, the
    number of steps taken.

    Source: Kingma, Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980 (2014),
    in the order of computation given at the end of its section 2.
    """
    steps = gradient_steps(cost, params, learning_rate)
    counter = step_counter(steps[0][0].dtype)
    t = counter + 1
    correction = pt.sqrt(bias_of_zeros(beta2, t, "beta2")) / bias_of_zeros(beta1, t, "beta1")
    pairs: Updates = []
    for param, gradient, rate in steps:
        mean, m = running_mean(param, "m", gradient, beta1, "beta1")
        square, v = running_mean(param, "v", pt.sqr(gradient), beta2, "beta2")
        small = as_dtype(param.dtype, epsilon, "epsilon")
        step = rate * pt.cast(correction, param.dtype) * m / (pt.sqrt(v) + small)
        pairs += [(mean, m), (square, v), (param, param - step)]
    return [*pairs, (counter, t)]
