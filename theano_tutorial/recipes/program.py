"""What every recipe's program has: a model, and its parameters as plain arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from theano_tutorial.checkpoints import Parameters


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

    def parameters(self) -> Parameters:
        """Return copies of the parameters' present values by name."""
        return {param.name: param.get_value() for param in self.model.params}

    def not_finite(self) -> str | None:
        """Return the name of a parameter that is no longer finite, if there is one."""
        values = self.parameters().items()
        return next((name for name, value in values if not np.isfinite(value).all()), None)

    def set_parameters(self, values: Parameters) -> None:
        """Give the parameters these values."""
        for param in self.model.params:
            param.set_value(values[param.name])
