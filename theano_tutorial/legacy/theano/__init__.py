"""`theano`: gradients, scans and their updates; what is not defined here, `renames` finds."""

import functools
import inspect
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor
from pytensor import gradient
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.replace import clone_replace
from pytensor.scan import basic, views

from theano_tutorial._types import Array
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.operations import forget
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


class OrderedUpdates(OrderedDict[SharedVariable, Any]):
    """New values of shared variables; a second one of the same variable is a `KeyError`."""

    def update(self, *pairs: Any) -> None:  # type: ignore[override]
        """Add pairs, or all of another dictionary."""
        for given in pairs:
            for key, value in dict(given).items():
                if key in self and self[key] is not value:
                    raise KeyError("Collision", key)
                self[key] = value

    def __add__(self, other: Any) -> "OrderedUpdates":
        result = OrderedUpdates(self)
        result.update(other)
        return result

    def __radd__(self, other: Any) -> "OrderedUpdates":
        return OrderedUpdates(other) + self


def _as_before(function: Callable[..., Any]) -> Callable[..., tuple[Any, OrderedUpdates]]:
    """Return a scan that takes Theano's arguments, and compiles in the door's mode."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> tuple[Any, OrderedUpdates]:
        given = signature.bind(*args, **kwargs).arguments
        given.pop("mode", None)
        if "outputs_info" in given:
            given["outputs_info"] = _states(given["outputs_info"])
        outputs, updates = as_before(function)(**given)
        return outputs, OrderedUpdates(updates)

    return call


def _states(info: Any) -> Any:
    """Return first states whose lengths later ones need not have, as far as types say."""
    if isinstance(info, list | tuple):
        return [_states(state) for state in info]
    if isinstance(info, dict) and "initial" in info:
        return {**info, "initial": _states(info["initial"])}
    return forget(info) if isinstance(info, Variable) else info


scan = _as_before(basic.scan)
map = _as_before(views.map)
reduce = _as_before(views.reduce)
foldl = _as_before(views.foldl)
foldr = _as_before(views.foldr)


def clone(
    output: Any, replace: Any = None, strict: bool = True, share_inputs: bool = True
) -> Any:
    """Return a copy of a graph, with some variables replaced."""
    return clone_replace(output, replace, rebuild_strict=strict, copy_inputs_over=share_inputs)
