"""The multilayer perceptron of deeplearning.net."""

from typing import Self

import numpy as np
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.models.classifier import Classifier, Shapes
from theano_tutorial.models.layers import HiddenLayer
from theano_tutorial.models.parameter import check_sizes
from theano_tutorial.models.softmax_regression import SoftmaxRegression


class MultilayerPerceptron(Classifier):
    """A hidden layer of tanh units with softmax regression on top.

    `x` is a symbolic matrix ``(n, n_in)``. The layers are `hidden` and `output`; `params` are
    the shared ``hidden_W``, ``hidden_b``, ``output_W`` and ``output_b``, in ``floatX``.
    ``RandomState(seed)`` draws ``hidden_W``; all others start at zero.

    The graph is that of `TanhNetwork`, with other initial weights.

    Source: deeplearning.net, "Multilayer Perceptron", class `MLP`.
    """

    def __init__(
        self, x: TensorVariable, n_in: int, n_hidden: int, n_out: int, seed: int = 1234
    ) -> None:
        check_sizes(n_in=n_in, n_hidden=n_hidden, n_out=n_out)
        rng = np.random.RandomState(seed)
        self.hidden = HiddenLayer(rng, x, n_in, n_hidden)
        self.x, self.n_in, self.n_out = self.hidden.x, n_in, n_out
        self.output = SoftmaxRegression(self.hidden.output, n_hidden, n_out)
        self.output.W.name, self.output.b.name = "output_W", "output_b"
        self.params = self.hidden.params + self.output.params
        self.p_y_given_x = self.output.p_y_given_x
        self.y_pred = self.output.y_pred

    @classmethod
    def of_shapes(cls, x: TensorVariable, shapes: Shapes) -> Self | None:
        """Return a model whose parameters have these names and shapes, if there can be one."""
        match shapes:
            case {"hidden_W": (n_in, n_hidden), "output_W": (_, n_out)} if shapes == {
                "hidden_W": (n_in, n_hidden),
                "hidden_b": (n_hidden,),
                "output_W": (n_hidden, n_out),
                "output_b": (n_out,),
            }:
                return cls(x, n_in, n_hidden, n_out)
        return None
