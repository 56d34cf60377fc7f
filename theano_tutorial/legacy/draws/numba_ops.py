"""Draws on Numba: their Python code, called from compiled code."""

from collections.abc import Callable

import numba
from pytensor.graph.basic import Apply
from pytensor.link.numba.dispatch.basic import get_numba_type, numba_funcify, numba_njit

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.base import DrawOp


@numba_funcify.register(DrawOp)
def _draw_op(op: DrawOp, node: Apply, **kwargs: object) -> Callable[..., tuple[Array, ...]]:
    types = [get_numba_type(out.type) for out in node.outputs]
    single = len(types) == 1
    made = types[0] if single else numba.types.Tuple(types)

    # Numba copies what this refers to into its code: not a node, and with it a graph's data.
    def run(inputs: tuple[Array, ...]) -> Array | tuple[Array, ...]:
        outputs = op.run(*inputs)
        return outputs[0] if single else outputs

    @numba_njit
    def call(*inputs):  # type: ignore[no-untyped-def]
        with numba.objmode(out=made):
            out = run(inputs)
        return out  # noqa: RET504  (objmode passes on names)

    compiled: Callable[..., tuple[Array, ...]] = call
    return compiled
