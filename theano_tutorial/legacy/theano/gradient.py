"""`theano.gradient`: gradients, with arguments as Theano took them."""

from collections.abc import Sequence
from typing import Any

import pytensor
from pytensor import gradient
from pytensor.graph.basic import Variable

from theano_tutorial.legacy import renames
from theano_tutorial.legacy.semantics import as_before

__getattr__ = renames.names_of("theano.gradient")

Rop = as_before(gradient.Rop)
Lop = as_before(gradient.Lop)
jacobian = as_before(gradient.jacobian)
hessian = as_before(gradient.hessian)


def grad(
    cost: Variable | None, wrt: Variable | Sequence[Variable], *args: Any, **how: Any
) -> Any:  # a variable, or as many as `wrt` has
    """Return the gradients of a scalar cost with respect to variables."""
    if how.get("return_disconnected") == "None":
        how["return_disconnected"] = "none"
    return pytensor.grad(cost, wrt, *args, **how)
