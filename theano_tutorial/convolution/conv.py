"""Convolution of images with filters, as Theano had it, and its two gradients.

The three operations are each other's gradients, so that derivatives of every order exist.
"""

from collections.abc import Sequence
from typing import ClassVar

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.convolution import arguments, numpy_convolution
from theano_tutorial.convolution.base import WindowOp, as_images, in_common_dtype, promised
from theano_tutorial.convolution.windows import Convolution, Shape
from theano_tutorial.rewrites.index_ops import Shapes, Storage, shapes_of

# Height and width of an array's images: all that counts of an input named `like`.
_SIZE = slice(2, 4)


class _ConvolutionOp(WindowOp):
    __props__ = ("convolution",)
    n_differentiable: ClassVar[int] = 2

    def __init__(self, convolution: Convolution) -> None:
        self.convolution = convolution


class Convolve(_ConvolutionOp):
    """Maps ``(batch, filters, height, width)`` of images under filters."""

    def make_node(self, images: TensorVariable, filters: TensorVariable) -> Apply:
        images, filters = in_common_dtype(
            as_images(images, "images"), as_images(filters, "filters")
        )
        shape = self.convolution.static_shape(images.type.shape, filters.type.shape)
        return Apply(self, [images, filters], [pt.tensor(dtype=images.dtype, shape=shape)])

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        images, filters = inputs
        self.convolution.check(images.shape, filters.shape)
        output_storage[0][0] = numpy_convolution.convolve(images, filters, self.convolution)

    def infer_shape(self, *context: FunctionGraph | Apply | Shapes) -> Shapes:
        return [tuple(self.convolution.output_shape(*shapes_of(context)))]

    def gradients(self, *inputs: TensorVariable) -> list[Variable]:
        images, filters, g = inputs
        return [
            ImageGradient(self.convolution)(filters, g, images),
            FilterGradient(self.convolution)(images, g, filters),
        ]


class ImageGradient(_ConvolutionOp):
    """The gradient of images from `filters` and the gradient of the maps.

    Only the images' height and width count, of the input `like`.
    """

    def make_node(
        self, filters: TensorVariable, maps: TensorVariable, like: TensorVariable
    ) -> Apply:
        filters, maps = in_common_dtype(as_images(filters, "filters"), as_images(maps, "maps"))
        like = as_images(like, "images")
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
        output_storage[0][0] = numpy_convolution.image_gradient(
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
    """The gradient of filters from `images` and the gradient of the maps.

    Only the filters' height and width count, of the input `like`.
    """

    def make_node(
        self, images: TensorVariable, maps: TensorVariable, like: TensorVariable
    ) -> Apply:
        images, maps = in_common_dtype(as_images(images, "images"), as_images(maps, "maps"))
        like = as_images(like, "filters")
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
        output_storage[0][0] = numpy_convolution.filter_gradient(
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


def conv2d(
    input: TensorVariable,
    filters: TensorVariable,
    input_shape: Shape | None = None,
    filter_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the maps of images under filters, as Theano 1.0.5's ``nnet.conv2d`` did.

    Parameters
    ----------
    input : symbolic floats, ``(batch, channels, height, width)``
    filters : symbolic floats, ``(n_filters, channels // num_groups, height, width)``
    input_shape, filter_shape : four lengths, optional
        What is known of these shapes; None stands for a length that is not. A function that
        gets others raises an error.
    border_mode : "valid", "full", "half", int, or two ints or pairs of ints
        Whether only windows within the images count, all that touch one, or those of images
        with half a filter's size of zeros on each side; or the zeros on each side, for height
        and width, or before and after each.
    subsample : two ints
        Every how many rows and columns there is a window.
    filter_flip : bool
        Whether filters are flipped on both axes, as in a convolution; if not, it is a
        cross-correlation.
    filter_dilation : two ints
        How many pixels lie between a filter's rows and between its columns, counted from one
        to the next.
    num_groups : int
        Into how many groups channels and filters are divided: each filter sees its own.

    Returns
    -------
    symbolic floats, ``(batch, n_filters, height, width)``
        In the wider of the two dtypes.

    Raises
    ------
    TypeError
        If an input has not four dimensions, or none has floats.
    ValueError
        If an argument cannot be used, or shapes do not fit: now where they are known, else
        when a function computes.

    """
    settings = _settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    images = promised(as_images(input, "images"), input_shape, "input_shape")
    kernels = promised(as_images(filters, "filters"), filter_shape, "filter_shape")
    return Convolve(settings)(images, kernels)


def conv2d_grad_wrt_inputs(
    output_grad: TensorVariable,
    filters: TensorVariable,
    input_shape: Sequence[int | TensorVariable | None],
    filter_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the gradient of `conv2d` in its input: a transposed convolution.

    `output_grad` is the gradient of the maps. Of `input_shape`, the last two entries are
    needed, the height and width of the images. The rest is that of `conv2d`.
    """
    settings = _settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    kernels = promised(as_images(filters, "filters"), filter_shape, "filter_shape")
    return ImageGradient(settings)(kernels, output_grad, _like(input_shape, "input_shape"))


def conv2d_grad_wrt_weights(
    input: TensorVariable,
    output_grad: TensorVariable,
    filter_shape: Sequence[int | TensorVariable | None],
    input_shape: Shape | None = None,
    border_mode: arguments.Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
) -> TensorVariable:
    """Return the gradient of `conv2d` in its filters.

    `output_grad` is the gradient of the maps. Of `filter_shape`, the last two entries are
    needed, the height and width of the filters. The rest is that of `conv2d`.
    """
    settings = _settings(border_mode, subsample, filter_flip, filter_dilation, num_groups)
    images = promised(as_images(input, "images"), input_shape, "input_shape")
    return FilterGradient(settings)(images, output_grad, _like(filter_shape, "filter_shape"))


def _settings(
    border_mode: arguments.Border, subsample: object, flip: bool, dilation: object, groups: int
) -> Convolution:
    if not arguments.is_whole(groups, 1):
        raise ValueError(f"conv2d: num_groups must be a whole number from 1, got {groups!r}")
    return Convolution(
        arguments.border(border_mode),
        arguments.pair(subsample, "conv2d: subsample", 1),
        arguments.pair(dilation, "conv2d: filter_dilation", 1),
        bool(flip),
        int(groups),
    )


def _like(shape: Sequence[int | TensorVariable | None], name: str) -> TensorVariable:
    """Return an array of these heights and widths."""
    if len(shape) != 4 or None in shape[2:]:
        raise ValueError(f"{name} must have 4 entries, the last two known, got {tuple(shape)}")
    return pt.zeros((1, 1, *shape[2:]))
