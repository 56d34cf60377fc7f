"""Convolution and pooling as their definitions read, one entry at a time: slow and plain."""

import numpy as np


def padding(border, extents):
    """Return the zeros before and after, on both axes."""
    if isinstance(border, str):
        zeros = {"valid": lambda n: 0, "half": lambda n: n // 2, "full": lambda n: n - 1}[
            border
        ]
        border = [zeros(n) for n in extents]
    both = (border, border) if isinstance(border, int) else border
    return [(side, side) if isinstance(side, int) else side for side in both]


def conv2d(x, w, border="valid", stride=(1, 1), flip=True, dilation=(1, 1), groups=1):
    extents = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilation, strict=True)]
    x = np.pad(x, [(0, 0), (0, 0), *padding(border, extents)])
    sizes = zip(x.shape[2:], extents, stride, strict=True)
    out = np.zeros((len(x), len(w), *((n - extent) // s + 1 for n, extent, s in sizes)))
    for n, o, y, z in np.ndindex(*out.shape):
        first = o // (len(w) // groups) * w.shape[1]
        for c, i, j in np.ndindex(*w.shape[1:]):
            weight = w[o, c, -1 - i, -1 - j] if flip else w[o, c, i, j]
            row, column = y * stride[0] + i * dilation[0], z * stride[1] + j * dilation[1]
            out[n, o, y, z] += weight * x[n, first + c, row, column]
    return out


def windows(n, size, stride, pad, ignore_border):
    """Return each window of one axis: its pixels, and how long it is with the padding."""
    found = []
    for start in range(-pad, n + pad, stride):
        stop = min(start + size, n + pad)
        if ignore_border and stop - start < size:
            break
        found.append(([i for i in range(start, stop) if 0 <= i < n], stop - start))
        if not ignore_border and stride < size and stop == n:
            break  # those after it hold nothing new
    return found


def both_axes(shape, ws, ignore_border=False, stride=None, pad=(0, 0)):
    axes = zip(shape[-2:], ws, stride or ws, pad, strict=True)
    return [windows(*axis, ignore_border) for axis in axes]


def every_window(shape, **how):
    """Yield where each window is, which pixels it sees and how many it has with the padding."""
    down, across = both_axes(shape, **how)
    for i, (rows, height) in enumerate(down):
        for j, (columns, width) in enumerate(across):
            yield (..., i, j), (..., np.array(rows)[:, None], np.array(columns)), height * width


def pool_2d(x, mode="max", **how):
    out = np.zeros((*x.shape[:-2], *(len(axis) for axis in both_axes(x.shape, **how))))
    for where, pixels, n in every_window(x.shape, **how):
        seen = x[pixels]
        if mode == "max":
            out[where] = seen.max((-2, -1))
        elif mode == "average_exc_pad":
            out[where] = seen.mean((-2, -1))
        else:
            out[where] = seen.sum((-2, -1)) / (n if mode == "average_inc_pad" else 1)
    return out


def pool_gradient(x, g, mode="max", **how):
    """Return the gradient of ``(g * pool_2d(x)).sum()``, in full for every tied maximum."""
    out = np.zeros(x.shape)
    for where, pixels, n in every_window(x.shape, **how):
        seen, given = x[pixels], g[where][..., None, None]
        if mode == "max":
            given = given * (seen == seen.max((-2, -1), keepdims=True))
        elif mode == "average_exc_pad":
            given = given / (seen.shape[-2] * seen.shape[-1])
        elif mode == "average_inc_pad":
            given = given / n
        out[pixels] += given
    return out
