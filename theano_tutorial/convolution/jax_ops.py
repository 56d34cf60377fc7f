"""Convolution and pooling as JAX's own operations, for XLA to compile."""

from collections.abc import Iterator, Sequence

import jax
import jax.numpy as jnp
from jax import lax

from theano_tutorial.convolution.windows import Convolution, Pooling, Tap, lowest

# Layouts for which XLA has fast code on a CPU. It brings convolutions into this form itself,
# but not in loops: several steps in one call would be slow, and have other last bits.
_FORMS = {2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}


def _form(convolution: Convolution) -> tuple[str, str, str]:
    return _FORMS[len(convolution.stride)]


def _reversed(filters: jax.Array) -> jax.Array:
    return lax.rev(filters, range(2, filters.ndim))


def _in_order(filters: jax.Array, convolution: Convolution) -> jax.Array:
    """Return filters as they lie on the images, or undo that."""
    return _reversed(filters) if convolution.flip else filters


def convolve(images: jax.Array, filters: jax.Array, convolution: Convolution) -> jax.Array:
    """Return the maps of images under filters."""
    # On a GPU, XLA takes a convolution with reversed filters for the gradient of another,
    # whose code sums the products for each pixel in an order of its own. Then ties become
    # differences in the last bit, and the gradient of pooling goes elsewhere. The barrier
    # hides from XLA that the filters are reversed.
    filters = lax.optimization_barrier(_in_order(filters, convolution))
    maps = lax.conv_general_dilated(
        jnp.moveaxis(images, 1, -1),
        jnp.moveaxis(filters, (1, 0), (-2, -1)),
        window_strides=convolution.stride,
        padding=convolution.padding(filters.shape[2:]),
        rhs_dilation=convolution.dilation,
        feature_group_count=convolution.groups,
        dimension_numbers=_form(convolution),
    )
    return jnp.moveaxis(maps, -1, 1)


def _groups(
    values: jax.Array, axis: int, maps: jax.Array, convolution: Convolution
) -> Iterator[tuple[jax.Array, jax.Array]]:
    """Return each group's part of `values`, along an axis, with its part of the maps."""
    n = convolution.groups
    return zip(jnp.split(values, n, axis), jnp.split(maps, n, axis=1), strict=True)


def image_gradient(
    filters: jax.Array, maps: jax.Array, like: jax.Array, convolution: Convolution
) -> jax.Array:
    """Return the gradient with respect to images of `like`'s size from that for the maps."""
    size, groups = like.shape[2:], _groups(filters, 0, maps, convolution)
    return jnp.concatenate([_of_images(w, g, size, convolution) for w, g in groups], axis=1)


def _of_images(
    filters: jax.Array, maps: jax.Array, size: Sequence[int], convolution: Convolution
) -> jax.Array:
    """Convolve one group's maps, dilated by the stride, with reversed filters."""
    padding = []
    for axis, ((before, _), n) in enumerate(
        zip(convolution.padding(filters.shape[2:]), size, strict=True)
    ):
        reach = convolution.extent(axis, filters.shape[2 + axis]) - 1
        spread = (maps.shape[2 + axis] - 1) * convolution.stride[axis] + 1
        low, high = reach - before, n + before - spread
        # XLA (of JAX 0.10 to 0.12) ends the process, in a check of its own, where windows
        # of two pixels touch and nothing is padded; so pad, and leave that pixel out.
        is_tight = (low, high) == (0, 0) and convolution.stride[axis] > 1
        padding.append((low, high + is_tight))
    turned = filters if convolution.flip else _reversed(filters)
    images = lax.conv_general_dilated(
        jnp.moveaxis(maps, 1, -1),
        jnp.moveaxis(turned, (0, 1), (-2, -1)),
        window_strides=[1] * len(padding),
        padding=padding,
        lhs_dilation=convolution.stride,
        rhs_dilation=convolution.dilation,
        dimension_numbers=_form(convolution),
    )
    return jnp.moveaxis(images[:, *(slice(n) for n in size)], -1, 1)


def filter_gradient(
    images: jax.Array, maps: jax.Array, like: jax.Array, convolution: Convolution
) -> jax.Array:
    """Return the gradient with respect to filters of `like`'s size from that for the maps."""
    size, groups = like.shape[2:], _groups(images, 1, maps, convolution)
    return jnp.concatenate([_of_filters(x, g, size, convolution) for x, g in groups])


def _of_filters(
    images: jax.Array, maps: jax.Array, taps: Sequence[int], convolution: Convolution
) -> jax.Array:
    """Convolve one group's images with its maps, with batch and channels swapped."""
    filters = lax.conv_general_dilated(
        jnp.moveaxis(images, 0, -1),
        jnp.moveaxis(maps, (0, 1), (-2, -1)),
        window_strides=convolution.dilation,
        padding=convolution.padding(taps),
        rhs_dilation=convolution.stride,
        dimension_numbers=_form(convolution),
    )
    # A stride may leave out the images' last pixels.
    filters = filters[:, *(slice(n) for n in taps)]
    return _in_order(jnp.moveaxis(filters, -1, 0), convolution)


def pool(images: jax.Array, pooling: Pooling) -> jax.Array:
    """Return the largest entry, the sum or the mean of each window."""
    image_size = images.shape[-2:]
    size = pooling.output_size(image_size)
    if 0 in size:
        return jnp.zeros((*images.shape[:-2], *size), images.dtype)
    is_max, ones = pooling.mode == "max", [1] * (images.ndim - 2)
    padding = [
        (pad, max(0, (n_windows - 1) * stride + n_window - n - pad))
        for n, n_windows, n_window, stride, pad in zip(
            image_size, size, pooling.size, pooling.stride, pooling.pad, strict=True
        )
    ]
    held = lax.reduce_window(
        images,
        jnp.asarray(lowest(images.dtype.name) if is_max else 0, images.dtype),
        lax.max if is_max else lax.add,
        (*ones, *pooling.size),
        (*ones, *pooling.stride),
        [(0, 0) for _ in ones] + padding,
    )
    return _divided(held, image_size, pooling)


def spread(maps: jax.Array, like: jax.Array, pooling: Pooling) -> jax.Array:
    """Return the gradient with respect to images from that for their sums or means."""
    size = like.shape[-2:]
    maps = _divided(maps, size, pooling)
    out = jnp.zeros((*maps.shape[:-2], *size), maps.dtype)
    for tap in pooling.taps(size):
        out = out + _placed(maps[..., *tap.windows], tap, size)
    return out


def spread_to_largest(
    maps: jax.Array, images: jax.Array, largest: jax.Array, pooling: Pooling
) -> jax.Array:
    """Return the gradient with respect to images: all largest entries get it in full."""
    out = jnp.zeros(images.shape, maps.dtype)
    for tap in pooling.taps(images.shape[-2:]):
        is_top = images[..., *tap.pixels] == largest[..., *tap.windows]
        given = jnp.where(is_top, maps[..., *tap.windows], 0)
        out = out + _placed(given, tap, images.shape[-2:])
    return out


def sum_of_largest(
    values: jax.Array, images: jax.Array, largest: jax.Array, pooling: Pooling
) -> jax.Array:
    """Return, for each window, the sum of `values` where `images` have its largest entry."""

    def spread(maps: jax.Array) -> jax.Array:
        return spread_to_largest(maps, images, largest, pooling)

    maps = jax.ShapeDtypeStruct(largest.shape, values.dtype)
    (sums,) = jax.linear_transpose(spread, maps)(values)
    return sums


def _divided(sums: jax.Array, image_size: Sequence[int], pooling: Pooling) -> jax.Array:
    if pooling.mode in ("max", "sum"):
        return sums
    return sums / jnp.asarray(pooling.counts(image_size), sums.dtype)


def _placed(values: jax.Array, tap: Tap, image_size: Sequence[int]) -> jax.Array:
    """Return images of zeros, with values at the pixels of a tap."""
    ends = zip(tap.pixels, image_size, strict=True)
    around = [(part.start, n - part.stop, part.step - 1) for part, n in ends]
    zero = jnp.zeros((), values.dtype)
    return lax.pad(values, zero, [(0, 0, 0)] * (values.ndim - 2) + around)
