"""What PyTensor does differently: functions and variables that behave as before."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.scalar.basic import LogicalComparison
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.variable import TensorVariable, _tensor_py_operators

from theano_tutorial.legacy import mode
from theano_tutorial.legacy.operations import forget

R = TypeVar("R")


def as_before(function: Callable[..., R]) -> Callable[..., R]:
    """Return a function that PyTensor would replace, without the warning that says so."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> R:
        with warnings.catch_warnings():
            for category in (DeprecationWarning, FutureWarning):
                warnings.simplefilter("ignore", category)
            return function(*args, **kwargs)

    return call


def by_position(function: Callable[..., R], names: str) -> Callable[..., R]:
    """Return a function that takes these arguments in Theano's order, too."""

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> R:
        return function(**dict(zip(names.split(), args, strict=False)), **kwargs)

    return call


def apply() -> None:
    """Have variables behave as Theano's did, for the rest of this process."""
    operators: Any = _tensor_py_operators
    if operators.__bool__ is _bool:
        return
    operators.__bool__ = _bool
    operators.reshape = by_position(operators.reshape, "self shape ndim")
    SharedVariable.default_update = property(
        lambda shared: shared._default_update, _set_default_update
    )
    Variable.eval = _eval(Variable.eval)
    for cls in (Variable, TensorVariable):
        cls.__init__.__defaults__ = (None, None, None)  # an owner is not needed


def _bool(variable: TensorVariable) -> bool:
    """Say that there is a variable; of a comparison, that its value is not known."""
    op = None if variable.owner is None else variable.owner.op
    if isinstance(op, Elemwise) and isinstance(op.scalar_op, LogicalComparison):
        raise TypeError("Variables do not support boolean operations.")
    return True


def _set_default_update(shared: SharedVariable, value: Any) -> None:
    value = forget(value) if isinstance(value, Variable) else value
    shared._default_update = None if value is None else shared.type.filter_variable(value)


def _eval(pytensors: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(pytensors)
    def evaluate(variable: Variable, inputs_to_values: Any = None, **how: Any) -> Any:
        how["mode"] = mode.named(how.get("mode"))
        return pytensors(variable, inputs_to_values, **how)

    return evaluate
