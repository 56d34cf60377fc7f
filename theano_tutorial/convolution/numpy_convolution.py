"""Convolution and its gradients in NumPy: copy the pixels of a block, and take one product.

Images are passed as ``(batch, channels, height, width)``, but lie in memory as ``(height,
channels, width, batch)``: the pixels that a filter sees in one row of all images are then
contiguous, and copying them is as fast as memory. Results are transposed views of that layout.
NumPy's elementwise operations keep it, so the next layer finds it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from theano_tutorial._types import Array
from theano_tutorial.convolution.windows import Convolution
from theano_tutorial.convolution.workers import MOST_PARTS, shared_out

# Bytes of pixels in a block: few enough for a cache, but enough that their product takes longer
# than passing Python's lock from one thread to another.
_BLOCK = 2**22


def to_rows(images: Array) -> Array:
    """Return images as a contiguous array ``(height, channels, width, batch)``."""
    return np.ascontiguousarray(images.transpose(2, 1, 3, 0))


def from_rows(rows: Array) -> Array:
    """Return a view as images: the inverse of `to_rows`."""
    return rows.transpose(3, 1, 0, 2)


class _Block(NamedTuple):
    """Part of a row of maps: columns `start` to `stop` of row `row`."""

    row: int
    start: int
    stop: int


class _Layout:
    """One group of a convolution: its sizes, and where its arrays lie in memory."""

    def __init__(
        self, convolution: Convolution, rows: Array, filters: Sequence[int], group: int
    ) -> None:
        """Take padded images as `rows` in the memory layout, and the filters' shape."""
        n_filters, self.channels, *self.taps = filters
        self.made = n_filters // convolution.groups
        self.batch = rows.shape[3]
        self.inputs = slice(group * self.channels, (group + 1) * self.channels)
        self.outputs = slice(group * self.made, (group + 1) * self.made)
        self.n_taps = self.taps[0] * self.channels * self.taps[1]
        self.convolution = convolution
        size = (rows.shape[0], rows.shape[2])
        bare = convolution._replace(border="valid")
        self.height, self.width = bare.output_size(size, self.taps)
        pixels_in_row = self.n_taps * self.width * self.batch
        self.cost = pixels_in_row * self.height * self.made
        row_bytes = pixels_in_row * rows.itemsize
        n_blocks = min(self.width, -(-row_bytes // _BLOCK)) or 1
        self.columns = -(-self.width // n_blocks)

    def windows(self, rows: Array) -> Array:
        """Return every window: ``(height, taps down, channels, taps across, width, batch)``."""
        (down, across), (step_down, step_across) = (
            self.convolution.dilation,
            self.convolution.stride,
        )
        row, channel, column, image = rows.strides
        shape = (self.height, self.taps[0], rows.shape[1], self.taps[1], self.width, self.batch)
        strides = (row * step_down, row * down, channel, column * across, column * step_across)
        return as_strided(rows, shape, (*strides, image))

    def blocks(self, start: int, stop: int) -> Iterator[_Block]:
        """Yield the blocks of rows `start` to `stop`."""
        for row in range(start, stop):
            for first in range(0, self.width, self.columns):
                yield _Block(row, first, min(first + self.columns, self.width))

    def buffer(self, n_taps: int, dtype: np.dtype[np.generic]) -> Array:
        """Return memory for the pixels of a block."""
        return np.empty(n_taps * self.columns * self.batch, dtype)

    def pixels(self, block: _Block, windows: Array, buffer: Array) -> Array:
        """Return a block's pixels side by side: ``(n_taps, columns * batch)``."""
        n = (block.stop - block.start) * self.batch
        pixels = buffer[: self.n_taps * n]
        seen = windows[block.row, ..., block.start : block.stop, :]
        np.copyto(pixels.reshape(seen.shape), seen)
        return pixels.reshape(self.n_taps, n)

    def maps(self, block: _Block, rows: Array) -> Array:
        """Return a view of a block of maps: ``(filters, columns * batch)``."""
        row = rows[block.row, self.outputs]
        flat = row.reshape(len(row), self.width * self.batch)
        return flat[:, block.start * self.batch : block.stop * self.batch]


def _in_order(filters: Array, convolution: Convolution) -> Array:
    """Return filters as ``(filters, taps down, channels, taps across)``."""
    if convolution.flip:
        filters = filters[:, :, ::-1, ::-1]
    return filters.transpose(0, 2, 1, 3)


def _padded(images: Array, filters: Sequence[int], convolution: Convolution) -> Array:
    """Return images in the memory layout, with the zeros that surround them."""
    (top, bottom), (left, right) = convolution.padding(filters[2:])
    if not (top or bottom or left or right):
        return to_rows(images)
    batch, channels, height, width = images.shape
    shape = (top + height + bottom, channels, left + width + right, batch)
    rows = np.zeros(shape, images.dtype)
    rows[top : top + height, :, left : left + width] = images.transpose(2, 1, 3, 0)
    return rows


def convolve(images: Array, filters: Array, convolution: Convolution) -> Array:
    """Return the maps ``(batch, filters, height, width)`` of images under filters."""
    rows = _padded(images, filters.shape, convolution)
    size = convolution.output_size(images.shape[2:], filters.shape[2:])
    out = np.empty((size[0], len(filters), size[1], len(images)), rows.dtype)
    for group in range(convolution.groups):
        layout = _Layout(convolution, rows, filters.shape, group)
        weights = _in_order(filters[layout.outputs], convolution)
        _convolve(layout, rows, weights.reshape(len(weights), layout.n_taps), out)
    return from_rows(out)


def _convolve(layout: _Layout, rows: Array, weights: Array, out: Array) -> None:
    windows = layout.windows(rows)[:, :, layout.inputs]

    def some_rows(start: int, stop: int) -> None:
        buffer = layout.buffer(layout.n_taps, rows.dtype)
        for block in layout.blocks(start, stop):
            pixels = layout.pixels(block, windows, buffer)
            np.matmul(weights, pixels, out=layout.maps(block, out))

    shared_out(some_rows, layout.height, layout.cost)


def filter_gradient(images: Array, maps: Array, like: Array, convolution: Convolution) -> Array:
    """Return the gradient with respect to filters of `like`'s size from that for the maps."""
    shape = (maps.shape[1], images.shape[1] // convolution.groups, *like.shape[2:])
    rows, map_rows = _padded(images, shape, convolution), to_rows(maps)
    out = np.zeros(shape, images.dtype)
    for group in range(convolution.groups):
        layout = _Layout(convolution, rows, shape, group)
        gradient = _in_order(out[layout.outputs], convolution)  # a view
        total = _filter_gradient(layout, rows, map_rows)
        if total is not None:
            gradient[...] = total.reshape(gradient.shape)
    return out


def _filter_gradient(layout: _Layout, rows: Array, map_rows: Array) -> Array | None:
    windows = layout.windows(rows)[:, :, layout.inputs]

    def some_rows(start: int, stop: int) -> Array:
        buffer = layout.buffer(layout.n_taps, rows.dtype)
        total = np.zeros((layout.made, layout.n_taps), rows.dtype)
        product = np.empty_like(total)
        for block in layout.blocks(start, stop):
            pixels = layout.pixels(block, windows, buffer)
            total += np.matmul(layout.maps(block, map_rows), pixels.T, out=product)
        return total

    totals = shared_out(some_rows, layout.height, layout.cost)
    return sum(totals[1:], totals[0]) if totals else None


def image_gradient(filters: Array, maps: Array, like: Array, convolution: Convolution) -> Array:
    """Return the gradient with respect to images of `like`'s size from that for the maps."""
    (top, bottom), (left, right) = convolution.padding(filters.shape[2:])
    height, width = like.shape[2:]
    channels = filters.shape[1] * convolution.groups
    shape = (top + height + bottom, channels, left + width + right, len(maps))
    rows, map_rows = np.zeros(shape, maps.dtype), to_rows(maps)
    for group in range(convolution.groups):
        layout = _Layout(convolution, rows, filters.shape, group)
        weights = _in_order(filters[layout.outputs], convolution)
        _image_gradient(layout, rows, weights, map_rows)
    return from_rows(rows[top : top + height, :, left : left + width])


def _image_gradient(layout: _Layout, rows: Array, weights: Array, map_rows: Array) -> None:
    windows = layout.windows(rows)[:, :, layout.inputs]  # a view to add to

    def some_channels(start: int, stop: int) -> None:
        n_taps = layout.taps[0] * (stop - start) * layout.taps[1]
        to_pixels = weights[:, :, start:stop].reshape(layout.made, n_taps).T
        buffer = layout.buffer(n_taps, rows.dtype)
        for block in layout.blocks(0, layout.height):
            there = windows[block.row, :, start:stop, :, block.start : block.stop]
            n = (block.stop - block.start) * layout.batch
            pixels = buffer[: n_taps * n].reshape(n_taps, n)
            np.matmul(to_pixels, layout.maps(block, map_rows), out=pixels)
            given = pixels.reshape(there.shape)
            for across in range(layout.taps[1]):  # two taps may see the same pixel
                there[:, :, across] += given[:, :, across]

    shared_out(some_channels, layout.channels, layout.cost, _parts(layout.n_taps))


def _parts(n_rows: int) -> int:
    """Return how many parts to cut a matrix into: products of few rows are slow."""
    wide_enough = max(1, n_rows // 100)
    return min(MOST_PARTS, 1 << wide_enough.bit_length() - 1)  # a power of 2, as core counts
