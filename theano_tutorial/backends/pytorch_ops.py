"""Our operations in PyTorch, and those of PyTensor whose own conversion is wrong or missing."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import Op
from pytensor.link.pytorch.dispatch import pytorch_funcify
from pytensor.link.pytorch.dispatch.basic import IfElse  # its place moved in 3.3
from pytensor.scalar.basic import EQ, Mod, Pow, RoundHalfToEven, Sign, Switch
from pytensor.tensor import subtensor
from pytensor.tensor.basic import Alloc
from pytensor.tensor.math import Argmax, Sum
from pytensor.tensor.shape import SpecifyShape
from pytensor.tensor.subtensor import IncSubtensor, Subtensor, indices_from_subtensor

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


_reduce = pytorch_funcify.dispatch(Sum)


@pytorch_funcify.register(Sum)
def _sum(op: Sum, **kwargs: object) -> OnTensors:
    """Sum booleans in the graph's dtype, as products may need, not in integers."""
    total: OnTensors = _reduce(op, **kwargs)
    if op.dtype is None:
        return total
    dtype = getattr(torch, op.dtype)
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
_choose = pytorch_funcify.dispatch(IfElse)
_take, _put = pytorch_funcify.dispatch(Subtensor), pytorch_funcify.dispatch(IncSubtensor)


@pytorch_funcify.register(IfElse)
def _ifelse(op: IfElse, **kwargs: object) -> OnTensors:
    """Return one value as such; PyTensor's own conversion returns a tuple."""
    choose: OnTensors = _choose(op, **kwargs)
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


def _may_go_back(op: Subtensor | IncSubtensor, indices: Sequence[Variable]) -> bool:
    """Return whether a slice has a step that is not known to be positive."""
    entries = indices_from_subtensor(indices, op.idx_list)
    steps = [entry.step for entry in entries if isinstance(entry, slice)]
    return any(not (isinstance(s, Constant) and s.data > 0) for s in steps if s is not None)


def _places(
    op: Subtensor | IncSubtensor, x: torch.Tensor, values: Sequence[torch.Tensor]
) -> tuple[torch.Tensor | int, ...]:
    """Return where a part such as ``x[::-1]`` lies: PyTorch's slices only go forwards."""
    indices = indices_from_subtensor(values, op.idx_list)
    places = [range(n)[index] for n, index in zip(x.shape, indices, strict=False)]
    grid = iter(np.ix_(*(place for place in places if isinstance(place, range))))
    return tuple(
        torch.as_tensor(next(grid), device=x.device) if isinstance(place, range) else place
        for place in places
    )


@pytorch_funcify.register(Subtensor)
def _part(op: Subtensor, node: Apply, **kwargs: object) -> OnTensors:
    if _may_go_back(op, node.inputs[1:]):
        return lambda x, *values: x[_places(op, x, values)]
    take: OnTensors = _take(op, node=node, **kwargs)
    return take


@pytorch_funcify.register(IncSubtensor)
def _with_other_part(op: IncSubtensor, node: Apply, **kwargs: object) -> OnTensors:
    def put(x: torch.Tensor, y: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        places, out, y = _places(op, x, values), x.clone(), y.type_as(x)
        out[places] = y if op.set_instead_of_inc else out[places] + y
        return out

    forwards: OnTensors = _put(op, node=node, **kwargs)
    return put if _may_go_back(op, node.inputs[2:]) else forwards


for _name in ("Subtensor", "AdvancedSubtensor", "AdvancedSubtensor1"):
    for _first, _kind in ((1, _name), (2, _name.replace("Sub", "IncSub"))):
        if _indexing := getattr(subtensor, _kind, None):  # PyTensor 3.3 has not all of them
            _convert = pytorch_funcify.dispatch(_indexing)
            pytorch_funcify.register(_indexing)(_by_int64(_convert, _first))


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
