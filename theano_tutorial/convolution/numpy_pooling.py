"""Pooling and its gradients in NumPy: for each place in a window, one operation on all windows.

Images lie in memory as in `numpy_convolution`, with the batch last. Threads divide the channels
among them, because windows may overlap but channels do not.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.convolution.numpy_convolution import from_rows, to_rows
from theano_tutorial.convolution.windows import Pooling, lowest
from theano_tutorial.convolution.workers import shared_out


def pool(images: Array, pooling: Pooling) -> Array:
    """Return the largest entry, the sum or the mean of each window."""
    rows, is_max = _rows(images), pooling.mode == "max"
    size = pooling.output_size(images.shape[-2:])
    shape = (size[0], rows.shape[1], size[1], rows.shape[3])
    out = np.full(shape, lowest(rows.dtype.name) if is_max else 0, rows.dtype)
    combine = np.maximum if is_max else np.add
    taps = list(pooling.taps(images.shape[-2:]))

    def some_channels(start: int, stop: int) -> None:
        seen, made = rows[:, start:stop], out[:, start:stop]
        for (down, across), (y, x) in taps:
            part = made[down, :, across]
            combine(part, seen[y, :, x], out=part)

    shared_out(some_channels, rows.shape[1], rows.size * 10)
    return _images(_divided(out, images.shape[-2:], pooling), images.shape[:-2])


def spread(maps: Array, like: Array, pooling: Pooling) -> Array:
    """Return the gradient with respect to images from that for their sums or means."""
    image_size = like.shape[-2:]
    map_rows = _divided(_rows(maps), image_size, pooling)
    shape = (image_size[0], map_rows.shape[1], image_size[1], map_rows.shape[3])
    out = np.zeros(shape, maps.dtype)
    taps = list(pooling.taps(image_size))

    def some_channels(start: int, stop: int) -> None:
        there, given = out[:, start:stop], map_rows[:, start:stop]
        for (down, across), (y, x) in taps:
            there[y, :, x] += given[down, :, across]

    shared_out(some_channels, out.shape[1], out.size * 10)
    return _images(out, maps.shape[:-2])


def spread_to_largest(maps: Array, images: Array, largest: Array, pooling: Pooling) -> Array:
    """Return the gradient with respect to images: all largest entries get it in full."""
    rows, tops, map_rows = _rows(images), _rows(largest), _rows(maps)
    out = np.empty_like(rows) if pooling.covers_once(images.shape[-2:]) else np.zeros_like(rows)
    taps, kept = list(pooling.taps(images.shape[-2:])), _keeping(maps)

    def some_channels(start: int, stop: int) -> None:
        some = slice(start, stop)
        for (down, across), (y, x) in taps:
            is_top = rows[y, some, x] == tops[down, some, across]
            there = out[y, some, x]
            if pooling.is_disjoint:
                kept(is_top, map_rows[down, some, across], there)
            else:
                there += kept(is_top, map_rows[down, some, across])

    shared_out(some_channels, rows.shape[1], rows.size * 10)
    return _images(out, images.shape[:-2])


def sum_of_largest(values: Array, images: Array, largest: Array, pooling: Pooling) -> Array:
    """Return, for each window, the sum of `values` where `images` have its largest entry."""
    rows, tops, value_rows = _rows(images), _rows(largest), _rows(values)
    out, kept = np.zeros_like(tops), _keeping(values)
    for (down, across), (y, x) in pooling.taps(images.shape[-2:]):
        is_top = rows[y, :, x] == tops[down, :, across]
        out[down, :, across] += kept(is_top, value_rows[y, :, x])
    return _images(out, images.shape[:-2])


def _keeping(values: Array) -> Callable[..., Array]:
    """Return a function that keeps chosen entries of such values and makes the others 0."""
    return np.multiply if np.isfinite(values).all() else _kept  # 0 times infinity is NaN


def _kept(which: Array, values: Array, out: Array | None = None) -> Array:
    chosen = np.where(which, values, np.zeros((), values.dtype))
    if out is not None:
        out[...] = chosen
    return chosen


def _rows(images: Array) -> Array:
    """Return images ``(..., height, width)`` as rows of a batch with channels."""
    *more, height, width = images.shape
    *batch, channels = more if len(more) > 1 else (*more, 1)
    return to_rows(images.reshape(math.prod(batch), channels, height, width))


def _images(rows: Array, more: Sequence[int]) -> Array:
    """Return rows as images, with the dimensions `more` in front."""
    images = from_rows(rows)
    whole: Array = images.reshape(*more, *images.shape[2:])
    return whole


def _divided(rows: Array, image_size: Sequence[int], pooling: Pooling) -> Array:
    """Return sums or gradients; for means, divide by each window's number of entries."""
    if pooling.mode in ("max", "sum"):
        return rows
    counts = pooling.counts(image_size).astype(rows.dtype)
    means: Array = rows / counts[:, None, :, None]
    return means
