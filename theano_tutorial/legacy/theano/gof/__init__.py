"""`theano.gof`: what graphs are made of, and `Op` with the methods that Theano asked it for."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from pytensor.graph import op
from pytensor.graph.basic import Variable

from theano_tutorial.legacy import renames

__getattr__ = renames.names_of("theano.gof")

Variables = Sequence[Variable]


class Op(op.Op):
    """A base for operations of one's own, with `grad`, `R_op` and `infer_shape` as they were.

    PyTensor asks for `pullback` and `pushforward`, and gives `infer_shape` the graph first.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        defined = vars(cls)
        if "grad" in defined and not {"L_op", "pullback"} & set(defined):
            cls.L_op = cls.pullback = lambda self, inputs, outputs, given: self.grad(
                inputs, given
            )
        if "L_op" in defined and "pullback" not in defined:
            cls.pullback = defined["L_op"]
        if "R_op" in defined and "pushforward" not in defined:
            cls.pushforward = lambda self, inputs, outputs, points: self.R_op(inputs, points)
        if "infer_shape" in defined and len(inspect.signature(cls.infer_shape).parameters) == 3:
            cls.infer_shape = _without_graph(defined["infer_shape"])


def _without_graph(infer_shape: Callable[..., object]) -> Callable[..., object]:
    def infer(self: Op, *context: object) -> object:
        return infer_shape(self, *context[-2:])

    return infer
