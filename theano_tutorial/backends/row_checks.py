"""Minibatches that are checked before a device computes on them.

A device cannot raise an error from within a compiled function: for a minibatch beyond the end,
it would return other rows.
"""

from typing import NamedTuple

from pytensor.graph.fg import FunctionGraph

from theano_tutorial._types import Array
from theano_tutorial.rewrites.index_ops import SliceRows, check_rows
from theano_tutorial.rewrites.integers import linear


class CheckedMinibatch(NamedTuple):
    """Rows that start at ``factor * index + first``, where the index is an input of a graph."""

    where: int  # the input's position
    factor: int
    first: int
    length: int
    n: int  # rows that there are

    def check(self, index: Array) -> None:
        """Raise an `IndexError` if the minibatch is not all there."""
        check_rows(self.factor * int(index) + self.first, self.length, self.n)


def checked_minibatches(fgraph: FunctionGraph) -> list[CheckedMinibatch]:
    """Return a graph's minibatches whose start depends on one input and nothing else."""
    numbers = {v: i for i, v in enumerate(fgraph.inputs) if getattr(v.type, "ndim", None) == 0}
    found = []
    for node in fgraph.toposort():
        if isinstance(node.op, SliceRows):
            x, start = node.inputs
            terms, first = linear(start)
            n = x.type.shape[0]
            if n is not None and len(terms) == 1 and terms.keys() <= numbers.keys():
                ((index, factor),) = terms.items()
                where, length = numbers[index], node.op.length
                found.append(CheckedMinibatch(where, factor, first, length, n))
    return found
