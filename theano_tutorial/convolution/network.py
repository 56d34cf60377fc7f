"""LeNet, composed of layers as deeplearning.net composed it."""

from collections.abc import Sequence

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.convolution.functions import conv2d, pool_2d
from theano_tutorial.models import Classifier, SoftmaxRegression

SEED = 23455


class ConvPoolLayer:
    r"""Convolution, then max-pooling, then a bias for each filter, and tanh.

    .. math:: \tanh(\mathrm{pool}(x * W) + b)

    `input` is symbolic, ``(batch, channels, height, width)``; `filter_shape` is ``(n_filters,
    channels, height, width)``. `output` are the feature maps ``(batch, n_filters, ...)``.
    `params` are the shared `W`, of that shape, and `b` ``(n_filters,)``, zeros. `W` is drawn
    from `rng`, uniform in :math:`\pm\sqrt{6 / (\mathit{fan\_in} + \mathit{fan\_out})}`, where a
    unit has ``channels * height * width`` inputs, and ``n_filters * height * width`` outputs
    divided by the size of `poolsize`.
    """

    def __init__(
        self,
        rng: np.random.RandomState,
        input: TensorVariable,
        filter_shape: tuple[int, int, int, int],
        poolsize: tuple[int, int] = (2, 2),
        name: str = "layer",
    ) -> None:
        n_filters, channels, height, width = filter_shape
        fan_in = channels * height * width
        fan_out = n_filters * height * width // (poolsize[0] * poolsize[1])
        bound = np.sqrt(6.0 / (fan_in + fan_out))
        self.W = _shared(rng.uniform(-bound, bound, size=filter_shape), f"{name}_W")
        self.b = _shared(np.zeros(n_filters), f"{name}_b")
        self.params = [self.W, self.b]
        convolved = conv2d(input, self.W, filter_shape=filter_shape)
        pooled = pool_2d(convolved, ws=poolsize, ignore_border=True)
        self.output = pt.tanh(pooled + self.b.dimshuffle("x", 0, "x", "x"))


class HiddenLayer:
    r"""A layer of tanh units, each of which sees all inputs.

    .. math:: \tanh(x W + b)

    `input` is a symbolic matrix ``(batch, n_in)``, `output` another, ``(batch, n_out)``.
    `params` are the shared `W` ``(n_in, n_out)`` and `b`, zeros. `W` is drawn from `rng`,
    uniform in :math:`\pm\sqrt{6 / (n_{in} + n_{out})}`.
    """

    def __init__(
        self,
        rng: np.random.RandomState,
        input: TensorVariable,
        n_in: int,
        n_out: int,
        name: str = "layer",
    ) -> None:
        bound = np.sqrt(6.0 / (n_in + n_out))
        self.W = _shared(rng.uniform(-bound, bound, size=(n_in, n_out)), f"{name}_W")
        self.b = _shared(np.zeros(n_out), f"{name}_b")
        self.params = [self.W, self.b]
        self.output = pt.tanh(pt.dot(input, self.W) + self.b)


class LeNet(Classifier):
    """Two layers of convolution and pooling, one of tanh units, and softmax regression.

    `x` is a symbolic matrix ``(n, 28 * 28)``, an image a row. `params` are those of the layers,
    the last layer's first, named ``layer3_W`` to ``layer0_b``.

    Source: deeplearning.net, "Convolutional Neural Networks (LeNet)".
    """

    def __init__(
        self,
        x: TensorVariable,
        nkerns: Sequence[int] = (20, 50),
        n_hidden: int = 500,
        n_out: int = 10,
        seed: int = SEED,
    ) -> None:
        rng = np.random.RandomState(seed)
        self.x = x
        images = x.reshape((-1, 1, 28, 28))
        # 28 pixels, less 4 at the border, in pairs: 12; the same again: 4.
        self.layer0 = ConvPoolLayer(rng, images, (nkerns[0], 1, 5, 5), name="layer0")
        maps = self.layer0.output
        self.layer1 = ConvPoolLayer(rng, maps, (nkerns[1], nkerns[0], 5, 5), name="layer1")
        n_maps = nkerns[1] * 4 * 4
        flat = self.layer1.output.reshape((-1, n_maps))
        self.layer2 = HiddenLayer(rng, flat, n_maps, n_hidden, name="layer2")
        output = SoftmaxRegression(self.layer2.output, n_hidden, n_out)
        for param in output.params:
            param.name = f"layer3_{param.name}"
        layers = output, self.layer2, self.layer1, self.layer0
        self.params = [param for layer in layers for param in layer.params]
        self.p_y_given_x, self.y_pred = output.p_y_given_x, output.y_pred


def _shared(value: Array, name: str) -> TensorSharedVariable:
    value = np.asarray(value, dtype=pytensor.config.floatX)
    return pytensor.shared(value, name=name, shape=value.shape)
