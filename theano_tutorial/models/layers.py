"""The layers below the last: hidden units and feature maps."""

from collections.abc import Callable

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import numbers, tensor
from theano_tutorial.models.parameter import check_sizes, parameter, uniform


class HiddenLayer:
    r"""A layer of hidden units.

    .. math:: h = s(x W + b)

    `x` is a symbolic matrix ``(n, n_in)``: the images, or another layer's `output`. This
    layer's `output` is ``(n, n_out)``. The `activation` :math:`s` is applied to each entry;
    None is the identity. `params` are the shared weights `W` ``(n_in, n_out)``, drawn from
    `rng` uniformly within :math:`\pm\sqrt{6 / (n_{in} + n_{out})}`, and biases `b`
    ``(n_out,)``, initially zero; both in ``floatX``, and called ``hidden_W`` and ``hidden_b``
    if the layer's `name` is ``hidden``. Layers of one model need different names.

    Source: deeplearning.net, "Multilayer Perceptron"; Glorot, Bengio, "Understanding the
    difficulty of training deep feedforward neural networks" (2010), for the bound.
    """

    def __init__(
        self,
        rng: np.random.RandomState,
        x: TensorVariable,
        n_in: int,
        n_out: int,
        activation: Callable[[TensorVariable], TensorVariable] | None = pt.tanh,
        name: str = "hidden",
    ) -> None:
        check_sizes(n_in=n_in, n_out=n_out)
        self.x = tensor(x, "x", 2)
        self.W = parameter(uniform(rng, n_in, n_out, (n_in, n_out)), f"{name}_W")
        self.b = parameter(np.zeros(n_out), f"{name}_b")
        self.params = [self.W, self.b]
        linear = pt.dot(self.x, self.W) + self.b
        self.output = linear if activation is None else activation(linear)


class ConvPoolLayer:
    r"""A layer of feature maps: convolution, max-pooling, a bias for each map, and tanh.

    .. math:: h = \tanh(\mathrm{pool}(x * W) + b)

    `x` is symbolic, ``(n, channels, height, width)``: images, or another layer's `output`. This
    layer's `output` is its feature maps ``(n, n_filters, ...)``. Filters move by one pixel and
    stay within the image; windows of `poolsize` do not overlap. `params` are the shared `W`, of
    `filter_shape` ``(n_filters, channels, height, width)``, and `b` ``(n_filters,)``, initially
    zero; both in ``floatX``, and called ``layer_W`` and ``layer_b`` if the layer's `name` is
    ``layer``. `W` is drawn from `rng` uniformly within :math:`\pm\sqrt{6 / (in + out)}`. There,
    *in* = ``channels * height * width`` counts a unit's inputs, and *out* = ``n_filters *
    height * width``, divided by the size of `poolsize` and rounded down, its outputs.

    Source: deeplearning.net, "Convolutional Neural Networks (LeNet)", class
    `LeNetConvPoolLayer`.
    """

    def __init__(
        self,
        rng: np.random.RandomState,
        x: TensorVariable,
        filter_shape: tuple[int, int, int, int],
        poolsize: tuple[int, ...] = (2, 2),
        name: str = "layer",
    ) -> None:
        # Imported here because it takes a while, and other models do not need it.
        from theano_tutorial.convolution import conv2d, pool_2d

        n_filters, channels, height, width = numbers(filter_shape, "filter_shape", 1, 4)
        poolsize = numbers(poolsize, "poolsize", 1, 2)
        fan_in = channels * height * width
        fan_out = n_filters * height * width // (poolsize[0] * poolsize[1])
        self.x = x
        self.W = parameter(uniform(rng, fan_in, fan_out, filter_shape), f"{name}_W")
        self.b = parameter(np.zeros(n_filters), f"{name}_b")
        self.params = [self.W, self.b]
        convolved = conv2d(x, self.W, filter_shape=filter_shape)
        pooled = pool_2d(convolved, ws=poolsize, ignore_border=True)
        self.output = pt.tanh(pooled + self.b.dimshuffle("x", 0, "x", "x"))
