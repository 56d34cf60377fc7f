"""`theano.compile`: functions with defaults and named outputs, shared variables, modes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytensor
from numpy.random import RandomState
from pytensor.compile import executor
from pytensor.compile import io as pytensor_io
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.link.basic import Container

from theano_tutorial._text import one_line
from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.legacy import mode as door
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.draws.random_state import share
from theano_tutorial.legacy.mode import Mode, NanGuardMode
from theano_tutorial.legacy.semantics import as_before

__all__ = ["Mode", "NanGuardMode"]
__getattr__ = renames.names_of("theano.compile")

FAST_RUN, FAST_COMPILE = "FAST_RUN", "FAST_COMPILE"
get_mode, get_default_mode = door.named, door.mode


class In(pytensor_io.In):
    """An input with a default `value`, and perhaps an `update`: its new default after a call.

    PyTensor has inputs with a container, for shared variables, and refuses other defaults.
    """

    def __init__(
        self, variable: Variable, name: str | None = None, value: Any = None, **how: Any
    ) -> None:
        value = getattr(value, "container", value)
        if value is not None and not isinstance(value, Container):
            given, value = value, Container(variable, storage=[None])
            value.value = given
        super().__init__(variable, name=name, value=value, **{"implicit": False, **how})


class Function(executor.Function):
    """A compiled function that has defaults: of what a call is given, they remember nothing."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs."""
        defaults = [(container, container.storage[0]) for container in self.maker.defaults]
        try:
            results = super().__call__(*args, **kwargs)
        finally:
            for container, value in defaults:
                container.storage[0] = value
        keys = self.maker.keys
        return results if keys is None else dict(zip(keys, results, strict=True))

    def copy(self, *args: Any, **kwargs: Any) -> "Function":
        """Return a copy, as PyTensor's."""
        return as_theanos(super().copy(*args, **kwargs), self.maker.keys)

    def __getitem__(self, key: str | int | Variable) -> Any:
        """Return the default value of an input, or the value of a shared variable."""
        return self._finder[key].value

    def __setitem__(self, key: str | int | Variable, value: Any) -> None:
        self._finder[key].value = value

    fn = property(lambda self: self.vm)
    value = property(lambda self: self)  # by name, position or variable


def as_theanos(made: executor.Function, keys: Iterable[str] | None) -> Function:
    """Return a function of PyTensor's as one with defaults, and with names of its outputs."""
    made.maker.keys = keys
    made.maker.defaults = [
        container
        for given, container in zip(made.maker.inputs, made.input_storage, strict=True)
        if not (container.required or container.implicit or given.update)
    ]
    function: Function = made
    function.__class__ = Function  # which adds methods, and no attribute
    return function


def function(
    inputs: Sequence[Any], outputs: Any = None, mode: Any = None, *args: Any, **how: Any
) -> Function:
    """Compile a function, as `theano.function` did.

    An input may have a default value (`In`). Of a dictionary of outputs, calls return one by
    the same names. Of modes, Theano's names mean the door's mode.
    """
    keys = sorted(outputs) if isinstance(outputs, Mapping) else None
    if keys is not None:
        outputs = [outputs[key] for key in keys]
    outputs = list(outputs) if isinstance(outputs, tuple) else outputs
    how["no_default_updates"] = how.get("no_default_updates") or None
    try:
        made = as_before(pytensor.function)(inputs, outputs, door.named(mode), *args, **how)
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


def shared(value: Any, name: str | None = None, *args: Any, **how: Any) -> SharedVariable:
    """Return a shared variable with this value.

    `borrow` keeps an array without a copy; `broadcastable` says which dimensions have length 1
    and are repeated, by default none. `target`, a GPU's name, changes nothing.
    """
    if isinstance(value, RandomState):
        return share(value, name)
    how.pop("target", None)
    if (pattern := how.pop("broadcastable", None)) is not None:
        how["shape"] = tuple(1 if repeated else None for repeated in pattern)
    made: SharedVariable = pytensor.shared(value, name, *args, **how)
    return made
