"""The door's mode: a backend of this package, with what Theano's graphs need besides."""

import copy
import functools

from pytensor.compile.mode import Mode as PyTensorMode
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter, dfs_rewriter, node_rewriter
from pytensor.link.vm import VMLinker
from pytensor.scan.op import Scan
from pytensor.tensor.sort import ArgSortOp

from theano_tutorial import backends
from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.legacy.cut_offs import add_cut_offs
from theano_tutorial.legacy.draws.backends import prepare as prepare_draws
from theano_tutorial.legacy.operations import remove_forget, use_prod, use_vectorized

# After rewrites of products; after the package's own calls of NumPy (40), before operations
# work in place (from 50); when all else is done.
PRODUCTS, VECTORIZED, LAST = 2.96, 40.1, 1000.0

# Theano's names of modes, without case and underscores: they never chose what is computed.
_NAMES = ("mode", "fastrun", "fastcompile", "debugmode", "profilemode", "nanguardmode")

_chosen = "numpy"


class ScanInMode(GraphRewriter):
    """Have the steps of each scan compiled in a mode; PyTensor would take C where it is."""

    mode: PyTensorMode | None = None

    def apply(self, fgraph: FunctionGraph) -> None:
        for node in fgraph.apply_nodes:
            if isinstance(node.op, Scan):
                node.op.mode = self.mode


@node_rewriter([ArgSortOp])
def keep_ties_in_order(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Sort equal entries in their order, as Theano's NumPy did: up to 16, then mostly."""
    if node.op.kind != "quicksort":
        return None
    stable = copy.copy(node.op)
    stable.kind = "mergesort"
    return [stable(*node.inputs)]


def use(backend: str | None) -> None:
    """Choose what compiles, unless None; `BackendUnavailable` says why it cannot run here."""
    global _chosen
    if backend is not None:
        if reason := backends.why_unavailable(backend):
            raise BackendUnavailable(f"backend {backend!r} cannot run here: {reason}")
        _chosen = backends.choose(backend)


def backend() -> str:
    """Return the name of the backend that compiles."""
    return _chosen


def mode() -> PyTensorMode:
    """Return the door's mode."""
    return _of(_chosen)


@functools.cache
def _of(backend: str) -> PyTensorMode:
    made = add_cut_offs(backends.mode(backend))
    prepare_draws(backend)
    if backend == "numpy":
        # A loop of Python like the backend's own, but one that leaves a branch of `ifelse`
        # alone and lets a scan change its states.
        made = PyTensorMode(VMLinker(use_cloop=False, c_thunks=False), made.provided_optimizer)
        made = made.register((dfs_rewriter(use_vectorized), VECTORIZED))
    if backend not in ("c", "numba"):
        made = made.excluding("fusion", "local_pow_to_nested_squaring")  # for compilers
        made = made.register((dfs_rewriter(use_prod), PRODUCTS))
    if backend not in ("jax", "pytorch"):
        made = made.register((dfs_rewriter(keep_ties_in_order), LAST - 2))
    made = made.register((dfs_rewriter(remove_forget), LAST - 1))
    in_scans = ScanInMode()
    made = made.register((in_scans, LAST))
    in_scans.mode = made
    return made


def named(given: PyTensorMode | str | None = None) -> PyTensorMode:
    """Return the mode that a script asked for: by one of Theano's names, the door's own."""
    if not isinstance(given, str):
        return mode() if given is None else given
    if given.lower().replace("_", "") not in _NAMES:
        raise ValueError(f"no mode is called {given!r}: Theano had FAST_RUN and others")
    return mode()


class Mode(PyTensorMode):
    """The door's mode, whatever linker and optimizer are asked for."""

    def __init__(self, *args: object, **how: object) -> None:
        super().__init__(mode().linker, mode().provided_optimizer)
