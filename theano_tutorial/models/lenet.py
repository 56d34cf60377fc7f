"""LeNet, composed of layers as on deeplearning.net."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import numbers, tensor
from theano_tutorial.models.classifier import Classifier, Shapes
from theano_tutorial.models.layers import ConvPoolLayer, HiddenLayer
from theano_tutorial.models.parameter import check_sizes
from theano_tutorial.models.softmax_regression import SoftmaxRegression

# Convolution takes 4 pixels off and pooling halves the rest: from 28 to 12, then to 4.
SIDE, FILTER_SIDE, LAST_SIDE = 28, 5, 4


class LeNet(Classifier):
    """Two layers of feature maps, a hidden layer of tanh units, softmax regression on top.

    `x` is a symbolic matrix ``(n, 28 * 28)``, one row per image. The layers are `layer0` to
    `layer3`: `nkerns` filters of 5 x 5 give maps of 12 x 12, then 4 x 4. `params` are those of
    the layers, from the last to the first: ``layer3_W``, ``layer3_b`` to ``layer0_b``, in
    ``floatX``. ``RandomState(seed)`` draws the weights, from `layer0` on; the biases and all of
    `layer3` start at zero.

    Source: deeplearning.net, "Convolutional Neural Networks (LeNet)".
    """

    images_at_once = 500  # before pooling, an image is 20 maps of 24 x 24

    def __init__(
        self,
        x: TensorVariable,
        nkerns: Sequence[int] = (20, 50),
        n_hidden: int = 500,
        n_out: int = 10,
        seed: int = 23455,
    ) -> None:
        check_sizes(n_hidden=n_hidden, n_out=n_out)
        n_maps, n_last = numbers(nkerns, "nkerns", 1, 2)
        rng = np.random.RandomState(seed)
        self.x, self.n_in, self.n_out = tensor(x, "x", 2), SIDE * SIDE, n_out
        images = self.x.reshape((-1, 1, SIDE, SIDE))
        filters = (n_maps, 1, FILTER_SIDE, FILTER_SIDE)
        self.layer0 = ConvPoolLayer(rng, images, filters, name="layer0")
        filters = (n_last, n_maps, FILTER_SIDE, FILTER_SIDE)
        self.layer1 = ConvPoolLayer(rng, self.layer0.output, filters, name="layer1")
        n_flat = n_last * LAST_SIDE * LAST_SIDE
        flat = self.layer1.output.reshape((-1, n_flat))
        self.layer2 = HiddenLayer(rng, flat, n_flat, n_hidden, name="layer2")
        self.layer3 = SoftmaxRegression(self.layer2.output, n_hidden, n_out)
        self.layer3.W.name, self.layer3.b.name = "layer3_W", "layer3_b"
        layers = self.layer3, self.layer2, self.layer1, self.layer0
        self.params = [param for layer in layers for param in layer.params]
        self.p_y_given_x = self.layer3.p_y_given_x
        self.y_pred = self.layer3.y_pred

    @classmethod
    def of_shapes(cls, x: TensorVariable, shapes: Shapes) -> Self | None:
        """Return a model whose parameters have these names and shapes, if there can be one."""
        match shapes:
            case {
                "layer0_W": (n_maps, *_),
                "layer1_W": (n_last, *_),
                "layer3_W": (n_hidden, n_out),
            } if shapes == {
                "layer3_W": (n_hidden, n_out),
                "layer3_b": (n_out,),
                "layer2_W": (n_last * LAST_SIDE * LAST_SIDE, n_hidden),
                "layer2_b": (n_hidden,),
                "layer1_W": (n_last, n_maps, FILTER_SIDE, FILTER_SIDE),
                "layer1_b": (n_last,),
                "layer0_W": (n_maps, 1, FILTER_SIDE, FILTER_SIDE),
                "layer0_b": (n_maps,),
            }:
                return cls(x, (n_maps, n_last), n_hidden, n_out)
        return None
