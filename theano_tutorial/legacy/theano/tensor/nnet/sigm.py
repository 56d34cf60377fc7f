"""`theano.tensor.nnet.sigm`: the sigmoid, its approximations, and softplus.

The door's mode cuts off sigmoid and softplus where Theano's C code did (`legacy.cut_offs`).
"""

import pytensor.scalar as ps
import pytensor.tensor as pt
from pytensor.scalar.math import sigmoid as scalar_sigmoid
from pytensor.scalar.math import softplus as scalar_softplus
from pytensor.tensor.math import sigmoid, softplus
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy import renames

__all__ = [
    "hard_sigmoid",
    "scalar_sigmoid",
    "scalar_softplus",
    "sigmoid",
    "sigmoid_inplace",
    "softplus",
    "ultra_fast_sigmoid",
    "ultra_fast_sigmoid_inplace",
]

__getattr__ = renames.names_of("theano.tensor.nnet.sigm")


def as_float(x: object) -> TensorVariable:
    """Return a variable in the float that Theano computed it in: float32 for short integers."""
    variable = pt.as_tensor(x)
    if variable.dtype.startswith("float"):
        return variable
    (wanted,) = ps.upgrade_to_float(ps.get_scalar_type(variable.dtype))
    return variable.astype(wanted.dtype)


def hard_sigmoid(x: object) -> TensorVariable:
    """Return the line ``0.2 * x + 0.5``, cut to what lies between 0 and 1."""
    z = as_float(x)
    slope, shift = (pt.constant(number, dtype=z.dtype) for number in (0.2, 0.5))
    return pt.clip(z * slope + shift, 0, 1)


def ultra_fast_sigmoid(x: object) -> TensorVariable:
    """Return Theano's sigmoid without an exponential, which is wrong by 0.02 at most."""
    half = as_float(x) * 0.5
    size = abs(half)
    line = 0.935409070603099 + 0.0458812946797165 * (size - 1.7)
    curve = 1.5 * size / (1 + size)
    tanh = pt.switch(size < 1.7, curve, pt.switch(size < 3, line, 0.99505475368673))
    return (0.5 * (pt.switch(half >= 0, tanh, -tanh) + 1)).astype(half.dtype)


# What works in place is the optimiser's business now.
sigmoid_inplace, ultra_fast_sigmoid_inplace = sigmoid, ultra_fast_sigmoid
