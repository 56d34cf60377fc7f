"""Convolution and pooling on Numba: the NumPy code, called from compiled code.

Loops compiled by Numba would be far slower than BLAS.
"""

from collections.abc import Callable

import numba
from pytensor.graph.basic import Apply
from pytensor.link.numba.dispatch.basic import get_numba_type, numba_funcify, numba_njit

from theano_tutorial._types import Array
from theano_tutorial.convolution.base import WindowOp


@numba_funcify.register(WindowOp)
def _window_op(op: WindowOp, node: Apply, **kwargs: object) -> Callable[..., Array]:
    made = get_numba_type(node.outputs[0].type)

    # Numba copies what this refers to into its code: a node would bring a graph's data with it.
    def perform(*inputs: Array) -> Array:
        storage: list[list[Array | None]] = [[None]]
        op.perform(None, inputs, storage)
        out = storage[0][0]
        assert out is not None
        return out

    @numba_njit
    def call(*inputs):  # type: ignore[no-untyped-def]
        with numba.objmode(out=made):
            out = perform(*inputs)
        return out  # noqa: RET504  (objmode passes on only names)

    compiled: Callable[..., Array] = call
    return compiled
