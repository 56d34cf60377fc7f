"""Parameters: the shared variables that training changes."""

import numpy as np
import pytensor
from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial._types import Array


def parameter(value: Array, name: str) -> TensorSharedVariable:
    """Return a shared variable with this initial value, in ``floatX``."""
    return pytensor.shared(np.asarray(value, dtype=pytensor.config.floatX), name=name)
