"""PyTensor's own rewrites that would hide a mistake, applied only where they are right.

PyTensor (3.0.7, 3.3.8) turns ``exp(z) / exp(z).sum(axis)`` into a stable softmax, but ignores
how the sums are broadcast in the division. Without ``keepdims=True``, a matrix's entries are
divided by the sums of *other* rows, yet PyTensor computes a softmax all the same. It also
computes a part of a sum or product, such as ``(x + y)[:, 0]``, from parts of x and y, even if
the shapes of x and y do not match. It takes ``eq(x, x)`` for true, which is how to find NaN,
and squares integers in their own dtype instead of the graph's: 100 squared is 16 in uint8.
"""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.compile.mode import Mode, optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Sum, true_div
from pytensor.tensor.rewriting.special import local_softmax_stabilize
from pytensor.tensor.rewriting.subtensor_lift import (
    extract_diag_lift_pass,
    local_subtensor_of_batch_dims,
)
from pytensor.tensor.subtensor import AdvancedSubtensor, Subtensor
from pytensor.tensor.type import discrete_dtypes

from theano_tutorial.rewrites.one_dtype import use_one_dtype
from theano_tutorial.rewrites.reading import like, op_of


@node_rewriter([true_div])
def recognize_softmax(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Let PyTensor recognise a softmax if each entry is divided by the sum that includes it."""
    if not _has_own_sums(*node.inputs):
        return None
    found: list[Variable] | None = local_softmax_stabilize.transform(fgraph, node)
    return found


def _has_own_sums(entries: Variable, sums: Variable) -> bool:
    """Return whether `sums` has length 1 along summed axes, and the others in their place."""
    n = entries.type.ndim
    order: tuple[int | str, ...] = tuple(range(sums.type.ndim))
    if isinstance(op_of(sums), DimShuffle):
        order, sums = sums.owner.op.new_order, sums.owner.inputs[0]
    if not isinstance(op_of(sums), Sum) or sums.owner.inputs[0].type.ndim != n:
        return False
    axis = sums.owner.op.axis
    summed = set(range(n)) if axis is None else {i % n for i in axis}
    # Name each axis by its number, but by None if it has length 1: it then fits anywhere.
    axes = [None if entries.type.broadcastable[i] else i for i in range(n)]
    kept = [axes[i] for i in range(n) if i not in summed]
    laid_out = [None if i == "x" else kept[int(i)] for i in order]
    return laid_out == [None if i in summed else axes[i] for i in range(n)]


@node_rewriter([Subtensor, AdvancedSubtensor])
def take_part_before(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Let PyTensor take a part before an elementwise operation if the shapes must match."""
    operation = node.inputs[0].owner
    if operation is None or not isinstance(operation.op, Elemwise | Blockwise):
        return None
    if not _must_fit(operation.inputs):
        return None
    found: list[Variable] | None = local_subtensor_of_batch_dims.transform(fgraph, node)
    return found


def _must_fit(inputs: Sequence[Variable]) -> bool:
    """Return whether at most one input, along each axis, is not broadcast."""
    lengths = zip(*(v.type.broadcastable for v in inputs if v.type.ndim), strict=False)
    return all(sum(not repeated for repeated in axis) <= 1 for axis in lengths)


@node_rewriter([pt.eq, pt.neq, pt.le, pt.ge])
def find_nan(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Look for NaN where a variable is compared with itself."""
    x, other = node.inputs
    if x is not other or not x.type.dtype.startswith("float"):
        return None
    return like(node, pt.isnan(x) if node.op == pt.neq else ~pt.isnan(x))


@node_rewriter([pt.pow, true_div])
def use_wide_integers(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Cast an integer to the dtype of its power or quotient before PyTensor drops the cast."""
    has_integers = any(v.type.dtype in discrete_dtypes for v in node.inputs)
    return use_one_dtype.transform(fgraph, node) if has_integers else None


# Our rewrites run where PyTensor's own do, but only in modes that ask for them by name. The tag
# keeps them from recognising a softmax within the softmax that PyTensor makes.
_OURS = "theano_tutorial_guards"
for database, guard, tags in (
    ("stabilize", recognize_softmax, ("symbolic_op_recognition",)),
    ("canonicalize", take_part_before, ()),
    ("specialize", take_part_before, ()),
):
    optdb[database].register(guard.__name__, guard, _OURS, *tags, use_db_name_as_tag=False)
for guard in (find_nan, use_wide_integers):
    optdb.register(guard.__name__, dfs_rewriter(guard), _OURS, position=0.05)


def guarded(mode: Mode) -> Mode:
    """Return a mode that applies those rewrites only where they are right."""
    # The last, which is for diagonals, also takes parts of sums and products.
    replaced = (local_softmax_stabilize, local_subtensor_of_batch_dims, extract_diag_lift_pass)
    return mode.excluding(*(rewrite.__name__ for rewrite in replaced)).including(_OURS)
