"""The operation behind `MRG_RandomStreams`: the streams' next states, and uniform numbers."""

from math import prod

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.basic import get_scalar_constant_value
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws import mrg31k3p
from theano_tutorial.legacy.draws.base import DrawOp
from theano_tutorial.rewrites.index_ops import Shapes, shapes_of

# Numbers are integers times this: 2 ** -31, and a little less in float32, to stay below 1.
_UNIT = {"float64": np.float64(2.0**-31), "float32": np.float32(4.6566126e-10)}


class MrgUniform(DrawOp):
    """Uniform numbers between 0 and 1, from one stream after the other, over and over.

    Inputs are the streams' states ``(n_streams, 6)`` of int32, and a vector of lengths.
    Outputs are the next states, and the numbers.
    """

    __props__ = ("dtype", "ndim")

    def __init__(self, dtype: str, ndim: int) -> None:
        if dtype not in _UNIT:
            raise TypeError(f"MRG_RandomStreams draws float32 and float64, not {dtype}")
        self.dtype, self.ndim = dtype, ndim

    def make_node(self, states: TensorVariable, size: TensorVariable) -> Apply:
        known = (
            get_scalar_constant_value(size[i], raise_not_constant=False)
            for i in range(self.ndim)
        )
        shape = tuple(1 if isinstance(n, np.ndarray) and n == 1 else None for n in known)
        numbers = pt.tensor(shape=shape, dtype=self.dtype)
        return Apply(self, [states, size], [states.type(), numbers])

    def run(self, states: Array, lengths: Array) -> tuple[Array, Array]:  # type: ignore[override]
        size = tuple(lengths.tolist())
        n = prod(size)
        if n > mrg31k3p.M1:
            raise ValueError(f"MRG_RandomStreams draws at most {mrg31k3p.M1} numbers at once")
        new = states.copy()
        used = new[:n]  # all streams, if there are no more than numbers
        columns = np.ascontiguousarray(used.T).view(np.uint32)
        rounds, rest = divmod(n, len(states))
        columns, numbers = mrg31k3p.draw(columns, rounds)
        if rest:
            columns[:, :rest], last = mrg31k3p.draw(columns[:, :rest], 1)
            numbers = np.concatenate([numbers.ravel(), last.ravel()])
        used[:] = columns.T.view(np.int32)
        drawn = numbers.astype(self.dtype).reshape(size)
        drawn *= _UNIT[self.dtype]
        return new, drawn

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        node = next(part for part in context if isinstance(part, Apply))
        lengths = tuple(node.inputs[1][i] for i in range(self.ndim))
        return [shapes_of(context)[0], lengths]
