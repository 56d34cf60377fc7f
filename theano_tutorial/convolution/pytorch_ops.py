"""Convolution and pooling as PyTorch's own operations."""

from collections.abc import Callable, Sequence

import torch
from pytensor.graph.basic import Apply
from pytensor.link.pytorch.dispatch import pytorch_funcify
from pytensor.tensor.shape import SpecifyShape
from torch.nn.functional import conv2d, conv3d, pad
from torch.nn.grad import conv2d_input, conv2d_weight, conv3d_input, conv3d_weight

from theano_tutorial.convolution import conv, pool
from theano_tutorial.convolution.windows import Convolution, Pooling, lowest

# The function that an operation is converted to.
OnTensors = Callable[..., torch.Tensor]


def _flipped(filters: torch.Tensor, convolution: Convolution) -> torch.Tensor:
    return filters.flip(*range(2, filters.ndim)) if convolution.flip else filters


def _padded(
    images: torch.Tensor, filter_size: Sequence[int], convolution: Convolution
) -> torch.Tensor:
    sides = [n for both in reversed(convolution.padding(filter_size)) for n in both]
    return pad(images, sides) if any(sides) else images


def _rest(convolution: Convolution) -> dict[str, object]:
    return {
        "stride": convolution.stride,
        "dilation": convolution.dilation,
        "groups": convolution.groups,
    }


@pytorch_funcify.register(conv.Convolve)
def _conv(op: conv.Convolve, **kwargs: object) -> OnTensors:
    def convolve(images: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
        op.convolution.check(images.shape, filters.shape)
        if 0 in filters.shape:  # which PyTorch does not accept
            return images.new_zeros(op.convolution.output_shape(images.shape, filters.shape))
        padded = _padded(images, filters.shape[2:], op.convolution)
        convolved = conv2d if images.ndim == 4 else conv3d
        return convolved(padded, _flipped(filters, op.convolution), **_rest(op.convolution))

    return convolve


@pytorch_funcify.register(conv.ImageGradient)
def _image_gradient(op: conv.ImageGradient, **kwargs: object) -> OnTensors:
    def gradient(filters: torch.Tensor, maps: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        shape = op.images_shape(filters.shape, maps.shape, like.shape)
        op.convolution.check_maps(maps.shape, shape, filters.shape)
        if 0 in filters.shape:
            return maps.new_zeros(shape)
        sides = op.convolution.padding(filters.shape[2:])
        placed = list(zip(sides, like.shape[2:], strict=True))
        inside = [slice(first, first + n) for (first, _), n in placed]
        padded = [*shape[:2], *(n + sum(both) for both, n in placed)]
        turned_back = conv2d_input if maps.ndim == 4 else conv3d_input
        weights = _flipped(filters, op.convolution)
        whole = turned_back(padded, weights, maps, **_rest(op.convolution))
        return whole[..., *inside]

    return gradient


@pytorch_funcify.register(conv.FilterGradient)
def _filter_gradient(op: conv.FilterGradient, **kwargs: object) -> OnTensors:
    def gradient(images: torch.Tensor, maps: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        shape = op.filters_shape(images.shape, maps.shape, like.shape)
        op.convolution.check_maps(maps.shape, images.shape, shape)
        if 0 in shape:
            return maps.new_zeros(shape)
        padded = _padded(images, like.shape[2:], op.convolution)
        of_filters = conv2d_weight if maps.ndim == 4 else conv3d_weight
        weights = of_filters(padded, shape, maps, **_rest(op.convolution))
        return _flipped(weights, op.convolution)

    return gradient


def _divided(sums: torch.Tensor, image_size: Sequence[int], pooling: Pooling) -> torch.Tensor:
    if pooling.mode in ("max", "sum"):
        return sums
    return sums / torch.as_tensor(
        pooling.counts(image_size), dtype=sums.dtype, device=sums.device
    )


@pytorch_funcify.register(pool.Pool)
def _pool(op: pool.Pool, node: Apply, **kwargs: object) -> OnTensors:
    is_max = op.pooling.mode == "max"
    first = lowest(node.outputs[0].type.dtype) if is_max else 0
    combine = torch.maximum if is_max else torch.add

    def pooled(images: torch.Tensor) -> torch.Tensor:
        size = images.shape[-2:]
        shape = (*images.shape[:-2], *op.pooling.output_size(size))
        out = images.new_full(shape, first)
        for tap in op.pooling.taps(size):
            part = out[..., *tap.windows]
            combine(part, images[..., *tap.pixels], out=part)
        return _divided(out, size, op.pooling)

    return pooled


@pytorch_funcify.register(pool.Spread)
def _spread(op: pool.Spread, **kwargs: object) -> OnTensors:
    def spread(maps: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        pool.check_pooled(maps.shape, like.shape, op)
        size = like.shape[-2:]
        out = maps.new_zeros((*maps.shape[:-2], *size))
        maps = _divided(maps, size, op.pooling)
        for tap in op.pooling.taps(size):
            out[..., *tap.pixels].add_(maps[..., *tap.windows])
        return out

    return spread


def _keeping(values: torch.Tensor) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return a function that keeps chosen entries of such values and makes the others 0."""
    # 0 times infinity is NaN. A CPU is faster at products; a GPU would wait for the test.
    if values.device.type == "cpu" and bool(values.sum().isfinite()):
        return lambda which, values: which * values
    return lambda which, values: torch.where(which, values, 0)


@pytorch_funcify.register(pool.SpreadToLargest)
def _spread_to_largest(op: pool.SpreadToLargest, **kwargs: object) -> OnTensors:
    def spread(maps: torch.Tensor, images: torch.Tensor, largest: torch.Tensor) -> torch.Tensor:
        for some in (maps, largest):
            pool.check_pooled(some.shape, images.shape, op)
        out, kept = torch.zeros_like(images), _keeping(maps)
        for tap in op.pooling.taps(images.shape[-2:]):
            is_top = images[..., *tap.pixels] == largest[..., *tap.windows]
            out[..., *tap.pixels].add_(kept(is_top, maps[..., *tap.windows]))
        return out

    return spread


@pytorch_funcify.register(pool.SumOfLargest)
def _sum_of_largest(op: pool.SumOfLargest, **kwargs: object) -> OnTensors:
    def total(
        values: torch.Tensor, images: torch.Tensor, largest: torch.Tensor
    ) -> torch.Tensor:
        pool.check_pooled(largest.shape, images.shape, op)
        pool.check_same(values.shape, images.shape)
        out, kept = torch.zeros_like(largest), _keeping(values)
        for tap in op.pooling.taps(images.shape[-2:]):
            is_top = images[..., *tap.pixels] == largest[..., *tap.windows]
            out[..., *tap.windows].add_(kept(is_top, values[..., *tap.pixels]))
        return out

    return total


@pytorch_funcify.register(SpecifyShape)
def _specify_shape(op: SpecifyShape, node: Apply, **kwargs: object) -> OnTensors:
    """Check a shape that was stated, as PyTensor does on other backends."""
    known = node.outputs[0].type.shape

    def checked(x: torch.Tensor, *lengths: torch.Tensor | None) -> torch.Tensor:
        told = [a if b is None else b for a, b in zip(lengths, known, strict=True)]
        if any(n is not None and int(n) != m for n, m in zip(told, x.shape, strict=True)):
            wanted = tuple(None if n is None else int(n) for n in told)
            raise AssertionError(
                f"SpecifyShape: Got shape {tuple(x.shape)}, expected {wanted}."
            )
        return x

    return checked
