"""The operation behind draws: Python code for numpy, c and numba; jax and pytorch refuse it."""

import warnings
from collections.abc import Callable, Sequence

from pytensor.gradient import grad_undefined
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op

from theano_tutorial._types import Array
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


def let_numba_draw() -> None:
    """Let functions that Numba compiles call the Python code of draws."""
    from pytensor.link.numba.dispatch import numba_funcify
    from pytensor.link.numba.dispatch.basic import generate_fallback_impl

    @numba_funcify.register(DrawOp)
    def call(op: DrawOp, node: Apply, **kwargs: object) -> Callable[..., Array]:
        # Numba copies what this refers to into its code: keep the graph and its data out of it.
        alone = Apply(op, [v.type() for v in node.inputs], [v.type() for v in node.outputs])
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Numba will use object mode")
            called: Callable[..., Array] = generate_fallback_impl(op, alone)
        return called
