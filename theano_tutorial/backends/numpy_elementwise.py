"""Elementwise operations, and a product, as calls of NumPy instead of loops in Python."""

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

from theano_tutorial._types import Array
from theano_tutorial.rewrites.index_ops import Shapes, Storage, check_repeated, shapes_of


class NumpyCall(Op):
    """An elementwise function of NumPy, such as ``numpy.add`` or ``numpy.exp``.

    It keeps the one check of PyTensor's own operation that matters: an array is broadcast along
    a dimension only if its type says that it has length 1 there; otherwise shapes that differ
    raise a `ValueError`.
    """

    __props__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
        self.function = getattr(np, name)

    def make_node(self, *inputs: TensorVariable) -> Apply:
        inputs = tuple(pt.as_tensor(v) for v in inputs)
        dtype = self.function.resolve_dtypes((*(np.dtype(v.dtype) for v in inputs), None))[-1]
        ndim = max(v.type.ndim for v in inputs)
        known = [
            next((v.type.shape[i] for v in inputs if v.type.shape[i] not in (1, None)), None)
            if any(v.type.shape[i] != 1 for v in inputs)
            else 1
            for i in range(ndim)
        ]
        return Apply(self, list(inputs), [pt.tensor(dtype=str(dtype), shape=tuple(known))])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        with np.errstate(all="ignore"):
            out = np.asarray(self.function(*inputs))
        for value, variable in zip(inputs, node.inputs, strict=True):
            if np.shape(value) != out.shape:
                check_repeated(np.shape(value), variable.type.broadcastable, out.shape)
        output_storage[0][0] = out

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [pt.broadcast_shape(*shapes_of(context), arrays_are_shapes=True)]


def _trigamma(x: Array) -> Array:
    from scipy.special import polygamma  # takes a tenth of a second

    return np.asarray(polygamma(1, x), x.dtype)


# Functions by the name of the scalar operation's class.
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
    "TriGamma": _trigamma,
}


class Vectorized(NumpyCall):
    """An elementwise operation made of calls of NumPy, with the check of `NumpyCall`."""

    __props__ = ("scalar_op",)

    def __init__(self, scalar_op: Op) -> None:
        self.scalar_op = scalar_op
        self.function = _FUNCTIONS[type(scalar_op).__name__]

    def make_node(self, *inputs: TensorVariable) -> Apply:
        node = Elemwise(self.scalar_op).make_node(*inputs)
        return Apply(self, node.inputs, [output.clone() for output in node.outputs])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        dtype = node.outputs[0].type.dtype  # from int8, NumPy would compute exp in float16
        super().perform(node, [np.asarray(x, dtype) for x in inputs], output_storage)


@node_rewriter([ProdWithoutZeros])
def use_prod(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Replace the product of nonzero entries, which PyTensor has only in C and Numba."""
    op, (x,) = node.op, node.inputs
    others = pt.switch(pt.eq(x, 0), pt.constant(1, dtype=x.type.dtype), x)
    return [pt.prod(others, op.axis, dtype=op.dtype, acc_dtype=op.acc_dtype)]


@node_rewriter([Elemwise])
def use_vectorized(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace an operation that would run entry by entry in Python."""
    if type(node.op.scalar_op).__name__ not in _FUNCTIONS or node.op.inplace_pattern:
        return None
    new = Vectorized(node.op.scalar_op)(*node.inputs)
    return [new] if node.outputs[0].type.is_super(new.type) else None
