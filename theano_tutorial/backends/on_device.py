"""How a compiled function runs on a device: one step, or many steps, per call."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from operator import is_, itemgetter, setitem

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.fg import FunctionGraph

from theano_tutorial._types import Array, DeviceArray
from theano_tutorial.backends.on_host import checked_rows, kept, to_numpy, whole_numbers

DeviceArrays = Sequence[DeviceArray]
# A graph as a function of arrays on the device.
Converted = Callable[..., DeviceArrays]
# New values of the shared variables that a step changes, and its outputs.
Result = tuple[DeviceArrays, DeviceArrays]
# Takes a step, given the values that it changes, those that it only reads, and its inputs.
Step = Callable[..., Result]
# Where a variable's value is stored: a list of one element.
Cell = list[Array | DeviceArray]

_first, _ZEROS = itemgetter(0), repeat(0)


class Device(ABC):
    """What a library must be able to do with its arrays on a device."""

    @abstractmethod
    def put(self, value: Array) -> DeviceArray:
        """Send a NumPy array to the device."""

    @abstractmethod
    def wait(self, values: DeviceArrays) -> None:
        """Return once the computation of these values no longer needs its inputs."""

    @abstractmethod
    def is_there(self, value: Array | DeviceArray) -> bool:
        """Return whether a value is on the device."""

    @abstractmethod
    def fetch(self, value: DeviceArray) -> Array:
        """Bring a value back as a NumPy array."""

    @abstractmethod
    def compile(self, step: Step) -> Step:
        """Compile a step, which may use up the values that it changes."""

    @abstractmethod
    def repeat(self, step: Step) -> Step:
        """Compile `n` steps as one function, with arguments and results like those of `step`.

        The inputs and outputs, however, are arrays with one row per step, and `n` is an
        additional last argument. Outputs whose shapes differ from step to step are tuples.
        """


class DeviceFunction:
    """A graph converted to a function of values on a device.

    PyTensor calls it with the stored values; `steps` takes many steps in one call. `shared`
    has the cell of each input, or None for an input that is passed at each call.
    """

    def __init__(
        self,
        device: Device,
        fgraph: FunctionGraph,
        converted: Converted,
        shared: Sequence[Cell | None],
    ) -> None:
        self.device = device
        self.converted = converted
        self._shared = shared
        # Which inputs get new values; PyTensor returns these, in this order, after the outputs.
        self._changed = list((fgraph.update_mapping or {}).values())
        self._n_out = len(fgraph.outputs) - len(self._changed)
        self._given = [i for i, cell in enumerate(shared) if cell is None]
        changed_or_given = {*self._changed, *self._given}
        self._fixed = [i for i in range(len(shared)) if i not in changed_or_given]
        self._kept = [*self._changed, *self._fixed]
        # Where the first input is among them, the second and so on: the inverse permutation.
        self._order: list[int] = np.argsort([*self._kept, *self._given]).tolist()
        self._minibatches = list(checked_rows(fgraph))
        # If a minibatch depends on what steps may change, check each step.
        # An input that has an update may be passed or left out at any step.
        pairs = zip(fgraph.inputs, shared, strict=True)
        self.can_repeat = all(
            rows.depends_on <= set(self._given) and rows.data not in self._changed
            for rows in self._minibatches
        ) and all(cell is None or isinstance(v, SharedVariable) for v, cell in pairs)
        self._compiled, self._repeated = device.compile(self._step), device.repeat(self._step)
        self._cells = [self._cell(i) for i in self._kept]  # those that steps change come first
        # Inputs that are integers, checked and sent: as they are given, and one by one.
        self._rows: dict[tuple[int | None, ...], DeviceArrays] = {}
        self._numbers: dict[tuple[int, str], DeviceArray] = {}
        self._sent: dict[tuple[object, ...], DeviceArrays] = {}
        # What the last call left: the values that it changed, and those that it only read.
        nothing: list[DeviceArray] = [np.empty(0)]
        self._left: tuple[DeviceArrays, DeviceArrays] = (
            nothing * len(self._changed),
            nothing * len(self._fixed),
        )

    def __call__(self, *values: Array | DeviceArray) -> list[Array | DeviceArray] | None:
        """Compute once; the new values of shared variables stay on the device."""
        for rows in self._minibatches:
            rows.check(values)
        if not self._is_as_left():
            self._rows.clear()
            self._left = self._stored(self._changed), self._stored(self._fixed)
        given = [values[i] for i in self._given]
        row = tuple(map(self._there, self._given, given))
        outputs = self._take(row)
        if self.can_repeat and None not in (key := whole_numbers(given)):
            kept(self._rows, key, lambda: row)
        return [*outputs, *self._left[0]] or None  # as PyTensor wants it

    def again(self, given: Sequence[object]) -> list[Array] | None:
        """Take a step if nothing but its inputs is new, and these are integers seen before.

        Returns None if the step must be taken by a call instead, which checks everything.
        """
        row = self._rows.get(whole_numbers(given))
        return self._take(row) if row is not None and self._is_as_left() else None

    def _is_as_left(self) -> bool:
        """Return whether variables have the values that the last call left, on the device."""
        changed, fixed = self._left
        return all(map(is_, map(_first, self._cells), chain(changed, fixed)))

    def _take(self, row: DeviceArrays) -> list[Array]:
        """Take a step from the values in `_left`, which get the new ones; return outputs."""
        changed, fixed = self._left
        new, outputs = self._run(self._compiled, changed, fixed, row)
        # From here to `fetch`, Python works while a device may still compute.
        self._left = new, fixed
        if not outputs:  # the caller may overwrite the inputs next
            self.device.wait(new)
        return [*map(self.device.fetch, outputs)]

    def steps(self, inputs: Sequence[Sequence[Array]]) -> list[tuple[Array, ...]]:
        """Take one step per row of `inputs` in a single call; return each step's outputs.

        All rows have the same shapes, and the inputs' types. Shared variables get their new
        values after the last step.
        """
        changed, fixed = self._stored(self._changed), self._stored(self._fixed)
        columns = self._columns(inputs)
        _, outputs = self._run(self._repeated, changed, fixed, columns, len(inputs))
        by_step = [self._by_step(output) for output in outputs]
        return list(zip(*by_step, strict=True)) or [()] * len(inputs)

    def _by_step(self, output: DeviceArray | tuple[DeviceArray, ...]) -> list[Array]:
        if isinstance(output, tuple):
            return [*map(self.device.fetch, output)]
        fetched = self.device.fetch(output)
        return [fetched[k, ...] for k in range(len(fetched))]

    def _run(self, compiled: Step, *arguments: DeviceArrays | int) -> Result:
        """Run a compiled function and store the new values, even if Ctrl-C comes meanwhile.

        By then the old values may be gone. Python reacts to Ctrl-C only between two of its own
        operations, and running and storing is a single one, the call of `deque`.
        """
        results: list[Result] = []
        new = chain.from_iterable(map(_first, results))
        run = map(results.append, map(compiled, *[[argument] for argument in arguments]))
        deque(chain(run, map(setitem, self._cells, _ZEROS, new)), maxlen=0)
        return results[0]

    def _columns(self, inputs: Sequence[Sequence[Array]]) -> DeviceArrays:
        """Check the minibatches; return the inputs on the device, with one row per step."""
        columns = [np.array([row[k] for row in inputs]) for k in range(len(self._given))]
        first = iter(inputs[0])
        values = [next(first) if cell is None else cell[0] for cell in self._shared]

        def check_and_send() -> DeviceArrays:
            self._check(values, columns, len(inputs))
            return tuple(self.device.put(column) for column in columns)

        if any(column.ndim > 1 for column in columns):
            return check_and_send()
        # The same minibatch indices come again every epoch.
        rows = tuple(rows.all_rows(values) for rows in self._minibatches)
        key = rows, len(inputs), *(column.tobytes() for column in columns)
        return kept(self._sent, key, check_and_send)

    def _check(self, values: list[DeviceArray], columns: Sequence[Array], n: int) -> None:
        """Check the minibatches of n steps before the first step is taken."""
        for k in range(n) if self._minibatches else ():
            for i, column in zip(self._given, columns, strict=True):
                values[i] = column[k]
            for rows in self._minibatches:
                rows.check(values)

    def _step(self, changed: DeviceArrays, fixed: DeviceArrays, row: DeviceArrays) -> Result:
        outputs = tuple(self.converted(*self._arguments(changed, fixed, row)))
        return outputs[self._n_out :], outputs[: self._n_out]

    def _arguments(self, *changed_fixed_row: DeviceArrays) -> DeviceArrays:
        """Return values in the order of the graph's inputs."""
        values = [value for values in changed_fixed_row for value in values]
        return [values[k] for k in self._order]

    def _cell(self, i: int) -> Cell:
        cell = self._shared[i]
        assert cell is not None  # called only for shared inputs
        return cell

    def _stored(self, inputs: Sequence[int]) -> DeviceArrays:
        return tuple(self._there(i, self._cell(i)[0]) for i in inputs)

    def _there(self, i: int, value: Array | DeviceArray) -> DeviceArray:
        """Return the value of an input on the device, and keep it there if it is shared."""
        if not isinstance(value, np.ndarray):
            if self.device.is_there(value):
                return value
            value = to_numpy(value)
        cell = self._shared[i]
        if cell is not None:
            cell[0] = self.device.put(value)
            return cell[0]
        if value.ndim or value.dtype.kind != "i":
            return self.device.put(value)
        # The same minibatch indices come again every epoch, and sending one takes time.
        key = int(value), value.dtype.char
        return kept(self._numbers, key, lambda: self.device.put(value))
