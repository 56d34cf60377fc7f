"""Our operations in PyTorch, and those of PyTensor whose own conversion is wrong or missing."""

from collections.abc import Callable

import torch
from pytensor.graph.basic import Apply
from pytensor.link.pytorch.dispatch import pytorch_funcify
from pytensor.scalar.basic import EQ, Mod, Pow, RoundHalfToEven, ScalarOp, Sub
from pytensor.tensor.basic import Alloc
from pytensor.tensor.math import Argmax, Dot, Sum

from theano_tutorial.rewrites import index_ops

# The function that an operation is converted to.
OnTensors = Callable[..., torch.Tensor]

# PyTensor's conversions compare whole arrays, or look up NumPy's function names in PyTorch.
_FUNCTIONS: dict[type[ScalarOp], OnTensors] = {
    EQ: torch.eq,
    Mod: torch.remainder,  # with the divisor's sign
    Pow: torch.pow,
    RoundHalfToEven: torch.round,
}


def _function(op: ScalarOp, **kwargs: object) -> OnTensors:
    return _FUNCTIONS[type(op)]


for _op in _FUNCTIONS:
    pytorch_funcify.register(_op)(_function)


@pytorch_funcify.register(Sub)
def _sub(op: Sub, node: Apply, **kwargs: object) -> OnTensors:
    """Subtract booleans, too, as the gradient of a maximum does."""
    dtype = getattr(torch, node.outputs[0].type.dtype)
    if "bool" in {v.type.dtype for v in node.inputs}:
        return lambda x, y: torch.sub(x.to(dtype), y.to(dtype))
    subtract: OnTensors = torch.sub
    return subtract


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
    """Find the largest entry along one axis, or of all; PyTensor has no conversion."""
    axes = op.axis
    if axes is not None and len(axes) != 1:
        if len(axes) != node.inputs[0].type.ndim:
            raise NotImplementedError(f"argmax over the axes {axes} at once")
        axes = None
    axis = None if axes is None else axes[0]
    return lambda x: torch.argmax(x, dim=axis)


@pytorch_funcify.register(Dot)
def _dot(op: Dot, node: Apply, **kwargs: object) -> OnTensors:
    """Multiply matrices of two dtypes, too, such as float64 data and float32 weights."""
    if len({v.type.dtype for v in (*node.inputs, *node.outputs)}) == 1:
        multiply: OnTensors = torch.matmul
        return multiply
    dtype = getattr(torch, node.outputs[0].type.dtype)
    return lambda x, y: torch.matmul(x.to(dtype), y.to(dtype))


@pytorch_funcify.register(Alloc)
def _alloc(op: Alloc, **kwargs: object) -> OnTensors:
    """Broadcast a value to a shape, on the device that holds the value."""
    return lambda value, *shape: value.broadcast_to([int(n) for n in shape]).clone()


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
