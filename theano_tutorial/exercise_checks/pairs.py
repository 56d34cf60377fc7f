"""Updates as a learner wrote them: pairs of a shared variable and its new value."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors
from pytensor.tensor.sharedvar import TensorSharedVariable as Shared

from theano_tutorial._arguments import entries
from theano_tutorial._text import shortened
from theano_tutorial.exercise_checks.support import Pairs, Params, Stop, filled


def pairs_of(name: str, updates: object, params: Params) -> Pairs:
    """Return updates as pairs; stop if a type differs, or a parameter is not updated once."""
    filled(name, updates, "pairs of a shared variable and its new value")
    if isinstance(updates, Iterator):
        raise Stop(f"{name}: it can be read only once, and this check has: make it a list.")
    found = updates.items() if isinstance(updates, Mapping) else updates
    if isinstance(found, Variable) or not isinstance(found, Iterable):
        found = [found]
    checked = []
    for pair in found:
        parts = entries(pair, 2)
        if not parts or isinstance(parts[0], tuple):  # two pairs, in a list of their own
            raise Stop(
                f"{name}: it should be a list of pairs: [(shared variable, its new value), ...]"
            )
        variable, new = parts
        if not isinstance(variable, SharedVariable):
            raise Stop(
                f"{name}: {_described(variable)} is updated, but it is not a shared variable. "
                "Each pair begins with one."
            )
        _check_new_value(name, variable, new, params)
        checked.append((variable, new))
    for param in params:
        if sum(variable is param for variable, _ in checked) != 1:
            raise Stop(f"{name}: {param.name} should be updated once.")
    return checked


def _check_new_value(name: str, variable: Shared, new: object, params: Params) -> None:
    """Stop unless the new value has the type of its variable."""
    called = variable.name or "a velocity"
    dtype, ndim = getattr(new, "dtype", None), getattr(new, "ndim", None)
    if dtype is None or ndim is None:
        raise Stop(f"{name}: the new value of {called} should be an expression.")
    if dtype != variable.dtype:
        _name_other_type(name, variable, new, params)
        raise Stop(
            f"{name}: {called} is {variable.dtype} and its new value is {dtype}. A shared "
            f"variable keeps its type: what makes it {dtype}?"
        )
    if ndim != variable.ndim:
        raise Stop(
            f"{name}: {called} has ndim {variable.ndim} and its new value {ndim}. What is its "
            "shape, and its parameter's?"
        )


def _name_other_type(name: str, variable: Shared, new: object, params: Params) -> None:
    """Stop at a shared variable, such as a velocity, that has not the type of a parameter."""
    types = [param.dtype for param in params]
    for each in (variable, *(ancestors([new]) if isinstance(new, Variable) else ())):
        if isinstance(each, Shared) and each.dtype not in types:
            shape = each.get_value(borrow=True).shape
            called = f"a velocity of shape {shape}" if shape else "a shared number"
            raise Stop(
                f"{name}: {each.name or called} is {each.dtype}, and {params[0].name} "
                f"is {types[0]}. It should begin with a {types[0]} value, too."
            )


def _described(value: object) -> str:
    """Return what a value is, on one line."""
    if isinstance(value, np.ndarray):
        return f"a NumPy array ({value.dtype}, of shape {value.shape})"
    return shortened(" ".join(repr(value).split()))
