"""Convolution of volumes in NumPy, as one of images whose channels are planes of the volume.

Volumes are ``(batch, channels, depth, height, width)``. For each depth at which filters are
placed, the planes that they see become the channels of a separate image.
"""

from collections.abc import Sequence

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.convolution import numpy_convolution
from theano_tutorial.convolution.windows import Convolution


def convolve(volumes: Array, filters: Array, convolution: Convolution) -> Array:
    """Return the maps ``(batch, filters, depth, height, width)`` of volumes under filters."""
    images = _images(volumes, filters.shape, convolution)
    kernels = _kernels(filters, convolution)
    maps = numpy_convolution.convolve(images, kernels, convolution.plane)
    depth = convolution.output_size(volumes.shape[2:], filters.shape[2:])[0]
    return maps.reshape(len(volumes), depth, *maps.shape[1:]).swapaxes(1, 2)


def filter_gradient(
    volumes: Array, maps: Array, like: Array, convolution: Convolution
) -> Array:
    """Return the gradient with respect to filters of `like`'s size from that for the maps."""
    shape = (maps.shape[1], volumes.shape[1] // convolution.groups, *like.shape[2:])
    images, plane = _images(volumes, shape, convolution), np.empty((0, 0, *like.shape[3:]))
    kernels = numpy_convolution.filter_gradient(images, _flat(maps), plane, convolution.plane)
    filters: Array = kernels.reshape(shape)
    return filters[:, :, ::-1] if convolution.flip else filters


def image_gradient(filters: Array, maps: Array, like: Array, convolution: Convolution) -> Array:
    """Return the gradient with respect to volumes of `like`'s size from that for the maps."""
    kernels, plane = _kernels(filters, convolution), np.empty((0, 0, *like.shape[3:]))
    images = numpy_convolution.image_gradient(kernels, _flat(maps), plane, convolution.plane)
    batch, channels = len(maps), filters.shape[1] * convolution.groups
    depth, *size = like.shape[2:]
    shape = (batch, maps.shape[2], channels, filters.shape[2], *size)
    planes = images.reshape(shape).swapaxes(1, 2)
    (before, after), *_ = convolution.padding(filters.shape[2:])
    padded = np.zeros((batch, channels, before + depth + after, *size), maps.dtype)
    for tap, there in enumerate(_depths(maps.shape[2], filters.shape[2], convolution)):
        padded[:, :, there] += planes[:, :, :, tap]
    return padded[:, :, before : before + depth]


def _depths(n: int, taps: int, convolution: Convolution) -> list[slice]:
    """Return, for each tap in depth, the planes that it sees at `n` positions of the filter."""
    stride, dilation = convolution.stride[0], convolution.dilation[0]
    firsts = [tap * dilation for tap in range(taps)]
    return [slice(first, first + (n - 1) * stride + 1, stride) for first in firsts]


def _images(volumes: Array, filters: Sequence[int], convolution: Convolution) -> Array:
    """Return an image for each volume and depth, with ``channels * taps`` channels."""
    sides = convolution.padding(filters[2:])[0]
    depth = convolution.output_size(volumes.shape[2:], filters[2:])[0]
    padded = np.pad(volumes, [(0, 0), (0, 0), sides, (0, 0), (0, 0)])
    seen = [padded[:, :, there] for there in _depths(depth, filters[2], convolution)]
    planes = np.stack(seen, axis=2)  # batch, channels, taps, depth, height, width
    images = np.moveaxis(planes, 3, 1)
    batch, _, channels, taps, *size = images.shape
    return images.reshape(batch * depth, channels * taps, *size)


def _kernels(filters: Array, convolution: Convolution) -> Array:
    """Return filters for images, with taps in depth as channels."""
    in_order = filters[:, :, ::-1] if convolution.flip else filters
    n_filters, channels, taps, *size = filters.shape
    return in_order.reshape(n_filters, channels * taps, *size)


def _flat(maps: Array) -> Array:
    """Return maps ``(batch, filters, depth, ...)`` as ``(batch * depth, filters, ...)``."""
    batch, n_filters, depth, *size = maps.shape
    return maps.swapaxes(1, 2).reshape(batch * depth, n_filters, *size)
