"""Softmax written by hand: recognised where it is one, and left alone where it is not.

PyTensor makes a stable softmax of ``exp(z) / exp(z).sum(axis)``, but looks away from how the
sums are laid out under the division. Without ``keepdims=True``, a matrix's rows are divided by
the sums of *other* rows, and PyTensor (3.0.7 and 3.3.8) computes a softmax all the same.
"""

from pytensor.compile.mode import Mode, optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.math import Sum, true_div
from pytensor.tensor.rewriting.special import local_softmax_stabilize

from theano_tutorial.rewrites.reading import op_of

# By this name modes ask for our version; PyTensor's own modes do not.
_OURS = "recognize_softmax"


@node_rewriter([true_div])
def recognize_softmax(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Let PyTensor recognise a softmax, if each entry is divided by the sum that it is in."""
    if not _has_own_sums(*node.inputs):
        return None
    found: list[Variable] | None = local_softmax_stabilize.transform(fgraph, node)
    return found


def _has_own_sums(entries: Variable, sums: Variable) -> bool:
    """Return whether summed axes have length 1 in `sums`, and the others are in their place."""
    n = entries.type.ndim
    order: tuple[int | str, ...] = tuple(range(sums.type.ndim))
    if isinstance(op_of(sums), DimShuffle):
        order, sums = sums.owner.op.new_order, sums.owner.inputs[0]
    if not isinstance(op_of(sums), Sum) or sums.owner.inputs[0].type.ndim != n:
        return False
    axis = sums.owner.op.axis
    summed = set(range(n)) if axis is None else {i % n for i in axis}
    # Which axis of the entries each is; None for what has length 1 wherever it is.
    axes = [None if entries.type.broadcastable[i] else i for i in range(n)]
    kept = [axes[i] for i in range(n) if i not in summed]
    laid_out = [None if i == "x" else kept[int(i)] for i in order]
    return laid_out == [None if i in summed else axes[i] for i in range(n)]


# Where PyTensor has its own; and not, by that tag, within the softmax that it makes.
optdb["stabilize"].register(
    _OURS, recognize_softmax, "symbolic_op_recognition", use_db_name_as_tag=False
)


def guarded(mode: Mode) -> Mode:
    """Return a mode that recognises a softmax only where there is one."""
    return mode.excluding(local_softmax_stabilize.__name__).including(_OURS)
