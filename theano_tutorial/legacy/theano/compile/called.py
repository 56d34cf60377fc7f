"""What a compiled function takes and gives: inputs with default values, outputs by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytensor.compile import executor
from pytensor.compile import io as pytensor_io
from pytensor.graph.basic import Variable

# An array, or whatever a variable of another type holds.
Value = Any


class In(pytensor_io.In):
    """An input with a name, a default `value` and an `update`, its new default after each call.

    The other arguments are PyTensor's.
    """

    def __init__(
        self,
        variable: Variable,
        name: str | None = None,
        value: Value = None,
        update: Variable | None = None,
        **how: Any,
    ) -> None:
        super().__init__(variable, name=name, **how)
        self.default = value
        self.new_value = update
        if update is not None and value is None:
            raise ValueError(f"input {variable} has an update and no value to begin with")


@dataclass
class Prepared:
    """Inputs and outputs as PyTensor takes them, and what calls do besides."""

    inputs: list[Variable | In]
    outputs: Variable | list[Variable] | None
    keys: list[str] | None = None  # names of outputs, where they are a dictionary
    defaults: dict[int, Value] = field(default_factory=dict)  # by the position of the input
    changing: list[int] = field(default_factory=list)  # inputs whose new defaults are computed
    names: dict[str, int] = field(default_factory=dict)  # positions of inputs that have names
    single: bool = False  # whether one output is asked for, not a list
    nothing: bool = False  # whether no output is asked for


def prepared(
    inputs: Sequence[Variable | In],
    outputs: Variable | Sequence[Variable] | Mapping[str, Variable] | None,
) -> Prepared:
    """Take apart what `theano.function` was given."""
    if not isinstance(inputs, list | tuple):
        raise TypeError(
            "Input variables of a Theano function should be contained in a list, even when "
            "there is a single input."
        )
    made = Prepared(list(inputs), None, nothing=outputs is None)
    new_values = []
    for i, given in enumerate(inputs):
        name = given.name
        if name is not None and isinstance(name, str):
            made.names[name] = i
        if isinstance(given, In) and given.default is not None:
            made.defaults[i] = getattr(given.default, "container", given.default)
        if isinstance(given, In) and given.new_value is not None:
            made.changing.append(i)
            new_values.append(given.new_value)
    if isinstance(outputs, Mapping):
        if not all(isinstance(key, str) for key in outputs):
            raise AssertionError("the keys of a dictionary of outputs must be strings")
        made.keys = sorted(outputs)
        outputs = [outputs[key] for key in made.keys]
    if not new_values:
        made.outputs = list(outputs) if isinstance(outputs, tuple) else outputs
        return made
    made.single = outputs is not None and not isinstance(outputs, list | tuple)
    wanted = [outputs] if made.single else list(outputs or ())
    made.outputs = [*wanted, *new_values]
    return made


class Function(executor.Function):
    """A compiled function. `maker.prepared` says what its calls do besides computing."""

    __slots__ = ()

    def __call__(self, *args: Value, **kwargs: Value) -> Any:
        """Compute the outputs."""
        prepared: Prepared = self.maker.prepared
        if prepared.defaults:
            args, kwargs = _filled(prepared, args, kwargs)
        results = super().__call__(*args, **kwargs)
        if prepared.changing:
            n = len(results) - len(prepared.changing)
            prepared.defaults.update(zip(prepared.changing, results[n:], strict=True))
            results = (
                None if prepared.nothing else results[0] if prepared.single else results[:n]
            )
        if prepared.keys is not None:
            return dict(zip(prepared.keys, results, strict=True))
        return results

    def copy(self, *args: Any, **kwargs: Any) -> "Function":
        """Return a copy, as PyTensor's, with the same defaults."""
        old: Prepared = self.maker.prepared
        fresh = Prepared(**{**vars(old), "defaults": dict(old.defaults)})
        return with_defaults(super().copy(*args, **kwargs), fresh)

    def __getitem__(self, key: str | int | Variable) -> Value:
        """Return the default value of an input, or the value of a shared variable."""
        position = self._position(key)
        if position in self.maker.prepared.defaults:
            return _value(self.maker.prepared.defaults[position])
        return self._finder[key].value

    def __setitem__(self, key: str | int | Variable, value: Value) -> None:
        position = self._position(key)
        if position in self.maker.prepared.defaults:
            self.maker.prepared.defaults[position] = value
        else:
            self._finder[key].value = value

    def _position(self, key: str | int | Variable) -> int | None:
        if isinstance(key, int):
            return key
        prepared: Prepared = self.maker.prepared
        for i, given in enumerate(prepared.inputs):
            if getattr(given, "variable", given) is key:
                return i
        return prepared.names.get(key) if isinstance(key, str) else None

    @property
    def fn(self) -> object:
        """What computes; PyTensor calls it `vm`."""
        return self.vm

    @property
    def value(self) -> "Function":
        """The values of inputs and shared variables, by name, position or variable."""
        return self

    container = value


def with_defaults(made: executor.Function, prepared: Prepared) -> Function:
    """Return a function of PyTensor's as one that knows what its calls do besides."""
    made.maker.prepared = prepared
    function: Function = made
    function.__class__ = Function  # which adds methods, and no attribute
    return function


def _filled(
    prepared: Prepared, args: Sequence[Value], kwargs: Mapping[str, Value]
) -> tuple[tuple[Value, ...], dict[str, Value]]:
    """Return the arguments of a call, with defaults for those that are not given."""
    left = dict(kwargs)
    given = list(args)
    for i in range(len(args), len(prepared.inputs)):
        name = next((name for name, at in prepared.names.items() if at == i), None)
        if name in left:
            given.append(left.pop(name))
        elif i in prepared.defaults:
            given.append(_value(prepared.defaults[i]))
        else:
            return tuple(args), dict(kwargs)  # PyTensor says what is missing
    return tuple(given), left


def _value(default: Value) -> Value:
    """Return a default value, if that of a shared variable, what that is now."""
    return default.value if hasattr(default, "storage") else default
