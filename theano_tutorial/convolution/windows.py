"""Where windows lie in images: their number, their padding and the pixels that each one sees.

All backends follow this one definition. Lengths are whole numbers or, while a graph is built,
PyTensor's variables.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array

Length: TypeAlias = int | TensorVariable
# None stands for a length that is not known.
Shape = Sequence[Length | None]
Pair = tuple[int, int]
# The zeros before and after, on each axis.
Padding = tuple[Pair, ...]
# The border modes that depend on the filter; any other is the padding itself.
BORDER_MODES = ("valid", "full", "half")
POOL_MODES = ("max", "sum", "average_inc_pad", "average_exc_pad")


class Convolution(NamedTuple):
    """How filters move over images or volumes, and what lies beyond the border."""

    border: str | Padding
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    flip: bool
    groups: int

    @property
    def name(self) -> str:
        """The name in messages: conv2d for images, conv3d for volumes."""
        return f"conv{len(self.stride)}d"

    @property
    def plane(self) -> "Convolution":
        """The convolution of images that this one of volumes does at each depth."""
        border = self.border if isinstance(self.border, str) else self.border[1:]
        return self._replace(border=border, stride=self.stride[1:], dilation=self.dilation[1:])

    def padding(self, filter_size: Sequence[Length]) -> tuple[tuple[Length, Length], ...]:
        """Return the zeros before and after the images, on each axis."""
        return tuple(self._zeros(axis, k) for axis, k in enumerate(filter_size))

    def _zeros(self, axis: int, k: Length) -> tuple[Length, Length]:
        if not isinstance(self.border, str):
            return self.border[axis]
        extent = self.extent(axis, k)
        each = {"valid": 0, "half": extent // 2, "full": extent - 1}[self.border]
        return each, each

    def extent(self, axis: int, k: Length) -> Length:
        """Return how many pixels a filter of `k` taps spans."""
        return (k - 1) * self.dilation[axis] + 1

    def _length(self, axis: int, n: Length, k: Length) -> Length:
        return (n + sum(self._zeros(axis, k)) - self.extent(axis, k)) // self.stride[axis] + 1

    def output_size(self, image_size: Sequence[int], filter_size: Sequence[int]) -> list[int]:
        """Return the size of the maps, which is not positive if filters do not fit."""
        sizes = zip(image_size, filter_size, strict=True)
        return [self._length(axis, n, k) for axis, (n, k) in enumerate(sizes)]

    def maps_shape(self, images: Shape, filters: Shape) -> Shape:
        """Return the shape of the maps of images under filters."""
        return [images[0], filters[0], *_where_known(self._length, images[2:], filters[2:])]

    def check(self, images: Shape, filters: Shape) -> None:
        """Raise a `ValueError` if filters do not fit; an unknown length fits any."""

        def misfit(what: str) -> ValueError:
            shapes = f"images {written(images)}, filters {written(filters)}"
            return ValueError(f"{self.name}: {what} ({shapes})")

        channels, taken, made = images[1], filters[1], filters[0]
        if channels is not None and taken is not None and channels != taken * self.groups:
            groups = f" in {self.groups} groups" if self.groups > 1 else ""
            raise misfit(
                f"the images have {channels} channels, and the filters take "
                f"{taken * self.groups}{groups}"
            )
        if made is not None and made % self.groups:
            raise misfit(f"{made} filters make no {self.groups} groups")
        for axis, name in enumerate(("deep", "high", "wide")[-len(self.stride) :]):
            n, k = images[2 + axis], filters[2 + axis]
            if k == 0:
                raise misfit(f"filters 0 pixels {name}")
            if n is None or k is None:
                continue
            extent, padded = self.extent(axis, k), n + sum(self._zeros(axis, k))
            if extent > padded:
                dilated = " after dilation" if self.dilation[axis] > 1 else ""
                raise misfit(
                    f"filters {extent} pixels {name}{dilated} do not fit into images {padded} "
                    f"pixels {name} with their padding"
                )

    def check_maps(self, maps: Shape, images: Shape, filters: Shape) -> None:
        """Raise a `ValueError` unless maps have the shape that this convolution makes."""
        self.check(images, filters)
        wanted = self.maps_shape(images, filters)
        if not fits(maps, wanted):
            raise ValueError(
                f"{self.name}: a gradient of shape {written(maps)} for maps of "
                f"{written(wanted)} (images {written(images)}, filters {written(filters)})"
            )


class Tap(NamedTuple):
    """One place in a window: the windows with a pixel of the image there, and the pixels."""

    windows: tuple[slice, slice]
    pixels: tuple[slice, slice]


class Pooling(NamedTuple):
    """How windows lie in images, and what is taken from each."""

    mode: str
    size: tuple[int, ...]
    stride: tuple[int, ...]
    pad: tuple[int, ...]
    ignore_border: bool

    @property
    def name(self) -> str:
        """The name in messages: pool_2d for images, pool_3d for volumes."""
        return f"pool_{len(self.size)}d"

    @property
    def plane(self) -> "Pooling":
        """The pooling of images, at each depth, that pooling of volumes begins with.

        To pool boxes is to pool planes, and then columns of the results.
        """
        size, stride, pad = self.size[1:], self.stride[1:], self.pad[1:]
        return self._replace(size=size, stride=stride, pad=pad)

    @property
    def column(self) -> "Pooling":
        """The pooling that pooling of volumes ends with, on images whose width is the depth."""
        size, stride, pad = (1, self.size[0]), (1, self.stride[0]), (0, self.pad[0])
        return self._replace(size=size, stride=stride, pad=pad)

    def output_size(self, image_size: Sequence[int]) -> list[int]:
        """Return how many windows there are, down and across."""
        return [self._length(axis, n) for axis, n in enumerate(image_size)]

    def pooled_shape(self, images: Shape) -> Shape:
        """Return the shape of pooled images."""
        return [*images[:-2], *_where_known(self._length, images[-2:])]

    def _length(self, axis: int, n: Length) -> Length:
        size, stride = self.size[axis], self.stride[axis]
        if self.ignore_border:
            return _at_least_0((n + 2 * self.pad[axis] - size) // stride + 1)
        if stride >= size:
            return (n - 1) // stride + 1
        windows = _at_least_0((n - 1 - size) // stride + 1) + 1
        return n - _at_least_0(n - windows)  # none where there is no pixel

    def taps(self, image_size: Sequence[int]) -> Iterator[Tap]:
        """Yield every place in the window, except those that only ever see padding."""
        down, across = (self._ranges(axis, n) for axis, n in enumerate(image_size))
        for windows, pixels in down:
            for windows_across, pixels_across in across:
                yield Tap((windows, windows_across), (pixels, pixels_across))

    def _ranges(self, axis: int, n: int) -> list[tuple[slice, slice]]:
        stride, ranges = self.stride[axis], []
        for tap in range(self.size[axis]):
            at = tap - self.pad[axis]  # the pixel of the first window
            first = max(0, -(at // stride))
            last = min(self._length(axis, n), (n - 1 - at) // stride + 1)
            if first < last:
                start, stop = first * stride + at, (last - 1) * stride + at + 1
                ranges.append((slice(first, last), slice(start, stop, stride)))
        return ranges

    def counts(self, image_size: Sequence[int]) -> Array:
        """Return the divisor of each window's sum, as a matrix with an entry per window."""
        down, across = (self._counts(axis, n) for axis, n in enumerate(image_size))
        counts: Array = np.multiply.outer(down, across)
        return counts

    def _counts(self, axis: int, n: int) -> Array:
        size, pad = self.size[axis], self.pad[axis]
        first = np.arange(self._length(axis, n)) * self.stride[axis] - pad
        if self.mode == "average_inc_pad":
            counts: Array = np.minimum(first + size, n + pad) - first
        else:
            counts = np.minimum(first + size, n) - np.maximum(first, 0)
        return counts

    def covers_once(self, image_size: Sequence[int]) -> bool:
        """Return whether every pixel is in exactly one window."""
        windows = self.output_size(image_size)
        sizes = zip(windows, self.size, image_size, strict=True)
        is_covered = all(count * size >= n for count, size, n in sizes)
        return self.stride == self.size and self.pad == (0, 0) and is_covered

    @property
    def is_disjoint(self) -> bool:
        """Whether no pixel is in two windows."""
        return all(stride >= size for stride, size in zip(self.stride, self.size, strict=True))


def _where_known(length: Callable[..., Length], *shapes: Shape) -> list[Length | None]:
    """Return the `length` along each axis, or None if one that it depends on is not known."""
    return [
        None if None in lengths else length(axis, *lengths)
        for axis, lengths in enumerate(zip(*shapes, strict=True))
    ]


def _at_least_0(n: Length) -> Length:
    return max(n, 0) if isinstance(n, int) else pt.maximum(n, 0)


def written(shape: Shape) -> str:
    """Return a shape as messages show it, with ? for an unknown length."""
    return f"({', '.join('?' if n is None else str(n) for n in shape)})"


def fits(shape: Shape, wanted: Shape) -> bool:
    """Return whether two shapes may be the same, as far as they are known."""
    return len(shape) == len(wanted) and all(
        n == m or None in (n, m) for n, m in zip(shape, wanted, strict=True)
    )


def lowest(dtype: str) -> float | int:
    """Return the lowest value of a dtype."""
    if dtype == "bool":
        return False
    return -np.inf if dtype.startswith("float") else int(np.iinfo(dtype).min)
