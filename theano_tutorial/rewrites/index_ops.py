"""Three small operations, in mathematics and in NumPy.

They say what the tutorials' index expressions mean, so that compilers which need to know every
shape beforehand can be told: one entry a row, its gradient, and a minibatch.
"""

from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op


class PickEntries(Op):
    r"""One entry from each row: ``x[arange(len(y)), y]``.

    Inputs
    ------
    x
        Matrix ``(n, k)`` of floats.
    y
        Vector ``(n,)`` of integers from 0 to ``k - 1``.

    Raises
    ------
    ValueError
        If `x` and `y` differ in length.
    """

    __props__ = ()

    def make_node(self, x: Any, y: Any) -> Apply:
        x, y = pt.as_tensor(x), pt.as_tensor(y)
        return Apply(self, [x, y], [pt.tensor(dtype=x.dtype, shape=(_rows(x, y),))])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        x, y = inputs
        check_lengths(x, y)
        output_storage[0][0] = x[np.arange(len(y)), y]

    def infer_shape(self, *context: Any) -> Any:
        shapes = _shapes(context)
        return [(shapes[1][0],)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [False]]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        x, y = inputs
        (g,) = cotangents
        return [scatter_entries(x, g, y), DisconnectedType()()]

    # PyTensor's name for it before version 3.
    L_op = pullback


class ScatterEntries(Op):
    r"""Zeros like `x` but for one entry a row: ``out[arange(len(y)), y] = g``.

    Inputs
    ------
    x
        Matrix ``(n, k)`` of floats; only its shape and dtype matter.
    g
        Vector ``(n,)`` of floats.
    y
        Vector ``(n,)`` of integers from 0 to ``k - 1``.
    """

    __props__ = ()

    def make_node(self, x: Any, g: Any, y: Any) -> Apply:
        x, g, y = pt.as_tensor(x), pt.as_tensor(g), pt.as_tensor(y)
        shape = (_rows(x, y), x.type.shape[1])
        return Apply(self, [x, g, y], [pt.tensor(dtype=x.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        x, g, y = inputs
        check_lengths(x, y)
        out = np.zeros_like(x)
        out[np.arange(len(y)), y] = g
        output_storage[0][0] = out

    def infer_shape(self, *context: Any) -> Any:
        return [_shapes(context)[0]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False], [True], [False]]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        _, _, y = inputs
        (G,) = cotangents
        return [DisconnectedType()(), pick_entries(G, y), DisconnectedType()()]

    L_op = pullback


class SliceRows(Op):
    r"""A fixed number of rows from a symbolic start: ``x[start:start + length]``.

    Unlike a slice, it is never short: rows beyond the end are an error.

    Attributes
    ----------
    length
        Number of rows.

    Inputs
    ------
    x
        Array ``(n, ...)``.
    start
        Integer from 0 to ``n - length``.

    Raises
    ------
    IndexError
        If there are not that many rows from there.
    """

    __props__ = ("length",)

    def __init__(self, length: int) -> None:
        self.length = length

    def make_node(self, x: Any, start: Any) -> Apply:
        x, start = pt.as_tensor(x), pt.as_tensor(start)
        shape = (self.length, *x.type.shape[1:])
        return Apply(self, [x, start], [pt.tensor(dtype=x.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        x, start = inputs
        check_rows(int(start), self.length, len(x))
        output_storage[0][0] = x[start : start + self.length].copy()

    def infer_shape(self, *context: Any) -> Any:
        return [(pt.constant(self.length), *_shapes(context)[0][1:])]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [False]]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        x, start = inputs
        (g,) = cotangents
        zeros = pt.zeros_like(x)
        return [pt.set_subtensor(zeros[start : start + self.length], g), DisconnectedType()()]

    L_op = pullback


class Batch(Op):
    """Rows from a multiple of an index on, by Python's own rules: there may be fewer.

    Attributes
    ----------
    factor, first, length
        It is ``x[start:start + length]`` with ``start = factor * index + first``.
    """

    __props__ = ("factor", "first", "length")
    view_map: ClassVar[dict[int, list[int]]] = {0: [0]}

    def __init__(self, factor: int, first: int, length: int) -> None:
        self.factor, self.first, self.length = factor, first, length

    def make_node(self, x: Any, index: Any) -> Apply:
        x, index = pt.as_tensor(x), pt.as_tensor(index)
        shape = (None, *x.type.shape[1:])
        return Apply(self, [x, index], [pt.tensor(dtype=x.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        x, index = inputs
        start = self.factor * int(index) + self.first
        output_storage[0][0] = x[start : start + self.length]


class AsType(Op):
    """An array in another dtype, by one call of NumPy.

    PyTensor's own cast, where nothing is compiled, converts entry by entry in Python.
    """

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def make_node(self, x: Any) -> Apply:
        x = pt.as_tensor(x)
        return Apply(self, [x], [pt.tensor(dtype=self.dtype, shape=x.type.shape)])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        output_storage[0][0] = np.asarray(inputs[0]).astype(self.dtype)

    def infer_shape(self, *context: Any) -> Any:
        return _shapes(context)


class Transpose(Op):
    """The transpose of a matrix, without a copy.

    PyTensor 3.0's own one forgets, on Numba, that the result lies column by column in memory,
    so every product with it copies the whole matrix first.
    """

    __props__ = ()
    view_map: ClassVar[dict[int, list[int]]] = {0: [0]}

    def make_node(self, x: Any) -> Apply:
        x = pt.as_tensor(x)
        return Apply(self, [x], [pt.tensor(dtype=x.dtype, shape=x.type.shape[::-1])])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        output_storage[0][0] = inputs[0].T

    def infer_shape(self, *context: Any) -> Any:
        return [_shapes(context)[0][::-1]]


class NumpyCall(Op):
    """One function of NumPy on arrays, entry by entry: ``numpy.add``, ``numpy.exp``, ...

    PyTensor's own operation, where nothing is compiled, spends longer on its checks than
    NumPy does on an array of a few thousand numbers. The check that matters stays: an array
    is repeated along a dimension only where its type says that it has length 1 there.

    Raises
    ------
    ValueError
        If the arrays' shapes differ.
    """

    __props__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
        self.function = getattr(np, name)

    def make_node(self, *inputs: Any) -> Apply:
        inputs = tuple(pt.as_tensor(v) for v in inputs)
        dtype = self.function.resolve_dtypes((*(np.dtype(v.dtype) for v in inputs), None))[-1]
        ndim = max(v.type.ndim for v in inputs)
        known = [
            next((v.type.shape[i] for v in inputs if v.type.shape[i] not in (1, None)), None)
            if any(v.type.shape[i] != 1 for v in inputs)
            else 1
            for i in range(ndim)
        ]
        return Apply(self, list(inputs), [pt.tensor(dtype=str(dtype), shape=tuple(known))])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        with np.errstate(all="ignore"):
            out = np.asarray(self.function(*inputs))
        for value, variable in zip(inputs, node.inputs, strict=True):
            if np.shape(value) != out.shape:
                _check_repeated(value, variable, out.shape)
        output_storage[0][0] = out

    def infer_shape(self, *context: Any) -> Any:
        return [pt.broadcast_shape(*_shapes(context), arrays_are_shapes=True)]


pick_entries = PickEntries()
scatter_entries = ScatterEntries()


def check_rows(start: int, length: int, n: int) -> None:
    """Refuse rows that are not there: a compiled slice would silently give others."""
    if not 0 <= start <= n - length:
        raise IndexError(f"rows {start:,} to {start + length:,} of {n:,} are not all there")


def _check_repeated(value: Any, variable: Any, shape: tuple[int, ...]) -> None:
    """Refuse an array that NumPy repeated though its type does not say so."""
    allowed = variable.type.broadcastable
    for there, wanted, may in zip(np.shape(value), shape, allowed, strict=True):
        if there != wanted and not may:
            raise ValueError(f"an array of shape {np.shape(value)} where {shape} is needed")


def _shapes(context: tuple[Any, ...]) -> Any:
    """Return the inputs' shapes; PyTensor 3.3 no longer passes the graph before the node."""
    return context[-1]


def _rows(x: Any, y: Any) -> int | None:
    """Return the number of rows where it is known."""
    if x.type.ndim != 2 or y.type.ndim != 1 or not y.dtype.startswith(("int", "uint")):
        raise TypeError(f"needs a matrix and a vector of integers, got {x.type} and {y.type}")
    known = [n for n in (x.type.shape[0], y.type.shape[0]) if n is not None]
    if len(set(known)) > 1:
        raise ValueError(f"a matrix of {known[0]} rows and {known[1]} labels")
    return known[0] if known else None


def check_lengths(x: Any, y: Any) -> None:
    """Refuse labels that are not as many as there are rows, in arrays of any library."""
    if len(x) != len(y):
        raise ValueError(f"a matrix of {len(x)} rows and {len(y)} labels")
