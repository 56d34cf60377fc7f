"""NumPy: only our kernel is compiled; every other operation is one call of NumPy.

Without a compiler, some of PyTensor's own operations work entry by entry in Python, and others
spend longer on checks than on computing. The operations here take their place.
"""

from collections.abc import Sequence
from typing import ClassVar

import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.tensor.subtensor import Subtensor
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.backends import inline
from theano_tutorial.backends.modes import HostMode
from theano_tutorial.backends.numpy_elementwise import use_numpy_call
from theano_tutorial.kernel.rewrite import add_layers
from theano_tutorial.rewrites.index_ops import Storage
from theano_tutorial.rewrites.index_rewrites import add_rewrites
from theano_tutorial.rewrites.minibatches import before_cast, minibatch_of
from theano_tutorial.rewrites.reading import like


class Batch(Op):
    """``x[start:start + length]``, with ``start = factor * index + first``; it may be short."""

    __props__ = ("factor", "first", "length")
    view_map: ClassVar[dict[int, list[int]]] = {0: [0]}

    def __init__(self, factor: int, first: int, length: int) -> None:
        self.factor, self.first, self.length = factor, first, length

    def make_node(self, x: TensorVariable, index: TensorVariable) -> Apply:
        x, index = pt.as_tensor(x), pt.as_tensor(index)
        shape = (None, *x.type.shape[1:])
        return Apply(self, [x, index], [pt.tensor(dtype=x.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        x, index = inputs
        start = self.factor * int(index) + self.first
        output_storage[0][0] = x[start : start + self.length]


@node_rewriter([Subtensor])
def use_batch(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the six operations that cut a minibatch by one."""
    found = minibatch_of(node)
    if found is None or len(found.terms) != 1:
        return None
    ((index, factor),) = found.terms.items()
    if index.type.ndim != 0:
        return None
    batch = Batch(factor, found.first, found.length)
    rows = before_cast(node.inputs[0], lambda x: batch(x, index))
    return like(node, rows)


def make_mode(rewrites: bool) -> Mode:
    """Return PyTensor's mode for Python, with or without our rewrites."""
    # Fused elementwise operations are for compilers: without one, a fused expression would
    # be evaluated entry by entry in Python, and so would x**3.
    mode: Mode = HostMode("py", "fast_run").excluding("fusion", "local_pow_to_nested_squaring")
    if not rewrites:
        return mode
    mode = mode.register((dfs_rewriter(use_numpy_call), 40))
    mode = inline.add_after_stabilisation(mode, inline.inline_softmax, inline.use_prod)
    return add_rewrites(add_layers(mode), [use_batch])
