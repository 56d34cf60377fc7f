"""Models: parameters in shared variables, probabilities and predictions as expressions."""

from collections.abc import Callable, Mapping

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial import objectives
from theano_tutorial._types import Array


def _shared(value: Array, name: str) -> TensorSharedVariable:
    return pytensor.shared(np.asarray(value, dtype=pytensor.config.floatX), name=name)


class Classifier:
    """Base of every model: what follows from the probabilities of the classes.

    `x` is the symbolic input; training changes `params`. `p_y_given_x` is a symbolic matrix
    ``(n, n_out)`` of each class's probability, whose rows sum to 1; `y_pred` is a symbolic
    ``int64`` vector ``(n,)``: the most probable class.
    """

    x: TensorVariable
    params: list[TensorSharedVariable]
    p_y_given_x: TensorVariable
    y_pred: TensorVariable

    @property
    def weights(self) -> list[TensorSharedVariable]:
        """The parameters that are regularised: all but the biases, in their order."""
        return [param for param in self.params if param.ndim > 1]

    def negative_log_likelihood(self, y: TensorVariable) -> TensorVariable:
        """Return `theano_tutorial.objectives.negative_log_likelihood` of labels `y`."""
        return objectives.negative_log_likelihood(self.p_y_given_x, y)

    def errors(self, y: TensorVariable) -> TensorVariable:
        """Return `theano_tutorial.objectives.errors`, the fraction of labels `y` got wrong."""
        return objectives.errors(self.y_pred, y)


class SoftmaxRegression(Classifier):
    r"""Multi-class logistic regression.

    .. math:: P(Y = k \mid x; W, b) = \mathrm{softmax}_k(x W + b)
              = \frac{e^{(x W + b)_k}}{\sum_j e^{(x W + b)_j}}

    `x` is a symbolic matrix ``(n, n_in)``, one row per image, or another layer's output.
    `params` are the shared weights `W` ``(n_in, n_out)`` and biases `b` ``(n_out,)``, zeros, in
    ``floatX``.

    Differs from the tutorial: its text introduces the model as proportional to the *sigmoid* of
    ``x W + b``. That is another model: softmax is proportional to the *exponential*, and it is
    softmax that the tutorial's own code computes.

    Source: document 1, "Multi-class logistic regression"; document 3, "The Model".
    """

    def __init__(self, x: TensorVariable, n_in: int, n_out: int) -> None:
        self.x = x
        self.W = _shared(np.zeros((n_in, n_out)), "W")
        self.b = _shared(np.zeros(n_out), "b")
        self.params = [self.W, self.b]
        self.p_y_given_x = pt.special.softmax(pt.dot(x, self.W) + self.b, axis=-1)
        self.y_pred = pt.argmax(self.p_y_given_x, axis=1)


class TanhNetwork(Classifier):
    r"""A network with one hidden layer of tanh units under a softmax.

    .. math:: h = \tanh(x W_{xh} + b_{xh}), \qquad
              P(Y = k \mid x) = \mathrm{softmax}_k(h W_{hy} + b_{hy})

    `x` is a symbolic matrix ``(n, n_in)``, `h` another, ``(n, n_hidden)``: the hidden units.
    `params` are the shared `W_xh`, `W_hy`, `b_xh` and `b_hy`, in the order of the tutorial's
    updates and in ``floatX``. ``W_xh`` starts as ``0.01 * RandomState(seed).randn(n_in,
    n_hidden)``, the others at zero; if it did too, all hidden units would stay identical for
    ever.

    Differs from the tutorial, which drew ``W_xh`` without a seed: no run can reproduce the
    trace that it prints.

    Source: document 1, sections "Neural network with a single hidden layer" and "Training a
    neural network".
    """

    def __init__(
        self, x: TensorVariable, n_in: int, n_hidden: int, n_out: int, seed: int = 0
    ) -> None:
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
    def initial_W_xh(n_in: int, n_hidden: int, seed: int) -> Array:
        """Return the initial weights of the hidden layer, ``(n_in, n_hidden)``, float64."""
        return 0.01 * np.random.RandomState(seed).randn(n_in, n_hidden)


class HiddenLayer:
    r"""A layer of hidden units: what every layer below the last is.

    .. math:: h = s(x W + b)

    `x` is a symbolic matrix ``(n, n_in)``, the images or another layer's `output`, which is
    another, ``(n, n_out)``; the `activation` :math:`s` is taken of each entry. `params` are the
    shared weights `W` ``(n_in, n_out)``, drawn from `rng` uniformly within
    :math:`\pm\sqrt{6 / (n_{in} + n_{out})}`, and biases `b` ``(n_out,)``, zeros; both in
    ``floatX``, and called ``hidden_W`` and ``hidden_b`` if the layer's `name` is ``hidden``.

    Source: deeplearning.net, "Multilayer Perceptron"; Glorot, Bengio, "Understanding the
    difficulty of training deep feedforward neural networks" (2010), for the bound.
    """

    def __init__(
        self,
        rng: np.random.RandomState,
        x: TensorVariable,
        n_in: int,
        n_out: int,
        activation: Callable[[TensorVariable], TensorVariable] = pt.tanh,
        name: str = "hidden",
    ) -> None:
        bound = np.sqrt(6.0 / (n_in + n_out))
        self.x = x
        self.W = _shared(rng.uniform(-bound, bound, (n_in, n_out)), f"{name}_W")
        self.b = _shared(np.zeros(n_out), f"{name}_b")
        self.params = [self.W, self.b]
        self.output = activation(pt.dot(x, self.W) + self.b)


class MultilayerPerceptron(Classifier):
    """A hidden layer of tanh units with softmax regression on top.

    `x` is a symbolic matrix ``(n, n_in)``. The layers are `hidden` and `output`; `params` are
    the shared ``hidden_W``, ``hidden_b``, ``output_W`` and ``output_b``, in ``floatX``. All is
    drawn from ``RandomState(seed)``, which is only ``hidden_W``.

    The graph is that of `TanhNetwork`, from other weights.

    Source: deeplearning.net, "Multilayer Perceptron", class `MLP`.
    """

    def __init__(
        self, x: TensorVariable, n_in: int, n_hidden: int, n_out: int, seed: int = 1234
    ) -> None:
        rng = np.random.RandomState(seed)
        self.x = x
        self.hidden = HiddenLayer(rng, x, n_in, n_hidden)
        self.output = SoftmaxRegression(self.hidden.output, n_hidden, n_out)
        self.output.W.name, self.output.b.name = "output_W", "output_b"
        self.params = self.hidden.params + self.output.params
        self.p_y_given_x = self.output.p_y_given_x
        self.y_pred = self.output.y_pred


def restore(x: TensorVariable, params: Mapping[str, Array]) -> Classifier:
    """Build the model that these parameters belong to, on an input `x`, with their values.

    They are arrays of floats by the tutorials' names: ``W, b`` or ``W_xh, b_xh, W_hy, b_hy``.
    Other names or shapes, and values that are not finite floats, raise `ValueError`.
    """
    shapes = {name: np.shape(value) for name, value in params.items()}
    model: Classifier
    match shapes:
        case {"W": (n_in, n_out), "b": (n_b,)} if len(shapes) == 2 and n_b == n_out:
            model = SoftmaxRegression(x, n_in, n_out)
        case {
            "W_xh": (n_in, n_hidden),
            "b_xh": (n_b,),
            "W_hy": (n_h, n_out),
            "b_hy": (n_c,),
        } if len(shapes) == 4 and (n_b, n_h, n_c) == (n_hidden, n_hidden, n_out):
            model = TanhNetwork(x, n_in, n_hidden, n_out)
        case {
            "hidden_W": (n_in, n_hidden),
            "hidden_b": (n_b,),
            "output_W": (n_h, n_out),
            "output_b": (n_c,),
        } if len(shapes) == 4 and (n_b, n_h, n_c) == (n_hidden, n_hidden, n_out):
            model = MultilayerPerceptron(x, n_in, n_hidden, n_out)
        case _:
            raise ValueError(f"no model has parameters of these names and shapes: {shapes}")
    for param in model.params:
        value = np.asarray(params[param.name])
        if value.dtype.kind != "f" or not np.isfinite(value).all():
            raise ValueError(f"{param.name} holds values that are not finite floats")
        param.set_value(value.astype(param.dtype))
    return model
