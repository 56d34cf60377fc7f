"""What variables did differently: changes to PyTensor's classes, made by `install` alone."""

import functools
from collections.abc import Callable
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.scalar.basic import LogicalComparison
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.variable import TensorVariable, _tensor_py_operators

from theano_tutorial.legacy import mode
from theano_tutorial.legacy.lengths import forget


def apply() -> None:
    """Have variables behave as Theano's did, for the rest of this process."""
    operators: Any = _tensor_py_operators
    if operators.__bool__ is _bool:
        return
    operators.__bool__ = _bool
    operators.reshape = _reshape(operators.reshape)
    SharedVariable.default_update = property(_default_update, _set_default_update)
    Variable.eval = _eval(Variable.eval)
    for cls in (Variable, TensorVariable):
        cls.__init__.__defaults__ = (None, None, None)  # an owner is not needed


def _bool(variable: TensorVariable) -> bool:
    """Say that there is a variable; a comparison's value is not known yet."""
    op = None if variable.owner is None else variable.owner.op
    if isinstance(op, Elemwise) and isinstance(op.scalar_op, LogicalComparison):
        raise TypeError("Variables do not support boolean operations.")
    return True


def _reshape(pytensors: Callable[..., TensorVariable]) -> Callable[..., TensorVariable]:
    @functools.wraps(pytensors)
    def reshape(
        variable: TensorVariable, shape: Any, ndim: int | None = None
    ) -> TensorVariable:
        return pytensors(variable, shape, ndim=ndim)

    return reshape


def _default_update(shared: SharedVariable) -> Variable | None:
    found: Variable | None = shared._default_update
    return found


def _set_default_update(shared: SharedVariable, value: Any) -> None:
    if isinstance(value, Variable):
        value = forget(value)
    shared._default_update = None if value is None else shared.type.filter_variable(value)


def _eval(pytensors: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(pytensors)
    def evaluate(variable: Variable, inputs_to_values: Any = None, **how: Any) -> Any:
        how["mode"] = mode.named(how.get("mode"))
        return pytensors(variable, inputs_to_values, **how)

    return evaluate
