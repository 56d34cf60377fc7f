"""The rewrite: which index expressions mean one of our operations, and which only look alike.

It has to come first, before PyTensor infers shapes: the number of rows of a minibatch is then
known from `SliceRows`, and with it every shape that follows.
"""

from collections.abc import Callable
from typing import Any

from pytensor.graph.basic import Constant, Variable
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.scalar.basic import ScalarType
from pytensor.tensor.basic import ARange, ScalarFromTensor, TensorFromScalar
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Argmax, Dot
from pytensor.tensor.shape import Shape, Shape_i
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Subtensor,
    get_idx_list,
)

from theano_tutorial.rewrites.index_ops import Batch, SliceRows, pick_entries, scatter_entries

# PyTensor infers shapes at 0.1 and canonicalises at 1.
POSITION = 0.01


@node_rewriter([AdvancedSubtensor])
def use_pick_entries(fgraph: Any, node: Any) -> list[Variable] | None:
    """Rewrite ``x[arange(n), y]``, with n the rows of `x` or the length of `y`."""
    x, *indices = node.inputs
    y = labels_of_every_row(x, indices, node.op)
    return None if y is None else _like(node, pick_entries(x, y))


@node_rewriter([AdvancedIncSubtensor])
def use_scatter_entries(fgraph: Any, node: Any) -> list[Variable] | None:
    """Rewrite its gradient: zeros like `x`, to which `g` is added at the same entries."""
    zeros, g, *indices = node.inputs
    x = _what_zeros_are_like(zeros)
    if x is None or g.type.ndim != 1 or g.type.dtype != zeros.type.dtype:
        return None
    y = labels_of_every_row(x, indices, node.op)
    return None if y is None else _like(node, scatter_entries(x, g, y))


@node_rewriter([Subtensor])
def use_slice_rows(fgraph: Any, node: Any) -> list[Variable] | None:
    """Rewrite ``x[a * size:(a + 1) * size]``, whose length is known though its start is not."""
    found = _minibatch(node)
    x, n = node.inputs[0], node.inputs[0].type.shape[0]
    if found is None or n is None or found[2] > n:
        return None
    first, _, length = found
    if isinstance(first.type, ScalarType):
        first = TensorFromScalar()(first)
    return _like(node, _before_cast(x, lambda rows: SliceRows(length)(rows, first)))


@node_rewriter([Subtensor])
def use_batch(fgraph: Any, node: Any) -> list[Variable] | None:
    """Rewrite the same where nothing is compiled: one operation instead of six."""
    found = _minibatch(node)
    if found is None or len(found[1][0]) != 1:
        return None
    _, (terms, constant), length = found
    ((index, factor),) = terms.items()
    if index.type.ndim != 0:
        return None
    if isinstance(index.type, ScalarType):
        index = TensorFromScalar()(index)
    batch = Batch(factor, constant, length)
    return _like(node, _before_cast(node.inputs[0], lambda rows: batch(rows, index)))


@node_rewriter([Argmax])
def use_logits(fgraph: Any, node: Any) -> list[Variable] | None:
    """Rewrite ``argmax(softmax(z))``: the largest of z has the largest probability."""
    (p,) = node.inputs
    if p.owner is None or not isinstance(p.owner.op, Softmax | LogSoftmax):
        return None
    along, normalized = (
        set(range(p.type.ndim) if op.axis is None else op.axis) for op in (node.op, p.owner.op)
    )
    if not along <= normalized:
        return None
    return _like(node, node.op(p.owner.inputs[0]))


def _minibatch(node: Any) -> tuple[Variable, tuple[dict[Variable, int], int], int] | None:
    """Return the start of a slice of rows, as it is and as a sum, and its known length."""
    indices = get_idx_list(node.inputs, node.op.idx_list)
    if len(indices) != 1 or not isinstance(indices[0], slice):
        return None
    rows = indices[0]
    if rows.start is None or rows.stop is None or rows.step not in (None, 1):
        return None
    start, stop = linear(rows.start), linear(rows.stop)
    if not start[0] or start[0] != stop[0] or stop[1] <= start[1]:
        return None
    return rows.start, start, stop[1] - start[1]


def _before_cast(x: Variable, slice_of: Callable[[Variable], Variable]) -> Variable:
    """Slice what is cast, rather than the result: not all labels are to be cast each step."""
    owner = x.owner
    if owner is not None and isinstance(owner.op, Elemwise) and len(owner.inputs) == 1:
        return owner.op(slice_of(owner.inputs[0]))
    return slice_of(x)


# One entry a row, and its gradient.
PAIR = (use_pick_entries, use_scatter_entries)
REWRITES = (use_slice_rows, *PAIR)


def add_rewrites(mode: Any, rewrites: Any = REWRITES) -> Any:
    """Return a mode that applies the rewrites, in their order, before all others.

    `use_logits` is always among them.
    """
    for i, rewrite in enumerate((*rewrites, use_logits)):
        mode = mode.register((dfs_rewriter(rewrite), POSITION + 0.01 * i))
    return mode


def _like(node: Any, new: Variable) -> list[Variable] | None:
    """Return the replacement of a node's output, with its name; its type may say more."""
    (old,) = node.outputs
    if old.type.dtype != new.type.dtype or old.type.ndim != new.type.ndim:
        return None
    new.name = old.name
    return [new]


def labels_of_every_row(x: Variable, indices: list[Any], op: Any) -> Variable | None:
    """Return y if the indices of the matrix x are ``[arange(rows), y]``, else None."""
    whole = getattr(op, "idx_list", None)
    if whole is not None and tuple(whole) != (0, 1):
        return None
    if x.type.ndim != 2 or len(indices) != 2:
        return None
    rows, y = indices
    if not hasattr(y.type, "ndim") or y.type.ndim != 1:
        return None
    if not y.type.dtype.startswith(("int", "uint")):
        return None
    n_rows, n_labels = _known_rows(x), _known_rows(y)
    if _unlike(n_rows, n_labels):
        return None
    stop = _stop_of_arange(rows)
    if stop is None:
        return None
    if isinstance(stop, Constant):
        return y if n_rows == int(stop.data) else None
    counted = _whose_rows(stop)
    if counted is None:
        return None
    if _origin(counted) is _origin(x):
        return y
    # As many rows as labels: not all of them, if the labels are a part such as y[:30].
    of_all = _is_part(x) or not _is_part(y)
    return y if of_all and _origin(counted) is _origin(y) else None


def _known_rows(v: Variable) -> int | None:
    """Return how many rows a variable has, if that is known."""
    rows: int | None = v.type.shape[0]
    return _origin(v).type.shape[0] if rows is None else rows


def _is_part(v: Variable) -> bool:
    """Return whether the variable's rows are cut from others, such as ``v[:30]``."""
    owner = _origin(v).owner
    return owner is not None and isinstance(owner.op, Subtensor)


def _unlike(a: int | None, b: int | None) -> bool:
    return a is not None and b is not None and a != b


def _stop_of_arange(rows: Any) -> Variable | None:
    """Return n if the variable is ``arange(n)``."""
    if rows.owner is None or not isinstance(rows.owner.op, ARange):
        return None
    start, stop, step = rows.owner.inputs
    ends = [part.data for part in (start, step) if isinstance(part, Constant)]
    if [int(end) for end in ends] != [0, 1]:
        return None
    return _unwrapped(stop)


def _whose_rows(n: Variable) -> Variable | None:
    """Return v if n is ``v.shape[0]``."""
    owner = n.owner
    if owner is None:
        return None
    if isinstance(owner.op, Shape_i) and owner.op.i == 0:
        return owner.inputs[0]
    if not isinstance(owner.op, Subtensor):
        return None
    shape = owner.inputs[0].owner
    indices = get_idx_list(owner.inputs, owner.op.idx_list)
    if shape is None or not isinstance(shape.op, Shape) or len(indices) != 1:
        return None
    index = indices[0]
    if not isinstance(index, Constant) or int(index.data) != 0:
        return None
    return shape.inputs[0]


def _origin(v: Variable) -> Variable:
    """Return the variable that v has its rows from, through operations that keep them."""
    while v.owner is not None:
        op, inputs = v.owner.op, v.owner.inputs
        if isinstance(op, Softmax | LogSoftmax | Dot):
            v = inputs[0]
        elif isinstance(op, Elemwise) and v.type.ndim > 0:
            # The others are the same in every row.
            rows = [i for i in inputs if i.type.shape[0] != 1]
            if len(rows) != 1:
                break
            v = rows[0]
        else:
            break
    return v


def _what_zeros_are_like(zeros: Variable) -> Variable | None:
    """Return x if the variable is zeros of the shape of x, as PyTensor's gradients write it."""
    owner = zeros.owner
    if owner is None or not isinstance(owner.op, Elemwise) or len(owner.inputs) != 2:
        return None
    if type(owner.op.scalar_op).__name__ != "Second":
        return None
    like, value = owner.inputs
    while value.owner is not None and len(value.owner.inputs) == 1:
        value = value.owner.inputs[0]  # a scalar made as wide as need be
    if not isinstance(value, Constant) or value.data.any() or like.dtype != zeros.dtype:
        return None
    return like


def _unwrapped(v: Variable) -> Variable:
    """Return an integer without the conversions between scalars and tensors around it."""
    while v.owner is not None and isinstance(v.owner.op, ScalarFromTensor | TensorFromScalar):
        v = v.owner.inputs[0]
    return v


def linear(v: Variable) -> tuple[dict[Variable, int], int]:
    """Return an integer as a sum of multiples of variables, and a constant."""
    v = _unwrapped(v)
    if isinstance(v, Constant):
        return {}, int(v.data)
    name = ""
    if v.owner is not None and isinstance(v.owner.op, Elemwise):
        name = type(v.owner.op.scalar_op).__name__
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
