"""Logarithm, cosine and sine as the C library computes them, which is how Theano did.

NumPy's own differ in the last bit, for one float32 number in five and one float64 in 300: it
has vector instructions compute them. SciPy's ``x * log(y)`` and NumPy's exponential of complex
numbers call the C library in either precision.
"""

from collections.abc import Sequence

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.variable import TensorVariable
from scipy.special import xlogy

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.base import DrawOp
from theano_tutorial.rewrites.index_ops import Shapes, Storage, shapes_of


class _Libm(DrawOp):
    __props__ = ()
    n_outputs = 1

    def make_node(self, x: TensorVariable) -> Apply:
        x = pt.as_tensor(x)
        return Apply(self, [x], [x.type() for _ in range(self.n_outputs)])

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return shapes_of(context) * self.n_outputs


class Log(_Libm):
    """The logarithm of floats."""

    def perform(
        self, node: Apply | None, inputs: Sequence[Array], output_storage: Storage
    ) -> None:
        (x,) = inputs
        output_storage[0][0] = np.asarray(xlogy(x.dtype.type(1), x))


class CosSin(_Libm):
    """The cosine and the sine of floats, two outputs."""

    n_outputs = 2

    def perform(
        self, node: Apply | None, inputs: Sequence[Array], output_storage: Storage
    ) -> None:
        (x,) = inputs
        turned = np.exp(x * np.complex64(1j))
        output_storage[0][0], output_storage[1][0] = turned.real.copy(), turned.imag.copy()


log, cos_sin = Log(), CosSin()
