"""Models: parameters in shared variables, probabilities and predictions as expressions.

Each is a `Classifier` in a file of its own, composed of layers if it has several. `MODELS`
lists them all; a saved model is restored as the first of them that has such parameters.
"""

from collections.abc import Mapping

from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.models.classifier import Classifier
from theano_tutorial.models.layers import ConvPoolLayer, HiddenLayer
from theano_tutorial.models.lenet import LeNet
from theano_tutorial.models.multilayer_perceptron import MultilayerPerceptron
from theano_tutorial.models.restoring import restore_one_of
from theano_tutorial.models.softmax_regression import SoftmaxRegression
from theano_tutorial.models.tanh_network import TanhNetwork

__all__ = [
    "MODELS",
    "Classifier",
    "ConvPoolLayer",
    "HiddenLayer",
    "LeNet",
    "MultilayerPerceptron",
    "SoftmaxRegression",
    "TanhNetwork",
    "restore",
]

MODELS = (SoftmaxRegression, TanhNetwork, MultilayerPerceptron, LeNet)


def restore(x: TensorVariable, params: Mapping[str, Array]) -> Classifier:
    """Build the model that these parameters belong to, on an input `x`, with their values.

    `params` has arrays of floats under the parameter names of one of `MODELS`, such as ``W, b``
    or ``W_xh, b_xh, W_hy, b_hy``. Other names or shapes, and values that are not finite floats,
    raise `ValueError`.
    """
    return restore_one_of(MODELS, x, params)
