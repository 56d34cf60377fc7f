"""Rewrites for backends without code for PyTensor's softmax, or that call a library."""

import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import NodeRewriter, dfs_rewriter, node_rewriter
from pytensor.tensor.math import ProdWithoutZeros, Sum
from pytensor.tensor.rewriting.jax import boolean_indexing_sum
from pytensor.tensor.rewriting.ofg import inline_ofg_node
from pytensor.tensor.special import LogSoftmax, Softmax

# After stabilisation (1.5), which must still see a softmax to make log(softmax) exact, and
# before the passes that merge equal expressions (49) and work in place (from 50).
POSITION = 2.9


@node_rewriter([Softmax, LogSoftmax])
def inline_softmax(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Replace a softmax by the operations that it consists of.

    PyTensor keeps softmax as a graph within the graph. Modes without code for it hand it to
    Numba, which takes seconds to compile it at the first call. Once softmax is inlined, the
    forward pass and the gradient also share one exponential.
    """
    return list(inline_ofg_node(node))


@node_rewriter([ProdWithoutZeros])
def use_prod(fgraph: FunctionGraph, node: Apply) -> list[Variable]:
    """Replace the product of nonzero entries, which PyTensor has only in C and Numba."""
    op, (x,) = node.op, node.inputs
    others = pt.switch(pt.eq(x, 0), pt.constant(1, dtype=x.type.dtype), x)
    return [pt.prod(others, op.axis, dtype=op.dtype, acc_dtype=op.acc_dtype)]


@node_rewriter([Sum])
def sum_of_masked(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Let PyTensor sum ``x[m]`` without a mask, for JAX; it takes one of rows for columns."""
    chosen = node.inputs[0].owner
    if chosen is None or len({getattr(v.type, "ndim", None) for v in chosen.inputs}) > 1:
        return None
    found: list[Variable] | None = boolean_indexing_sum.transform(fgraph, node)
    return found


def add_after_stabilisation(mode: Mode, *rewrites: NodeRewriter) -> Mode:
    """Return a mode that also applies these rewrites, at `POSITION`."""
    return mode.register(*((dfs_rewriter(rewrite), POSITION) for rewrite in rewrites))


def add_inlining(mode: Mode) -> Mode:
    """Return a mode that inlines softmax."""
    return add_after_stabilisation(mode, inline_softmax)
