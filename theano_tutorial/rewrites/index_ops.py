"""Three small operations for what the tutorials' index expressions mean.

They are one entry per row, its gradient, and a minibatch. Unlike the index expressions, they
give every shape to compilers that need to know it beforehand.
"""

from collections.abc import Callable, Sequence, Sized
from typing import ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array

# A cell for each output of an operation.
Storage = list[list[Array | None]]
Shapes = list[tuple[TensorVariable, ...]]
# The arguments of `infer_shape`: the node and the shapes, and until 3.3 the graph before them.
Context = tuple[FunctionGraph | Apply | Shapes, ...]


class PartlyDifferentiable(Op):
    """An operation with gradients with respect to some of its inputs."""

    differentiable: tuple[int, ...]  # those inputs' positions
    gradients: Callable[..., list[Variable]]  # theirs, from all inputs and the cotangent

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[i in self.differentiable] for i in range(len(node.inputs))]

    def pullback(
        self, inputs: Sequence[Variable], outputs: object, cotangents: Sequence[Variable]
    ) -> list[Variable]:
        gradients = [DisconnectedType()() for _ in inputs]
        found = self.gradients(*inputs, *cotangents)
        for i, gradient in zip(self.differentiable, found, strict=True):
            gradients[i] = gradient
        return gradients


class PickEntries(PartlyDifferentiable):
    """One entry from each row: ``x[arange(len(y)), y]``.

    `x` is a matrix ``(n, k)`` of floats and `y` a vector ``(n,)`` of integers from 0 to
    ``k - 1``. If they differ in length, the operation raises a `ValueError`.
    """

    __props__ = ()
    differentiable = (0,)

    def make_node(self, x: TensorVariable, y: TensorVariable) -> Apply:
        x, y = pt.as_tensor(x), pt.as_tensor(y)
        return Apply(self, [x, y], [pt.tensor(dtype=x.dtype, shape=(_rows(x, y),))])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        x, y = inputs
        check_lengths(x, y)
        output_storage[0][0] = x[np.arange(len(y)), y]

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [(shapes_of(context)[1][0],)]

    def gradients(self, x: Variable, y: Variable, g: Variable) -> list[Variable]:
        return [scatter_entries(x, g, y)]


class ScatterEntries(PartlyDifferentiable):
    """Zeros like `x` except for one entry per row: ``out[arange(len(y)), y] = g``.

    `x` and `y` are those of `PickEntries`, and `g` is a vector ``(n,)`` of floats. Only the
    shape and dtype of `x` matter.
    """

    __props__ = ()
    differentiable = (1,)

    def make_node(self, x: TensorVariable, g: TensorVariable, y: TensorVariable) -> Apply:
        x, g, y = pt.as_tensor(x), pt.as_tensor(g), pt.as_tensor(y)
        shape = (_rows(x, y), x.type.shape[1])
        return Apply(self, [x, g, y], [pt.tensor(dtype=x.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        x, g, y = inputs
        check_lengths(x, y)
        out = np.zeros_like(x)
        out[np.arange(len(y)), y] = g
        output_storage[0][0] = out

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [shapes_of(context)[0]]

    def gradients(self, x: Variable, g: Variable, y: Variable, G: Variable) -> list[Variable]:
        return [pick_entries(G, y)]


class SliceRows(PartlyDifferentiable):
    """A fixed number of rows from a symbolic start: ``x[start:start + length]``.

    Unlike a slice, the result is never short: for an array ``(n, ...)``, a `start` that is not
    from 0 to ``n - length`` raises an `IndexError`.
    """

    __props__ = ("length",)
    differentiable = (0,)
    view_map: ClassVar[dict[int, list[int]]] = {0: [0]}

    def __init__(self, length: int) -> None:
        self.length = length

    def make_node(self, x: TensorVariable, start: TensorVariable) -> Apply:
        x, start = pt.as_tensor(x), pt.as_tensor(start)
        shape = (self.length, *x.type.shape[1:])
        return Apply(self, [x, start], [pt.tensor(dtype=x.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        x, start = inputs
        check_rows(int(start), self.length, len(x))
        output_storage[0][0] = x[start : start + self.length]

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [(pt.constant(self.length), *shapes_of(context)[0][1:])]

    def gradients(self, x: Variable, start: Variable, g: Variable) -> list[Variable]:
        return [pt.set_subtensor(pt.zeros_like(x)[start : start + self.length], g)]


pick_entries = PickEntries()
scatter_entries = ScatterEntries()


def check_rows(start: int, length: int, n: int) -> None:
    """Refuse rows that do not exist: a compiled slice would silently return others."""
    if not 0 <= start <= n - length:
        raise IndexError(f"rows {start:,} to {start + length:,} of {n:,} are not all there")


def shapes_of(context: Context) -> Shapes:
    """Return the inputs' shapes from the arguments of `infer_shape`."""
    return context[-1]


def _rows(x: TensorVariable, y: TensorVariable) -> int | None:
    """Return the number of rows, or None if it is not known."""
    if x.type.ndim != 2 or y.type.ndim != 1 or not y.dtype.startswith(("int", "uint")):
        raise TypeError(f"needs a matrix and a vector of integers, got {x.type} and {y.type}")
    rows: int | None = x.type.shape[0]
    labels: int | None = y.type.shape[0]
    if rows != labels and None not in (rows, labels):
        raise ValueError(f"a matrix of {rows} rows and {labels} labels")
    return labels if rows is None else rows


def check_lengths(x: Sized, y: Sized) -> None:
    """Refuse labels unless there is one for each row; the arrays may be of any library."""
    if len(x) != len(y):
        raise ValueError(f"a matrix of {len(x)} rows and {len(y)} labels")


def check_repeated(
    shape: Sequence[int], broadcastable: Sequence[bool], wanted: Sequence[int]
) -> None:
    """Refuse an array that a library broadcast although its type does not allow it."""
    for there, needed, may in zip(shape, wanted, broadcastable, strict=True):
        if there != needed and not may:
            raise ValueError(
                f"an array of shape {tuple(shape)} where {tuple(wanted)} is needed"
            )
