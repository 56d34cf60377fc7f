"""AMSGrad: Adam with the largest mean of squares so far, so that it never shrinks."""

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


def amsgrad(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar = 0.001,
    beta1: Scalar = 0.9,
    beta2: Scalar = 0.999,
    epsilon: Scalar = 1e-8,
) -> Updates:
    r"""Step down a cost as `adam` does, but divided by the largest running RMS so far.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
              v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \qquad
              \hat v \leftarrow \max(\hat v, v), \qquad
              \theta \leftarrow \theta - \lambda
              \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \frac{m}{\sqrt{\hat v} + \epsilon}

    Symbols, arguments and errors are as for `adam`; the maximum is taken entry by entry.

    State: ``m_W``, ``v_W`` and ``v_hat_W``, the means and the maximum for a parameter
    ``W``, initially zero; ``t``, the number of steps taken.

    Source: Reddi, Kale, Kumar, "On the convergence of Adam and beyond" (2018), with the bias
    corrections of Adam, as in Lasagne.
    """
    steps = gradient_steps(cost, params, learning_rate)
    counter = step_counter(steps[0][0].dtype)
    t = counter + 1
    correction = pt.sqrt(bias_of_zeros(beta2, t, "beta2")) / bias_of_zeros(beta1, t, "beta1")
    pairs: Updates = []
    for param, gradient, rate in steps:
        largest = zeros_like(param, "v_hat")
        mean, m = running_mean(param, "m", gradient, beta1, "beta1")
        square, v = running_mean(param, "v", pt.sqr(gradient), beta2, "beta2")
        v_hat = pt.maximum(largest, v)
        small = as_dtype(param.dtype, epsilon, "epsilon")
        step = rate * pt.cast(correction, param.dtype) * m / (pt.sqrt(v_hat) + small)
        pairs += [(mean, m), (square, v), (largest, v_hat), (param, param - step)]
    return [*pairs, (counter, t)]
