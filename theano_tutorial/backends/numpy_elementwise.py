"""NumPy for elementwise operations that no function of NumPy's names, and for a product."""

import functools
from collections.abc import Callable, Sequence

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import ProdWithoutZeros
from pytensor.tensor.variable import TensorVariable
from scipy.special import polygamma

from theano_tutorial._types import Array
from theano_tutorial.backends.numpy_backend import NumpyCall
from theano_tutorial.rewrites.index_ops import Storage

# By the name of the scalar operation's class.
_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "Cast": np.array,
    "Identity": np.array,
    "Clip": lambda x, low, high: np.where(x < low, low, np.where(x > high, high, x)),
    "Second": lambda shape, value: np.broadcast_arrays(shape, value)[1].copy(),
    "RoundHalfAwayFromZero": lambda x: np.trunc(x + np.copysign(0.5, x)),
    "Softplus": lambda x: np.where(x > 0, x, 0) + np.log1p(np.exp(-np.abs(x))),
    "Log1mexp": lambda x: np.where(
        x < -np.log(2.0), np.log1p(-np.exp(x)), np.log(-np.expm1(x))
    ),
    "TriGamma": functools.partial(polygamma, 1),
}


class Vectorized(NumpyCall):
    """An elementwise operation by calls of NumPy, with the checks of `NumpyCall`."""

    __props__ = ("scalar_op",)

    def __init__(self, scalar_op: Op) -> None:
        self.scalar_op = scalar_op
        self.function = _FUNCTIONS[type(scalar_op).__name__]

    def make_node(self, *inputs: TensorVariable) -> Apply:
        node = Elemwise(self.scalar_op).make_node(*inputs)
        return Apply(self, node.inputs, [output.clone() for output in node.outputs])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        super().perform(node, inputs, output_storage)
        out = output_storage[0]
        out[0] = np.asarray(out[0], node.outputs[0].type.dtype)


@node_rewriter([ProdWithoutZeros])
def use_prod(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Replace the product of what is not 0, of which only PyTensor's C and Numba know."""
    op, (x,) = node.op, node.inputs
    others = pt.switch(pt.eq(x, 0), pt.constant(1, dtype=x.type.dtype), x)
    return [pt.prod(others, op.axis, dtype=op.dtype, acc_dtype=op.acc_dtype)]


@node_rewriter([Elemwise])
def use_vectorized(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace an operation that would run entry by entry."""
    if type(node.op.scalar_op).__name__ not in _FUNCTIONS or node.op.inplace_pattern:
        return None
    new = Vectorized(node.op.scalar_op)(*node.inputs)
    return [new] if node.outputs[0].type.is_super(new.type) else None
