"""Recognise the expressions in a graph that our layers are made of."""

from collections.abc import Iterator
from typing import NamedTuple

from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.scalar.basic import Add, Log
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Dot, Sum
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.subtensor import Subtensor


class AffineMap(NamedTuple):
    """The parts of ``x W + b``."""

    x: Variable
    W: Variable
    b: Variable


def same(a: Variable, b: Variable | None) -> bool:
    """Return whether two variables are the same operations on the same inputs.

    Unlike PyTensor's own comparison, it ignores static shapes: because of ``givens``, one
    variable may have been built before a shape was known, the other after.
    """
    if a is b:
        return True
    if isinstance(a, Constant) or isinstance(b, Constant):
        return isinstance(a, Constant) and a.equals(b)
    if b is None or a.owner is None or b.owner is None:
        return False
    return (
        _is_same_op(a.owner.op, b.owner.op)
        and a.index == b.index
        and len(a.owner.inputs) == len(b.owner.inputs)
        and all(map(same, a.owner.inputs, b.owner.inputs))
    )


def _is_same_op(a: Op, b: Op) -> bool:
    if isinstance(a, Softmax | LogSoftmax):  # they contain a graph, which has static shapes
        return type(a) is type(b) and a.axis == b.axis
    return bool(a == b)


def is_elemwise(node: Apply | None, operation: type) -> bool:
    """Return whether a node applies a scalar operation, such as `Add`, entry by entry."""
    op = getattr(node, "op", None)
    return isinstance(op, Elemwise) and isinstance(op.scalar_op, operation)


def is_transpose(node: Apply | None) -> bool:
    """Return whether a node transposes a matrix."""
    return _is_shuffle(node, (1, 0))


def _is_shuffle(node: Apply | None, order: tuple[int | str, ...]) -> bool:
    op = getattr(node, "op", None)
    return isinstance(op, DimShuffle) and tuple(op.new_order) == order


def affine_map(z: Variable) -> AffineMap | None:
    """Return x, W and b if the variable is ``x W + b``, else None."""
    if not is_elemwise(z.owner, Add) or len(z.owner.inputs) != 2:
        return None
    for product, row in (z.owner.inputs, z.owner.inputs[::-1]):
        b = _vector_of(row)
        if b is not None and product.owner is not None and isinstance(product.owner.op, Dot):
            x, W = product.owner.inputs
            if x.type.ndim == W.type.ndim == 2 and of_one_dtype(x, W, b, z):
                return AffineMap(x, W, b)
    return None


def _vector_of(row: Variable) -> Variable | None:
    """Return b if the variable is the vector b made into a row."""
    if not _is_shuffle(row.owner, ("x", 0)):
        return None
    (b,) = row.owner.inputs
    return b if b.type.broadcastable == (False,) else None


def of_one_dtype(*variables: Variable) -> bool:
    """Return whether the kernel can compute with these: all float32, or all float64."""
    return {v.type.dtype for v in variables} in ({"float32"}, {"float64"})


def softmax_of(log_p: Variable) -> Variable | None:
    """Return z if the variable is the logarithm of the softmax of z's rows."""
    node, wanted = log_p.owner, LogSoftmax
    if is_elemwise(node, Log):
        node, wanted = node.inputs[0].owner, Softmax
    if node is None or not isinstance(node.op, wanted):
        return None
    axis = node.op.axis if isinstance(node.op.axis, tuple) else (node.op.axis,)
    return node.inputs[0] if axis in ((1,), (-1,)) else None


def gradients(
    fgraph: FunctionGraph, x: Variable, g: Variable
) -> Iterator[tuple[Variable, str]]:
    """Yield ``x' g`` as "W" and the sum of g's rows as "b", where the graph has them."""
    for client, _ in fgraph.clients[g]:
        is_sum = isinstance(client.op, Sum) and tuple(client.op.axis or ()) == (0,)
        if is_sum and client.outputs[0].type.dtype == g.type.dtype:
            yield client.outputs[0], "b"
    for product, right in transposed_products(fgraph, x):
        if right is g:
            yield product, "W"


def transposed_products(
    fgraph: FunctionGraph, x: Variable
) -> Iterator[tuple[Variable, Variable]]:
    """Yield ``x' g`` and g for every such product in the graph."""
    for client, _ in fgraph.clients[x]:
        if is_transpose(client):
            for product, position in fgraph.clients[client.outputs[0]]:
                if isinstance(product.op, Dot) and position == 0:
                    yield product.outputs[0], product.inputs[1]


def is_data(x: Variable) -> bool:
    """Return whether a variable is an input or a constant, or a slice of one."""
    while x.owner is not None and isinstance(x.owner.op, Subtensor):
        x = x.owner.inputs[0]
    return x.owner is None
