"""Convolution of images or volumes with filters, as in Theano, and its two gradients.

The three operations are each other's gradients, so derivatives of every order exist.
"""

from collections.abc import Sequence
from types import ModuleType

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.convolution import numpy_convolution, numpy_volumes
from theano_tutorial.convolution.base import WindowOp, as_images, operands
from theano_tutorial.convolution.windows import Convolution, Shape
from theano_tutorial.rewrites.index_ops import Shapes, Storage, shapes_of

# Height and width, and a volume's depth: all that matters of an input named `like`.
_SIZE = slice(2, None)


class _ConvolutionOp(WindowOp):
    __props__ = ("convolution",)
    differentiable = (0, 1)

    def __init__(self, convolution: Convolution) -> None:
        self.convolution = convolution

    @property
    def on_numpy(self) -> ModuleType:
        return numpy_convolution if len(self.convolution.stride) == 2 else numpy_volumes


class Convolve(_ConvolutionOp):
    """Maps ``(batch, filters, height, width)`` of images under filters."""

    def make_node(self, images: TensorVariable, filters: TensorVariable) -> Apply:
        images, filters = operands(self.convolution, images=images, filters=filters)
        shape = self.convolution.static_shape(images.type.shape, filters.type.shape)
        return Apply(self, [images, filters], [pt.tensor(dtype=images.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        images, filters = inputs
        self.convolution.check(images.shape, filters.shape)
        output_storage[0][0] = self.on_numpy.convolve(images, filters, self.convolution)

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [tuple(self.convolution.output_shape(*shapes_of(context)))]

    def gradients(self, *inputs: TensorVariable) -> list[Variable]:
        images, filters, g = inputs
        return [
            ImageGradient(self.convolution)(filters, g, images),
            FilterGradient(self.convolution)(images, g, filters),
        ]


class ImageGradient(_ConvolutionOp):
    """The gradient with respect to images, from `filters` and the gradient for the maps.

    Of the input `like`, the images, only height and width matter (and the depth of volumes).
    """

    def make_node(
        self, filters: TensorVariable, maps: TensorVariable, like: TensorVariable
    ) -> Apply:
        filters, maps = operands(self.convolution, filters=filters, maps=maps)
        like = as_images(like, "images", self.convolution)
        images = self.images_shape(filters.type.shape, maps.type.shape, like.type.shape)
        self.convolution.check_maps(maps.type.shape, images, filters.type.shape)
        out = pt.tensor(dtype=maps.dtype, shape=images)
        return Apply(self, [filters, maps, like], [out])

    def images_shape(self, filters: Shape, maps: Shape, like: Shape) -> Shape:
        taken, groups = filters[1], self.convolution.groups
        return [maps[0], None if taken is None else taken * groups, *like[_SIZE]]

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        filters, maps, like = inputs
        images = self.images_shape(filters.shape, maps.shape, like.shape)
        self.convolution.check_maps(maps.shape, images, filters.shape)
        output_storage[0][0] = self.on_numpy.image_gradient(
            filters, maps, like.shape[_SIZE], self.convolution
        )

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [tuple(self.images_shape(*shapes_of(context)))]

    def gradients(self, *inputs: TensorVariable) -> list[Variable]:
        filters, maps, _, g = inputs
        return [
            FilterGradient(self.convolution)(g, maps, filters),
            Convolve(self.convolution)(g, filters),
        ]


class FilterGradient(_ConvolutionOp):
    """The gradient with respect to filters, from `images` and the gradient for the maps.

    Of the input `like`, the filters, only height and width matter (and the depth of volumes).
    """

    def make_node(
        self, images: TensorVariable, maps: TensorVariable, like: TensorVariable
    ) -> Apply:
        images, maps = operands(self.convolution, images=images, maps=maps)
        like = as_images(like, "filters", self.convolution)
        filters = self.filters_shape(images.type.shape, maps.type.shape, like.type.shape)
        self.convolution.check_maps(maps.type.shape, images.type.shape, filters)
        out = pt.tensor(dtype=maps.dtype, shape=filters)
        return Apply(self, [images, maps, like], [out])

    def filters_shape(self, images: Shape, maps: Shape, like: Shape) -> Shape:
        channels, groups = images[1], self.convolution.groups
        return [maps[1], None if channels is None else channels // groups, *like[_SIZE]]

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        images, maps, like = inputs
        filters = self.filters_shape(images.shape, maps.shape, like.shape)
        self.convolution.check_maps(maps.shape, images.shape, filters)
        output_storage[0][0] = self.on_numpy.filter_gradient(
            images, maps, like.shape[_SIZE], self.convolution
        )

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [tuple(self.filters_shape(*shapes_of(context)))]

    def gradients(self, *inputs: TensorVariable) -> list[Variable]:
        images, maps, _, g = inputs
        return [
            ImageGradient(self.convolution)(g, maps, images),
            Convolve(self.convolution)(images, g),
        ]
