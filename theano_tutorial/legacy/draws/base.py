"""What the operations behind draws have in common: no gradient, and Python code everywhere."""

from collections.abc import Sequence

from pytensor.gradient import DisconnectedType, grad_undefined
from pytensor.graph.basic import Variable
from pytensor.graph.op import Op

_WHY = "no gradient is defined through random draws"


class DrawOp(Op):
    """An operation that draws, or makes draws of numbers that were drawn.

    It has no code but `perform`, which must not look at the node: `numba_ops` passes none.
    """

    def pullback(
        self, inputs: Sequence[Variable], outputs: object, cotangents: object
    ) -> list[Variable]:
        """Leave gradients undefined, as Theano does: to ask for one is an error."""
        return [grad_undefined(self, i, v, _WHY) for i, v in enumerate(inputs)]

    # PyTensor's name for it before version 3.
    L_op = pullback

    def pushforward(
        self, inputs: object, outputs: Sequence[Variable], tangents: object
    ) -> list[Variable]:
        return [DisconnectedType()() for _ in outputs]
