"""`theano.tensor.nnet.abstract_conv`: the convolutions of `theano_tutorial.convolution`.

They are called here as Theano's were: `as_theano` gives each its arguments' names and order.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytensor.tensor.variable import TensorVariable

from theano_tutorial import convolution
from theano_tutorial.convolution.arguments import Border
from theano_tutorial.convolution.common import Lengths
from theano_tutorial.convolution.windows import Shape
from theano_tutorial.legacy import renames

__getattr__ = renames.names_of("theano.tensor.nnet.abstract_conv")

Convolution = Callable[..., TensorVariable]

# Names that Theano gave arguments of some functions.
_OTHER_NAMES = {
    "input": "output_grad",
    "image_shape": "input_shape",
    "output_shape": "input_shape",
    "input_dilation": "subsample",
}


def as_theano(
    function: Convolution, names: str | None = None, any_more: bool = False
) -> Convolution:
    """Return a convolution that takes Theano's arguments, in the order of `names`.

    Without `names`, those of `function` and `unshared`; `any_more` are ignored. The length of
    a batch is forgotten: Theano took any number of images, although a script had told it the
    size of its minibatches. Both names of a shape raise a `ValueError`, and ``unshared=True``
    a `NotImplementedError`.
    """
    ours = inspect.signature(function).parameters
    order = names.split() if names else [*ours, "unshared"]
    parameters = [_parameter(name, ours) for name in order]
    if any_more:
        parameters.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    signature = inspect.Signature(parameters)

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> TensorVariable:
        told = signature.bind(*args, **kwargs).arguments
        told.pop("kwargs", None)
        if told.pop("unshared", False):
            raise NotImplementedError(
                "unshared=True, filters of its own for every place, is not offered here"
            )
        for other in told.keys() - ours.keys():
            name, value = _OTHER_NAMES[other], told.pop(other)
            if value is not None and told.get(name) is not None:
                raise ValueError(f"give {name} or {other}, its other name, but not both")
            if value is not None:
                told[name] = value
        if told.get("input_shape") is not None:
            told["input_shape"] = (None, *tuple(told["input_shape"])[1:])
        return function(**told)

    call.__dict__["__signature__"] = signature
    return call


def _parameter(name: str, ours: Mapping[str, inspect.Parameter]) -> inspect.Parameter:
    same = ours.get(name) or ours.get(_OTHER_NAMES.get(name, ""))
    default = False if same is None else same.default  # of unshared
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


conv2d = as_theano(convolution.conv2d)
conv2d_grad_wrt_inputs = as_theano(convolution.conv2d_grad_wrt_inputs)
conv2d_grad_wrt_weights = as_theano(convolution.conv2d_grad_wrt_weights)
conv3d = as_theano(convolution.conv3d)
conv3d_grad_wrt_inputs = as_theano(convolution.conv3d_grad_wrt_inputs)
conv3d_grad_wrt_weights = as_theano(convolution.conv3d_grad_wrt_weights)


def separable_conv2d(
    input: TensorVariable,
    depthwise_filters: TensorVariable,
    pointwise_filters: TensorVariable,
    num_channels: int,
    input_shape: Shape | None = None,
    depthwise_filter_shape: Shape | None = None,
    pointwise_filter_shape: Shape | None = None,
    border_mode: Border = "valid",
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
) -> TensorVariable:
    """Convolve each channel by itself, then mix them in every pixel."""
    how = (border_mode, subsample, filter_flip, filter_dilation, num_channels)
    each = conv2d(input, depthwise_filters, input_shape, depthwise_filter_shape, *how)
    return conv2d(each, pointwise_filters, None, pointwise_filter_shape)


@dataclass
class _Prepared:
    """A convolution whose arguments are given before its inputs, as Theano's Ops had it."""

    function: Convolution
    inputs: tuple[str, ...]
    imshp: Shape | None = None
    kshp: Shape | None = None
    border_mode: Border = "valid"
    subsample: Sequence[int] | None = None
    filter_flip: bool = True
    filter_dilation: Sequence[int] | None = None
    num_groups: int = 1
    unshared: bool = False

    def __call__(self, *inputs: TensorVariable | Lengths) -> TensorVariable:
        """Return the maps, or a gradient, whose height and width come last."""
        n = 3 if "3d" in self.function.__name__ else 2
        shapes: dict[str, object] = {"input_shape": self.imshp, "filter_shape": self.kshp}
        given = dict(zip(self.inputs, inputs, strict=True))
        for name in shapes.keys() & given.keys():
            size = given.pop(name)
            shapes[name] = (None, None, *(size[i] for i in range(n)))
        return self.function(
            **given,
            **shapes,
            border_mode=self.border_mode,
            subsample=self.subsample or (1,) * n,
            filter_flip=self.filter_flip,
            filter_dilation=self.filter_dilation or (1,) * n,
            num_groups=self.num_groups,
            unshared=self.unshared,
        )


_MAPS = ("input", "filters")
_OF_INPUTS = ("filters", "output_grad", "input_shape")
_OF_WEIGHTS = ("input", "output_grad", "filter_shape")
AbstractConv2d = functools.partial(_Prepared, conv2d, _MAPS)
AbstractConv2d_gradInputs = functools.partial(_Prepared, conv2d_grad_wrt_inputs, _OF_INPUTS)
AbstractConv2d_gradWeights = functools.partial(_Prepared, conv2d_grad_wrt_weights, _OF_WEIGHTS)
AbstractConv3d = functools.partial(_Prepared, conv3d, _MAPS)
AbstractConv3d_gradInputs = functools.partial(_Prepared, conv3d_grad_wrt_inputs, _OF_INPUTS)
AbstractConv3d_gradWeights = functools.partial(_Prepared, conv3d_grad_wrt_weights, _OF_WEIGHTS)
