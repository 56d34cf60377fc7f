"""PyTorch: the graph as one function of tensors, for CPU or GPU.

The function runs operation by operation, as PyTorch code does. `torch.compile` would need a
C++ compiler and many seconds at the first call, and gains nothing on graphs as small as these.
"""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.db import RewriteDatabaseQuery
from pytensor.link.pytorch.dispatch import pytorch_funcify
from pytensor.link.pytorch.linker import PytorchLinker
from pytensor.scalar.basic import EQ, Cast
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Argmax

from theano_tutorial.backends.resident import Resident
from theano_tutorial.fused.ops import PickEntries, ScatterEntries, SliceRows, check_lengths


@pytorch_funcify.register(EQ)
def _eq(op: Any, **kwargs: Any) -> Callable[..., Any]:
    """Compare entry by entry; PyTensor's own maps this to a comparison of whole arrays."""
    eq: Callable[..., Any] = torch.eq
    return eq


@pytorch_funcify.register(Argmax)
def _argmax(op: Any, node: Any, **kwargs: Any) -> Callable[..., Any]:
    """Find the largest entry along one axis, or of all; PyTensor has none."""
    axes = op.axis
    if axes is not None and len(axes) != 1:
        if len(axes) != node.inputs[0].type.ndim:
            raise NotImplementedError(f"argmax over the axes {axes} at once")
        axes = None
    axis = None if axes is None else axes[0]

    def argmax(x: Any) -> Any:
        return torch.argmax(x, dim=axis)

    return argmax


@pytorch_funcify.register(PickEntries)
def _pick(op: Any, **kwargs: Any) -> Callable[..., Any]:
    def pick(x: Any, y: Any) -> Any:
        check_lengths(x, y)
        return torch.gather(x, 1, y[:, None].long())[:, 0]

    return pick


@pytorch_funcify.register(ScatterEntries)
def _scatter(op: Any, **kwargs: Any) -> Callable[..., Any]:
    def scatter(x: Any, g: Any, y: Any) -> Any:
        check_lengths(x, y)
        return torch.zeros_like(x).scatter(1, y[:, None].long(), g[:, None])

    return scatter


@pytorch_funcify.register(SliceRows)
def _slice(op: Any, **kwargs: Any) -> Callable[..., Any]:
    def rows(x: Any, start: Any) -> Any:
        return x[int(start) : int(start) + op.length]

    return rows


def _convert(op: Any, node: Any = None, **kwargs: Any) -> Any:
    """Convert an operation; entry by entry, PyTorch's own broadcasting will do.

    PyTensor's conversion would first check in Python, at every call, what broadcasts.
    """
    if isinstance(op, Elemwise):
        name = getattr(op.scalar_op, "nfunc_spec", ("",))[0]
        if hasattr(torch, name) or isinstance(op.scalar_op, Cast):
            return pytorch_funcify(op.scalar_op, node=node, **kwargs)
    return pytorch_funcify(op, node=node, **kwargs)


class ResidentPytorchLinker(Resident, PytorchLinker):
    """PyTorch's linker, with shared variables that stay on the device."""

    def __init__(self, device: Any) -> None:
        super().__init__()
        self.device = device

    @property
    def device_name(self) -> str:
        """Return the device's name, such as ``cuda:0``."""
        return str(self.device)

    def fgraph_convert(self, fgraph: Any, *args: Any, **kwargs: Any) -> Any:
        """Convert a graph to a function of tensors."""
        with warnings.catch_warnings():
            # Constants are read-only; no operation writes to them.
            warnings.filterwarnings("ignore", "The given NumPy array is not writable")
            return super().fgraph_convert(fgraph, *args, conversion_func=_convert, **kwargs)

    def put(self, value: Any) -> Any:
        """Send a NumPy array to the device; a single number stays where it is."""
        tensor = torch.as_tensor(value if value.flags.writeable else value.copy())
        return tensor if tensor.ndim == 0 else tensor.to(self.device)

    def is_there(self, value: Any) -> bool:
        """Return whether a value is on the device."""
        return isinstance(value, torch.Tensor)

    def fetch(self, value: Any) -> Any:
        """Bring a value back as a NumPy array."""
        return value.cpu().numpy()

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, to be run on the device operation by operation."""

        def run(*values: Any) -> Any:
            with torch.no_grad():
                return function(*values)

        def run_elsewhere(*values: Any) -> Any:
            # New tensors are to be there too. This costs some time at every operation.
            with torch.no_grad(), self.device:
                return function(*values)

        return run if self.device.type == "cpu" else run_elsewhere


def _settle_kernels() -> None:
    """Have MKL choose its kernels for tanh, exp and the like, by one thread.

    It chooses at the first call, and not safely: of several threads that make it together,
    one may read a choice half made, and compute its share, this once, by a less exact kernel.
    A single entry is not shared out; whatever function and dtype it is for, the choice is the
    same.
    """
    torch.tanh(torch.zeros(1, dtype=torch.float64, device="cpu"))


_settle_kernels()


def find_device(name: str | None) -> Any:
    """Return the device of that name, such as ``cpu`` or ``cuda:1``; None: a GPU if any.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        there = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
        raise ValueError(f"no device {name!r}; PyTorch has {', '.join(there)}") from error
    return device


def make_mode(device: str | None) -> Any:
    """Return the mode that runs on a device."""
    linker = ResidentPytorchLinker(find_device(device))
    return Mode(linker, RewriteDatabaseQuery(include=["fast_run"]))
