"""Objectives: what training maximises or minimises, and the measures that judge a model."""

from collections.abc import Callable, Sequence

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import listed, tensor
from theano_tutorial.errors import UsageError
from theano_tutorial.updates.steps import as_dtype, check_scalar


def log_likelihood(p_y_given_x: TensorVariable, y: TensorVariable) -> TensorVariable:
    r"""Return the mean log-likelihood of the labels: at most 0, and to be maximised.

    .. math:: \frac{1}{n} \sum_{i=1}^n \log P(Y = y_i \mid x_i)

    `p_y_given_x` is a symbolic matrix ``(n, n_classes)``, `y` an integer vector ``(n,)``;
    anything else raises `TypeError`.

    ``log_p[arange(n), y]`` picks the label's entry from each row. The likelihood itself would
    be a sum; the mean makes the size of a gradient step independent of the number of
    images. PyTensor recognises the logarithm of a softmax and computes both in one stable step,
    so a probability that underflows to 0 does no harm.

    Source: document 1, section "Computing the log-likelihood of a dataset".
    """
    y = _labels(y)
    p = tensor(p_y_given_x, "p_y_given_x", 2, "f")
    return pt.mean(pt.log(p)[pt.arange(p.shape[0]), y])


def negative_log_likelihood(p_y_given_x: TensorVariable, y: TensorVariable) -> TensorVariable:
    r"""Return the mean negative log-likelihood of the labels: at least 0, to be minimised.

    .. math:: -\frac{1}{n} \sum_{i=1}^n \log P(Y = y_i \mid x_i)

    It is `log_likelihood` with its sign changed, for gradient *descent*.

    Source: document 3, section "Defining a Loss Function".
    """
    return -log_likelihood(p_y_given_x, y)


def l1(weights: Sequence[TensorVariable]) -> TensorVariable:
    r"""Return the sum of all weights' absolute values: at least 0, and to be minimised.

    .. math:: \sum_W \sum_{ij} |W_{ij}|

    `weights` are one or more tensors of any shape. Where a weight is 0, so is the gradient.

    Source: deeplearning.net, "Multilayer Perceptron", section "Putting it All Together".
    """
    return _sum(pt.abs, weights)


def l2(weights: Sequence[TensorVariable]) -> TensorVariable:
    r"""Return the sum of all weights' squares, not halved: at least 0, and to be minimised.

    .. math:: \sum_W \sum_{ij} W_{ij}^2

    `weights` are one or more tensors of any shape.

    Source: as for `l1`.
    """
    return _sum(pt.sqr, weights)


def _sum(
    term: Callable[[TensorVariable], TensorVariable], weights: Sequence[TensorVariable]
) -> TensorVariable:
    several = listed(weights, "weights", "variables")
    sums = [term(tensor(some, "each of the weights")).sum() for some in several]
    if not sums:
        raise UsageError("there are no weights to regularise")
    return sum(sums[1:], start=sums[0])


def regularised(
    cost: TensorVariable, weights: Sequence[TensorVariable], l1_rate: float, l2_rate: float
) -> TensorVariable:
    """Return a cost plus `l1_rate` times `l1` and `l2_rate` times `l2`, in the cost's dtype.

    A rate of 0 adds nothing to the graph. A rate that is negative, or beyond what the dtype can
    hold, raises `UsageError`.
    """
    check_scalar(cost, "cost")
    for name, rate, term in (("l1", l1_rate, l1), ("l2", l2_rate, l2)):
        weight = as_dtype(cost.dtype, rate, name)
        if rate:
            cost = cost + weight * term(weights)
    return cost


def errors(y_pred: TensorVariable, y: TensorVariable) -> TensorVariable:
    """Return the fraction of predictions that differ from the labels, from 0 to 1.

    Both are symbolic vectors ``(n,)`` of integers; anything else raises `TypeError`.
    The result is always ``float64``: errors are printed as percentages with six decimals, and
    ``float32`` has too few digits for that.

    Source: document 3, section "Defining a Loss Function" (the zero-one loss).
    """
    y_pred, y = _labels(y_pred, "predictions"), _labels(y)
    return pt.mean(pt.neq(y_pred, y), dtype="float64")


def accuracy(y_pred: TensorVariable, y: TensorVariable) -> TensorVariable:
    """Return the fraction of predictions that equal the labels: 1 - `errors`.

    Source: document 4, section "Cost and gradients".
    """
    return pt.mean(pt.eq(_labels(y_pred, "predictions"), _labels(y)), dtype="float64")


def _labels(y: TensorVariable, what: str = "labels") -> TensorVariable:
    """Return labels, or predictions, as a symbolic vector of integers, or raise `TypeError`."""
    return tensor(y, what, 1, "iu", ", one for each image")
