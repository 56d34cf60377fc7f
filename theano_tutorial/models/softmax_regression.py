"""Softmax regression: the model of documents 1, 3 and 4."""

from typing import Self

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import tensor
from theano_tutorial.models.classifier import Classifier, Shapes
from theano_tutorial.models.parameter import check_sizes, parameter


class SoftmaxRegression(Classifier):
    r"""Multi-class logistic regression.

    .. math:: P(Y = k \mid x; W, b) = \mathrm{softmax}_k(x W + b)
              = \frac{e^{(x W + b)_k}}{\sum_j e^{(x W + b)_j}}

    `x` is a symbolic matrix ``(n, n_in)``, one row per image, or another layer's output.
    `params` are the shared weights `W` ``(n_in, n_out)`` and biases `b` ``(n_out,)``, initially
    zero, in ``floatX``.

    Differs from the tutorial: its text introduces the probabilities as proportional to the
    *sigmoid* of ``x W + b``. That would be another model: softmax is proportional to the
    *exponential*, and softmax is what the tutorial's own code computes.

    Source: document 1, "Multi-class logistic regression"; document 3, "The Model".
    """

    def __init__(self, x: TensorVariable, n_in: int, n_out: int) -> None:
        check_sizes(n_in=n_in, n_out=n_out)
        self.x, self.n_in, self.n_out = tensor(x, "x", 2), n_in, n_out
        self.W = parameter(np.zeros((n_in, n_out)), "W")
        self.b = parameter(np.zeros(n_out), "b")
        self.params = [self.W, self.b]
        self.p_y_given_x = pt.special.softmax(pt.dot(self.x, self.W) + self.b, axis=-1)
        self.y_pred = pt.argmax(self.p_y_given_x, axis=1)

    @classmethod
    def of_shapes(cls, x: TensorVariable, shapes: Shapes) -> Self | None:
        """Return a model whose parameters have these names and shapes, if there can be one."""
        match shapes:
            case {"W": (n_in, n_out)} if shapes == {"W": (n_in, n_out), "b": (n_out,)}:
                return cls(x, n_in, n_out)
        return None
