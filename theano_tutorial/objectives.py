"""What training makes large or small, and what it is judged by."""

from typing import Any

import pytensor.tensor as pt


def log_likelihood(p_y_given_x: Any, y: Any) -> Any:
    r"""Mean log-likelihood of the labels: to be made large, at most 0.

    .. math:: \frac{1}{n} \sum_{i=1}^n \log P(Y = y_i \mid x_i)

    Parameters
    ----------
    p_y_given_x
        Symbolic matrix ``(n, n_classes)`` of probabilities.
    y
        Symbolic integer vector ``(n,)`` of labels.

    Returns
    -------
    Symbolic scalar.

    Notes
    -----
    ``log_p[arange(n), y]`` picks from each row the entry of its label. The mean, rather
    than the sum that the likelihood asks for, keeps the size of a gradient step independent
    of the number of images. PyTensor sees the logarithm of a softmax and computes both in
    one stable step, so a probability that underflows to 0 does no harm.

    Raises
    ------
    TypeError
        If `y` is not a vector of integers.

    References
    ----------
    Document 1, "Computing the log-likelihood of a dataset".
    """
    y = _labels(y)
    log_p = pt.log(p_y_given_x)
    return pt.mean(log_p[pt.arange(p_y_given_x.shape[0]), y])


def negative_log_likelihood(p_y_given_x: Any, y: Any) -> Any:
    r"""Mean negative log-likelihood of the labels: to be made small, at least 0.

    .. math:: -\frac{1}{n} \sum_{i=1}^n \log P(Y = y_i \mid x_i)

    `log_likelihood` with the sign changed, for those who descend.

    References
    ----------
    Document 3, "Defining a Loss Function".
    """
    return -log_likelihood(p_y_given_x, y)


def errors(y_pred: Any, y: Any) -> Any:
    """Fraction of predictions that differ from the labels, from 0 to 1 (a mean).

    Parameters
    ----------
    y_pred, y
        Symbolic integer vectors ``(n,)``.

    Returns
    -------
    Symbolic scalar, always ``float64``: a fraction of 10,000 needs more than ``float32``.

    Raises
    ------
    TypeError
        If `y` is not a vector of integers.

    References
    ----------
    Document 3, "Defining a Loss Function" (zero-one loss).
    """
    y = _labels(y)
    return pt.mean(pt.neq(y_pred, y), dtype="float64")


def accuracy(y_pred: Any, y: Any) -> Any:
    """Fraction of predictions that equal the labels, from 0 to 1 (a mean): 1 - `errors`.

    References
    ----------
    Document 4, "Cost and gradients".
    """
    return pt.mean(pt.eq(y_pred, _labels(y)), dtype="float64")


def _labels(y: Any) -> Any:
    """Return labels as a symbolic vector of integers, or say what was given instead."""
    y = pt.as_tensor(y)
    if y.ndim != 1 or not (y.dtype.startswith(("int", "uint"))):
        raise TypeError(
            f"labels must be a vector of integers, one label an image; got {y.dtype} "
            f"with ndim {y.ndim}"
        )
    return y
