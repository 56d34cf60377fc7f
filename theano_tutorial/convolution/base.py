"""What the operations share: how they are built, computed and checked."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import ClassVar

import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.convolution.windows import Convolution, Pooling, Shape
from theano_tutorial.rewrites.index_ops import (
    PartlyDifferentiable,
    Shapes,
    Storage,
    shapes_of,
)


class WindowOp(PartlyDifferentiable):
    """An operation on images ``(..., height, width)``, with a result of the first one's dtype.

    `how` says where the windows lie. In each library's module, which is `on_numpy`, `jax_ops`
    or `pytorch_ops`, the function of the name `function` takes the inputs and `how`.
    """

    __props__ = ("how",)
    function: ClassVar[str]
    how: Convolution | Pooling
    # The inputs as variables; the result's shape, as far as the inputs' tell it; and an error
    # for shapes that do not fit, where an unknown length fits any.
    prepared: Callable[..., list[TensorVariable]]
    shape: Callable[..., Shape]
    check: Callable[..., None]

    def __init__(self, how: Convolution | Pooling) -> None:
        self.how = how

    @property
    def on_numpy(self) -> ModuleType:
        """The module of the functions that compute with NumPy."""
        raise NotImplementedError

    def computed_by(self, library: ModuleType) -> Callable[..., Array]:
        """Return a library's function for this operation, which checks its inputs first."""
        function, check, how = getattr(library, self.function), self.check, self.how

        def compute(*inputs: Array) -> Array:
            check(*[value.shape for value in inputs])
            result: Array = function(*inputs, how)
            return result

        return compute

    def make_node(self, *given: object) -> Apply:
        inputs = self.prepared(*given)
        shapes = [v.type.shape for v in inputs]
        self.check(*shapes)
        return Apply(
            self, inputs, [pt.tensor(dtype=inputs[0].dtype, shape=self.shape(*shapes))]
        )

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        output_storage[0][0] = self.computed_by(self.on_numpy)(*inputs)

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [tuple(self.shape(*shapes_of(context)))]
