"""Backends: how PyTensor compiles a graph. They change speed and rounding, nothing else.

========  ==========================================================================
numpy     Each operation is a NumPy call. No compiler; ready in a fraction of a second.
c         C code, kept once compiled; needs a C++ compiler. Some ten seconds, once.
numba     Machine code made by Numba, kept too. Tens of seconds, once.
auto      The one that answers first on this machine: numpy.
========  ==========================================================================
"""

import importlib.util
import logging
import os
import warnings
from collections.abc import Callable
from typing import Any

import pytensor
from pytensor.compile.mode import Mode, get_mode
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.tensor.rewriting.ofg import inline_ofg_node
from pytensor.tensor.special import LogSoftmax, Softmax

from theano_tutorial.errors import BackendUnavailable

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


def _inlined(mode: Any) -> Any:
    return mode.register((dfs_rewriter(inline_softmax), _INLINE_POSITION))


def _numpy_mode(rewrites: bool) -> Any:
    # Fused elementwise operations are for compilers: without one, a fused expression would
    # be evaluated entry by entry in Python.
    mode = Mode("py", "fast_run").excluding("fusion")
    return _inlined(mode) if rewrites else mode


def _c_mode(rewrites: bool) -> Any:
    _silence_blas_warnings()
    mode = Mode("cvm", "fast_run")
    return _inlined(mode) if rewrites else mode


def _numba_mode(rewrites: bool) -> Any:
    import numba

    # Numba would advise on how to speed up code that PyTensor wrote. It reads its settings
    # from the environment when it is imported, and again whenever that has changed.
    os.environ.setdefault("NUMBA_DISABLE_PERFORMANCE_WARNINGS", "1")
    numba.config.reload_config()
    return get_mode("NUMBA")


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


_BACKENDS: dict[str, tuple[Callable[[bool], Any], Callable[[], str | None]]] = {
    "numpy": (_numpy_mode, lambda: None),
    "c": (_c_mode, _without_compiler),
    "numba": (_numba_mode, _without_numba),
}
NAMES = ("auto", *_BACKENDS)


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


def mode(name: str, *, rewrites: bool = True) -> Any:
    """Return the PyTensor mode of a backend, for ``pytensor.function(..., mode=...)``.

    Parameters
    ----------
    name
        One of `NAMES`.
    rewrites
        Whether this package's own rewrites are applied; without them the numbers are the
        same and the first call may take much longer.

    Raises
    ------
    BackendUnavailable
        If the backend is unknown or cannot run on this machine.
    """
    chosen = choose(name)
    reason = why_unavailable(chosen)
    if reason:
        others = [other for other in _BACKENDS if not why_unavailable(other)]
        raise BackendUnavailable(
            f"backend {chosen!r} cannot run here: {reason}; available: {', '.join(others)}"
        )
    make_mode, _ = _BACKENDS[chosen]
    return make_mode(rewrites)
