"""Convolution and pooling as JAX's own operations, for XLA to compile."""

from collections.abc import Callable, Sequence
from functools import reduce

import jax
import jax.numpy as jnp
from jax import lax
from pytensor.link.jax.dispatch import jax_funcify

from theano_tutorial.convolution import conv, pool
from theano_tutorial.convolution.windows import Convolution, Pooling, Tap, lowest

# The function that an operation is converted to.
OnDevice = Callable[..., jax.Array]


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


@jax_funcify.register(conv.Convolve)
def _conv(op: conv.Convolve, **kwargs: object) -> OnDevice:
    convolution = op.convolution

    def convolve(images: jax.Array, filters: jax.Array) -> jax.Array:
        convolution.check(images.shape, filters.shape)
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

    return convolve


@jax_funcify.register(conv.ImageGradient)
def _image_gradient(op: conv.ImageGradient, **kwargs: object) -> OnDevice:
    convolution = op.convolution

    def of_group(filters: jax.Array, maps: jax.Array, size: Sequence[int]) -> jax.Array:
        """Convolve maps, dilated by the stride, with reversed filters."""
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

    def gradient(filters: jax.Array, maps: jax.Array, like: jax.Array) -> jax.Array:
        shape = op.images_shape(filters.shape, maps.shape, like.shape)
        convolution.check_maps(maps.shape, shape, filters.shape)
        groups = zip(
            jnp.split(filters, convolution.groups, axis=0),
            jnp.split(maps, convolution.groups, axis=1),
            strict=True,
        )
        return jnp.concatenate([of_group(w, g, like.shape[2:]) for w, g in groups], axis=1)

    return gradient


@jax_funcify.register(conv.FilterGradient)
def _filter_gradient(op: conv.FilterGradient, **kwargs: object) -> OnDevice:
    convolution = op.convolution

    def of_group(images: jax.Array, maps: jax.Array, taps: Sequence[int]) -> jax.Array:
        """Convolve images with maps, with batch and channels swapped."""
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

    def gradient(images: jax.Array, maps: jax.Array, like: jax.Array) -> jax.Array:
        shape = op.filters_shape(images.shape, maps.shape, like.shape)
        convolution.check_maps(maps.shape, images.shape, shape)
        groups = zip(
            jnp.split(images, convolution.groups, axis=1),
            jnp.split(maps, convolution.groups, axis=1),
            strict=True,
        )
        return jnp.concatenate([of_group(x, g, like.shape[2:]) for x, g in groups])

    return gradient


def _placed(values: jax.Array, tap: Tap, size: Sequence[int], at: str) -> jax.Array:
    """Return zeros with values placed at a tap's ``windows`` or ``pixels``, as `at` says."""
    config = [
        (part.start, n - part.stop, (part.step or 1) - 1)
        for part, n in zip(getattr(tap, at), size, strict=True)
    ]
    return lax.pad(
        values, jnp.zeros((), values.dtype), [(0, 0, 0)] * (values.ndim - 2) + config
    )


def _divided(sums: jax.Array, image_size: Sequence[int], pooling: Pooling) -> jax.Array:
    if pooling.mode in ("max", "sum"):
        return sums
    return sums / jnp.asarray(pooling.counts(image_size), sums.dtype)


@jax_funcify.register(pool.Pool)
def _pool(op: pool.Pool, **kwargs: object) -> OnDevice:
    pooling = op.pooling

    def pooled(images: jax.Array) -> jax.Array:
        size = pooling.output_size(images.shape[-2:])
        if 0 in size:
            return jnp.zeros((*images.shape[:-2], *size), images.dtype)
        is_max, ones = pooling.mode == "max", [1] * (images.ndim - 2)
        padding = [
            (pad, max(0, (n_windows - 1) * stride + n_window - n - pad))
            for n, n_windows, n_window, stride, pad in zip(
                images.shape[-2:], size, pooling.size, pooling.stride, pooling.pad, strict=True
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
        return _divided(held, images.shape[-2:], pooling)

    return pooled


@jax_funcify.register(pool.Spread)
def _spread(op: pool.Spread, **kwargs: object) -> OnDevice:
    def spread(maps: jax.Array, like: jax.Array) -> jax.Array:
        pool.check_pooled(maps.shape, like.shape, op)
        size = like.shape[-2:]
        maps = _divided(maps, size, op.pooling)
        parts = [
            _placed(maps[..., *tap.windows], tap, size, "pixels")
            for tap in op.pooling.taps(size)
        ]
        return reduce(jnp.add, parts, jnp.zeros((*maps.shape[:-2], *size), maps.dtype))

    return spread


@jax_funcify.register(pool.SpreadToLargest)
def _spread_to_largest(op: pool.SpreadToLargest, **kwargs: object) -> OnDevice:
    def spread(maps: jax.Array, images: jax.Array, largest: jax.Array) -> jax.Array:
        for some in (maps, largest):
            pool.check_pooled(some.shape, images.shape, op)
        out = jnp.zeros(images.shape, maps.dtype)
        for tap in op.pooling.taps(images.shape[-2:]):
            is_top = images[..., *tap.pixels] == largest[..., *tap.windows]
            given = jnp.where(is_top, maps[..., *tap.windows], 0)
            out = out + _placed(given, tap, images.shape[-2:], "pixels")
        return out

    return spread


@jax_funcify.register(pool.SumOfLargest)
def _sum_of_largest(op: pool.SumOfLargest, **kwargs: object) -> OnDevice:
    def total(values: jax.Array, images: jax.Array, largest: jax.Array) -> jax.Array:
        pool.check_pooled(largest.shape, images.shape, op)
        pool.check_same(values.shape, images.shape)
        out = jnp.zeros(largest.shape, values.dtype)
        for tap in op.pooling.taps(images.shape[-2:]):
            is_top = images[..., *tap.pixels] == largest[..., *tap.windows]
            taken = jnp.where(is_top, values[..., *tap.pixels], 0)
            out = out + _placed(taken, tap, largest.shape[-2:], "windows")
        return out

    return total
