"""A compiled function's calls on a device: single steps, and many in one call."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from operator import is_, itemgetter, setitem

import numpy as np
from pytensor.graph.fg import FunctionGraph

from theano_tutorial._types import Array, DeviceArray
from theano_tutorial.backends.on_host import checked_rows, kept, to_numpy

DeviceArrays = Sequence[DeviceArray]
# A graph as a function of arrays on the device.
Converted = Callable[..., DeviceArrays]
# New values of the shared variables that a step changes, and its outputs.
Result = tuple[DeviceArrays, DeviceArrays]
# Takes a step, given the values that it changes, those that it only reads, and its inputs.
Step = Callable[..., Result]
# Where a variable's value is stored: a list of one.
Cell = list[Array | DeviceArray]

_first, _ZEROS = itemgetter(0), repeat(0)


class Device(ABC):
    """What a library must be able to do with its arrays on a device."""

    @abstractmethod
    def put(self, value: Array) -> DeviceArray:
        """Send a NumPy array to the device."""

    @abstractmethod
    def wait(self, values: DeviceArrays) -> None:
        """Return when what computes these values needs no input any more."""

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

        But the inputs and outputs are arrays with a row a step, and `n` is the last argument.
        """


class DeviceFunction:
    """A graph converted to a function of values on a device.

    PyTensor calls it with the values that are stored; `steps` takes many steps in one call.
    `shared` has each input's cell, or None for an input that is given at each call.
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
        # The inputs that get new values, which PyTensor returns after the outputs, in order.
        self._changed = list((fgraph.update_mapping or {}).values())
        self._n_out = len(fgraph.outputs) - len(self._changed)
        self._given = [i for i, cell in enumerate(shared) if cell is None]
        self._cells = [self._cell(i) for i in self._changed]
        changed_or_given = {*self._changed, *self._given}
        self._fixed = [i for i in range(len(shared)) if i not in changed_or_given]
        self._kept = [*self._changed, *self._fixed]
        self._order = _inverse([*self._kept, *self._given])
        self._minibatches = list(checked_rows(fgraph))
        # A minibatch's number that steps change themselves can be checked only step by step.
        self.can_repeat = all(rows.depends_on <= set(self._given) for rows in self._minibatches)
        self._compiled, self._repeated = device.compile(self._step), device.repeat(self._step)
        self._numbers: dict[tuple[int, str], DeviceArray] = {}
        self._sent: dict[tuple[object, ...], DeviceArrays] = {}
        # What the last call left: the values that it changed, and those that it only read.
        nothing: list[DeviceArray] = [np.empty(0)]
        self._left: tuple[DeviceArrays, DeviceArrays] = (
            nothing * len(self._changed),
            nothing * len(self._fixed),
        )

    def __call__(self, *values: Array | DeviceArray) -> Sequence[Array | DeviceArray]:
        """Compute once; outputs that are new values of shared variables stay on the device."""
        for rows in self._minibatches:
            rows.check(values)
        changed, fixed = self._left
        # Most values are those that the last call left, and are not looked at.
        if not all(map(is_, map(values.__getitem__, self._kept), chain(changed, fixed))):
            changed, fixed = self._stored(self._changed), self._stored(self._fixed)
        row = tuple([self._there(i, values[i]) for i in self._given])
        new, outputs = self._run(self._compiled, changed, fixed, row)
        # From here to `fetch`, Python works while a device may still compute.
        self._left = new, fixed
        if not outputs:  # the caller may write into the inputs
            self.device.wait(new)
        return [*map(self.device.fetch, outputs), *new]

    def steps(self, inputs: Sequence[Sequence[Array]]) -> list[tuple[Array, ...]]:
        """Take a step with each row of inputs, in a single call; return each one's outputs.

        Rows are alike in shape and of the inputs' types. Shared variables get their new values
        after the last step.
        """
        changed, fixed = self._stored(self._changed), self._stored(self._fixed)
        columns = self._columns(inputs)
        _, outputs = self._run(self._repeated, changed, fixed, columns, len(inputs))
        fetched = [self.device.fetch(output) for output in outputs]
        by_step = [[output[k, ...] for k in range(len(inputs))] for output in fetched]
        return list(zip(*by_step, strict=True)) or [()] * len(inputs)

    def _run(self, compiled: Step, *arguments: DeviceArrays | int) -> Result:
        """Run what is compiled, and store the new values, also if somebody presses Ctrl-C.

        The old ones may be gone by then. Python hears Ctrl-C between its own operations, and
        the last line is a single one.
        """
        results: list[Result] = []
        new = chain.from_iterable(map(_first, results))
        run = map(results.append, map(compiled, *[[argument] for argument in arguments]))
        deque(chain(run, map(setitem, self._cells, _ZEROS, new)), maxlen=0)
        return results[0]

    def _columns(self, inputs: Sequence[Sequence[Array]]) -> DeviceArrays:
        """Return the inputs on the device, those of a step in a row; check the minibatches."""
        columns = [np.array([row[k] for row in inputs]) for k in range(len(self._given))]
        first = iter(inputs[0])
        values = [next(first) if cell is None else cell[0] for cell in self._shared]

        def check_and_send() -> DeviceArrays:
            self._check(values, columns, len(inputs))
            return tuple(self.device.put(column) for column in columns)

        if any(column.ndim > 1 for column in columns):
            return check_and_send()
        # The numbers of minibatches come again every epoch.
        rows = tuple(rows.all_rows(values) for rows in self._minibatches)
        key = rows, len(inputs), *(column.tobytes() for column in columns)
        return kept(self._sent, key, check_and_send)

    def _check(self, values: list[DeviceArray], columns: Sequence[Array], n: int) -> None:
        """Check the minibatches of n steps before the first is taken."""
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
        assert cell is not None  # only of inputs that are shared
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
        # The numbers of minibatches come again every epoch, and to send one takes its time.
        key = int(value), value.dtype.char
        return kept(self._numbers, key, lambda: self.device.put(value))


def _inverse(order: Sequence[int]) -> list[int]:
    """Return where in `order` each of the numbers from 0 stands."""
    return sorted(range(len(order)), key=order.__getitem__)
