"""Models: parameters in shared variables, outputs as symbolic expressions."""

from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt


def _shared(value: Any, name: str) -> Any:
    """Put a parameter's initial value into a shared variable, in ``floatX``."""
    return pytensor.shared(np.asarray(value, dtype=pytensor.config.floatX), name=name)


class SoftmaxRegression:
    r"""Multi-class logistic regression.

    .. math:: P(Y = k \mid x; W, b) = \mathrm{softmax}_k(x W + b)
              = \frac{e^{(x W + b)_k}}{\sum_j e^{(x W + b)_j}}

    Parameters
    ----------
    x
        Symbolic matrix ``(n, n_in)``, one row an image; or the output of another layer.
    n_in, n_out
        Number of inputs and of classes.

    Attributes
    ----------
    W, b
        Shared weights ``(n_in, n_out)`` and biases ``(n_out,)``, zeros, in ``floatX``.
    params
        ``[W, b]``.
    p_y_given_x
        Symbolic matrix ``(n, n_out)``: the probability of each class, rows sum to 1.
    y_pred
        Symbolic ``int64`` vector ``(n,)``: the most probable class.

    Notes
    -----
    Differs from the tutorial: documents 1 and 2 first write the model as proportional to the
    *sigmoid* of ``x W + b``. That is another model: softmax is proportional to the
    *exponential*, as their own code has it.

    References
    ----------
    Document 1, "Multi-class logistic regression"; document 3, "The Model".
    """

    def __init__(self, x: Any, n_in: int, n_out: int) -> None:
        self.x = x
        self.W = _shared(np.zeros((n_in, n_out)), "W")
        self.b = _shared(np.zeros(n_out), "b")
        self.params = [self.W, self.b]
        self.p_y_given_x = pt.special.softmax(pt.dot(x, self.W) + self.b, axis=-1)
        self.y_pred = pt.argmax(self.p_y_given_x, axis=1)


class TanhNetwork:
    r"""A network with one hidden layer of tanh units under a softmax.

    .. math:: h = \tanh(x W_{xh} + b_{xh}), \qquad
              P(Y = k \mid x) = \mathrm{softmax}_k(h W_{hy} + b_{hy})

    Parameters
    ----------
    x
        Symbolic matrix ``(n, n_in)``.
    n_in, n_hidden, n_out
        Number of inputs, hidden units and classes.
    seed
        Of the initial ``W_xh``, ``0.01 * RandomState(seed).randn(n_in, n_hidden)``. The
        other parameters start at zero; this one must not, or all hidden units would stay
        alike for ever.

    Attributes
    ----------
    W_xh, b_xh, W_hy, b_hy
        Shared parameters, in ``floatX``.
    params
        ``[W_xh, W_hy, b_xh, b_hy]``, in the order of the tutorial's updates.
    h
        Symbolic matrix ``(n, n_hidden)``: the hidden units.
    p_y_given_x, y_pred
        As for `SoftmaxRegression`.

    Notes
    -----
    Differs from the tutorial: it drew ``W_xh`` without a seed, so no run can repeat its
    printed trace.

    References
    ----------
    Document 1, "Neural network with a single hidden layer" and "Training a neural network".
    """

    def __init__(self, x: Any, n_in: int, n_hidden: int, n_out: int, seed: int = 0) -> None:
        self.x = x
        self.W_xh = _shared(self.initial_W_xh(n_in, n_hidden, seed), "W_xh")
        self.b_xh = _shared(np.zeros(n_hidden), "b_xh")
        self.h = pt.tanh(pt.dot(x, self.W_xh) + self.b_xh)
        output = SoftmaxRegression(self.h, n_hidden, n_out)
        self.W_hy, self.b_hy = output.params
        self.W_hy.name, self.b_hy.name = "W_hy", "b_hy"
        self.params = [self.W_xh, self.W_hy, self.b_xh, self.b_hy]
        self.p_y_given_x = output.p_y_given_x
        self.y_pred = output.y_pred

    @staticmethod
    def initial_W_xh(n_in: int, n_hidden: int, seed: int) -> np.ndarray[Any, Any]:
        """Return the initial weights of the hidden layer, ``(n_in, n_hidden)``, float64."""
        return 0.01 * np.random.RandomState(seed).randn(n_in, n_hidden)
