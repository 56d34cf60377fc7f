"""`theano.compile`: functions with defaults and named outputs, shared variables, modes."""

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytensor
from numpy.random import RandomState
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable

from theano_tutorial._text import one_line
from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.legacy import mode as door
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.draws.random_state import share
from theano_tutorial.legacy.wrapping import as_before

from .called import Function, In, prepared, with_defaults

Outputs: TypeAlias = Variable | Sequence[Variable] | Mapping[str, Variable] | None
# Pairs of a variable and what replaces it, or its new value.
Pairs = Mapping[Variable, Any] | Sequence[tuple[Variable, Any]] | None


def __getattr__(name: str) -> object:
    if name in ("FAST_RUN", "FAST_COMPILE"):
        return door.mode()
    return renames.find("theano.compile", name)


def function(
    inputs: Sequence[Variable | In],
    outputs: Outputs = None,
    mode: Any = None,
    updates: Pairs = None,
    givens: Pairs = None,
    no_default_updates: bool | list[SharedVariable] = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
) -> Function:
    """Compile a function, as `theano.function` did.

    An input may have a default value (`In`). Of a dictionary of outputs, calls return one by
    the same names. Of modes, Theano's names mean the door's mode.
    """
    prepare = prepared(inputs, outputs)
    made = _compiled(
        prepare.inputs,
        prepare.outputs,
        mode=door.named(mode),
        updates=_pairs(updates),
        givens=_pairs(givens),
        no_default_updates=no_default_updates or None,
        accept_inplace=accept_inplace,
        name=name,
        rebuild_strict=rebuild_strict,
        allow_input_downcast=allow_input_downcast,
        profile=profile,
        on_unused_input=on_unused_input,
    )
    return with_defaults(made, prepare)


def _compiled(*args: Any, **how: Any) -> Any:  # PyTensor's own function
    try:
        return as_before(pytensor.function)(*args, **how)
    except NotImplementedError as error:
        if door.backend() not in ("jax", "pytorch"):
            raise
        raise BackendUnavailable(
            f"backend {door.backend()!r} cannot compile this ({one_line(error)}); numpy, c and "
            "numba can"
        ) from error


def _pairs(given: Pairs) -> list[tuple[Variable, Any]]:
    items = given.items() if isinstance(given, Mapping) else given or ()
    return [(variable, value) for variable, value in items]


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
    if "broadcastable" in how:
        how["shape"] = _lengths(how.pop("broadcastable"))
    made: SharedVariable = pytensor.shared(value, name, strict, allow_downcast, **how)
    return made


def _lengths(broadcastable: Sequence[bool] | None) -> tuple[int | None, ...] | None:
    if broadcastable is None:
        return None
    return tuple(1 if repeated else None for repeated in broadcastable)


def function_dump(filename: str, inputs: Any, outputs: Any = None, **how: Any) -> None:
    """Write the arguments of `function` to a file, as a pickle."""
    Path(filename).write_bytes(pickle.dumps({"inputs": inputs, "outputs": outputs, **how}))
