"""Pooling and its gradients in NumPy: one operation on all windows for each place in them.

Images lie in memory as those of `numpy_convolution` do, with the batch last. Threads share
channels, as windows may overlap but channels do not.
"""

from collections.abc import Sequence

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.convolution.numpy_convolution import from_rows, to_rows
from theano_tutorial.convolution.windows import Pooling
from theano_tutorial.convolution.workers import shared_out


def pool(images: Array, pooling: Pooling) -> Array:
    """Return what each window holds: its largest entry, its sum or its mean."""
    rows, is_max = to_rows(images), pooling.mode == "max"
    out = _empty(rows, pooling.output_size(images.shape[2:]), lowest(rows) if is_max else 0)
    combine = np.maximum if is_max else np.add
    taps = list(pooling.taps(images.shape[2:]))

    def some_channels(start: int, stop: int) -> None:
        seen, made = rows[:, start:stop], out[:, start:stop]
        for (down, across), (y, x) in taps:
            part = made[down, :, across]
            combine(part, seen[y, :, x], out=part)

    shared_out(some_channels, rows.shape[1], rows.size * 10)
    return from_rows(out if is_max else _divided(out, images, pooling))


def spread(maps: Array, image_size: Sequence[int], pooling: Pooling) -> Array:
    """Return the gradient of images from that of their sums or means."""
    map_rows = to_rows(maps)
    out = np.zeros((image_size[0], maps.shape[1], image_size[1], len(maps)), maps.dtype)
    map_rows = _divided(map_rows, from_rows(out), pooling)
    taps = list(pooling.taps(image_size))

    def some_channels(start: int, stop: int) -> None:
        there, given = out[:, start:stop], map_rows[:, start:stop]
        for (down, across), (y, x) in taps:
            there[y, :, x] += given[down, :, across]

    shared_out(some_channels, out.shape[1], out.size * 10)
    return from_rows(out)


def spread_to_largest(images: Array, largest: Array, maps: Array, pooling: Pooling) -> Array:
    """Return the gradient of images: a window's goes in full to every entry that is largest."""
    rows, tops, map_rows = to_rows(images), to_rows(largest), to_rows(maps)
    out = np.zeros_like(rows)
    taps = list(pooling.taps(images.shape[2:]))

    def some_channels(start: int, stop: int) -> None:
        some = slice(start, stop)
        for (down, across), (y, x) in taps:
            is_top = rows[y, some, x] == tops[down, some, across]
            there = out[y, some, x]
            if pooling.is_disjoint:
                np.multiply(is_top, map_rows[down, some, across], out=there)
            else:
                there += is_top * map_rows[down, some, across]

    shared_out(some_channels, rows.shape[1], rows.size * 10)
    return from_rows(out)


def sum_of_largest(images: Array, largest: Array, values: Array, pooling: Pooling) -> Array:
    """Return, for each window, the sum of `values` where `images` have its largest entry."""
    rows, tops, value_rows = to_rows(images), to_rows(largest), to_rows(values)
    out = np.zeros_like(tops)
    for (down, across), (y, x) in pooling.taps(images.shape[2:]):
        is_top = rows[y, :, x] == tops[down, :, across]
        out[down, :, across] += is_top * value_rows[y, :, x]
    return from_rows(out)


def lowest(images: Array) -> float | int:
    """Return what is below every entry of these images' dtype."""
    kind = images.dtype.kind
    return -np.inf if kind == "f" else 0 if kind == "b" else int(np.iinfo(images.dtype).min)


def _empty(rows: Array, size: Sequence[int], value: float) -> Array:
    return np.full((size[0], rows.shape[1], size[1], rows.shape[3]), value, rows.dtype)


def _divided(rows: Array, images: Array, pooling: Pooling) -> Array:
    """Return sums, or gradients, divided by how many entries a mean is over."""
    if pooling.mode == "sum":
        return rows
    counts = pooling.counts(images.shape[2:]).astype(rows.dtype)
    return rows / counts[:, None, :, None]
