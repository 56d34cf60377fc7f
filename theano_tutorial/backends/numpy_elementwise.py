"""Elementwise operations, and a product, as calls of NumPy instead of loops in Python."""

from collections.abc import Callable, Sequence
from functools import partial, reduce

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.scalar.basic import Cast, Identity, ScalarOp
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.rewrites.index_ops import Shapes, Storage, check_repeated, shapes_of


def _trigamma(x: Array) -> Array:
    from scipy.special import polygamma  # takes a tenth of a second

    return np.asarray(polygamma(1, x), x.dtype)


# Functions by the name of the scalar operation's class.
_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "Clip": lambda x, low, high: np.where(x < low, low, np.where(x > high, high, x)),
    "Second": lambda shape, value: np.broadcast_arrays(shape, value)[1].copy(),
    "RoundHalfAwayFromZero": lambda x: np.trunc(x + np.copysign(0.5, x)),
    "Softplus": lambda x: np.where(x > 0, x, 0) + np.log1p(np.exp(-np.abs(x))),
    "Log1mexp": lambda x: np.where(
        x < -np.log(2.0), np.log1p(-np.exp(x)), np.log(-np.expm1(x))
    ),
    "TriGamma": _trigamma,
}


class NumpyCall(Op):
    """An elementwise operation as a call of NumPy, such as ``numpy.add`` or ``numpy.exp``.

    It keeps the one check of PyTensor's own operation that matters: an array is broadcast along
    a dimension only if its type says that it has length 1 there; otherwise shapes that differ
    raise a `ValueError`.
    """

    __props__ = ("scalar_op", "n_inputs", "dtype")

    def __init__(self, scalar_op: ScalarOp, n_inputs: int, dtype: str) -> None:
        self.scalar_op, self.n_inputs, self.dtype = scalar_op, n_inputs, dtype
        self.function = _function(scalar_op, n_inputs, dtype)

    def __str__(self) -> str:
        return f"NumpyCall{{{self.scalar_op}}}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.scalar_op, self.n_inputs, self.dtype)

    def make_node(self, *inputs: TensorVariable) -> Apply:
        node = Elemwise(self.scalar_op).make_node(*inputs)
        return Apply(self, node.inputs, [output.clone() for output in node.outputs])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        with np.errstate(all="ignore"):
            out = np.asarray(self.function(*inputs))
        for value, variable in zip(inputs, node.inputs, strict=True) if len(inputs) > 1 else ():
            if value.shape != out.shape:
                check_repeated(value.shape, variable.type.broadcastable, out.shape)
        output_storage[0][0] = out

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [pt.broadcast_shape(*shapes_of(context), arrays_are_shapes=True)]


@node_rewriter([Elemwise])
def use_numpy_call(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace an elementwise operation by NumPy's, if that gives the same result type."""
    if node.op.inplace_pattern:
        return None
    out = node.outputs[0].type
    try:
        call = NumpyCall(node.op.scalar_op, len(node.inputs), out.dtype)
        made = call.function(*(np.empty(0, v.type.dtype) for v in node.inputs))
    except TypeError:  # NumPy does not have the function, or not for these types
        return None
    new = call(*node.inputs)
    return [new] if made.dtype == out.dtype and out.is_super(new.type) else None


def _function(scalar_op: ScalarOp, n_inputs: int, dtype: str) -> Callable[..., Array]:
    """Return what computes a scalar operation on arrays; `TypeError` if NumPy has it not."""
    if isinstance(scalar_op, Cast | Identity):
        return partial(np.array, dtype=dtype)
    ours = _FUNCTIONS.get(type(scalar_op).__name__)
    if ours is not None:  # from int8, NumPy would compute exp in float16
        return lambda *values: ours(*(np.asarray(x, dtype) for x in values))
    name, *_ = getattr(scalar_op, "nfunc_spec", None) or ("",)
    function = getattr(np, name, None)
    if not isinstance(function, np.ufunc):
        raise TypeError(name)
    # PyTensor adds or multiplies several arrays at once; NumPy takes two, from left to right.
    has_several = function.nin == 2 < n_inputs
    return (lambda *values: reduce(function, values)) if has_several else function
