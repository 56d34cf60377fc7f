"""Pooling of images, as in Theano, and its gradients.

Sums and means are linear: the gradients of their gradients are sums and means again. If entries
tie for the largest, each gets the gradient in full, as in Theano; the choice of the largest
entries has no derivative.
"""

from collections.abc import Sequence

import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import tensor
from theano_tutorial._types import Array
from theano_tutorial.convolution import numpy_pooling
from theano_tutorial.convolution.base import WindowOp
from theano_tutorial.convolution.windows import Pooling, Shape, fits, written
from theano_tutorial.rewrites.index_ops import Shapes, Storage, shapes_of


class _PoolingOp(WindowOp):
    __props__ = ("pooling",)
    differentiable = (0,)

    def __init__(self, pooling: Pooling) -> None:
        self.pooling = pooling

    def pooled(self, images: Shape) -> list[int | None]:
        """Return the static shape of pooled images."""
        return [*images[:-2], *self.pooling.static_size(images[-2:])]

    def pooled_shape(self, images: Sequence[TensorVariable]) -> tuple[TensorVariable, ...]:
        return (*images[:-2], *self.pooling.output_size(images[-2:]))


class Pool(_PoolingOp):
    """The maximum, sum or mean of each window of images ``(..., height, width)``."""

    def make_node(self, images: TensorVariable) -> Apply:
        images = as_images(images, self.pooling)
        out = pt.tensor(dtype=images.dtype, shape=self.pooled(images.type.shape))
        return Apply(self, [images], [out])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        output_storage[0][0] = numpy_pooling.pool(inputs[0], self.pooling)

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [self.pooled_shape(shapes_of(context)[0])]

    def gradients(self, *inputs: TensorVariable) -> list[Variable]:
        images, g = inputs
        if not images.dtype.startswith("float"):  # PyTensor's rule for whole numbers
            return [pt.zeros_like(images, dtype=pytensor.config.floatX)]
        if self.pooling.mode == "max":
            return [SpreadToLargest(self.pooling)(g, images, self(images))]
        return [Spread(self.pooling)(g, images)]


class Spread(_PoolingOp):
    """The gradient with respect to images from that for their windows' sums or means.

    Of the input `like`, the images, only height and width matter.
    """

    def make_node(self, maps: TensorVariable, like: TensorVariable) -> Apply:
        maps, like = as_images(maps, self.pooling), as_images(like, self.pooling)
        check_pooled(maps.type.shape, like.type.shape, self)
        shape = (*maps.type.shape[:-2], *like.type.shape[-2:])
        return Apply(self, [maps, like], [pt.tensor(dtype=maps.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        maps, like = inputs
        check_pooled(maps.shape, like.shape, self)
        output_storage[0][0] = numpy_pooling.spread(maps, like.shape[-2:], self.pooling)

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        maps, like = shapes_of(context)
        return [(*maps[:-2], *like[-2:])]

    def gradients(self, *inputs: TensorVariable) -> list[Variable]:
        return [Pool(self.pooling)(inputs[-1])]


class SpreadToLargest(_PoolingOp):
    """The gradient with respect to `images` from that for their `largest` entries."""

    def make_node(
        self, maps: TensorVariable, images: TensorVariable, largest: TensorVariable
    ) -> Apply:
        inputs = [as_images(v, self.pooling) for v in (maps, images, largest)]
        for some in (inputs[0], inputs[2]):
            check_pooled(some.type.shape, inputs[1].type.shape, self)
        return Apply(self, inputs, [pt.tensor(dtype=maps.dtype, shape=inputs[1].type.shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        maps, images, largest = inputs
        for some in (maps, largest):
            check_pooled(some.shape, images.shape, self)
        output_storage[0][0] = numpy_pooling.spread_to_largest(
            images, largest, maps, self.pooling
        )

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [shapes_of(context)[1]]

    def gradients(self, *inputs: TensorVariable) -> list[Variable]:
        _, images, largest, g = inputs
        return [SumOfLargest(self.pooling)(g, images, largest)]


class SumOfLargest(_PoolingOp):
    """For each window, the sum of `values` at the entries where `images` are `largest`."""

    def make_node(
        self, values: TensorVariable, images: TensorVariable, largest: TensorVariable
    ) -> Apply:
        inputs = [as_images(v, self.pooling) for v in (values, images, largest)]
        check_pooled(inputs[2].type.shape, inputs[1].type.shape, self)
        check_same(inputs[0].type.shape, inputs[1].type.shape)
        return Apply(self, inputs, [pt.tensor(dtype=values.dtype, shape=largest.type.shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        values, images, largest = inputs
        check_pooled(largest.shape, images.shape, self)
        check_same(values.shape, images.shape)
        output_storage[0][0] = numpy_pooling.sum_of_largest(
            images, largest, values, self.pooling
        )

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [shapes_of(context)[2]]

    def gradients(self, *inputs: TensorVariable) -> list[Variable]:
        _, images, largest, g = inputs
        return [SpreadToLargest(self.pooling)(g, images, largest)]


def as_images(value: object, pooling: Pooling) -> TensorVariable:
    """Return images, or volumes, that can be pooled this way, or raise a `TypeError`."""
    n = len(pooling.size)
    what = {2: "images", 3: "volumes"}[n]
    variable = tensor(value, f"{pooling.name}: {what}")
    if variable.type.ndim < n:
        shape = written(variable.type.shape)
        raise TypeError(
            f"{pooling.name}: {what} must have {n} dimensions or more, got shape {shape}"
        )
    if pooling.mode.startswith("average") and not variable.dtype.startswith("float"):
        raise TypeError(f"{pooling.name}: a mean needs floats, got {variable.dtype}")
    return variable


def check_pooled(maps: Shape, images: Shape, op: _PoolingOp) -> None:
    """Raise a `ValueError` unless maps fit such images; an unknown length fits any."""
    wanted = op.pooled(images)
    if not fits(maps[-2:], wanted[-2:]):
        raise ValueError(
            f"pool_2d: a gradient of shape {written(maps)} for images of {written(images)}, "
            f"of which windows of {op.pooling.size} make {written(wanted)}"
        )


def check_same(values: Shape, images: Shape) -> None:
    """Raise a `ValueError` unless there is one value for each pixel."""
    if not fits(values, images):
        raise ValueError(f"pool_2d: {written(values)} values for images of {written(images)}")
