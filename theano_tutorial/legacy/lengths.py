"""Lengths that PyTensor knows and Theano did not: forgotten, where knowing them does harm."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.compile.ops import ViewOp
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorVariable


class Forget(ViewOp):
    """The same array; of its lengths, only those of 1 are known, where `broadcastable`."""

    __props__ = ("broadcastable",)

    def __init__(self, broadcastable: Sequence[bool]) -> None:
        self.broadcastable = tuple(broadcastable)

    def make_node(self, x: TensorVariable) -> Apply:
        shape = tuple(1 if repeated else None for repeated in self.broadcastable)
        return Apply(self, [x], [pt.tensor(dtype=x.type.dtype, shape=shape)])


@node_rewriter([Forget])
def remove_forget(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Remove it: what is compiled may know."""
    return list(node.inputs)


def forget(x: Variable) -> Variable:
    """Return a variable whose type knows lengths of 1 at most, as all of Theano's did."""
    if not isinstance(x.type, TensorType) or all(n in (None, 1) for n in x.type.shape):
        return x
    return Forget(x.type.broadcastable)(x)
