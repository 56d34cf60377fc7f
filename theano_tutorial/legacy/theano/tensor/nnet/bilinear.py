"""Bilinear upsampling: a transposed convolution with a pyramid."""

from math import gcd

import pytensor
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.convolution import conv2d, conv2d_grad_wrt_inputs

Ratio = tuple[int, int]


def bilinear_kernel_1D(ratio: int, normalize: bool = True) -> TensorVariable:
    """Return the vector 1, 2, ..., `ratio`, ..., 2, 1, by default divided by `ratio`."""
    up = pt.arange(1, ratio + 1, dtype=pytensor.config.floatX)
    kernel = pt.concatenate([up, up[-2::-1]])
    return kernel / pt.cast(ratio, kernel.dtype) if normalize else kernel


def bilinear_kernel_2D(ratio: int | Ratio, normalize: bool = True) -> TensorVariable:
    """Return the product of two such vectors, down and across."""
    down, across = ratio if isinstance(ratio, tuple) else (ratio, ratio)
    rows = bilinear_kernel_1D(down, normalize).dimshuffle(0, "x")
    return rows * bilinear_kernel_1D(across, normalize).dimshuffle("x", 0)


def bilinear_upsampling(
    input: TensorVariable,
    ratio: int | None = None,
    frac_ratio: Ratio | tuple[Ratio, Ratio] | None = None,
    batch_size: int | None = None,
    num_input_channels: int | None = None,
    use_1D_kernel: bool = True,
) -> TensorVariable:
    """Return images ``(batch, channels, height, width)`` made larger `ratio` times.

    `frac_ratio` is a fraction instead, ``(p, q)`` or two of them, which needs
    ``use_1D_kernel=False``. Anything but one of the two raises a `ValueError`.
    """
    batch, channels, height, width = (input.shape[i] for i in range(4))
    single = input.reshape((-1, 1, height, width))
    if frac_ratio and not ratio:
        if use_1D_kernel:
            raise ValueError("bilinear_upsampling: frac_ratio needs use_1D_kernel=False")
        larger = _by_fractions(_wider(single), frac_ratio, height, width)
    elif ratio and not frac_ratio:
        pad = 2 * ratio - (ratio - 1) // 2 - 1
        larger = conv2d_grad_wrt_inputs(
            _wider(single),
            bilinear_kernel_2D(ratio)[None, None],
            (None, 1, height * ratio, width * ratio),
            border_mode=(pad, pad),
            subsample=(ratio, ratio),
        )
    else:
        raise ValueError("bilinear_upsampling: give either ratio or frac_ratio")
    return larger.reshape((batch, channels, larger.shape[2], larger.shape[3]))


def _wider(images: TensorVariable) -> TensorVariable:
    """Return images whose border is there twice."""
    for axis in (2, 3):
        at = (slice(None),) * axis
        parts = [images[*at, :1], images, images[*at, -1:]]
        images = pt.concatenate(parts, axis=axis)
    return images


def _by_fractions(
    images: TensorVariable,
    fractions: Ratio | tuple[Ratio, Ratio],
    height: TensorVariable,
    width: TensorVariable,
) -> TensorVariable:
    """Convolve a pyramid among zeros with images, whose pixels lie apart, as filters."""
    both = fractions if isinstance(fractions[0], tuple) else (fractions, fractions)
    up, down = zip(*((p // gcd(p, q), q // gcd(p, q)) for p, q in both), strict=True)
    kernel = bilinear_kernel_2D(up)
    for axis, n in enumerate((height, width)):
        margins = (2 * n - 1) * up[axis] + 1
        before = margins // 2
        sides = [[0, 0], [0, 0]]
        sides[axis] = [before, margins - before]
        kernel = pt.pad(kernel, pt.stack([pt.stack(both) for both in sides]))
    maps = conv2d(kernel[None, None], images, subsample=down, filter_dilation=up)
    return maps.dimshuffle(1, 0, 2, 3)
