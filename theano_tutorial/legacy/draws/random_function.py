"""The operation behind `RandomStreams`: draws, and the words of the state after them."""

from collections.abc import Callable, Sequence

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
from theano_tutorial.rewrites.index_ops import Shapes, Storage

Function = str | Callable[..., Array]
_OURS = {
    name: getattr(distributions, name)
    for name in (
        "uniform normal binomial random_integers choice poisson permutation multinomial".split()
    )
}


class RandomFunction(DrawOp):
    """Draws by a function from a `RandomState`.

    Parameters
    ----------
    fn
        A distribution of `distributions`, another method of `RandomState`, or any function of
        a `RandomState`, arguments and a size.
    outtype
        The type of the draws. What the function returns is cast to its dtype.
    inplace
        Taken, as Theano did, and without effect.
    ndim_added
        How many dimensions the draws have behind those of the size.

    Inputs are the state ``(628,)``, the size, a vector of integers, empty for "as the
    arguments have it", and the arguments. Outputs are the next state and the draws.
    """

    __props__ = ("fn", "outtype", "ndim_added")

    def __init__(
        self, fn: Function, outtype: TensorType, inplace: bool = False, ndim_added: int = 0
    ) -> None:
        self.fn, self.outtype, self.ndim_added = fn, outtype, ndim_added

    def __str__(self) -> str:
        return f"RandomFunction{{{getattr(self.fn, '__name__', self.fn)}}}"

    def make_node(self, state: TensorVariable, size: object, *args: object) -> Apply:
        lengths = pt.cast(pt.as_tensor(size, ndim=1), "int64")
        given = [pt.as_tensor(arg) for arg in args]
        return Apply(self, [state, lengths, *given], [state.type(), self.outtype()])

    def perform(
        self, node: Apply | None, inputs: Sequence[Array], output_storage: Storage
    ) -> None:
        state, lengths, *args = inputs
        words = state.copy()
        size = tuple(lengths.tolist()) if len(lengths) else None
        drawn = np.asarray(self._draw(words, *args, size), self.outtype.dtype)
        ndim = self.outtype.ndim
        if size is None and drawn.ndim == 0:
            drawn = drawn.reshape((1,) * ndim)
        expected = drawn.shape[: drawn.ndim - self.ndim_added] if size is None else size
        if drawn.ndim != ndim or drawn.shape[: ndim - self.ndim_added] != expected:
            raise ValueError(
                f"{self}: draws of {ndim} dimensions and size {size} were promised, but their "
                f"shape is {drawn.shape}"
            )
        output_storage[0][0], output_storage[1][0] = words, drawn

    def _draw(self, words: Array, *args: Array | tuple[int, ...] | None) -> Array:
        fn = self.fn
        if isinstance(fn, str):
            if fn in _OURS:
                return _OURS[fn](words, *args)
            fn = getattr(RandomState, fn)
        return distributions.draw_by(fn, words, *args)

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        node = next(part for part in context if isinstance(part, Apply))
        state, size = node.inputs[:2]
        automatic = isinstance(size, TensorConstant) and len(size.data) == 0
        if automatic or self.ndim_added:
            raise ShapeError
        lengths = tuple(size[i] for i in range(self.outtype.ndim))
        return [(state.shape[0],), lengths]
