"""Draws on Numba: their Python code, called from compiled code."""

from collections.abc import Callable

import numba
from pytensor.graph.basic import Apply
from pytensor.link.numba.dispatch.basic import get_numba_type, numba_funcify, numba_njit

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.base import DrawOp


@numba_funcify.register(DrawOp)
def _draw_op(op: DrawOp, node: Apply, **kwargs: object) -> Callable[..., tuple[Array, ...]]:
    single = len(node.outputs) == 1
    types = [get_numba_type(out.type) for out in node.outputs]
    made = types[0] if single else numba.types.Tuple(types)

    # Numba copies what this refers to into its code: not a node, and with it a graph's data.
    def perform(inputs: tuple[Array, ...]) -> Array | tuple[Array, ...]:
        storage: list[list[Array | None]] = [[None] for _ in types]
        op.perform(None, inputs, storage)
        outputs = tuple(cell for (cell,) in storage if cell is not None)
        return outputs[0] if single else outputs

    @numba_njit
    def call(*inputs):  # type: ignore[no-untyped-def]
        with numba.objmode(out=made):
            out = perform(inputs)
        return out  # noqa: RET504  (objmode passes on names)

    compiled: Callable[..., tuple[Array, ...]] = call
    return compiled
