"""What every recipe has: a model, its parameters as plain arrays, and what a run gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from theano_tutorial._types import Parameters
from theano_tutorial.backends.resident import to_numpy

_LARGE = 1e15


@dataclass(frozen=True)
class ModelProgram:
    """A model whose functions are compiled; recipes add the functions.

    Attributes
    ----------
    model
        Its parameters change whenever a function with updates is called.
    seconds
        Spent compiling.
    """

    model: Any
    seconds: float

    @property
    def variables(self) -> tuple[Any, ...]:
        """The shared variables that a training step changes."""
        return tuple(self.model.params)

    def parameters(self) -> Parameters:
        """Return copies of the parameters' present values by name."""
        return {param.name: param.get_value() for param in self.model.params}

    def set_parameters(self, values: Parameters) -> None:
        """Give the parameters these values."""
        for param in self.model.params:
            param.set_value(values[param.name])

    def snapshot(self) -> dict[str, Any]:
        """Return the present values of `variables` by name, on the device that holds them.

        A step puts a new array in the place of one on a device, so that the old one can be
        kept at no cost; it may change NumPy's arrays, which are copied.
        """
        stored = {variable.name: variable.container.storage[0] for variable in self.variables}
        return {
            name: value.copy() if isinstance(value, np.ndarray) else value
            for name, value in stored.items()
        }

    def restore(self, values: Parameters) -> None:
        """Give `variables` these values."""
        for variable in self.variables:
            variable.set_value(values[variable.name])


def fetch(snapshot: Mapping[str, Any]) -> Parameters:
    """Bring a snapshot from its device, as arrays of NumPy's."""
    return {name: np.array(to_numpy(value)) for name, value in snapshot.items()}


def not_finite(values: Parameters) -> str | None:
    """Return the name of one of these that is not finite, if there is one."""
    names = (name for name, value in values.items() if not np.isfinite(value).all())
    return next(names, None)


def is_amount(value: object) -> bool:
    """Return whether a value read from a file is a number from 0 to compute with."""
    return isinstance(value, int | float) and 0 <= value < _LARGE


@dataclass(frozen=True, kw_only=True)
class ModelRun:
    """What every run gives; recipes add the rest.

    Attributes
    ----------
    parameters
        By name; the model is left with them.
    y_pred
        Predicted labels of all test images.
    test_error, validation_error
        Fractions of *all* images, by these parameters.
    compile_seconds, train_seconds
        Time spent.
    interrupted
        Whether the run was asked to stop before its end.
    """

    parameters: Parameters
    y_pred: np.ndarray[Any, Any]
    test_error: float
    validation_error: float
    compile_seconds: float
    train_seconds: float
    interrupted: bool = False
