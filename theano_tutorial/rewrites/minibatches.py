"""Minibatches: which slices have a length that is known, though their start is not."""

from collections.abc import Callable
from typing import NamedTuple

from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor import subtensor
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.subtensor import Subtensor

from theano_tutorial.rewrites.index_ops import SliceRows
from theano_tutorial.rewrites.reading import known_rows, like, op_of, origin, unwrapped

# A sum of multiples of variables: the factor of each.
Terms = dict[Variable, int]


@node_rewriter([Subtensor])
def use_slice_rows(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite ``x[a * size:(a + 1) * size]``, whose length is known though its start is not."""
    return None if known_rows(node.inputs[0]) is None else _slice_rows(node)


@node_rewriter([Subtensor])
def use_slice_rows_of_inputs(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Rewrite a minibatch of an input, whose rows are counted only when it is passed."""
    return _slice_rows(node) if origin(node.inputs[0]) in fgraph.inputs else None


def _slice_rows(node: Apply) -> list[Variable] | None:
    found, x, n = minibatch_of(node), node.inputs[0], known_rows(node.inputs[0])
    if found is None or (n is not None and found.length > n):
        return None
    return like(node, before_cast(x, lambda rows: SliceRows(found.length)(rows, found.start)))


class Minibatch(NamedTuple):
    """A slice of known length from `start`, which is also the sum of `terms` and `first`."""

    start: Variable
    terms: Terms
    first: int
    length: int


def minibatch_of(node: Apply) -> Minibatch | None:
    """Return a slice as a minibatch, or None if its length is not known."""
    indices = subtensor.get_idx_list(node.inputs, node.op.idx_list)
    rows, *others = indices or [None]  # none in x[...]
    if not isinstance(rows, slice) or any(other != slice(None) for other in others):
        return None
    if rows.start is None or rows.stop is None or not _is_one(rows.step):
        return None
    (terms, first), (terms_of_stop, last) = linear(rows.start), linear(rows.stop)
    if not terms or terms != terms_of_stop or last <= first:
        return None
    return Minibatch(rows.start, terms, first, last - first)


def _is_one(step: Variable | int | None) -> bool:
    return step in (None, 1) or (isinstance(step, Constant) and int(step.data) == 1)


def _keeps_integers(cast: Variable) -> bool:
    old, new = cast.owner.inputs[0].dtype, cast.dtype
    return old.startswith(("int", "uint")) and new in ("int32", "int64")


def linear(v: Variable) -> tuple[Terms, int]:
    """Return an integer as a sum of multiples of variables, and a constant."""
    v = unwrapped(v)
    if isinstance(v, Constant):
        return {}, int(v.data)
    op = op_of(v)
    name = type(op.scalar_op).__name__ if isinstance(op, Elemwise) else ""
    if name == "Cast" and _keeps_integers(v):
        return linear(v.owner.inputs[0])
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
    """Slice before a cast, not after it: no step needs all the labels cast."""
    if isinstance(op_of(x), Elemwise) and len(x.owner.inputs) == 1:
        return x.owner.op(before_cast(x.owner.inputs[0], slice_of))
    return slice_of(x)
