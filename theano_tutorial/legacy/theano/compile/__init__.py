"""`theano.compile`: functions with defaults and named outputs, shared variables, modes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytensor
from numpy.random import RandomState
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable

from theano_tutorial._text import one_line
from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.legacy import mode as door
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.draws.random_state import share
from theano_tutorial.legacy.semantics import as_before

from .called import Function, In, as_theanos

# Pairs of a variable and what replaces it, or its new value.
Pairs = Mapping[Variable, Any] | Sequence[tuple[Variable, Any]] | None


def __getattr__(name: str) -> object:
    if name in ("FAST_RUN", "FAST_COMPILE"):
        return door.mode()
    return renames.find("theano.compile", name)


def function(
    inputs: Sequence[Variable | In],
    outputs: Variable | Sequence[Variable] | Mapping[str, Variable] | None = None,
    mode: Any = None,
    updates: Pairs = None,
    givens: Pairs = None,
    no_default_updates: bool | list[SharedVariable] = False,
    *args: Any,
    **how: Any,
) -> Function:
    """Compile a function, as `theano.function` did.

    An input may have a default value (`In`). Of a dictionary of outputs, calls return one by
    the same names. Of modes, Theano's names mean the door's mode.
    """
    keys = sorted(outputs) if isinstance(outputs, Mapping) else None
    if isinstance(outputs, Mapping):
        outputs = [outputs[key] for key in sorted(outputs)]
    try:
        made = as_before(pytensor.function)(
            inputs,
            list(outputs) if isinstance(outputs, tuple) else outputs,
            door.named(mode),
            updates,
            givens,
            no_default_updates or None,
            *args,
            **how,
        )
    except NotImplementedError as error:
        if door.backend() not in ("jax", "pytorch"):
            raise
        raise BackendUnavailable(
            f"backend {door.backend()!r} cannot compile this ({one_line(error)}); numpy, c and "
            "numba can"
        ) from error
    return as_theanos(made, keys)


def Param(variable: Variable, default: Any = None, **how: Any) -> In:
    """Return an input with a default value: the older name of `In`."""
    return In(variable, value=default, **how)


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    **how: Any,
) -> SharedVariable:
    """Return a shared variable with this value.

    `borrow` keeps an array without a copy; `broadcastable` says which dimensions have length 1
    and are repeated, by default none. `target`, a GPU's name, changes nothing.
    """
    if isinstance(value, RandomState):
        return share(value, name)
    how.pop("target", None)
    if (pattern := how.pop("broadcastable", None)) is not None:
        how["shape"] = tuple(1 if repeated else None for repeated in pattern)
    made: SharedVariable = pytensor.shared(value, name, strict, allow_downcast, **how)
    return made
