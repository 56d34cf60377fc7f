"""`theano.gradient`: gradients, with arguments as Theano took them."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pytensor
from pytensor import gradient
from pytensor.graph.basic import Variable

from theano_tutorial.legacy import renames
from theano_tutorial.legacy.wrapping import as_before

__getattr__ = renames.names_of("theano.gradient")

Variables: TypeAlias = Variable | Sequence[Variable]


def grad(
    cost: Variable | None,
    wrt: Variables,
    consider_constant: Sequence[Variable] | None = None,
    disconnected_inputs: str = "raise",
    add_names: bool = True,
    known_grads: Mapping[Variable, Variable] | None = None,
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Variables:
    """Return the gradients of a scalar cost with respect to variables."""
    if known_grads is not None:
        known_grads = dict(known_grads)
    result: Variables = pytensor.grad(
        cost,
        wrt,
        consider_constant,
        disconnected_inputs,
        add_names,
        known_grads,
        return_disconnected.lower(),
        null_gradients,
    )
    return result


Rop = as_before(gradient.Rop)
Lop = as_before(gradient.Lop)
jacobian = as_before(gradient.jacobian)
hessian = as_before(gradient.hessian)
