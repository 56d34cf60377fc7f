"""The operation behind `RandomStreams`: the words of the next state, and draws."""

from collections.abc import Callable

import numpy as np
import pytensor.tensor as pt
from numpy.random import RandomState
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.exceptions import ShapeError
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorConstant, TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws import distributions
from theano_tutorial.legacy.draws.base import DrawOp
from theano_tutorial.rewrites.index_ops import Shapes


class RandomFunction(DrawOp):
    """Draws by a function from a `RandomState`.

    Inputs are the state's words, a vector of lengths, empty for "as the arguments have it",
    and the arguments. Outputs are the words after the draws, and the draws.

    Parameters
    ----------
    fn
        A name in `distributions.BY_NAME`, another method of `RandomState`, or any function of
        a `RandomState`, arguments and a size.
    outtype
        The type of the draws. What the function returns is cast to its dtype.
    inplace
        Taken, as Theano did, and without effect.
    ndim_added
        How many dimensions the draws have behind those of the size.
    """

    __props__ = ("fn", "outtype", "ndim_added")

    def __init__(
        self,
        fn: str | Callable[..., Array],
        outtype: TensorType,
        inplace: bool = False,
        ndim_added: int = 0,
    ) -> None:
        self.fn, self.outtype, self.ndim_added = fn, outtype, ndim_added

    def __str__(self) -> str:
        return f"RandomFunction{{{getattr(self.fn, '__name__', self.fn)}}}"

    def make_node(self, state: TensorVariable, size: object, *args: object) -> Apply:
        lengths = pt.cast(pt.as_tensor(size, ndim=1), "int64")
        given = [pt.as_tensor(arg) for arg in args]
        return Apply(self, [state, lengths, *given], [state.type(), self.outtype()])

    def run(self, state: Array, lengths: Array, *args: Array) -> tuple[Array, Array]:  # type: ignore[override]
        words = state.copy()
        size = tuple(lengths.tolist()) if len(lengths) else None
        if self.fn in distributions.BY_NAME:
            drawn = distributions.BY_NAME[self.fn](words, *args, size)
        else:
            fn = getattr(RandomState, self.fn) if isinstance(self.fn, str) else self.fn
            drawn = distributions.draw_by(fn, words, *args, size)
        drawn = np.asarray(drawn, self.outtype.dtype)
        ndim = self.outtype.ndim
        if size is None and drawn.ndim == 0:
            drawn = drawn.reshape((1,) * ndim)
        before = drawn.shape[: ndim - self.ndim_added]
        if drawn.ndim != ndim or size not in (None, before):
            raise ValueError(
                f"{self}: draws of size {size} and {ndim} dimensions have shape {drawn.shape}"
            )
        return words, drawn

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        node = next(part for part in context if isinstance(part, Apply))
        state, size = node.inputs[:2]
        if self.ndim_added or (isinstance(size, TensorConstant) and len(size.data) == 0):
            raise ShapeError
        return [(state.shape[0],), tuple(size[i] for i in range(self.outtype.ndim))]
