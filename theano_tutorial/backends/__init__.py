"""Backends: how PyTensor compiles a graph. They change speed and rounding, nothing else.

========  ==========================================================================
numpy     Each operation is a NumPy call, or one of our kernel: half a second of the C
          compiler, once, where there is one. Ready in a fraction of a second.
c         C code, kept once compiled; needs a C++ compiler. Some ten seconds, once.
numba     Machine code made by Numba, kept too. Tens of seconds, once.
jax       XLA's code, for CPU, GPU or TPU. Needs the extra ``jax``.
pytorch   PyTorch's own operations, for CPU or GPU. Needs the extra ``pytorch``.
auto      The quickest to start: numpy.
========  ==========================================================================

Each is made by its module, ``NAME_backend.py``, imported when the backend is chosen and not
before. To add one, write that module, with a `make_mode`, and give it a line in the table.

The graph is written once, as in the tutorials, and compiles on each of them. Stock PyTensor
refuses it on JAX (``arange(y.shape[0])``, slices by a symbolic index) and on PyTorch; our
rewrites replace one entry a row, its gradient and a minibatch by small operations that both
know. A minibatch beyond the end of the data is an `IndexError` there, never other rows; where
their number is not known, PyTorch returns those that are there, as PyTensor does. A label
that is no class is an error, too, but on JAX, where its cost and gradient are NaN. On a CPU,
the same command with the same number of threads gives the same bits, in any process.

JAX and PyTorch compute on a GPU where they find one, in IEEE float32 or float64, and take many
steps in one call (`one_call`); PyTorch starts a step's kernels all at once (`cuda_graph`). They
keep shared variables on their device (`resident`): on a GPU, let one thread at a time use them.
To use one with another backend afterwards, or in ``v.eval()``, bring its value back:
``v.set_value(v.get_value())``. A GPU's libraries may add in another order each time;
``torch.backends.cudnn.deterministic = True`` keeps PyTorch's convolutions to one.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.system import threads as threads_module

if TYPE_CHECKING:  # the command line reads the names, and answers before PyTensor is loaded
    from pytensor.compile.mode import Mode


def _without_compiler() -> str | None:
    import pytensor

    if not pytensor.config.cxx:
        return "it needs a C++ compiler (g++ or clang++), and none was found"
    from theano_tutorial.backends import c_backend

    return c_backend.why_it_cannot_compile()


def _without(package: str, extra: str = "") -> Callable[[], str | None]:
    install = f": EXTRAS={extra} scripts/train, or pip install '.[{extra}]'" if extra else ""
    missing = f"it needs the package {package}, which is not installed{install}"
    return lambda: None if find_spec(package) else missing


@dataclass(frozen=True)
class Backend:
    """A backend, as far as it is known before its module is imported."""

    why_not: Callable[[], str | None] = lambda: None  # why it cannot run here, or None
    takes_device: bool = False  # its `make_mode` then takes one, besides `rewrites`
    has_kernel: bool = False  # whether it computes by our kernel


_BACKENDS = {
    "numpy": Backend(has_kernel=True),
    "c": Backend(_without_compiler, has_kernel=True),
    "numba": Backend(_without("numba")),
    "jax": Backend(_without("jax", extra="jax"), takes_device=True),
    "pytorch": Backend(_without("torch", extra="pytorch"), takes_device=True),
}
NAMES = ("auto", *_BACKENDS)
# Those that can be told a device.
WITH_DEVICE = tuple(name for name, backend in _BACKENDS.items() if backend.takes_device)


def why_unavailable(name: str) -> str | None:
    """Return why a backend cannot run on this machine, or None if it can."""
    return _BACKENDS[choose(name)].why_not()


def choose(name: str) -> str:
    """Return the backend that a name stands for: ``"auto"`` chooses, others are themselves.

    If there is none of that name, raise `BackendUnavailable`.
    """
    if name not in NAMES:
        raise BackendUnavailable(f"unknown backend {name!r}; accepted: {', '.join(NAMES)}")
    return "numpy" if name == "auto" else name


def prepare(name: str, dtype: str, *, rewrites: bool = True) -> None:
    """Start to compile what `mode` will need for a dtype in the background.

    This is optional, but half a second of the C compiler costs nothing while data are read.
    """
    if rewrites and _BACKENDS[choose(name)].has_kernel:
        from theano_tutorial import kernel

        kernel.prepare(dtype)


def threads(name: str) -> int:
    """Return how many threads a backend computes with."""
    return threads_module.count(choose(name))


def uses_kernel(name: str, dtype: str, *, rewrites: bool = True) -> bool:
    """Return whether a backend computes by our kernel; without a C compiler it cannot."""
    if not rewrites or not _BACKENDS[choose(name)].has_kernel:
        return False
    from theano_tutorial import kernel

    return kernel.load(dtype) is not None


def device_of(mode: "Mode") -> str | None:
    """Return the name of the device that a mode computes on, where there is a choice."""
    name: str | None = getattr(mode.linker, "device_name", None)
    return name


def mode(name: str, *, rewrites: bool = True, device: str | None = None) -> "Mode":
    """Return the PyTensor mode of a backend, for ``pytensor.function(..., mode=...)``.

    Without this package's own `rewrites` the numbers are the same where the backend can compile
    the graph at all, but the first call may take longer. For ``"jax"`` and ``"pytorch"``,
    `device` says where to compute, such as ``"cpu"``, JAX's ``"gpu:1"`` or PyTorch's
    ``"cuda:1"``; the default is an accelerator where there is one. If the backend is unknown or
    cannot run on this machine, or has no such device, raise `BackendUnavailable`.
    """
    chosen = choose(name)
    reason = why_unavailable(chosen)
    if reason:
        others = [other for other in _BACKENDS if not why_unavailable(other)]
        raise BackendUnavailable(
            f"backend {chosen!r} cannot run here: {reason}; available: {', '.join(others)}"
        )
    backend = _BACKENDS[chosen]
    if device is not None and not backend.takes_device:
        raise BackendUnavailable(
            f"backend {chosen!r} takes no device; {' and '.join(WITH_DEVICE)} do"
        )
    module = importlib.import_module(f"{__name__}.{chosen}_backend")
    make_mode: Callable[..., Mode] = module.make_mode
    try:
        if backend.takes_device:  # some write 0 for the first
            made = make_mode(rewrites, None if device is None else str(device))
        else:
            made = make_mode(rewrites)
    except ValueError as error:
        raise BackendUnavailable(f"backend {chosen!r}: {error}") from error
    from theano_tutorial.rewrites.guards import guarded

    return guarded(made)


def __getattr__(name: str) -> object:
    if name == "inline_softmax":  # for modes of one's own
        return importlib.import_module(f"{__name__}.inline").inline_softmax
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
