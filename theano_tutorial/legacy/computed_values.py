"""`theano.config.compute_test_value`: what variables are worth, computed as a graph is built.

A script gives its inputs values, ``x.tag.test_value = ...``, and learns of a wrong shape on the
line that has it. PyTensor has none of this any more.
"""

import copy
import functools
import warnings
from collections.abc import Callable
from typing import Any

import pytensor
import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.traversal import walk_toposort
from pytensor.utils import flatten

from theano_tutorial.legacy.mode import R, as_before
from theano_tutorial.legacy.settings import config

_MISSING = "Cannot compute test value: input {} ({}) of Op {} missing default value"


def get_test_value(v: object) -> Any:
    """Return a variable's value for tests, or raise `AttributeError` if it has none."""
    variable = v if isinstance(v, Variable) else pt.as_tensor_variable(v)
    if isinstance(variable, Constant):
        return variable.data
    if isinstance(variable, SharedVariable):
        return variable.container.storage[0]
    if not hasattr(variable.tag, "test_value"):
        raise AttributeError(f"{variable} has no test value")
    try:
        return variable.type.filter(variable.tag.test_value)
    except TypeError as error:  # which operators would take for their own, and hide
        raise ValueError(f"{variable}: its test value has another type: {error}") from error


def computing(function: Callable[..., R]) -> Callable[..., R]:
    """Return a function whose results are computed if they can be, and settings say so."""

    def before(v: Variable) -> list[Variable]:
        return [] if v.owner is None or hasattr(v.tag, "test_value") else v.owner.inputs

    @functools.wraps(function)
    def call(*args: object, **how: object) -> R:
        if config.compute_test_value == "off":
            return function(*args, **how)
        with as_before():  # computes nothing on its way
            results = function(*args, **how)
        variables = [v for v in flatten(results) if isinstance(v, Variable)]
        for v in walk_toposort(variables, before):
            if v.owner is not None and not hasattr(v.tag, "test_value"):
                _compute(v.owner)
        return results

    return call


def _compute(node: Apply) -> None:
    with as_before():  # newer releases of PyTensor need no clone, and say so
        once = node.clone(clone_inner_graph=True)
    cells: dict[Variable, list[Any]] = {v: [None] for v in once.outputs}
    for i, v in enumerate(node.inputs):
        try:
            cells[v] = [copy.copy(get_test_value(v))]  # an operation may overwrite it
        except AttributeError:
            missing = _MISSING.format(i, v, node)
            if v.owner is None and v.name:  # a script's own; PyTensor makes up others
                if config.compute_test_value == "raise":
                    raise ValueError(missing) from None
                if config.compute_test_value == "warn":
                    warnings.warn(f"Warning, {missing}", stacklevel=4)
            return
    is_known = {v: [v.owner is not once] for v in cells}
    with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        once.op.make_thunk(once, cells, is_known, [], impl="py")()
    for v, computed in zip(node.outputs, once.outputs, strict=True):
        v.tag.test_value = cells[computed][0]
