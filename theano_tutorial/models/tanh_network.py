"""The network of document 1: a hidden layer of tanh units."""

from typing import Self

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import tensor
from theano_tutorial._types import Array
from theano_tutorial.models.classifier import Classifier, Shapes
from theano_tutorial.models.parameter import check_sizes, parameter
from theano_tutorial.models.softmax_regression import SoftmaxRegression


class TanhNetwork(Classifier):
    r"""A network with one hidden layer of tanh units under a softmax.

    .. math:: h = \tanh(x W_{xh} + b_{xh}), \qquad
              P(Y = k \mid x) = \mathrm{softmax}_k(h W_{hy} + b_{hy})

    `x` is a symbolic matrix ``(n, n_in)``; the hidden units `h` are ``(n, n_hidden)``.
    `params` are the shared `W_xh`, `W_hy`, `b_xh` and `b_hy`, in the order of the tutorial's
    updates and in ``floatX``. ``W_xh`` starts as ``0.01 * RandomState(seed).randn(n_in,
    n_hidden)``, the others at zero; if ``W_xh`` did too, all hidden units would stay identical
    for ever.

    Differs from the tutorial: it drew ``W_xh`` without a seed, so that no run can reproduce
    the trace that it prints.

    Source: document 1, sections "Neural network with a single hidden layer" and "Training a
    neural network".
    """

    def __init__(
        self, x: TensorVariable, n_in: int, n_hidden: int, n_out: int, seed: int = 0
    ) -> None:
        check_sizes(n_in=n_in, n_hidden=n_hidden, n_out=n_out)
        self.x, self.n_in, self.n_out = tensor(x, "x", 2), n_in, n_out
        self.W_xh = parameter(self.initial_W_xh(n_in, n_hidden, seed), "W_xh")
        self.b_xh = parameter(np.zeros(n_hidden), "b_xh")
        self.h = pt.tanh(pt.dot(self.x, self.W_xh) + self.b_xh)
        output = SoftmaxRegression(self.h, n_hidden, n_out)
        self.W_hy, self.b_hy = output.params
        self.W_hy.name, self.b_hy.name = "W_hy", "b_hy"
        self.params = [self.W_xh, self.W_hy, self.b_xh, self.b_hy]
        self.p_y_given_x = output.p_y_given_x
        self.y_pred = output.y_pred

    @staticmethod
    def initial_W_xh(n_in: int, n_hidden: int, seed: int) -> Array:
        """Return the initial weights of the hidden layer, ``(n_in, n_hidden)``, float64."""
        return 0.01 * np.random.RandomState(seed).randn(n_in, n_hidden)

    @classmethod
    def of_shapes(cls, x: TensorVariable, shapes: Shapes) -> Self | None:
        """Return a model whose parameters have these names and shapes, if there can be one."""
        match shapes:
            case {"W_xh": (n_in, n_hidden), "W_hy": (_, n_out)} if shapes == {
                "W_xh": (n_in, n_hidden),
                "b_xh": (n_hidden,),
                "W_hy": (n_hidden, n_out),
                "b_hy": (n_out,),
            }:
                return cls(x, n_in, n_hidden, n_out)
        return None
