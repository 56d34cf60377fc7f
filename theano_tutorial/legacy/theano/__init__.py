"""`theano`: its first level. What the files here do not define, `renames` finds."""

from typing import Any

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.legacy import renames

from .configdefaults import change_flags, config

__all__ = ["change_flags", "config", "version"]
__version__ = version = "1.0.5"
__getattr__ = renames.names_of("theano")


def _asarray(a: object, dtype: str, **how: Any) -> Array:
    """Return an array of a dtype, or of floatX."""
    return np.asarray(a, np.dtype(config.floatX if dtype == "floatX" else dtype), **how)
