"""Our operations in PyTorch, and those of PyTensor whose own conversion is wrong or missing."""

from collections.abc import Callable, Sequence
from functools import reduce

import torch
from pytensor.graph.basic import Apply, Constant
from pytensor.graph.op import Op
from pytensor.link.pytorch.dispatch import pytorch_funcify
from pytensor.link.pytorch.dispatch.basic import IfElse  # its place moved in 3.3
from pytensor.scalar.basic import EQ, Add, Mod, Mul, Pow, RoundHalfToEven, Sign, Switch
from pytensor.tensor import subtensor
from pytensor.tensor.basic import Alloc, ARange, ExtractDiag
from pytensor.tensor.math import Argmax, Prod, Sum
from pytensor.tensor.shape import SpecifyShape
from pytensor.tensor.subtensor import IncSubtensor, indices_from_subtensor

from theano_tutorial.convolution import pytorch_ops as windows_on_pytorch
from theano_tutorial.convolution.base import WindowOp
from theano_tutorial.rewrites import index_ops

# The function that an operation is converted to.
OnTensors = Callable[..., torch.Tensor]

# PyTensor's conversions compare whole arrays, or look up NumPy's function names in PyTorch.
for _op, _function in (
    (EQ, torch.eq),
    (Mod, torch.remainder),  # with the divisor's sign
    (Pow, torch.pow),
    (RoundHalfToEven, torch.round),
    (Switch, lambda condition, *values: torch.where(condition.to(torch.bool), *values)),
    (Sign, lambda x: torch.where(x == x, torch.sign(x), x)),  # of NaN, PyTorch's is 0
):
    pytorch_funcify.register(_op)(lambda op, made=_function, **kwargs: made)


@pytorch_funcify.register(Add)
@pytorch_funcify.register(Mul)
def _of_all(op: Add | Mul, node: Apply, **kwargs: object) -> OnTensors:
    """Add or multiply any number of arrays; PyTensor's own makes small integers int64."""
    of_two = torch.add if isinstance(op, Add) else torch.mul
    return of_two if len(node.inputs) == 2 else lambda *values: reduce(of_two, values)


_PYTENSORS = {op: pytorch_funcify.dispatch(op) for op in (ARange, IfElse, Prod, Sum)}


@pytorch_funcify.register(Prod)
@pytorch_funcify.register(Sum)
def _sum(op: Op, node: Apply, **kwargs: object) -> OnTensors:
    """Sum booleans in the graph's dtype, as products may need, not in integers."""
    total: OnTensors = _PYTENSORS[type(op)](op, node=node, **kwargs)
    dtype = getattr(torch, node.outputs[0].type.dtype)
    return lambda x: total(x).to(dtype)


@pytorch_funcify.register(Argmax)
def _argmax(op: Argmax, node: Apply, **kwargs: object) -> OnTensors:
    """Find the largest entry along some axes, or of all; PyTensor has no conversion."""
    x = node.inputs[0].type
    axes = [*range(x.ndim)] if op.axis is None else [*op.axis]
    if len(axes) == 1 and x.dtype != "bool":
        return lambda x: torch.argmax(x, dim=axes[0])
    last = [*range(-len(axes), 0)]
    return lambda x: torch.argmax((x + 0).movedim(axes, last).flatten(-len(axes)), dim=-1)


@pytorch_funcify.register(Alloc)
def _alloc(op: Alloc, **kwargs: object) -> OnTensors:
    """Broadcast a value to a shape, on the device that holds the value."""
    return lambda value, *shape: value.broadcast_to([int(n) for n in shape]).clone()


_NARROW = "int8", "int16", "uint8", "uint16", "uint32"


@pytorch_funcify.register(ARange)
def _arange(op: ARange, **kwargs: object) -> OnTensors:
    """Count to no number where the last is below the first: PyTorch refuses that."""
    count: OnTensors = _PYTENSORS[ARange](op, **kwargs)
    return lambda start, stop, step: count(
        start, stop if (stop - start) * step > 0 else start, step
    )


@pytorch_funcify.register(ExtractDiag)
def _diagonal(op: ExtractDiag, **kwargs: object) -> OnTensors:
    return lambda x: torch.diagonal(x, op.offset, op.axis1, op.axis2)


@pytorch_funcify.register(IfElse)
def _ifelse(op: IfElse, **kwargs: object) -> OnTensors:
    """Return one value as such; PyTensor's own conversion returns a tuple."""
    choose: OnTensors = _PYTENSORS[IfElse](op, **kwargs)
    return choose if op.n_outs > 1 else lambda *values: choose(*values)[0]


def _by_int64(convert: Callable[..., OnTensors], first: int) -> Callable[..., OnTensors]:
    """Convert an operation whose inputs from the `first` on are indices, of any integers.

    PyTorch takes uint8 for a mask, and refuses other narrow ones.
    """

    def converted(op: Op, node: Apply, **kwargs: object) -> OnTensors:
        function = convert(op, node=node, **kwargs)
        narrow = [i >= first and v.type.dtype in _NARROW for i, v in enumerate(node.inputs)]

        def call(*values: torch.Tensor) -> torch.Tensor:
            pairs = zip(values, narrow, strict=True)
            return function(*(torch.as_tensor(v).long() if n else v for v, n in pairs))

        return call if any(narrow) else function

    return converted


def _forwards(x: torch.Tensor, indices: Sequence[torch.Tensor | slice]) -> torch.Tensor:
    """Return ``x[indices]``: PyTorch's slices only go forwards."""
    places, axis = [*indices], 0
    for i, index in enumerate(indices):
        if isinstance(index, slice) and index.step is not None and index.step < 0:
            taken = range(x.shape[axis])[index]
            numbers = torch.arange(len(taken), device=x.device) * taken.step + taken.start
            x, places[i] = x.index_select(axis, numbers), slice(None)
        axis += 1
        if isinstance(index, torch.Tensor) and index.dtype == torch.bool:
            axis += index.ndim - 1
    return x[tuple(places)]


def _anyhow(convert: Callable[..., OnTensors], first: int) -> Callable[..., OnTensors]:
    """Convert an operation whose inputs from the `first` on are indices.

    A slice that may go backwards, or adding to a part with both slices and arrays of indices,
    is not in PyTorch: put values in the places that the same indices take from a range.
    """

    def converted(op: Op, node: Apply, **kwargs: object) -> OnTensors:
        entries = indices_from_subtensor(node.inputs[first:], op.idx_list)
        slices = [entry for entry in entries if isinstance(entry, slice)]
        steps = [entry.step for entry in slices if entry.step is not None]
        is_sum = first == 2 and not op.set_instead_of_inc
        repeats = is_sum and slices and not isinstance(op, IncSubtensor)
        if not repeats and all(isinstance(s, Constant) and s.data > 0 for s in steps):
            return convert(op, node=node, **kwargs)

        def take(x: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
            return _forwards(x, indices_from_subtensor(values, op.idx_list))

        def put(x: torch.Tensor, y: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
            places = take(torch.arange(x.numel(), device=x.device).reshape(x.shape), *values)
            return x.flatten().index_put((places,), y.type_as(x), is_sum).reshape(x.shape)

        return take if first == 1 else put

    return converted


for _name in ("Subtensor", "AdvancedSubtensor", "AdvancedSubtensor1"):
    for _first, _kind in ((1, _name), (2, _name.replace("Sub", "IncSub"))):
        if _indexing := getattr(subtensor, _kind, None):  # PyTensor 3.3 has not all of them
            _convert = pytorch_funcify.dispatch(_indexing)
            pytorch_funcify.register(_indexing)(_by_int64(_anyhow(_convert, _first), _first))


def _columns(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return each row's label as a column; like an index, one below 0 counts from the end."""
    y = y.to(torch.int64)
    return torch.where(y < 0, y + x.shape[1], y).unsqueeze(1)


@pytorch_funcify.register(index_ops.PickEntries)
def _pick(op: index_ops.PickEntries, **kwargs: object) -> OnTensors:
    def pick(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        index_ops.check_lengths(x, y)
        return torch.gather(x, 1, _columns(x, y)).squeeze(1)

    return pick


@pytorch_funcify.register(index_ops.ScatterEntries)
def _scatter(op: index_ops.ScatterEntries, **kwargs: object) -> OnTensors:
    def scatter(x: torch.Tensor, g: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        index_ops.check_lengths(x, y)
        return torch.zeros_like(x).scatter(1, _columns(x, y), g.unsqueeze(1))

    return scatter


@pytorch_funcify.register(index_ops.SliceRows)
def _slice(op: index_ops.SliceRows, **kwargs: object) -> OnTensors:
    length = op.length
    offsets = torch.arange(length)  # on the device: the graph is converted there

    def rows(x: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        if x.device.type == "cpu":
            return x[int(start) : int(start) + length]
        # To read the start, Python would have to wait for the device at every step.
        return x.index_select(0, start + offsets)

    return rows


@pytorch_funcify.register(WindowOp)
def _window_op(op: WindowOp, **kwargs: object) -> OnTensors:
    return op.computed_by(windows_on_pytorch)


@pytorch_funcify.register(SpecifyShape)
def _specify_shape(op: SpecifyShape, node: Apply, **kwargs: object) -> OnTensors:
    """Check a shape that was stated, as PyTensor does on other backends."""
    known = node.outputs[0].type.shape

    def checked(x: torch.Tensor, *lengths: torch.Tensor | None) -> torch.Tensor:
        told = [a if b is None else b for a, b in zip(lengths, known, strict=True)]
        if any(n is not None and int(n) != m for n, m in zip(told, x.shape, strict=True)):
            wanted = tuple(None if n is None else int(n) for n in told)
            raise AssertionError(
                f"SpecifyShape: Got shape {tuple(x.shape)}, expected {wanted}."
            )
        return x

    return checked
