"""`theano`: its first level. What the files here do not define, `renames` finds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor
from pytensor import gradient
from pytensor.graph.basic import Variable

from theano_tutorial._types import Array
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.semantics import as_before

from .configdefaults import change_flags, config

__all__ = ["change_flags", "config", "version"]
__version__ = version = "1.0.5"
__getattr__ = renames.names_of("theano")

Rop = as_before(gradient.Rop)
Lop = as_before(gradient.Lop)
jacobian = as_before(gradient.jacobian)
hessian = as_before(gradient.hessian)


def _asarray(a: object, dtype: str, **how: Any) -> Array:
    """Return an array of a dtype, or of floatX."""
    return np.asarray(a, np.dtype(config.floatX if dtype == "floatX" else dtype), **how)


def grad(
    cost: Variable | None, wrt: Variable | Sequence[Variable], *args: Any, **how: Any
) -> Any:  # a variable, or as many as `wrt` has
    """Return the gradients of a scalar cost with respect to variables."""
    if how.get("return_disconnected") == "None":
        how["return_disconnected"] = "none"
    return pytensor.grad(cost, wrt, *args, **how)
