"""Backends: how PyTensor compiles a graph. They change speed and rounding, nothing else.

========  ==========================================================================
numpy     Each operation is a NumPy call, or one of our kernel: half a second of the C
          compiler, once, where there is one. Ready in a fraction of a second.
c         C code, kept once compiled; needs a C++ compiler. Some ten seconds, once.
numba     Machine code made by Numba, kept too. Tens of seconds, once.
jax       XLA's code, for CPU, GPU or TPU. Needs the extra ``jax``.
pytorch   PyTorch's own operations, for CPU or GPU. Needs the extra ``pytorch``.
auto      The one that answers first: numpy.
========  ==========================================================================

JAX and PyTorch are imported when they are chosen, and not before. They keep shared variables
on their device; to use one with another backend afterwards, bring its value back:
``v.set_value(v.get_value())``.
"""

import importlib.util
import logging
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.scalar.basic import Cast
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.rewriting.ofg import inline_ofg_node
from pytensor.tensor.special import LogSoftmax, Softmax

from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.kernel import call as kernel
from theano_tutorial.kernel.rewrite import add_layers
from theano_tutorial.rewrites.index_ops import AsType, NumpyCall
from theano_tutorial.rewrites.index_rewrites import PAIR, add_rewrites, use_batch
from theano_tutorial.system import threads as threads_module

# After stabilisation (1.5), which must still see a softmax to make log(softmax) exact, and
# before the passes that merge equal expressions (49) and work in place (from 50).
_INLINE_POSITION = 2.9


@node_rewriter([Softmax, LogSoftmax])
def inline_softmax(fgraph: Any, node: Any) -> list[Any]:
    """Replace a softmax by the operations that it consists of.

    PyTensor keeps softmax as a graph within the graph, which modes without a kernel of
    their own for it hand to the default mode, Numba: seconds of compilation in the midst
    of the first call. Inlined, the forward pass and the gradient also share one
    exponential.
    """
    return list(inline_ofg_node(node))


@node_rewriter([Elemwise])
def use_as_type(fgraph: Any, node: Any) -> list[Any] | None:
    """Replace a cast by one call of NumPy, where nothing is compiled."""
    if not isinstance(node.op.scalar_op, Cast):
        return None
    (out,) = node.outputs
    return [AsType(out.type.dtype)(*node.inputs)]


@node_rewriter([Elemwise])
def use_numpy_call(fgraph: Any, node: Any) -> list[Any] | None:
    """Replace an elementwise operation that NumPy has, with the same result type, by it."""
    name, n_inputs, _ = node.op.nfunc_spec or ("", 0, 0)
    function = getattr(np, name, None)
    if not isinstance(function, np.ufunc) or len(node.inputs) != n_inputs:
        return None
    try:
        new = NumpyCall(name)(*node.inputs)
    except TypeError:  # NumPy has it, but not for these types
        return None
    return [new] if node.outputs[0].type.is_super(new.type) else None


def _inlined(mode: Any) -> Any:
    return mode.register((dfs_rewriter(inline_softmax), _INLINE_POSITION))


def _numpy_mode(rewrites: bool, device: str | None) -> Any:
    # Fused elementwise operations are for compilers: without one, a fused expression would
    # be evaluated entry by entry in Python.
    mode = Mode("py", "fast_run").excluding("fusion")
    if not rewrites:
        return mode
    for rewrite, position in ((use_as_type, _INLINE_POSITION + 0.01), (use_numpy_call, 40)):
        mode = mode.register((dfs_rewriter(rewrite), position))
    return add_rewrites(add_layers(_inlined(mode)), [use_batch])


def _c_mode(rewrites: bool, device: str | None) -> Any:
    _silence_blas_warnings()
    mode = Mode("cvm", "fast_run")
    return add_rewrites(add_layers(_inlined(mode)), []) if rewrites else mode


def _numba_mode(rewrites: bool, device: str | None) -> Any:
    from theano_tutorial.backends import numba_backend

    mode = numba_backend.make_mode(rewrites)
    # A slice with a symbolic start is no trouble here.
    return add_rewrites(mode, PAIR) if rewrites else mode


def _jax_mode(rewrites: bool, device: str | None) -> Any:
    from theano_tutorial.backends import jax_backend

    mode = jax_backend.make_mode(device)
    return add_rewrites(mode) if rewrites else mode


def _pytorch_mode(rewrites: bool, device: str | None) -> Any:
    from theano_tutorial.backends import pytorch_backend

    mode = pytorch_backend.make_mode(device)
    return add_rewrites(mode) if rewrites else mode


def _silence_blas_warnings() -> None:
    """Keep PyTensor from warning that it found no BLAS to link to.

    Wheels bring none; PyTensor then calls NumPy's, which is no slower here. The search for
    one warns once, and each compilation logs a line.
    """
    logging.getLogger("pytensor.tensor.blas").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        str(pytensor.config.blas__ldflags)  # the first look is what searches and warns


def _without_compiler() -> str | None:
    if pytensor.config.cxx:
        return None
    return "it needs a C++ compiler (g++ or clang++), and none was found"


def _without_numba() -> str | None:
    if importlib.util.find_spec("numba"):
        return None
    return "it needs the package numba, which is not installed"


def _without_extra(package: str, extra: str) -> Callable[[], str | None]:
    def reason() -> str | None:
        if importlib.util.find_spec(package):
            return None
        install = f"EXTRAS={extra} scripts/train, or pip install '.[{extra}]'"
        return f"it needs the package {package}, which is not installed: {install}"

    return reason


_BACKENDS: dict[str, tuple[Callable[[bool, str | None], Any], Callable[[], str | None]]] = {
    "numpy": (_numpy_mode, lambda: None),
    "c": (_c_mode, _without_compiler),
    "numba": (_numba_mode, _without_numba),
    "jax": (_jax_mode, _without_extra("jax", "jax")),
    "pytorch": (_pytorch_mode, _without_extra("torch", "pytorch")),
}
NAMES = ("auto", *_BACKENDS)
_WITH_KERNEL = ("numpy", "c")
# Those that can be told a device.
WITH_DEVICE = ("jax", "pytorch")


def why_unavailable(name: str) -> str | None:
    """Return why a backend cannot run on this machine, or None if it can."""
    return _BACKENDS[choose(name)][1]()


def choose(name: str) -> str:
    """Return the backend that a name stands for: ``"auto"`` chooses, others are themselves.

    Raises
    ------
    BackendUnavailable
        If there is no backend of that name.
    """
    if name not in NAMES:
        raise BackendUnavailable(f"unknown backend {name!r}; accepted: {', '.join(NAMES)}")
    return "numpy" if name == "auto" else name


def prepare(name: str, dtype: str, *, rewrites: bool = True) -> None:
    """Begin to compile what a backend will need, in the background.

    Not needed: whatever is not there yet is compiled when it is. But half a second of the
    C compiler costs nothing while data are read.

    Parameters
    ----------
    name, rewrites
        As for `mode`.
    dtype
        ``"float64"`` or ``"float32"``.
    """
    if rewrites and choose(name) in _WITH_KERNEL:
        kernel.prepare(dtype)


def threads(name: str) -> int:
    """Return how many threads a backend computes with."""
    return threads_module.count(choose(name))


def uses_kernel(name: str, dtype: str, *, rewrites: bool = True) -> bool:
    """Return whether a backend computes by our kernel; without a C compiler it cannot."""
    return rewrites and choose(name) in _WITH_KERNEL and kernel.load(dtype) is not None


def device_of(mode: Any) -> str | None:
    """Return the name of the device that a mode computes on, where there is a choice."""
    name: str | None = getattr(mode.linker, "device_name", None)
    return name


def mode(name: str, *, rewrites: bool = True, device: str | None = None) -> Any:
    """Return the PyTensor mode of a backend, for ``pytensor.function(..., mode=...)``.

    Parameters
    ----------
    name
        One of `NAMES`.
    rewrites
        Whether this package's own rewrites are applied; without them the numbers are the
        same where the backend can compile the graph at all, and the first call may take
        much longer.
    device
        For ``"jax"`` and ``"pytorch"``: where to compute, such as ``"cpu"``, JAX's
        ``"gpu:1"`` or PyTorch's ``"cuda:1"``. The default is an accelerator where there is
        one.

    Raises
    ------
    BackendUnavailable
        If the backend is unknown or cannot run on this machine, or has no such device.
    """
    chosen = choose(name)
    reason = why_unavailable(chosen)
    if reason:
        others = [other for other in _BACKENDS if not why_unavailable(other)]
        raise BackendUnavailable(
            f"backend {chosen!r} cannot run here: {reason}; available: {', '.join(others)}"
        )
    if device is not None and chosen not in WITH_DEVICE:
        raise BackendUnavailable(
            f"backend {chosen!r} takes no device; {' and '.join(WITH_DEVICE)} do"
        )
    make_mode, _ = _BACKENDS[chosen]
    try:
        return make_mode(rewrites, device)
    except ValueError as error:
        raise BackendUnavailable(f"backend {chosen!r}: {error}") from error
