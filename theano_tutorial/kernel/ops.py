r"""Softmax regression's pass over the images, and a hidden layer's products: the mathematics.

`LogLikelihood` computes, for images `x` with labels `y`, the log-likelihood of each label under
:math:`P = \mathrm{softmax}(x W + b)`, and the gradients of their sum,

.. math:: G = \mathrm{onehot}(y) - P, \qquad
          \frac{\partial}{\partial W} = x^T G, \qquad
          \frac{\partial}{\partial b} = \sum_i G_i ,

while each image is in the processor's cache: the graph as the tutorials write it reads all
images twice, and writes and reads back every matrix in between.

The operations call the compiled kernel or, if there is none, the `reference`.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.tensor.variable import TensorVariable

from theano_tutorial import kernel
from theano_tutorial._types import Array
from theano_tutorial.kernel.c_call import LogLikelihoodInC
from theano_tutorial.kernel.reference import Reference
from theano_tutorial.rewrites.index_ops import Storage, check_lengths

# A static shape, with None for a length that is not known.
Shape = tuple[int | None, ...]


def functions(dtype: str) -> kernel.Kernel | Reference:
    """Return the functions that compute for a dtype: the kernel or the reference."""
    return kernel.load(dtype) or Reference()


class _Layer(Op):
    """An operation whose outputs all have the first input's dtype."""

    # The outputs' shapes from the inputs'; and the outputs from their dtype and the inputs.
    shapes: Callable[..., Sequence[Shape]]
    compute: Callable[..., list[Array]]

    def make_node(self, *inputs: TensorVariable) -> Apply:
        given = [pt.as_tensor(v) for v in inputs]
        dtype = given[0].type.dtype
        shapes = self.shapes(*(v.type.shape for v in given))
        return Apply(self, given, [pt.tensor(dtype=dtype, shape=shape) for shape in shapes])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        outputs = self.compute(node.outputs[0].type.dtype, *inputs)
        for storage, output in zip(output_storage, outputs, strict=True):
            storage[0] = output


class LogLikelihood(_Layer, LogLikelihoodInC):
    r"""The log-likelihood of labels under a softmax, and its gradients.

    Inputs are `x` ``(n, n_in)``, `W` ``(n_in, n_out)`` and `b` ``(n_out,)``, of floats; and `y`
    ``(n,)``, integers from 0 to ``n_out - 1``. Negative ones, down to ``-n_out``, count from
    the last class, as indices in NumPy do; others raise an `IndexError`, and an `x` and `y`
    that differ in length raise a `ValueError`.

    Outputs are the mean of `log_p` if `is_mean`, else its sum; `log_p` ``(n,)``,
    :math:`\log P(y_i \mid x_i)`, at most 0; `gW` and `gb`, the gradients of the first output
    with respect to `W` and `b`; and if `with_gz`, that with respect to ``x W + b``.
    """

    __props__ = ("is_mean", "with_gz")

    def __init__(self, is_mean: bool = True, with_gz: bool = False) -> None:
        self.is_mean = is_mean
        self.with_gz = with_gz

    def shapes(self, x: Shape, W: Shape, b: Shape, y: Shape) -> Sequence[Shape]:
        n, n_in, n_out = x[0] or y[0], x[1] or W[0], W[1] or b[0]
        return [(), (n,), (n_in, n_out), (n_out,), (n, n_out)][: 4 + self.with_gz]

    def compute(self, dtype: str, x: Array, W: Array, b: Array, y: Array) -> list[Array]:
        check_lengths(x, y)
        _check_widths(x, W, b)
        scale = _scale(y, self.is_mean)
        total, *others = functions(dtype).log_likelihood(x, W, b, y, scale, self.with_gz)
        return [_reduced(total, y, self.is_mean, dtype), *others]

    def in_python(self, *inputs: Array) -> list[Array]:
        return self.compute(inputs[0].dtype.name, *inputs)


class Network(_Layer):
    r"""`LogLikelihood` of a network with a hidden layer, :math:`h = \tanh(x W_{xh} + b_{xh})`.

    Inputs are `x`, the weights `W_xh` ``(n_in, n_hidden)``, `b_xh`, `W_hy`, `b_hy`, and `y`;
    outputs are the log-likelihood, `log_p` and the gradients with respect to the weights.
    `images` is the largest possible number of images, or None if that is not known.
    """

    __props__: tuple[str, ...] = ("is_mean", "images")

    def __init__(self, is_mean: bool = True, images: int | None = None) -> None:
        self.is_mean = is_mean
        self.images = images

    def shapes(self, x: Shape, *params_and_y: Shape) -> Sequence[Shape]:
        *params, y = params_and_y
        return [(), y[:1], *params]

    def compute(self, dtype: str, x: Array, *params_and_y: Array) -> list[Array]:
        *params, y = params_and_y
        check_lengths(x, y)
        _check_widths(x, *params[:2])
        _check_widths(params[0], *params[2:])
        total, *others = functions(dtype).network(x, params, y, _scale(y, self.is_mean))
        return [_reduced(total, y, self.is_mean, dtype), *others]


class NetworkStep(Network):
    r"""`Network` with an update of its largest weights, :math:`W_{xh}`.

    Two more inputs are scalars, the `rate` :math:`\lambda` and `decay` :math:`\delta`. Instead
    of the gradient :math:`G`, there are two outputs: the new weights
    :math:`W + \lambda G - \delta W`, and the sum of squares of the old ones. If `in_place`, the
    new weights overwrite the old ones.
    """

    __props__ = ("is_mean", "in_place")

    def __init__(self, is_mean: bool = True, in_place: bool = False) -> None:
        super().__init__(is_mean)
        self.in_place = in_place
        self.destroy_map = {2: [1]} if in_place else {}

    def shapes(self, x: Shape, *params_and_y: Shape) -> Sequence[Shape]:
        W_xh, *params, y, _, _ = params_and_y
        return [(), y[:1], W_xh, (), *params]

    def compute(self, dtype: str, x: Array, *others: Array) -> list[Array]:
        W_xh, *params, y, rate, decay = others
        check_lengths(x, y)
        _check_widths(x, W_xh, params[0])
        _check_widths(W_xh, *params[1:])
        W_xh = np.require(W_xh, requirements=["C", "A", "W"]) if self.in_place else W_xh.copy()
        step = functions(dtype).network_step
        scale, *rates = _scale(y, self.is_mean), float(rate), float(decay)
        total, log_p, squares, *gradients = step(x, (W_xh, *params), y, scale, *rates)
        sums = _reduced(total, y, self.is_mean, dtype), np.array(squares, dtype)
        return [sums[0], log_p, W_xh, sums[1], *gradients]


class Affine(_Layer):
    """``x W + b``, or its tanh if `is_tanh`; without `b`, ``x W``."""

    __props__ = ("is_tanh",)

    def __init__(self, is_tanh: bool = False) -> None:
        self.is_tanh = is_tanh

    def shapes(self, x: Shape, W: Shape, *b: Shape) -> Sequence[Shape]:
        return [(x[0], W[1])]

    def compute(self, dtype: str, x: Array, W: Array, *b: Array) -> list[Array]:
        _check_widths(x, W, *b)
        return [functions(dtype).affine(x, W, b[0] if b else None, self.is_tanh)]


class AffineGradient(_Layer):
    r"""The gradients of ``x W + b`` with respect to `W` and `b`, or of its tanh, `h`.

    For matrices `x` ``(n, n_in)`` and `g` ``(n, n_out)``, the gradient for the output, they are
    :math:`x^T g` and :math:`\sum_i g_i`; given `h`, :math:`g (1 - h^2)` takes the place of `g`.
    """

    __props__ = ()

    def shapes(self, x: Shape, g: Shape, *h: Shape) -> Sequence[Shape]:
        return [(x[1], g[1]), (g[1],)]

    def compute(self, dtype: str, x: Array, g: Array, *h: Array) -> list[Array]:
        check_lengths(x, g)
        if h and h[0].shape != g.shape:
            raise ValueError(f"shapes do not fit: {g.shape} through a tanh of {h[0].shape}")
        return functions(dtype).affine_gradient(x, g, h[0] if h else None)


def _scale(y: Array, is_mean: bool) -> float:
    return 1 / max(len(y), 1) if is_mean else 1.0


def _reduced(total: Array, y: Array, is_mean: bool, dtype: str) -> Array:
    """Return the sum or mean of the log-likelihoods as an array of a dtype."""
    mean = float(total) / len(y) if len(y) else np.nan
    return np.array(mean if is_mean else float(total), dtype)


def _check_widths(x: Array, W: Array, *b: Array) -> None:
    if x.shape[1] != W.shape[0] or any(row.shape != W.shape[1:] for row in b):
        shapes = " plus ".join(str(row.shape) for row in (W, *b))
        raise ValueError(f"shapes do not fit: {x.shape} times {shapes}")
