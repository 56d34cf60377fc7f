"""Rectifiers, and what is shaped like them."""

from typing import TypeAlias

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy.theano.tensor.nnet.sigm import as_float

Number: TypeAlias = float | TensorVariable


def relu(x: TensorVariable, alpha: Number = 0) -> TensorVariable:
    """Return x where it is positive, else `alpha` times x; at 0, slopes are halved."""
    if not isinstance(alpha, TensorVariable) and alpha == 0:
        return 0.5 * (x + abs(x))
    alpha = pt.as_tensor(alpha)
    return 0.5 * (1 + alpha) * x + 0.5 * (1 - alpha) * abs(x)


def elu(x: TensorVariable, alpha: Number = 1) -> TensorVariable:
    """Return x where it is positive, and ``alpha * (exp(x) - 1)`` elsewhere."""
    negative = pt.minimum(x, 0)  # whose exponential, in the gradient, is finite
    return pt.switch(x > 0, x, alpha * pt.expm1(negative))


def selu(x: TensorVariable) -> TensorVariable:
    """Return the scaled `elu` that keeps mean 0 and variance 1."""
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


def softsign(x: object) -> TensorVariable:
    """Return ``x / (1 + |x|)``."""
    z = as_float(x)
    return z / (1.0 + abs(z))
