"""The operation behind draws: Python code for numpy, c and numba; jax and pytorch refuse it."""

import importlib
import warnings
from collections.abc import Callable, Sequence

from pytensor.gradient import grad_undefined
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op

from theano_tutorial._types import Array
from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.rewrites.index_ops import Storage


class DrawOp(Op):
    """An operation that draws numbers, or computes draws from numbers already drawn."""

    def __init__(self, *props: object) -> None:
        self.__dict__.update(zip(self.__props__, props, strict=True))

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        """Return the outputs, and leave the inputs unchanged."""
        raise NotImplementedError

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        for cell, output in zip(output_storage, self.run(*inputs), strict=True):
            cell[0] = output

    def pullback(self, inputs: Sequence[Variable], *rest: object) -> list[Variable]:
        """Leave gradients undefined, as Theano does: asking for one is an error."""
        why = "no gradient is defined through random draws"
        return [grad_undefined(self, i, v, why) for i, v in enumerate(inputs)]


def prepare(backend: str) -> None:
    """Let a backend draw, or have it refuse with a sentence that says what can."""

    def refuse(op: Op, **kwargs: object) -> None:
        how = "use numpy, c or numba"
        raise BackendUnavailable(f"backend {backend!r} cannot draw Theano's draws: {how}")

    if backend in ("numba", "jax", "pytorch"):
        dispatch = importlib.import_module(f"pytensor.link.{backend}.dispatch")
        how = _call_from_numba if backend == "numba" else refuse
        getattr(dispatch, f"{backend}_funcify").register(DrawOp, how)


def _call_from_numba(op: DrawOp, node: Apply, **kwargs: object) -> Callable[..., Array]:
    from pytensor.link.numba.dispatch.basic import generate_fallback_impl

    # Numba copies what this refers to into its code: keep the graph and its data out of it.
    alone = Apply(op, [v.type() for v in node.inputs], [v.type() for v in node.outputs])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Numba will use object mode")
        called: Callable[..., Array] = generate_fallback_impl(op, alone)
    return called
