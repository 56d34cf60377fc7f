"""Arithmetic of floats whose last bit is Theano's on every backend.

NumPy's logarithm differs in that bit from the C library's, which Theano called, for one
float32 in five and one float64 in 300, and its cosine for one float32 in six: vector
instructions compute them. SciPy's ``x * log(y)`` and NumPy's exponential of complex numbers do
call the C library, in either precision. And a C compiler may round ``x * y + z`` once, not
twice.
"""

from typing import ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.variable import TensorVariable
from scipy.special import xlogy

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.base import DrawOp
from theano_tutorial.rewrites.index_ops import Shapes, shapes_of


class _Elementwise(DrawOp):
    __props__: ClassVar[tuple[str, ...]] = ()
    n_outputs = 1

    def make_node(self, *inputs: TensorVariable) -> Apply:
        out = sum(inputs[1:], inputs[0]).type
        return Apply(self, list(inputs), [out() for _ in range(self.n_outputs)])

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        shape = pt.broadcast_shape(*shapes_of(context), arrays_are_shapes=True)
        return [shape] * self.n_outputs


class Radius(_Elementwise):
    """The square root of -2 log(x)."""

    def run(self, x: Array) -> tuple[Array, ...]:  # type: ignore[override]
        return (np.sqrt(-2 * xlogy(x.dtype.type(1), x)),)


class CosSin(_Elementwise):
    """The cosine and the sine, two outputs."""

    n_outputs = 2

    def run(self, x: Array) -> tuple[Array, ...]:  # type: ignore[override]
        turned = np.exp(x * np.complex64(1j))
        return turned.real.copy(), turned.imag.copy()


class Stretch(_Elementwise):
    """x * y + z."""

    def run(self, x: Array, y: Array, z: Array) -> tuple[Array, ...]:  # type: ignore[override]
        return (np.asarray(x * y + z),)
