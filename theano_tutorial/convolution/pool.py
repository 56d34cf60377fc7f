"""Pooling of images, as in Theano, and its gradients.

Sums and means are linear: the gradients of their gradients are sums and means again. If entries
tie for the largest, each gets the gradient in full, as in Theano; the choice of the largest
entries has no derivative.
"""

from types import ModuleType

import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import tensor
from theano_tutorial.convolution import numpy_pooling
from theano_tutorial.convolution.base import WindowOp
from theano_tutorial.convolution.windows import Pooling, Shape, fits, written


class _PoolingOp(WindowOp):
    differentiable = (0,)
    how: Pooling

    @property
    def on_numpy(self) -> ModuleType:
        return numpy_pooling

    def prepared(self, *given: object) -> list[TensorVariable]:
        return [as_images(value, self.how) for value in given]

    def check_pooled(self, maps: Shape, images: Shape) -> None:
        """Raise a `ValueError` unless maps have the size of such images once pooled."""
        wanted = self.how.pooled_shape(images)
        if not fits(maps[-2:], wanted[-2:]):
            raise ValueError(
                f"{self.how.name}: a gradient of shape {written(maps)} for images of "
                f"{written(images)}, of which windows of {self.how.size} make {written(wanted)}"
            )


class Pool(_PoolingOp):
    """The maximum, sum or mean of each window of images ``(..., height, width)``."""

    function = "pool"

    def shape(self, images: Shape) -> Shape:
        return self.how.pooled_shape(images)

    def check(self, images: Shape) -> None:
        """Accept images of any size."""

    def gradients(self, images: Variable, g: Variable) -> list[Variable]:
        if not images.dtype.startswith("float"):  # PyTensor's rule for whole numbers
            return [pt.zeros_like(images, dtype=pytensor.config.floatX)]
        if self.how.mode == "max":
            return [SpreadToLargest(self.how)(g, images, self(images))]
        return [Spread(self.how)(g, images)]


class Spread(_PoolingOp):
    """The gradient with respect to images from that for their windows' sums or means.

    Of the input `like`, the images, only height and width matter.
    """

    function = "spread"

    def shape(self, maps: Shape, like: Shape) -> Shape:
        return [*maps[:-2], *like[-2:]]

    def check(self, maps: Shape, like: Shape) -> None:
        self.check_pooled(maps, like)

    def gradients(self, maps: Variable, like: Variable, g: Variable) -> list[Variable]:
        return [Pool(self.how)(g)]


class SpreadToLargest(_PoolingOp):
    """The gradient with respect to `images` from that for their `largest` entries."""

    function = "spread_to_largest"

    def shape(self, maps: Shape, images: Shape, largest: Shape) -> Shape:
        return images

    def check(self, maps: Shape, images: Shape, largest: Shape) -> None:
        self.check_pooled(maps, images)
        self.check_pooled(largest, images)

    def gradients(
        self, values: Variable, images: Variable, largest: Variable, g: Variable
    ) -> list[Variable]:
        return [SumOfLargest(self.how)(g, images, largest)]


class SumOfLargest(_PoolingOp):
    """For each window, the sum of `values` at the entries where `images` are `largest`."""

    function = "sum_of_largest"

    def shape(self, values: Shape, images: Shape, largest: Shape) -> Shape:
        return largest

    def check(self, values: Shape, images: Shape, largest: Shape) -> None:
        self.check_pooled(largest, images)
        if not fits(values, images):
            raise ValueError(
                f"{self.how.name}: {written(values)} values for images of {written(images)}"
            )

    def gradients(
        self, values: Variable, images: Variable, largest: Variable, g: Variable
    ) -> list[Variable]:
        return [SpreadToLargest(self.how)(g, images, largest)]


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
