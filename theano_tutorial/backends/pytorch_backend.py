"""PyTorch: the graph as one function of tensors, for CPU or GPU.

The function runs operation by operation, as PyTorch code does. `torch.compile` would need a
C++ compiler and many seconds at the first call, and gains nothing on graphs as small as these.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.db import RewriteDatabaseQuery
from pytensor.link.pytorch.dispatch import pytorch_funcify
from pytensor.link.pytorch.linker import PytorchLinker
from pytensor.raise_op import CheckAndRaise
from pytensor.scalar.basic import Cast
from pytensor.tensor.basic import Alloc, ScalarFromTensor
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.math import Argmax, Dot
from pytensor.tensor.random.type import RandomType
from pytensor.tensor.shape import Shape, Shape_i
from pytensor.tensor.special import LogSoftmax, Softmax
from torch.backends import cuda, cudnn, mkldnn

from theano_tutorial._types import Array
from theano_tutorial.backends.cuda_graph import Recorded, Tensors, TensorStep
from theano_tutorial.backends.inline import add_after_stabilisation, use_prod
from theano_tutorial.backends.modes import DeviceMode
from theano_tutorial.backends.on_device import Converted, Step
from theano_tutorial.backends.pytorch_ops import OnTensors  # and its conversions
from theano_tutorial.backends.resident import Resident
from theano_tutorial.convolution.base import WindowOp
from theano_tutorial.errors import UsageError
from theano_tutorial.rewrites import index_ops
from theano_tutorial.rewrites.index_rewrites import add_rewrites
from theano_tutorial.rewrites.one_dtype import add_one_dtype

# Operations whose functions make tensors only from their arguments. The others must be told at
# every call on which device to make them, which takes longer than a small operation itself.
_MAKE_NOTHING = (Alloc, Argmax, CAReduce, DimShuffle, Dot, LogSoftmax, Softmax)
_OURS = (index_ops.PickEntries, index_ops.ScatterEntries, index_ops.SliceRows, WindowOp)
# Operations whose results Python reads: on a device, it would have to wait for them.
_ON_HOST = (CheckAndRaise, ScalarFromTensor, Shape, Shape_i)


def _convert(op: Op, node: Apply, device: torch.device, **kwargs: object) -> OnTensors:
    """Convert an operation; an elementwise one becomes PyTorch's function, which broadcasts.

    PyTensor's conversion would first check in Python, at every call, what to broadcast.
    """
    makes_nothing = device.type == "cpu" or isinstance(op, (*_MAKE_NOTHING, *_OURS, *_ON_HOST))
    if isinstance(op, Elemwise):
        name = getattr(op.scalar_op, "nfunc_spec", ("",))[0]
        if hasattr(torch, name) or isinstance(op.scalar_op, Cast):
            convert: OnTensors = pytorch_funcify(op.scalar_op, node=node, **kwargs)
            return _checked(convert, node) if len(node.inputs) > 1 else convert
    function: OnTensors = pytorch_funcify(op, node=node, **kwargs)
    if isinstance(op, DimShuffle) and node.inputs[0].type.ndim == 0:
        # A length that is on the host is combined with arrays on the device from here on.
        return lambda number: function(_there(number, device))
    if makes_nothing:
        return function

    def on_device(*values: torch.Tensor) -> torch.Tensor:
        with device:
            return function(*values)

    return on_device


def _there(number: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return a scalar on a device, filled in there: a copy from the host would wait."""
    if number.device == device:
        return number
    return torch.full((), number.item(), dtype=number.dtype, device=device)


def _checked(function: OnTensors, node: Apply) -> OnTensors:
    """Refuse shapes that PyTorch would broadcast although the graph does not."""
    allowed = [v.type.broadcastable for v in node.inputs]

    def call(*values: torch.Tensor) -> torch.Tensor:
        out = function(*values)
        for value, may in zip(values, allowed, strict=True):
            if value.shape != out.shape:
                index_ops.check_repeated(value.shape, may, out.shape)
        return out

    return call


# The parts of PyTorch that can be set to multiply float32 numbers less exactly.
_MULTIPLIERS = (cuda.matmul, cudnn.conv, mkldnn.matmul, mkldnn.conv)


@contextmanager
def _exactly() -> Iterator[None]:
    """Multiply float32 numbers in float32, not in TF32 or bfloat16."""
    before = [(part, part.fp32_precision) for part in _MULTIPLIERS]
    inexact = [(part, mode) for part, mode in before if mode not in ("ieee", "none")]
    try:
        for part, _ in inexact:
            part.fp32_precision = "ieee"
        yield
    finally:
        for part, mode in inexact:
            part.fp32_precision = mode


class ResidentPytorchLinker(Resident, PytorchLinker):
    """PyTorch's linker, with shared variables that stay on the device."""

    backend = "pytorch"

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device

    @property
    def device_name(self) -> str:
        return str(self.device)

    def fgraph_convert(self, fgraph: FunctionGraph, **kwargs: object) -> Converted:
        if any(isinstance(variable.type, RandomType) for variable in fgraph.inputs):
            raise UsageError(
                "PyTensor draws no random numbers on PyTorch: compile this graph for another "
                "backend, such as jax"
            )
        with warnings.catch_warnings(), self.device:
            # Constants are read-only, but no operation writes to them.
            warnings.filterwarnings("ignore", "The given NumPy array is not writable")
            convert = partial(_convert, device=self.device)
            return super().fgraph_convert(fgraph, conversion_func=convert, **kwargs)

    def put(self, value: Array) -> torch.Tensor:
        # PyTorch takes no array that is read-only or reversed, such as x[::-1].
        is_plain = value.flags.writeable and min(value.strides, default=0) >= 0
        return torch.as_tensor(value if is_plain else value.copy()).to(self.device)

    def is_there(self, value: object) -> bool:
        return isinstance(value, torch.Tensor) and value.device == self.device

    def wait(self, values: Tensors) -> None:
        """Return at once: a GPU has copied the inputs, and a CPU has finished computing."""

    def fetch(self, value: torch.Tensor) -> Array:
        array: Array = value.numpy(force=True)  # even of a conjugate
        return array

    def compile(self, step: TensorStep) -> TensorStep:
        def exact(*values: Tensors) -> tuple[Tensors, Tensors]:
            try:
                with _exactly():
                    return step(*values)
            except NotImplementedError as error:  # for these dtypes, such as uint64
                raise self.refusal(error) from error

        return exact if self.device.type == "cpu" else Recorded(exact, self.device)

    def repeat(self, step: TensorStep) -> Step:
        take = self.compile(step)

        def run(
            changed: Tensors, fixed: Tensors, columns: Tensors, n: int
        ) -> tuple[Tensors, Tensors]:
            rows = zip(*(column.unbind() for column in columns), strict=True)
            kept: list[Tensors] = []
            for row in rows if columns else [()] * n:
                changed, outputs = take(changed, fixed, row)
                # The next step may overwrite them.
                kept.append([output.clone() for output in outputs])
            return changed, [_together(each) for each in zip(*kept, strict=True)]

        return run


def _together(outputs: tuple[torch.Tensor, ...]) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Return several steps' outputs as one tensor if their shapes are the same."""
    is_one_shape = len({output.shape for output in outputs}) == 1
    return torch.stack(outputs) if is_one_shape else outputs


# Make MKL choose its kernels for tanh, exp and the like now, in one thread. Otherwise it would
# choose at the first call, which is not thread-safe: one of several threads may read a
# half-made choice and compute its share of that call with a less exact kernel. A single entry
# is not shared out among threads, and the choice holds for all functions and dtypes.
torch.tanh(torch.zeros(1, dtype=torch.float64, device="cpu"))


def find_device(name: str | None) -> torch.device:
    """Return the device of that name, such as ``cpu`` or ``cuda:1``; for None, a GPU if any.

    If there is no such device, raise a `ValueError`.
    """
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.zeros(1, device=name).device  # resolves cuda to cuda:0
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError) as error:
        there = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
        raise ValueError(f"no device {name!r}; PyTorch has {', '.join(there)}") from error
    return device


def make_mode(rewrites: bool, device: str | None) -> Mode:
    """Return the mode that runs on a device, with or without our rewrites."""
    linker = ResidentPytorchLinker(find_device(device))
    mode = DeviceMode(linker, RewriteDatabaseQuery(include=["fast_run"]))
    if not rewrites:
        return mode
    mode = mode.excluding("local_pow_to_nested_squaring")  # PyTorch knows only torch.pow
    return add_rewrites(add_one_dtype(add_after_stabilisation(mode, use_prod)))
