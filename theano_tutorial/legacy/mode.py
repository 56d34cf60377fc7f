"""The door's mode: a backend's, with what Theano's own did to graphs, such as cut-offs."""

import functools
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from inspect import Parameter, Signature
from typing import Any, TypeVar

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode as PyTensorMode
from pytensor.graph import Apply, FunctionGraph, Op, Variable
from pytensor.graph.rewriting.basic import dfs_rewriter, graph_rewriter, node_rewriter
from pytensor.link.vm import VMLinker
from pytensor.scalar.math import Sigmoid, Softplus
from pytensor.scan.op import Scan
from pytensor.tensor.sort import ArgSortOp

from theano_tutorial import backends
from theano_tutorial._types import Array
from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.legacy.settings import config
from theano_tutorial.rewrites.index_ops import Storage

# Positions of rewrites: after those that look for sigmoids (2.9), but before NumPy's calls (40)
# and fusion (49), and after all others.
CUT_OFFS, LAST = 2.95, 1000.0

# Functions are cut off below the first number and above the second, by the input's dtype. For
# integers, Theano ran Python code, which cut off elsewhere. This affects results: a saturated
# unit has no gradient, and a cost differs in its eighth digit.
_EDGES = {
    Sigmoid: {"float64": (-709, 19), "float32": (-88, 15), "float16": (-88, 15)},
    Softplus: {"float64": (-745, 16), "float32": (-103, 14), "float16": (-103, 14)},
}

# Theano's modes, in lower case without underscores; none changed what was computed.
_NAMES = ("mode", "fastrun", "fastcompile", "debugmode", "profilemode", "nanguardmode")

chosen = "numpy"  # the name of the backend that compiles; `use` changes it


class Forget(pytensor.compile.ViewOp):
    """A view of an array; its type knows only that lengths marked `broadcastable` are 1."""

    __props__ = ("broadcastable",)

    def __init__(self, broadcastable: Sequence[bool]) -> None:
        self.broadcastable = tuple(map(bool, broadcastable))

    def make_node(self, x: pt.TensorVariable) -> Apply:
        return Apply(self, [x], [pt.tensor(dtype=x.type.dtype, shape=self.broadcastable)])


def OpRemove(op: Op | type[Op], *_: object) -> Any:
    """Return a rewrite that replaces an operation with its inputs."""
    return node_rewriter([op])(lambda fgraph, node: list(node.inputs))


def forget(x: object, like: Variable | None = None) -> Any:
    """Return a variable whose type knows lengths of 1 alone, and only those that `like` has."""
    known: Sequence[bool] = getattr(x if like is None else like, "broadcastable", ())
    if not isinstance(x, pt.TensorVariable) or x.type.ndim != len(known):
        return x
    forgetful = Forget([*map(min, x.type.broadcastable, known)])(x)
    return x if forgetful.type == x.type else forgetful


class ArgSort(ArgSortOp):
    """Sorting that leaves ties where Theano's NumPy did; on numba, up to 16 entries."""

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        quick = ArgSortOp(**{**self._props_dict(), "kind": "quicksort"})
        wide = inputs[0].astype(np.longdouble)  # whose quicksort is still the one of then
        quick.perform(node, [wide, *inputs[1:]], output_storage)


@node_rewriter([ArgSortOp])
def keep_ties(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Keep ties as Theano's NumPy did."""
    if node.op.kind != "quicksort" or node.inputs[0].dtype.startswith("complex"):
        return None
    return [ArgSort(**{**node.op._props_dict(), "kind": "mergesort"})(*node.inputs)]


@node_rewriter([pt.elemwise.Elemwise])
def cut_off(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a sigmoid or softplus with one that is cut off."""
    edges = _EDGES.get(type(node.op.scalar_op))
    if edges is None:
        return None
    x = node.inputs[0]
    z = x.astype(node.outputs[0].dtype)
    number = functools.partial(pt.constant, dtype=z.dtype)
    low, high = map(number, edges.get(x.dtype, (-30, 30)))
    if isinstance(node.op.scalar_op, Sigmoid):
        rest = pt.switch(z < low, number(-np.inf), z)
        return [node.op(pt.switch(z > high, number(np.inf), rest))]
    rest = pt.switch(z < low, number(0), pt.log1p(pt.exp(pt.minimum(z, high))))
    return [pt.switch(z > high, z, rest)]


def use(backend: str | None) -> None:
    """Choose the backend, unless None; raise `BackendUnavailable` if it cannot run here."""
    global chosen
    if backend is not None:
        if reason := backends.why_unavailable(backend):
            raise BackendUnavailable(f"backend {backend!r} cannot run here: {reason}")
        chosen = backends.choose(backend)


@functools.cache
def _of(backend: str) -> PyTensorMode:
    # 1 - sigmoid(x) stays as it is, and the second fails on NumPy 2.4, with a message.
    made = backends.mode(backend).excluding("local_1msigmoid", "local_adv_idx_to_slice")
    made = made.register((dfs_rewriter(cut_off, ignore_newtrees=True), CUT_OFFS))
    if backend == "numpy":
        # A Python loop like the backend's own, but one that computes only the chosen branch
        # of `ifelse`, and lets a scan update its states in place.
        made = PyTensorMode(VMLinker(use_cloop=False, c_thunks=False), made.provided_optimizer)
    if backend not in ("jax", "pytorch"):
        made = made.register((dfs_rewriter(keep_ties), LAST - 2))
    made = made.register((dfs_rewriter(OpRemove(Forget)), LAST - 1))  # it may know lengths

    @graph_rewriter
    def step_in_mode(fgraph: FunctionGraph) -> None:
        for node in fgraph.apply_nodes:
            if isinstance(node.op, Scan):
                node.op.mode = made  # PyTensor would use C if it can

    made = made.register((step_in_mode, LAST))
    return made


def named(given: PyTensorMode | str | None = None) -> PyTensorMode:
    """Return the mode that a script asks for; for None or Theano's names, the door's own."""
    if not isinstance(given, str):
        return _of(chosen) if given is None else given
    if given.lower().replace("_", "") not in _NAMES:
        raise ValueError(f"no mode is called {given!r}: Theano had FAST_RUN and others")
    return _of(chosen)


class Mode(PyTensorMode):
    """The door's mode, whatever linker and optimizer are asked for."""

    def __init__(self, *args: object, **how: object) -> None:
        super().__init__(named().linker, named().provided_optimizer)


R = TypeVar("R")


@contextmanager
def as_before() -> Iterator[None]:
    """Silence PyTensor's warnings that a function is deprecated; compute no test values."""
    with warnings.catch_warnings(), config.change_flags(compute_test_value="off"):
        for category in (DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", category)
        warnings.filterwarnings("ignore", "Numba will use object mode")  # for draws
        yield


def by_position(
    function: Callable[..., R], names: str, any_more: bool = False
) -> Callable[..., R]:
    """Return a function of Theano's arguments; ``old=new`` if `function` calls one `new`."""
    pairs = [name.partition("=")[::2] for name in names.split()]
    theirs = [Parameter(old, Parameter.POSITIONAL_OR_KEYWORD, default=None) for old, _ in pairs]
    signature = Signature(theirs + [Parameter("kwargs", Parameter.VAR_KEYWORD)] * any_more)

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> R:
        told: dict[str, Any] = signature.bind(*args, **kwargs).arguments
        told |= told.pop("kwargs", {})
        for old, new in pairs:
            if new and (value := told.pop(old, None)) is not None:
                if told.get(new) is not None:
                    raise ValueError(f"give {new} or {old}, its other name, but not both")
                told[new] = value
        return function(**told)

    call.__dict__["__signature__"] = signature
    return call


def inputs(
    variable_list: Iterable[Variable], blockers: Iterable[Variable] | None = None
) -> list[Variable]:
    """Return the variables that graphs start from: the last graph's first, left to right."""
    first = dict.fromkeys(blockers or (), ())
    reached = pytensor.graph.traversal.walk(
        variable_list, lambda v: first.get(v, v.owner and v.owner.inputs[::-1]), bfs=False
    )
    return [v for v in reached if v.owner is None]
