"""What a compiled function takes and gives: inputs with default values, outputs by name."""

from collections.abc import Iterable
from typing import Any

from pytensor.compile import executor, io
from pytensor.graph.basic import Variable
from pytensor.link.basic import Container

# An array, or whatever a variable of another type holds.
Value = Any


class In(io.In):
    """An input with a default `value`, and perhaps an `update`: its new default after a call.

    PyTensor has inputs with a container, for shared variables, and refuses other defaults.
    """

    def __init__(
        self, variable: Variable, name: str | None = None, value: Value = None, **how: Any
    ) -> None:
        value = getattr(value, "container", value)
        if value is not None and not isinstance(value, Container):
            given, value = value, Container(variable, storage=[None])
            value.value = given
        super().__init__(variable, name=name, value=value, **{"implicit": False, **how})


class Function(executor.Function):
    """A compiled function that has defaults: of what a call is given, they remember nothing."""

    __slots__ = ()

    def __call__(self, *args: Value, **kwargs: Value) -> Any:
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

    def __getitem__(self, key: str | int | Variable) -> Value:
        """Return the default value of an input, or the value of a shared variable."""
        return self._finder[key].value

    def __setitem__(self, key: str | int | Variable, value: Value) -> None:
        self._finder[key].value = value

    # What computes; PyTensor calls it `vm`.
    fn = property(lambda self: self.vm)
    # The values of inputs and shared variables, by name, position or variable.
    value = container = property(lambda self: self)


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
