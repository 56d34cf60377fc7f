"""The rewrites: which index expressions mean one of our operations, and which only look alike.

They run before PyTensor infers shapes: `SliceRows` then tells it the number of rows of a
minibatch, and every shape that follows from it.
"""

from collections.abc import Iterable, Sequence

from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import NodeRewriter, dfs_rewriter, node_rewriter
from pytensor.scalar.basic import Second
from pytensor.tensor import subtensor
from pytensor.tensor.basic import ARange
from pytensor.tensor.math import Argmax
from pytensor.tensor.shape import Shape, Shape_i
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor, Subtensor
from pytensor.tensor.type import TensorType

from theano_tutorial.rewrites.index_ops import pick_entries, scatter_entries
from theano_tutorial.rewrites.minibatches import use_slice_rows
from theano_tutorial.rewrites.reading import known_rows, like, op_of, origin, unwrapped

# PyTensor infers shapes at 0.1 and canonicalises at 1.
POSITION = 0.01


@node_rewriter([AdvancedSubtensor])
def use_pick_entries(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite ``x[arange(n), y]``, where n is the rows of `x` or the length of `y`."""
    x, *indices = node.inputs
    y = labels_of_every_row(x, indices, node.op)
    return None if y is None else like(node, pick_entries(x, y))


@node_rewriter([AdvancedIncSubtensor])
def use_scatter_entries(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite the gradient of ``x[arange(n), y]``: zeros like `x`, and `g` at its entries."""
    zeros, g, *indices = node.inputs
    x = _what_zeros_are_like(zeros)
    if x is None or g.type.ndim != 1 or g.type.dtype != zeros.type.dtype:
        return None
    y = labels_of_every_row(x, indices, node.op)
    return None if y is None else like(node, scatter_entries(x, g, y))


@node_rewriter([Argmax])
def use_logits(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite ``argmax(softmax(z))``: the largest logit has the largest probability."""
    (p,) = node.inputs
    if not isinstance(op_of(p), Softmax | LogSoftmax):
        return None
    along, normalized = (
        set(range(p.type.ndim) if op.axis is None else op.axis) for op in (node.op, p.owner.op)
    )
    return like(node, node.op(p.owner.inputs[0])) if along <= normalized else None


# One entry per row, and its gradient.
PAIR = (use_pick_entries, use_scatter_entries)
REWRITES = (use_slice_rows, *PAIR)


def add_rewrites(mode: Mode, rewrites: Iterable[NodeRewriter] = REWRITES) -> Mode:
    """Return a mode that applies the rewrites in order, and `use_logits` after them."""
    for i, rewrite in enumerate((*rewrites, use_logits)):
        mode = mode.register((dfs_rewriter(rewrite), POSITION + 0.01 * i))
    return mode


def labels_of_every_row(x: Variable, indices: Sequence[Variable], op: Op) -> Variable | None:
    """Return y if the indices of the matrix x are ``[arange(rows), y]``, else None."""
    are_all = tuple(getattr(op, "idx_list", (0, 1))) == (0, 1)  # PyTensor 3.0 has no such list
    if not are_all or x.type.ndim != 2 or len(indices) != 2:
        return None
    rows, y = indices
    is_vector = isinstance(y.type, TensorType) and y.type.ndim == 1
    if not is_vector or not y.type.dtype.startswith(("int", "uint")):
        return None
    return y if _is_every_row(rows, x, y) else None


def _is_every_row(rows: Variable, x: Variable, y: Variable) -> bool:
    """Return whether `rows` is ``arange(n)``, and `y` labels all n rows of `x`."""
    stop, n_rows, n_labels = _stop_of_arange(rows), known_rows(x), known_rows(y)
    if stop is None or (n_rows != n_labels and None not in (n_rows, n_labels)):
        return False
    if isinstance(stop, Constant):
        return n_rows == int(stop.data)
    counted = _whose_rows(stop)
    if counted is None or origin(counted) is origin(x):
        return counted is not None
    # n is the number of labels: fewer than all rows if the labels are a part, such as y[:30].
    of_all = _is_part(x) or not _is_part(y)
    return of_all and origin(counted) is origin(y)


def _is_part(v: Variable) -> bool:
    """Return whether the variable's rows are cut from a longer one, as in ``v[:30]``."""
    return isinstance(op_of(origin(v)), Subtensor)


def _stop_of_arange(rows: Variable) -> Variable | None:
    """Return n if the variable is ``arange(n)``."""
    if not isinstance(op_of(rows), ARange):
        return None
    start, stop, step = rows.owner.inputs
    ends = [int(part.data) for part in (start, step) if isinstance(part, Constant)]
    return unwrapped(stop) if ends == [0, 1] else None


def _whose_rows(n: Variable) -> Variable | None:
    """Return v if n is ``v.shape[0]``."""
    op = op_of(n)
    if isinstance(op, Shape_i) and op.i == 0:
        return n.owner.inputs[0]
    if not isinstance(op, Subtensor) or not isinstance(op_of(n.owner.inputs[0]), Shape):
        return None
    indices = subtensor.get_idx_list(n.owner.inputs, op.idx_list)
    are_first = [isinstance(i, Constant) and int(i.data) == 0 for i in indices]
    return n.owner.inputs[0].owner.inputs[0] if are_first == [True] else None


def _what_zeros_are_like(zeros: Variable) -> Variable | None:
    """Return x if the variable is zeros like x, as PyTensor's gradients write them."""
    if not isinstance(getattr(op_of(zeros), "scalar_op", None), Second):
        return None
    like, value = zeros.owner.inputs
    while value.owner is not None and len(value.owner.inputs) == 1:
        value = value.owner.inputs[0]  # a scalar with axes of length 1 added
    if not isinstance(value, Constant) or value.data.any() or like.dtype != zeros.dtype:
        return None
    return like
