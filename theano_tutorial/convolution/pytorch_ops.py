"""Convolution and pooling as PyTorch's own operations."""

from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import conv2d, conv3d, pad
from torch.nn.grad import conv2d_input, conv2d_weight, conv3d_input, conv3d_weight

from theano_tutorial.convolution.windows import Convolution, Pooling, lowest


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


def convolve(
    images: torch.Tensor, filters: torch.Tensor, convolution: Convolution
) -> torch.Tensor:
    """Return the maps of images under filters."""
    if 0 in filters.shape:  # which PyTorch does not accept
        return images.new_zeros(convolution.maps_shape(images.shape, filters.shape))
    padded = _padded(images, filters.shape[2:], convolution)
    convolved = conv2d if images.ndim == 4 else conv3d
    return convolved(padded, _flipped(filters, convolution), **_rest(convolution))


def image_gradient(
    filters: torch.Tensor, maps: torch.Tensor, like: torch.Tensor, convolution: Convolution
) -> torch.Tensor:
    """Return the gradient with respect to images of `like`'s size from that for the maps."""
    shape = (len(maps), filters.shape[1] * convolution.groups, *like.shape[2:])
    if 0 in filters.shape:
        return maps.new_zeros(shape)
    sides = convolution.padding(filters.shape[2:])
    placed = list(zip(sides, like.shape[2:], strict=True))
    inside = [slice(first, first + n) for (first, _), n in placed]
    padded = [*shape[:2], *(n + sum(both) for both, n in placed)]
    turned_back = conv2d_input if maps.ndim == 4 else conv3d_input
    weights = _flipped(filters, convolution)
    return turned_back(padded, weights, maps, **_rest(convolution))[..., *inside]


def filter_gradient(
    images: torch.Tensor, maps: torch.Tensor, like: torch.Tensor, convolution: Convolution
) -> torch.Tensor:
    """Return the gradient with respect to filters of `like`'s size from that for the maps."""
    shape = (maps.shape[1], images.shape[1] // convolution.groups, *like.shape[2:])
    if 0 in shape:
        return maps.new_zeros(shape)
    padded = _padded(images, like.shape[2:], convolution)
    of_filters = conv2d_weight if maps.ndim == 4 else conv3d_weight
    weights = of_filters(padded, shape, maps, **_rest(convolution))
    return _flipped(weights, convolution)


def _divided(sums: torch.Tensor, image_size: Sequence[int], pooling: Pooling) -> torch.Tensor:
    if pooling.mode in ("max", "sum"):
        return sums
    return sums / torch.as_tensor(
        pooling.counts(image_size), dtype=sums.dtype, device=sums.device
    )


def pool(images: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """Return the largest entry, the sum or the mean of each window."""
    size, is_max = images.shape[-2:], pooling.mode == "max"
    first = lowest(str(images.dtype).removeprefix("torch.")) if is_max else 0
    combine = torch.maximum if is_max else torch.add
    out = images.new_full((*images.shape[:-2], *pooling.output_size(size)), first)
    for tap in pooling.taps(size):
        part = out[..., *tap.windows]
        combine(part, images[..., *tap.pixels], out=part)
    return _divided(out, size, pooling)


def spread(maps: torch.Tensor, like: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """Return the gradient with respect to images from that for their sums or means."""
    size = like.shape[-2:]
    out = maps.new_zeros((*maps.shape[:-2], *size))
    maps = _divided(maps, size, pooling)
    for tap in pooling.taps(size):
        out[..., *tap.pixels].add_(maps[..., *tap.windows])
    return out


def spread_to_largest(
    maps: torch.Tensor, images: torch.Tensor, largest: torch.Tensor, pooling: Pooling
) -> torch.Tensor:
    """Return the gradient with respect to images: all largest entries get it in full."""
    out, kept = torch.zeros_like(images), _keeping(maps)
    for tap in pooling.taps(images.shape[-2:]):
        is_top = images[..., *tap.pixels] == largest[..., *tap.windows]
        out[..., *tap.pixels].add_(kept(is_top, maps[..., *tap.windows]))
    return out


def sum_of_largest(
    values: torch.Tensor, images: torch.Tensor, largest: torch.Tensor, pooling: Pooling
) -> torch.Tensor:
    """Return, for each window, the sum of `values` where `images` have its largest entry."""
    out, kept = torch.zeros_like(largest), _keeping(values)
    for tap in pooling.taps(images.shape[-2:]):
        is_top = images[..., *tap.pixels] == largest[..., *tap.windows]
        out[..., *tap.windows].add_(kept(is_top, values[..., *tap.pixels]))
    return out


def _keeping(values: torch.Tensor) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return a function that keeps chosen entries of such values and makes the others 0."""
    # 0 times infinity is NaN. A CPU is faster at products; a GPU would wait for the test.
    if values.device.type == "cpu" and bool(values.sum().isfinite()):
        return lambda which, values: which * values
    return lambda which, values: torch.where(which, values, 0)
