"""Elementwise operations that NumPy has no single function for, by a few calls of it.

Without a compiler, PyTensor computes these entry by entry in Python.
"""

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
from scipy.special import gamma, gammainc, gammaincc, polygamma

from theano_tutorial._types import Array
from theano_tutorial.rewrites.index_ops import Storage, check_repeated

# A function of arrays, entry by entry.
OnArrays = Callable[..., Array]


def _clip(x: Array, low: Array, high: Array) -> Array:
    return np.where(x < low, low, np.where(x > high, high, x))


def _softplus(x: Array) -> Array:
    return np.where(x > 0, x, 0) + np.log1p(np.exp(-np.abs(x)))


def _log1mexp(x: Array) -> Array:
    return np.where(x < -np.log(2.0), np.log1p(-np.exp(x)), np.log(-np.expm1(x)))


def _second(shape: Array, value: Array) -> Array:
    return np.broadcast_arrays(shape, value)[1]


def _round_away(x: Array) -> Array:
    return np.where(x < 0, np.ceil(x - 0.5), np.floor(x + 0.5))


# By the name of the scalar operation's class: any number of arguments, by a function of two.
_MANY: dict[str, np.ufunc] = {
    "Add": np.add,
    "Mul": np.multiply,
    "AND": np.bitwise_and,
    "OR": np.bitwise_or,
    "XOR": np.bitwise_xor,
    "ScalarMaximum": np.maximum,
    "ScalarMinimum": np.minimum,
}
_OTHERS: dict[str, OnArrays] = {
    "Cast": np.asarray,
    "Clip": _clip,
    "Second": _second,
    "Identity": np.asarray,
    "RoundHalfAwayFromZero": _round_away,
    "Complex": lambda x, y: x + 1j * y,
    "ComplexFromPolar": lambda r, angle: r * np.exp(1j * angle),
    "Softplus": _softplus,
    "Log1mexp": _log1mexp,
    "TriGamma": functools.partial(polygamma, 1),
    "GammaU": lambda k, x: gammaincc(k, x) * gamma(k),
    "GammaL": lambda k, x: gammainc(k, x) * gamma(k),
}


def on_arrays(op: Op) -> OnArrays | None:
    """Return the function of arrays that a scalar operation is, entry by entry; or None."""
    name = type(op).__name__
    if name in _MANY:
        return functools.partial(_fold, _MANY[name])
    return _OTHERS.get(name)


def _fold(function: np.ufunc, *arrays: Array) -> Array:
    return np.asarray(functools.reduce(function, arrays))


class Vectorized(Op):
    """An elementwise operation by calls of NumPy.

    As with PyTensor's own, an array is repeated along a dimension only where its type says that
    it has length 1 there; otherwise shapes that differ raise a `ValueError`.
    """

    __props__ = ("scalar_op",)

    def __init__(self, scalar_op: Op) -> None:
        self.scalar_op = scalar_op
        function = on_arrays(scalar_op)
        assert function is not None
        self.function = function

    def make_node(self, *inputs: TensorVariable) -> Apply:
        node = Elemwise(self.scalar_op).make_node(*inputs)
        return Apply(self, node.inputs, [output.clone() for output in node.outputs])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        with np.errstate(all="ignore"):
            out = np.asarray(self.function(*inputs), node.outputs[0].type.dtype)
        for value, variable in zip(inputs, node.inputs, strict=True):
            if np.shape(value) != out.shape:
                check_repeated(np.shape(value), variable.type.broadcastable, out.shape)
        output_storage[0][0] = out if out.flags.owndata else out.copy()

    def infer_shape(self, *context: object) -> object:
        return Elemwise(self.scalar_op).infer_shape(*context)


@node_rewriter([ProdWithoutZeros])
def use_prod(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Replace the product of what is not 0, of which only PyTensor's C and Numba know."""
    op, (x,) = node.op, node.inputs
    others = pt.switch(pt.eq(x, 0), pt.constant(1, dtype=x.type.dtype), x)
    return [pt.prod(others, op.axis, dtype=op.dtype, acc_dtype=op.acc_dtype)]


@node_rewriter([Elemwise])
def use_vectorized(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace an operation that would run entry by entry."""
    spec = node.op.nfunc_spec
    is_one_call = spec is not None and spec[1] == len(node.inputs)
    if is_one_call or on_arrays(node.op.scalar_op) is None or node.op.inplace_pattern:
        return None
    new = Vectorized(node.op.scalar_op)(*node.inputs)
    return [new] if node.outputs[0].type.is_super(new.type) else None
