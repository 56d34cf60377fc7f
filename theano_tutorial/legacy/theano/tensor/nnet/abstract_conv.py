"""`nnet.abstract_conv` and `signal.pool`: `theano_tutorial.convolution` as Theano spelt it."""

import functools
import itertools
from collections.abc import Callable
from inspect import signature
from typing import Any

import pytensor
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial import convolution
from theano_tutorial.convolution import arguments, get_conv_output_shape
from theano_tutorial.legacy.mode import by_position

Convolution = Callable[..., Tensor]


def as_theano(function: Convolution, names: str = "", any_more: bool = False) -> Convolution:
    """Return a convolution with arguments of these `names`; it ignores the number of images."""
    ours = signature(function).parameters

    @functools.wraps(function)
    def call(input_shape: Any = None, **told: Any) -> Tensor:
        for name in ("unshared", "imshp_logical", "kshp_logical"):
            if value := told.get(name):
                raise NotImplementedError(f"convolution: {name}={value} is not offered here")
        told.setdefault("filter_flip", {"conv": 1, "cross": 0}[told.get("conv_mode", "conv")])
        if input_shape is not None:
            told["input_shape"] = (None, *tuple(input_shape)[1:])
        return function(**{name: told[name] for name in ours if name in told})

    return by_position(call, names or " ".join([*ours, "unshared"]), any_more)


# `nnet.conv2d`, and the deprecated `nnet.conv.conv2d`; further arguments said how to compute.
old_conv2d = as_theano(
    convolution.conv2d,
    "input filters input_shape filter_shape border_mode subsample filter_flip "
    "image_shape=input_shape filter_dilation num_groups unshared",
    any_more=True,
)
conv2d_transpose = as_theano(
    convolution.conv2d_grad_wrt_inputs,
    "input=output_grad filters output_shape=input_shape filter_shape border_mode "
    "input_dilation=subsample filter_flip filter_dilation num_groups unshared",
)
separable_conv2d = as_theano(convolution.separable_conv2d)


def _films(signals: Tensor, filters: Tensor, border_mode: Any = "valid", **_: object) -> Tensor:
    """Convolve films, whose time axis comes before their channels."""
    films, kernels = (v.dimshuffle(0, 2, 1, 3, 4) for v in (signals, filters))
    mode = border_mode[0] if tuple(border_mode) == tuple(border_mode[:1]) * 3 else border_mode
    return convolution.conv3d(films, kernels, border_mode=mode).dimshuffle(0, 2, 1, 3, 4)


film_conv3d = by_position(_films, "signals filters signals_shape filters_shape border_mode")


def signal_conv2d(input: Tensor, filters: Tensor, *args: object, **how: object) -> Tensor:
    """Return the maps of images under filters; either may be one matrix, which adds no axis."""
    pair = [pt.as_tensor(v) for v in (input, filters)]
    if any(v.type.ndim not in (2, 3) for v in pair):
        types = " and ".join(str(v.type) for v in pair)
        raise ValueError(f"signal.conv.conv2d: 2 or 3 dimensions are needed, not {types}")
    axes = {2: ("x", "x", 0, 1), 3: (0, "x", 1, 2)}
    images, kernels = (v.dimshuffle(axes[v.type.ndim]) for v in pair)
    how = {name: value for name, value in how.items() if not name.endswith("_shape")}
    maps = old_conv2d(images, kernels, None, None, *args[2:], **how)
    return maps.dimshuffle(*(axis for axis, v in enumerate(pair) if v.type.ndim == 3), 2, 3)


def _prepared(
    function: Convolution, imshp: object = None, kshp: Any = None, *args: object, **how: object
) -> Convolution:
    """Return a convolution whose settings come before its inputs, as with Theano's Ops."""

    def call(a: Tensor, b: Tensor, *size: convolution.windows.Shape) -> Tensor:
        n = 3 if "3d" in function.__name__ else 2
        wanted = (None, None, *(size[0][i] for i in range(n))) if size else None
        if function.__name__.endswith("inputs"):  # a: filters, b: the gradient
            return function(b, a, wanted, kshp, *args, **how)
        return function(a, b, wanted or imshp, imshp if wanted else kshp, *args, **how)

    return call


_KINDS = {"": "", "_gradInputs": "_grad_wrt_inputs", "_gradWeights": "_grad_wrt_weights"}
for _n, (_op, _function) in itertools.product("23", _KINDS.items()):
    _as_theano = as_theano(getattr(convolution, f"conv{_n}d{_function}"))
    globals()[f"conv{_n}d{_function}"] = _as_theano
    globals()[f"AbstractConv{_n}d{_op}"] = functools.partial(_prepared, _as_theano)

_POOLING = "input ws ignore_border stride pad mode ds=ws st=stride padding=pad"
pool_2d = by_position(convolution.pool_2d, _POOLING)
pool_3d = by_position(convolution.pool_3d, _POOLING)


class ConvOp:
    """Older releases' convolution, which scripts ask for its maps' height and width."""

    @staticmethod
    def getOutputShape(inshp: Any, kshp: Any, stride: Any = (1, 1), mode: Any = "valid") -> Any:
        return get_conv_output_shape((1, 1, *inshp), (1, 1, *kshp), mode, stride)[2:]


def max_pool_2d_same_size(input: Tensor, patch_size: convolution.windows.Shape) -> Tensor:
    """Return images with zeros in place of all but the maximum of each window."""
    maxima = pool_2d(input, patch_size, True)
    return pt.grad(None, input, known_grads={maxima: maxima})


def bilinear_upsampling(input: Tensor, ratio: int, *_: object, **more: object) -> Tensor:
    """Return images `ratio` times as high and as wide, interpolated linearly along both."""
    for _axis in "rows", "columns":  # the third axis changes, and becomes the last
        n = input.shape[2]
        place = pt.clip((pt.arange(n * ratio) - (ratio - 1) // 2) / ratio, 0, n - 1)
        weights = pt.maximum(0, 1 - abs(place - pt.arange(n)[:, None]))
        input = pt.tensordot(input, weights.astype(pytensor.config.floatX), [2, 0])
    return input


# cuDNN's names for the same; its pooling windows are one pixel apart by default.
_CUDNN = "border_mode subsample conv_mode dilation=filter_dilation num_groups"
dnn_conv = as_theano(convolution.conv2d, f"img=input kerns=filters {_CUDNN}", any_more=True)
_dnn_pool = functools.partial(convolution.pool_2d, ignore_border=True, stride=1)
dnn_pool = by_position(_dnn_pool, "img=input ws stride mode pad")
dnn_present = dnn_available = lambda *_: False
gpu_alloc_empty = functools.partial(pt.alloc, 0.0)
GpuDnnConvDesc = by_position(lambda **how: lambda *shapes: how, _CUDNN, any_more=True)


def GpuDnnConvGradI(**_: object) -> Convolution:
    """Return a function of filters, maps' gradients, an array like the images, and settings."""
    of_images = as_theano(convolution.conv2d_grad_wrt_inputs, any_more=True)
    return lambda kern, top, like, how, *_: of_images(top, kern, like.shape, **how)


class DownsampleFactorMax:
    """Older releases' pooling, whose settings come before its images."""

    def __new__(cls, *args: object, **how: object) -> Any:
        return lambda images: pool_2d(images, *args, **how)

    @staticmethod
    def _shape(x: Any, ws: Any, border: Any = None, step: Any = None, pad: Any = 0) -> Any:
        return [*x[:-2], *arguments.pooling(ws, border, step, pad, "max").output_size(x[-2:])]

    names = "imgshape=x ws ignore_border=border stride=step pad ds=ws st=step padding=pad"
    out_shape = staticmethod(by_position(_shape, names))
