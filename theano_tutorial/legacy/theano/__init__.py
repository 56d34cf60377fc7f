"""`theano`: its first level. What the files here do not define, `renames` finds."""

from typing import Any

import numpy as np
from pytensor.graph.basic import Variable

from theano_tutorial._types import Array
from theano_tutorial.legacy import renames

from .configdefaults import change_flags, config

__all__ = ["change_flags", "config", "dot", "version"]
__version__ = "1.0.5"
version = __version__

__getattr__ = renames.names_of("theano")


def _asarray(a: object, dtype: str, **how: Any) -> Array:
    """Return an array of a dtype, or of floatX."""
    return np.asarray(a, np.dtype(config.floatX if dtype == "floatX" else dtype), **how)


def dot(left: Variable, right: Variable) -> Variable:
    """Return the product of two variables, dense or sparse."""
    return left.dot(right)
