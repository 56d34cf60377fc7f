"""What the operations share: a base class, dtypes, and shapes that users state."""

import pytensor.tensor as pt
from pytensor.scalar.basic import upcast
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import tensor
from theano_tutorial.convolution import arguments
from theano_tutorial.convolution.windows import Convolution, Shape, written
from theano_tutorial.rewrites.index_ops import PartlyDifferentiable


class WindowOp(PartlyDifferentiable):
    """An operation on images ``(..., height, width)``."""


def as_images(value: object, what: str, convolution: Convolution) -> TensorVariable:
    """Return a variable with 4 dimensions, or 5 for volumes, or raise a `TypeError`."""
    variable = tensor(value, f"{convolution.name}: {what}")
    wanted = len(convolution.stride) + 2
    if variable.type.ndim != wanted:
        shape = written(variable.type.shape)
        raise TypeError(
            f"{convolution.name}: {what} must have {wanted} dimensions, got shape {shape}"
        )
    return variable


def operands(convolution: Convolution, **given: object) -> list[TensorVariable]:
    """Return the arguments in one float dtype that holds them all, or raise a `TypeError`."""
    variables = [as_images(value, what, convolution) for what, value in given.items()]
    dtype = upcast(*(variable.dtype for variable in variables))
    if not dtype.startswith("float"):
        raise TypeError(
            f"{convolution.name} needs floats, got {' and '.join(v.dtype for v in variables)}"
        )
    return [v if v.dtype == dtype else pt.cast(v, dtype) for v in variables]


def promised(variable: TensorVariable, shape: Shape | None, what: str) -> TensorVariable:
    """Return a variable with the shape that a user states, as far as it is not None."""
    if shape is None:
        return variable
    told = arguments.told_shape(shape, what, variable.type.ndim)
    known = variable.type.shape
    if any(None not in (a, b) and a != b for a, b in zip(told, known, strict=True)):
        raise ValueError(f"{what} is {written(told)}, but the variable's is {written(known)}")
    if all(a is None or a == b for a, b in zip(told, known, strict=True)):
        return variable
    return pt.specify_shape(variable, told)
