"""The rewrite that inlines PyTensor's softmax, for backends without code for it."""

from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
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


def add_inlining(mode: Mode) -> Mode:
    """Return a mode that inlines softmax."""
    return mode.register((dfs_rewriter(inline_softmax), POSITION))
