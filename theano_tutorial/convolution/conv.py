"""Convolution of images or volumes with filters, as in Theano, and its two gradients.

The three operations are each other's gradients, so derivatives of every order exist.
"""

from types import ModuleType
from typing import ClassVar

import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.scalar.basic import upcast
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import tensor
from theano_tutorial.convolution import numpy_convolution, numpy_volumes
from theano_tutorial.convolution.base import WindowOp
from theano_tutorial.convolution.windows import Convolution, Shape, written


class _ConvolutionOp(WindowOp):
    # The inputs, for messages. Of the third, only height and width matter (and the depth of
    # volumes): the result gets them.
    names: ClassVar[tuple[str, ...]]
    differentiable = (0, 1)
    how: Convolution

    @property
    def on_numpy(self) -> ModuleType:
        return numpy_convolution if len(self.how.stride) == 2 else numpy_volumes

    def prepared(self, *given: object) -> list[TensorVariable]:
        named = zip(given, self.names, strict=True)
        a, b, *like = (as_images(value, name, self.how) for value, name in named)
        dtype = upcast(a.dtype, b.dtype)
        if not dtype.startswith("float"):
            raise TypeError(f"{self.how.name} needs floats, got {a.dtype} and {b.dtype}")
        return [*(v if v.dtype == dtype else pt.cast(v, dtype) for v in (a, b)), *like]


class Convolve(_ConvolutionOp):
    """Maps ``(batch, filters, height, width)`` of images under filters."""

    function, names = "convolve", ("images", "filters")

    def shape(self, images: Shape, filters: Shape) -> Shape:
        return self.how.maps_shape(images, filters)

    def check(self, images: Shape, filters: Shape) -> None:
        self.how.check(images, filters)

    def gradients(self, images: Variable, filters: Variable, g: Variable) -> list[Variable]:
        return [
            ImageGradient(self.how)(filters, g, images),
            FilterGradient(self.how)(images, g, filters),
        ]


class ImageGradient(_ConvolutionOp):
    """The gradient with respect to images, from `filters` and the gradient for the maps."""

    function, names = "image_gradient", ("filters", "maps", "images")

    def shape(self, filters: Shape, maps: Shape, like: Shape) -> Shape:
        taken = filters[1]
        return [maps[0], None if taken is None else taken * self.how.groups, *like[2:]]

    def check(self, filters: Shape, maps: Shape, like: Shape) -> None:
        self.how.check_maps(maps, self.shape(filters, maps, like), filters)

    def gradients(
        self, filters: Variable, maps: Variable, like: Variable, g: Variable
    ) -> list[Variable]:
        return [FilterGradient(self.how)(g, maps, filters), Convolve(self.how)(g, filters)]


class FilterGradient(_ConvolutionOp):
    """The gradient with respect to filters, from `images` and the gradient for the maps."""

    function, names = "filter_gradient", ("images", "maps", "filters")

    def shape(self, images: Shape, maps: Shape, like: Shape) -> Shape:
        channels = images[1]
        return [maps[1], None if channels is None else channels // self.how.groups, *like[2:]]

    def check(self, images: Shape, maps: Shape, like: Shape) -> None:
        self.how.check_maps(maps, images, self.shape(images, maps, like))

    def gradients(
        self, images: Variable, maps: Variable, like: Variable, g: Variable
    ) -> list[Variable]:
        return [ImageGradient(self.how)(g, maps, images), Convolve(self.how)(images, g)]


def as_images(value: object, what: str, convolution: Convolution) -> TensorVariable:
    """Return a variable with 4 dimensions, or 5 for volumes, or raise a `TypeError`."""
    variable = tensor(value, f"{convolution.name}: {what}")
    wanted = len(convolution.stride) + 2
    if variable.type.ndim != wanted:
        shape = written(variable.type.shape)
        raise TypeError(
            f"{convolution.name}: {what} must have {wanted} dimensions, got shape {shape}"
        )
    return variable
