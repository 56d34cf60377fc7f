"""Parameters: the shared variables that training changes."""

import numpy as np
import pytensor
from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial._arguments import whole
from theano_tutorial._types import Array


def parameter(value: Array, name: str) -> TensorSharedVariable:
    """Return a shared variable with this initial value, in ``floatX``."""
    return pytensor.shared(np.asarray(value, dtype=pytensor.config.floatX), name=name)


def uniform(
    rng: np.random.RandomState, fan_in: int, fan_out: int, shape: tuple[int, ...]
) -> Array:
    """Return weights drawn from `rng`, within the bound that `HiddenLayer` names."""
    if not hasattr(rng, "uniform"):
        raise TypeError(f"rng must be such as numpy.random.RandomState(0); got {rng!r}")
    bound = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)


def check_sizes(**sizes: object) -> None:
    """Raise `UsageError` unless all are whole numbers from 1."""
    for name, size in sizes.items():
        whole(size, name)
