"""`theano.tensor.nnet.nnet`: softmax, cross-entropies and rectifiers."""

from typing import TypeAlias

import pytensor.scalar as ps
import pytensor.tensor as pt
from pytensor.compile.builders import OpFromGraph
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy import renames
from theano_tutorial.legacy.theano.tensor.nnet.sigm import as_float, sigmoid, softplus

__all__ = ["LogSoftmax", "Softmax", "logsoftmax", "softmax", "softmax_op", "softmax_with_bias"]
__all__ += ["binary_crossentropy", "categorical_crossentropy", "sigmoid_binary_crossentropy"]
__all__ += ["crossentropy_categorical_1hot", "crossentropy_softmax_1hot"]
__all__ += ["crossentropy_softmax_1hot_with_bias", "crossentropy_softmax_argmax_1hot_with_bias"]
__all__ += ["elu", "relu", "selu", "sigmoid", "softplus", "softsign"]

__getattr__ = renames.names_of("theano.tensor.nnet.nnet")

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


def _rows(value: object) -> TensorVariable:
    """Return a matrix of floats, or a vector as a row, or raise a `ValueError`."""
    c = pt.as_tensor(value)
    if c.type.ndim not in (1, 2) or not c.dtype.startswith("float"):
        raise ValueError(f"softmax needs a matrix or a vector of floats, got {c.type}")
    return c if c.type.ndim == 2 else c.dimshuffle("x", 0)


def softmax(c: object) -> TensorVariable:
    """Return the softmax of each row; that of a vector is a matrix of one row."""
    return pt.special.softmax(_rows(c), axis=-1)


def logsoftmax(c: object) -> TensorVariable:
    """Return the logarithm of `softmax`, exact also where that is 0."""
    return pt.special.log_softmax(_rows(c), axis=-1)


def softmax_with_bias(x: object, b: object) -> TensorVariable:
    """Return the softmax of each row of ``x + b``."""
    return softmax(pt.as_tensor(x) + b)


softmax_op = softmax


def binary_crossentropy(output: TensorVariable, target: Number) -> TensorVariable:
    """Return the cross-entropy of each entry; `output` lies between 0 and 1."""
    return -(target * pt.log(output) + (1.0 - target) * pt.log(1.0 - output))


def sigmoid_binary_crossentropy(output: TensorVariable, target: Number) -> TensorVariable:
    """Return the cross-entropy of the sigmoid of each entry, exact however far from 0."""
    inputs = [pt.as_tensor(output), pt.as_tensor(target)]
    x, t = (v.type() for v in inputs)

    def gradients(
        inputs: list[TensorVariable], outputs: object, given: list[TensorVariable]
    ) -> list[TensorVariable]:
        x, t = inputs  # at 0 too, where |x| has no slope
        return [given[0] * (sigmoid(x) - t), -given[0] * x]

    entropy = softplus(-abs(x)) + x * ((x > 0) - t)
    op = OpFromGraph([x, t], [entropy], inline=True, pullback=gradients)
    return op(*inputs)


def categorical_crossentropy(
    coding_dist: TensorVariable, true_dist: TensorVariable
) -> TensorVariable:
    """Return the cross-entropy of each row of probabilities.

    `true_dist` holds the true probabilities, as many, or the number of the right class of each
    row. Other numbers of dimensions raise a `TypeError`.
    """
    coding_dist, true_dist = pt.as_tensor(coding_dist), pt.as_tensor(true_dist)
    if true_dist.type.ndim == coding_dist.type.ndim:
        return -pt.sum(true_dist * pt.log(coding_dist), axis=-1)
    if true_dist.type.ndim == coding_dist.type.ndim - 1:
        return crossentropy_categorical_1hot(coding_dist, true_dist)
    raise TypeError(
        f"categorical_crossentropy: distributions {coding_dist.type} and {true_dist.type} do "
        "not go together: give probabilities for probabilities, or a vector of classes"
    )


def crossentropy_categorical_1hot(
    coding_dist: TensorVariable, true_one_of_n: TensorVariable
) -> TensorVariable:
    """Return minus the logarithm of the probability that each row gives the right class."""
    coding_dist, labels = pt.as_tensor(coding_dist), pt.as_tensor(true_one_of_n)
    if coding_dist.type.ndim != 2:
        raise TypeError(f"probabilities must be a matrix, got {coding_dist.type}")
    if labels.type.ndim != 1 or labels.dtype not in map(str, ps.integer_types):
        raise TypeError(f"classes must be a vector of integers, got {labels.type}")
    if coding_dist.owner is not None and isinstance(coding_dist.owner.op, Softmax):
        return -_picked(pt.log(coding_dist), labels)  # becomes exact
    return -pt.log(_picked(coding_dist, labels))


def _picked(rows: TensorVariable, labels: TensorVariable) -> TensorVariable:
    return rows[pt.arange(rows.shape[0]), labels]


def crossentropy_softmax_argmax_1hot_with_bias(
    x: TensorVariable, b: Number, y_idx: TensorVariable
) -> list[TensorVariable]:
    """Return the cross-entropy, the softmax and the largest class of rows of ``x + b``."""
    z, labels = pt.as_tensor(x) + b, pt.as_tensor(y_idx)
    largest = pt.argmax(z, axis=1).astype(labels.dtype)
    return [-_picked(logsoftmax(z), labels), softmax(z), largest]


def crossentropy_softmax_1hot_with_bias(
    x: TensorVariable, b: Number, y_idx: TensorVariable, **kwargs: object
) -> list[TensorVariable]:
    """Return the cross-entropies and the softmax of the rows of ``x + b``."""
    return crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)[:2]


def crossentropy_softmax_1hot(
    x: TensorVariable, y_idx: TensorVariable, **kwargs: object
) -> list[TensorVariable]:
    """Return the cross-entropies and the softmax of rows."""
    return crossentropy_softmax_1hot_with_bias(x, 0, y_idx)
