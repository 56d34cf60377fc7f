"""What the operations behind draws have in common: no gradient, and Python code everywhere."""

from collections.abc import Sequence

from pytensor.gradient import DisconnectedType, grad_undefined
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op

from theano_tutorial._types import Array
from theano_tutorial.rewrites.index_ops import Storage

_WHY = "no gradient is defined through random draws"


class DrawOp(Op):
    """An operation that draws, or makes draws of numbers that were drawn."""

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        """Return the outputs; inputs stay as they are."""
        raise NotImplementedError

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        for cell, output in zip(output_storage, self.run(*inputs), strict=True):
            cell[0] = output

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
