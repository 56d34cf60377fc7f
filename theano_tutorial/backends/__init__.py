"""Backends: how PyTensor compiles a graph. They change speed and rounding, not the algorithm.

========  ==========================================================================
numpy     Each operation is a call of NumPy or of our kernel, which a C compiler, if there is
          one, compiles once in half a second. Ready in a fraction of a second.
c         C code, compiled once and cached; needs a C++ compiler. Some ten seconds, once.
numba     Machine code made by Numba, cached too. Tens of seconds, once.
jax       XLA's code, for CPU, GPU or TPU. Needs the extra ``jax``.
pytorch   PyTorch's own operations, for CPU or GPU. Needs the extra ``pytorch``.
auto      The quickest to start: numpy.
========  ==========================================================================

Each backend has a module, ``NAME_backend.py``, which is imported only when the backend is
chosen. To add one, write such a module with a `make_mode`, and add a line to the table.

The graph is written once, as in the tutorials, and compiles on each of them. Stock PyTensor
refuses it on JAX (``arange(y.shape[0])``, slices by a symbolic index) and on PyTorch. Our
rewrites replace one entry per row, its gradient and a minibatch by small operations that both
support. There, a minibatch beyond the end of the data raises an `IndexError` and never returns
other rows; if the number of rows is not known, PyTorch returns those that exist, as PyTensor
does. An index of what does not exist, such as a label that is not a class, is an error, too;
JAX reads and writes NaN there, the cost and gradient. Both refuse another number of labels than
of rows; elsewhere ``x[arange(n), y]`` takes the first n rows, as in Theano. On a CPU, the same
command with the same number of threads gives the same bits, in any process. The kernel skips
pixels that are zero, even if their weights are NaN or infinite.

JAX and PyTorch compute on a GPU if they find one, in IEEE float32 or float64, and take many
steps in one call (`one_call`); PyTorch starts all kernels of a step at once (`cuda_graph`).
They keep shared variables on their device (`resident`): on a GPU, let one thread at a time use
them. Functions of `numpy`, `c` and `numba` that use them too bring the values back first;
``v.eval()`` and PyTensor's own modes do not, so call ``v.set_value(v.get_value())`` before
them. A GPU's libraries may add in a different order each time;
``torch.backends.cudnn.deterministic = True`` fixes the order in PyTorch's convolutions.
"""

import functools
import importlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.system import threads as threads_module

if TYPE_CHECKING:  # the command line reads the names before PyTensor is loaded
    from pytensor.compile.mode import Mode


def _without_compiler() -> str | None:
    import pytensor

    if not pytensor.config.cxx:
        return "it needs a C++ compiler (g++ or clang++), and none was found"
    from theano_tutorial.backends import c_backend

    return c_backend.why_it_cannot_compile()


def _without(package: str, extra: str = "") -> Callable[[], str | None]:
    install = f": pip install {package}, or EXTRAS={extra} scripts/train" if extra else ""
    missing = f"it needs the package {package}, which is not installed{install}"

    def why_not() -> str | None:
        try:
            tempfile.gettempdir()
        except OSError as error:  # PyTensor writes its Python code there
            return f"{error.strerror}; TMPDIR=FOLDER names another place"
        return None if find_spec(package) else missing

    return why_not


@dataclass(frozen=True)
class Backend:
    """What is known of a backend before its module is imported."""

    why_not: Callable[[], str | None] = lambda: None  # why it cannot run here, or None
    takes_device: bool = False  # whether `make_mode` takes a device, besides `rewrites`
    has_kernel: bool = False  # whether it computes with our kernel


_BACKENDS = {
    "numpy": Backend(has_kernel=True),
    "c": Backend(_without_compiler, has_kernel=True),
    "numba": Backend(_without("numba")),
    "jax": Backend(_without("jax", extra="jax"), takes_device=True),
    "pytorch": Backend(_without("torch", extra="pytorch"), takes_device=True),
}
NAMES = ("auto", *_BACKENDS)
# Backends that can be told which device to use.
WITH_DEVICE = tuple(name for name, backend in _BACKENDS.items() if backend.takes_device)


def why_unavailable(name: str) -> str | None:
    """Return why a backend cannot run on this machine, or None if it can."""
    return _BACKENDS[choose(name)].why_not()


def choose(name: str) -> str:
    """Return the backend that a name stands for, which is the name itself unless ``"auto"``.

    If there is no backend of that name, raise `BackendUnavailable`.
    """
    if name not in NAMES:
        raise BackendUnavailable(f"unknown backend {name!r}; accepted: {', '.join(NAMES)}")
    return "numpy" if name == "auto" else name


def prepare(name: str, dtype: str, *, rewrites: bool = True) -> None:
    """Start compiling, in the background, what `mode` will need for a dtype.

    This is optional, but it hides half a second of the C compiler behind reading the data.
    """
    if rewrites and _BACKENDS[choose(name)].has_kernel:
        from theano_tutorial import kernel

        kernel.prepare(dtype)


def threads(name: str) -> int:
    """Return how many threads a backend computes with."""
    return threads_module.count(choose(name))


def uses_kernel(name: str, dtype: str, *, rewrites: bool = True) -> bool:
    """Return whether a backend computes with our kernel, which needs a C compiler."""
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

    Without this package's own `rewrites`, the backend may be unable to compile the graph; if it
    can, the numbers are the same, but the first call may take longer. For ``"jax"`` and
    ``"pytorch"``, `device` says where to compute, such as ``"cpu"``, JAX's ``"gpu:1"`` or
    PyTorch's ``"cuda:1"``; the default is an accelerator if there is one. If the backend is
    unknown, cannot run on this machine or has no such device, raise `BackendUnavailable`.
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
    try:
        module = importlib.import_module(f"{__name__}.{chosen}_backend")
        make_mode: Callable[..., Mode] = module.make_mode
        if backend.takes_device:  # some write 0 for the first
            made = make_mode(rewrites, None if device is None else str(device))
        else:
            made = make_mode(rewrites)
    except (OSError, ValueError) as error:
        # PyTensor makes a folder for Numba when it is imported.
        place = "; PYTENSOR_FLAGS=base_compiledir=FOLDER names another place"
        hint = place if getattr(error, "filename", None) else ""
        raise BackendUnavailable(f"backend {chosen!r}: {error}{hint}") from error
    from theano_tutorial.backends.modes import BackendMode
    from theano_tutorial.rewrites.guards import guarded

    made = guarded(made)
    assert isinstance(made, BackendMode)  # and so are modes derived from it
    made.made_by = functools.partial(mode, chosen, rewrites=rewrites, device=device)
    return made


def __getattr__(name: str) -> object:
    if name == "inline_softmax":  # for users' own modes
        return importlib.import_module(f"{__name__}.inline").inline_softmax
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
