"""`theano.tensor.nnet.nnet`: softmax, cross-entropies and rectifiers."""

import pytensor.scalar as ps
import pytensor.tensor as pt
from pytensor.compile.builders import OpFromGraph
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy import renames
from theano_tutorial.legacy.theano.tensor.nnet.rectifiers import (
    Number,
    elu,
    relu,
    selu,
    softsign,
)
from theano_tutorial.legacy.theano.tensor.nnet.sigm import sigmoid, softplus

__all__ = [
    "LogSoftmax",
    "Softmax",
    "binary_crossentropy",
    "categorical_crossentropy",
    "confusion_matrix",
    "crossentropy_categorical_1hot",
    "crossentropy_softmax_1hot",
    "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_argmax_1hot_with_bias",
    "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias",
    "elu",
    "h_softmax",
    "logsoftmax",
    "logsoftmax_op",
    "prepend_0_to_each_row",
    "prepend_1_to_each_row",
    "prepend_scalar_to_each_row",
    "relu",
    "selu",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "softmax",
    "softmax_graph",
    "softmax_op",
    "softmax_with_bias",
    "softplus",
    "softsign",
]


__getattr__ = renames.names_of("theano.tensor.nnet.nnet")


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


def softmax_graph(c: TensorVariable) -> TensorVariable:
    """Return a softmax over the last axis, written out."""
    return pt.exp(c) / pt.exp(c).sum(axis=-1, keepdims=True)


def softmax_with_bias(x: object, b: object) -> TensorVariable:
    """Return the softmax of each row of ``x + b``."""
    return softmax(pt.as_tensor(x) + b)


softmax_op, logsoftmax_op = softmax, logsoftmax


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
    x: TensorVariable, b: TensorVariable, y_idx: TensorVariable
) -> list[TensorVariable]:
    """Return the cross-entropy, the softmax and the largest class of rows of ``x + b``."""
    x, b, labels = (pt.as_tensor(v) for v in (x, b, y_idx))
    if (x.type.ndim, b.type.ndim, labels.type.ndim) != (2, 1, 1):
        raise ValueError(
            "crossentropy_softmax: needs a matrix, a vector of biases and a vector of classes, "
            f"got {x.type}, {b.type} and {labels.type}"
        )
    z = x + b
    largest = pt.argmax(z, axis=1).astype(labels.dtype)
    return [-_picked(logsoftmax(z), labels), softmax(z), largest]


def crossentropy_softmax_1hot_with_bias(
    x: TensorVariable, b: TensorVariable, y_idx: TensorVariable, **kwargs: object
) -> list[TensorVariable]:
    """Return the cross-entropies and the softmax of the rows of ``x + b``."""
    return crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)[:2]


def crossentropy_softmax_1hot(
    x: TensorVariable, y_idx: TensorVariable, **kwargs: object
) -> list[TensorVariable]:
    """Return the cross-entropies and the softmax of rows."""
    return crossentropy_softmax_1hot_with_bias(x, pt.zeros_like(x[0, :]), y_idx)


def crossentropy_softmax_max_and_argmax_1hot_with_bias(
    x: TensorVariable, b: TensorVariable, y_idx: TensorVariable, **kwargs: object
) -> tuple[TensorVariable, ...]:
    """Return cross-entropies, softmax, and its largest entry in each row with its place."""
    entropies, p = crossentropy_softmax_1hot_with_bias(x, b, y_idx)
    return entropies, p, pt.max(p, axis=-1), pt.argmax(p, axis=-1)


def crossentropy_softmax_max_and_argmax_1hot(
    x: TensorVariable, y_idx: TensorVariable, **kwargs: object
) -> tuple[TensorVariable, ...]:
    """Return the same without a bias."""
    bias = pt.zeros_like(x[0, :])
    return crossentropy_softmax_max_and_argmax_1hot_with_bias(x, bias, y_idx)


def h_softmax(
    x: TensorVariable,
    batch_size: Number,
    n_outputs: int,
    n_classes: int,
    n_outputs_per_class: int,
    W1: TensorVariable,
    b1: TensorVariable,
    W2: TensorVariable,
    b2: TensorVariable,
    target: TensorVariable | None = None,
) -> TensorVariable:
    """Return a softmax of two levels: of classes, and of the outputs within each.

    Without `target`, all of them, ``(batch_size, n_outputs)``; else only each row's own.
    """
    of_classes = softmax(pt.dot(x, W1) + b1)
    if target is None:
        z = (pt.tensordot(x, W2, (1, 1)) + b2).reshape((-1, n_outputs_per_class))
        within = softmax(z).reshape((batch_size, n_classes, n_outputs_per_class))
        whole = of_classes.dimshuffle(0, 1, "x") * within
        return whole.reshape((batch_size, n_classes * n_outputs_per_class))[:, :n_outputs]
    target = target.flatten()
    classes = target // n_outputs_per_class
    z = pt.sum(x.dimshuffle(0, 1, "x") * W2[classes], axis=1) + b2[classes]
    return _picked(of_classes, classes) * _picked(softmax(z), target % n_outputs_per_class)


def confusion_matrix(actual: TensorVariable, pred: TensorVariable) -> list[TensorVariable]:
    """Return how often each class was taken for each other, and the classes in order."""
    for name, v in (("actual", actual), ("pred", pred)):
        if v.type.ndim != 1:
            raise ValueError(f"confusion_matrix: {name} must be a vector, got {v.type}")
    order = pt.unique(pt.concatenate([actual, pred]))
    rows, columns = (pt.eq(v.dimshuffle(0, "x"), order).astype("int64") for v in (actual, pred))
    return [pt.dot(rows.T, columns), order]


def prepend_scalar_to_each_row(val: Number, mat: TensorVariable) -> TensorVariable:
    """Return a matrix with a column of `val` before its own."""
    column = pt.ones_like(mat[:, :1]) * pt.as_tensor(val).astype(mat.dtype)
    return pt.concatenate([column, mat], axis=1)


def prepend_0_to_each_row(mat: TensorVariable) -> TensorVariable:
    """Return a matrix with a column of zeros before its own."""
    return prepend_scalar_to_each_row(0, mat)


def prepend_1_to_each_row(mat: TensorVariable) -> TensorVariable:
    """Return a matrix with a column of ones before its own."""
    return prepend_scalar_to_each_row(1, mat)
