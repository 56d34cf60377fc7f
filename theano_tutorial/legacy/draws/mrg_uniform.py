"""The operation behind `MRG_RandomStreams`: uniform numbers, and the streams' states after them."""

from collections.abc import Sequence
from math import prod

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws import mrg31k3p
from theano_tutorial.legacy.draws.base import DrawOp
from theano_tutorial.legacy.draws.sizes import known_ones
from theano_tutorial.rewrites.index_ops import Shapes, Storage, shapes_of

# Numbers are integers times this: 2 ** -31, and a little less in float32, to stay below 1.
_UNIT = {"float64": np.float64(2.0**-31), "float32": np.float32(4.6566126e-10)}


class MrgUniform(DrawOp):
    """Uniform numbers between 0 and 1, drawn from one stream after the other, over and over.

    Inputs are the streams' states ``(n_streams, 6)`` of int32, and the size, a vector of
    integers. Outputs are the next states and the numbers.
    """

    __props__ = ("dtype", "ndim")

    def __init__(self, dtype: str, ndim: int) -> None:
        if dtype not in _UNIT:
            raise TypeError(f"MRG_RandomStreams draws float32 and float64, not {dtype}")
        self.dtype, self.ndim = dtype, ndim

    def make_node(self, states: TensorVariable, size: object) -> Apply:
        states, lengths = pt.as_tensor(states), pt.as_tensor(size)
        shape = tuple(1 if one else None for one in known_ones(lengths, self.ndim))
        return Apply(
            self, [states, lengths], [states.type(), pt.tensor(shape=shape, dtype=self.dtype)]
        )

    def perform(
        self, node: Apply | None, inputs: Sequence[Array], output_storage: Storage
    ) -> None:
        states, lengths = inputs
        size = tuple(lengths.tolist())
        n = prod(size)
        if n > mrg31k3p.M1:
            raise ValueError(f"MRG_RandomStreams draws at most {mrg31k3p.M1} numbers at once")
        new = states.copy()
        used = new[:n]  # all streams, if there are no more than numbers
        columns = np.ascontiguousarray(used.T).view(np.uint32)
        rounds, rest = divmod(n, len(states))
        columns, numbers = mrg31k3p.draw(columns, rounds)
        columns[:, :rest], last = mrg31k3p.draw(columns[:, :rest], 1)
        used[:] = columns.T.view(np.int32)
        drawn = np.concatenate([numbers.ravel(), last.ravel()]).astype(self.dtype)
        drawn *= _UNIT[self.dtype]
        output_storage[0][0], output_storage[1][0] = new, drawn.reshape(size)

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        node = next(part for part in context if isinstance(part, Apply))
        lengths = tuple(node.inputs[1][i] for i in range(self.ndim))
        return [shapes_of(context)[0], lengths]
