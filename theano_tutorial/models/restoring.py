"""Rebuild a model from its parameters, such as those in a file."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import array
from theano_tutorial._text import shortened
from theano_tutorial._types import Array
from theano_tutorial.models.classifier import Classifier

Model = TypeVar("Model", bound=Classifier)


def restore_one_of(
    models: Sequence[type[Model]], x: TensorVariable, params: Mapping[str, Array]
) -> Model:
    """Build the first of these models that has such parameters, on `x`, with their values.

    Names or shapes that no model has, and values that are not finite floats, raise
    `ValueError`.
    """
    if not isinstance(params, Mapping):
        raise TypeError(f"params must be arrays by name; got {shortened(repr(params))}")
    values = {name: array(value, name) for name, value in params.items()}
    shapes = {name: value.shape for name, value in values.items()}
    found = (kind.of_shapes(x, shapes) for kind in models)
    model = next(filter(None, found), None) if all(map(all, shapes.values())) else None
    if model is None:  # also where a parameter is empty, which no model's is
        raise ValueError(f"no model has parameters of these names and shapes: {shapes}")
    for param in model.params:
        value = values[param.name]
        if value.dtype.kind != "f" or not np.isfinite(value).all():
            raise ValueError(f"{param.name} holds values that are not finite floats")
        param.set_value(value.astype(param.dtype))
    return model
