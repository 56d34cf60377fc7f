"""Lengths that PyTensor knows and Theano did not: forgotten, where knowing them does harm."""

from collections.abc import Sequence
from typing import ClassVar

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.rewrites.index_ops import Shapes, Storage, shapes_of


class Forget(Op):
    """The same array; of its lengths, only those of 1 are known, where `broadcastable`."""

    __props__ = ("broadcastable",)
    view_map: ClassVar[dict[int, list[int]]] = {0: [0]}

    def __init__(self, broadcastable: Sequence[bool]) -> None:
        self.broadcastable = tuple(broadcastable)

    def make_node(self, x: TensorVariable) -> Apply:
        shape = tuple(1 if repeated else None for repeated in self.broadcastable)
        return Apply(self, [x], [pt.tensor(dtype=x.type.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        output_storage[0][0] = inputs[0]

    def infer_shape(self, *context: object) -> Shapes:
        return shapes_of(context)

    def pullback(
        self, inputs: Sequence[Variable], outputs: object, cotangents: Sequence[Variable]
    ) -> list[Variable]:
        return list(cotangents)

    def pushforward(
        self, inputs: Sequence[Variable], outputs: object, tangents: Sequence[Variable]
    ) -> list[Variable]:
        return list(tangents)

    L_op = pullback


@node_rewriter([Forget])
def remove_forget(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Remove it: what is compiled may know."""
    return list(node.inputs)


def forget(x: Variable) -> Variable:
    """Return a variable whose type knows lengths of 1 at most, as all of Theano's did."""
    if not isinstance(x.type, TensorType) or all(n in (None, 1) for n in x.type.shape):
        return x
    return Forget(x.type.broadcastable)(x)
