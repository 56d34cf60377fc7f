"""`theano`: its first level. What the files here do not define, `renames` finds."""

from typing import Any

import numpy as np
from pytensor.graph.basic import Variable

from theano_tutorial._types import Array
from theano_tutorial.legacy import renames

from . import gradient, tensor
from .compile import In, Mode, Param, function, function_dump, shared
from .configdefaults import change_flags, config
from .gof import Op
from .gradient import Lop, Rop, grad
from .scan_module import clone, foldl, foldr, map, reduce, scan
from .updates import OrderedUpdates

__all__ = [
    "In",
    "Lop",
    "Mode",
    "Op",
    "OrderedUpdates",
    "Param",
    "Rop",
    "Variable",
    "change_flags",
    "clone",
    "config",
    "foldl",
    "foldr",
    "function",
    "function_dump",
    "grad",
    "gradient",
    "map",
    "reduce",
    "scan",
    "shared",
    "tensor",
]
__version__ = "1.0.5"
version = __version__

__getattr__ = renames.names_of("theano")


def _asarray(a: object, dtype: str, **how: Any) -> Array:
    """Return an array of a dtype, or of floatX."""
    return np.asarray(a, np.dtype(config.floatX if dtype == "floatX" else dtype), **how)


def dot(left: Variable, right: Variable) -> Variable:
    """Return the product of two variables, dense or sparse."""
    return left.dot(right)
