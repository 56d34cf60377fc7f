"""The rewrites: which index expressions mean one of our operations, and which only look alike.

They come before PyTensor infers shapes: the number of rows of a minibatch is then known from
`SliceRows`, and with it every shape that follows.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import NodeRewriter, dfs_rewriter, node_rewriter
from pytensor.scalar.basic import Second
from pytensor.tensor import subtensor
from pytensor.tensor.basic import ARange, ScalarFromTensor, TensorFromScalar
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Argmax, Dot
from pytensor.tensor.shape import Shape, Shape_i
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor, Subtensor
from pytensor.tensor.type import TensorType

from theano_tutorial.rewrites.index_ops import SliceRows, pick_entries, scatter_entries

# A sum of multiples of variables: what each is multiplied by.
Terms = dict[Variable, int]
# PyTensor infers shapes at 0.1 and canonicalises at 1.
POSITION = 0.01


@node_rewriter([AdvancedSubtensor])
def use_pick_entries(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite ``x[arange(n), y]``, with n the rows of `x` or the length of `y`."""
    x, *indices = node.inputs
    y = labels_of_every_row(x, indices, node.op)
    return None if y is None else like(node, pick_entries(x, y))


@node_rewriter([AdvancedIncSubtensor])
def use_scatter_entries(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite its gradient: zeros like `x`, to which `g` is added at the same entries."""
    zeros, g, *indices = node.inputs
    x = _what_zeros_arelike(zeros)
    if x is None or g.type.ndim != 1 or g.type.dtype != zeros.type.dtype:
        return None
    y = labels_of_every_row(x, indices, node.op)
    return None if y is None else like(node, scatter_entries(x, g, y))


@node_rewriter([Subtensor])
def use_slice_rows(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite ``x[a * size:(a + 1) * size]``, whose length is known though its start is not."""
    found = minibatch_of(node)
    x, n = node.inputs[0], node.inputs[0].type.shape[0]
    if found is None or n is None or found.length > n:
        return None
    return like(node, before_cast(x, lambda rows: SliceRows(found.length)(rows, found.start)))


@node_rewriter([Argmax])
def use_logits(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite ``argmax(softmax(z))``: the largest of z has the largest probability."""
    (p,) = node.inputs
    if not isinstance(op_of(p), Softmax | LogSoftmax):
        return None
    along, normalized = (
        set(range(p.type.ndim) if op.axis is None else op.axis) for op in (node.op, p.owner.op)
    )
    return like(node, node.op(p.owner.inputs[0])) if along <= normalized else None


class Minibatch(NamedTuple):
    """A slice of rows whose length is known: where it starts, also as a sum, and the length."""

    start: Variable
    terms: Terms
    first: int
    length: int


def minibatch_of(node: Apply) -> Minibatch | None:
    """Return the minibatch that a slice is, or None if its length is not known."""
    indices = subtensor.get_idx_list(node.inputs, node.op.idx_list)
    if len(indices) != 1 or not isinstance(indices[0], slice):
        return None
    rows = indices[0]
    if rows.start is None or rows.stop is None or rows.step not in (None, 1):
        return None
    (terms, first), (terms_of_stop, last) = linear(rows.start), linear(rows.stop)
    if not terms or terms != terms_of_stop or last <= first:
        return None
    return Minibatch(rows.start, terms, first, last - first)


def op_of(v: Variable) -> Op | None:
    """Return the operation whose output a variable is, if there is one."""
    return None if v.owner is None else v.owner.op


def unwrapped(v: Variable) -> Variable:
    """Return an integer without the conversions between scalars and tensors around it."""
    while isinstance(op_of(v), ScalarFromTensor | TensorFromScalar):
        v = v.owner.inputs[0]
    return v


def linear(v: Variable) -> tuple[Terms, int]:
    """Return an integer as a sum of multiples of variables, and a constant."""
    v = unwrapped(v)
    if isinstance(v, Constant):
        return {}, int(v.data)
    op = op_of(v)
    name = type(op.scalar_op).__name__ if isinstance(op, Elemwise) else ""
    if name not in {"Add", "Sub", "Mul"}:
        return {v: 1}, 0
    terms, constant = linear(v.owner.inputs[0])
    for other_input in v.owner.inputs[1:]:
        others, other = linear(other_input)
        if name == "Mul":
            if others and terms:
                return {v: 1}, 0
            if others:
                (terms, constant), (others, other) = (others, other), (terms, constant)
            terms = {key: other * factor for key, factor in terms.items()}
            constant *= other
        else:
            sign = 1 if name == "Add" else -1
            keys = {*terms, *others}
            terms = {key: terms.get(key, 0) + sign * others.get(key, 0) for key in keys}
            constant += sign * other
    return {key: factor for key, factor in terms.items() if factor}, constant


def before_cast(x: Variable, slice_of: Callable[[Variable], Variable]) -> Variable:
    """Slice what is cast, rather than the result: no step needs all labels cast."""
    if isinstance(op_of(x), Elemwise) and len(x.owner.inputs) == 1:
        return x.owner.op(slice_of(x.owner.inputs[0]))
    return slice_of(x)


# One entry a row, and its gradient.
PAIR = (use_pick_entries, use_scatter_entries)
REWRITES = (use_slice_rows, *PAIR)


def add_rewrites(mode: Mode, rewrites: Iterable[NodeRewriter] = REWRITES) -> Mode:
    """Return a mode that applies the rewrites, in their order, and after them `use_logits`."""
    for i, rewrite in enumerate((*rewrites, use_logits)):
        mode = mode.register((dfs_rewriter(rewrite), POSITION + 0.01 * i))
    return mode


def like(node: Apply, new: Variable) -> list[Variable] | None:
    """Return the replacement of a node's output, with its name; its type may say more."""
    (old,) = node.outputs
    if old.type.dtype != new.type.dtype or old.type.ndim != new.type.ndim:
        return None
    new.name = old.name
    return [new]


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
    """Return whether `rows` is ``arange(n)``, with the n rows of `x` all labelled by `y`."""
    stop, n_rows, n_labels = _stop_of_arange(rows), _known_rows(x), _known_rows(y)
    if stop is None or (n_rows != n_labels and None not in (n_rows, n_labels)):
        return False
    if isinstance(stop, Constant):
        return n_rows == int(stop.data)
    counted = _whose_rows(stop)
    if counted is None or _origin(counted) is _origin(x):
        return counted is not None
    # As many rows as labels: not all of them, if the labels are a part such as y[:30].
    of_all = _is_part(x) or not _is_part(y)
    return of_all and _origin(counted) is _origin(y)


def _known_rows(v: Variable) -> int | None:
    rows: int | None = v.type.shape[0]
    return _origin(v).type.shape[0] if rows is None else rows


def _is_part(v: Variable) -> bool:
    """Return whether the variable's rows are cut from others, such as ``v[:30]``."""
    return isinstance(op_of(_origin(v)), Subtensor)


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


def _origin(v: Variable) -> Variable:
    """Return the variable that v has its rows from, through operations that keep them."""
    while v.owner is not None:
        op, rows = v.owner.op, v.owner.inputs[:1]
        if isinstance(op, Elemwise) and v.type.ndim > 0:
            # The others are the same in every row.
            rows = [i for i in v.owner.inputs if i.type.shape[0] != 1]
        elif not isinstance(op, Softmax | LogSoftmax | Dot):
            break
        if len(rows) != 1:
            break
        v = rows[0]
    return v


def _what_zeros_arelike(zeros: Variable) -> Variable | None:
    """Return x if the variable is zeros of the shape of x, as PyTensor's gradients write it."""
    if not isinstance(getattr(op_of(zeros), "scalar_op", None), Second):
        return None
    like, value = zeros.owner.inputs
    while value.owner is not None and len(value.owner.inputs) == 1:
        value = value.owner.inputs[0]  # a scalar made as wide as need be
    if not isinstance(value, Constant) or value.data.any() or like.dtype != zeros.dtype:
        return None
    return like
