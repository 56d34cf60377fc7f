"""Shared variables that stay on the device that computes, and steps taken there in one call.

PyTensor hands a compiled function NumPy arrays, and the function sends them to the device: at
every call, the whole dataset. Here the value in a shared variable's storage is replaced by its
copy on the device, once, and what updates leave there stays there; on a GPU, in the memory of
what it replaces, so that no other thread may read it meanwhile. Reading the variable brings a
NumPy array back; setting it stores one, which the next call sends to the device.
"""

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, repeat
from operator import itemgetter, setitem

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.link.basic import Container, JITLinker

from theano_tutorial._types import Array, DeviceArray
from theano_tutorial.backends.on_host import (
    ResidentContainer,
    checked_rows,
    is_shared_array,
    kept,
    to_numpy,
)

DeviceArrays = Sequence[DeviceArray]
# A graph as a function of arrays on the device.
Converted = Callable[..., DeviceArrays]
# New values of the shared variables that a step changes, and its outputs.
Result = tuple[DeviceArrays, DeviceArrays]
# Takes a step, given the values that it changes, those that it only reads, and its inputs.
Step = Callable[..., Result]
# Where a variable's value is stored: a list of one.
Cell = list[Array | DeviceArray]


class Resident(JITLinker):
    """A linker whose functions keep shared variables on their device; to be mixed in."""

    @property
    @abstractmethod
    def device_name(self) -> str:
        """Return the device's name, such as ``cpu:0``, as `backends.mode` takes it."""

    @abstractmethod
    def put(self, value: Array) -> DeviceArray:
        """Send a NumPy array to the device."""

    @abstractmethod
    def give(self, value: Array) -> Array | DeviceArray:
        """Return an input that is given at a call as a compiled step takes it."""

    def giving(self) -> AbstractContextManager[None]:
        """Return a context in which a call may send what it is given."""
        return nullcontext()

    def wait(self, values: DeviceArrays) -> None:
        """Return when values have been computed; by default they are by then."""

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

    def fgraph_convert(self, fgraph: FunctionGraph, **kwargs: object) -> Converted:
        """Convert a graph, after bringing back the values that another library holds."""
        for variable in fgraph.inputs:
            if is_shared_array(variable):
                storage = variable.container.storage
                if not self.is_there(storage[0]):
                    storage[0] = to_numpy(storage[0])
        converted: Converted = super().fgraph_convert(fgraph, **kwargs)
        return converted

    def create_thunk_inputs(self, storage_map: Mapping[Variable, Cell]) -> list[Cell]:
        cells: list[Cell] = super().create_thunk_inputs(storage_map)
        # An input may have an update, too: Theano's way before shared variables.
        changed = set((self.fgraph.update_mapping or {}).values())
        self._shared: list[Cell | None] = []
        for i, (cell, variable) in enumerate(zip(cells, self.fgraph.inputs, strict=True)):
            is_stored = isinstance(variable, SharedVariable) or i in changed
            self._shared.append(cell if is_stored else None)
            if is_shared_array(variable) and type(variable.container) is Container:
                variable.container.__class__ = ResidentContainer
        return cells

    def jit_compile(self, fn: Converted) -> "DeviceFunction":
        return DeviceFunction(self, self.fgraph, fn, self._shared)


class DeviceFunction:
    """A graph converted to a function of values on a device.

    PyTensor calls it with the values that are stored; `steps` takes many steps in one call.
    `shared` has each input's cell, or None for an input that is given at each call.
    """

    def __init__(
        self,
        linker: Resident,
        fgraph: FunctionGraph,
        converted: Converted,
        shared: Sequence[Cell | None],
    ) -> None:
        self.linker = linker
        self.converted = converted
        self._shared = shared
        self._new_values: dict[int, int] = dict(fgraph.update_mapping or {})  # output: input
        self._given = [i for i, cell in enumerate(shared) if cell is None]
        self._changed = list(self._new_values.values())
        self._cells = [self._cell(i) for i in self._changed]
        changed_or_given = {*self._changed, *self._given}
        self._fixed = [i for i in range(len(shared)) if i not in changed_or_given]
        self._order = _inverse([*self._changed, *self._fixed, *self._given])
        others = [i for i in range(len(fgraph.outputs)) if i not in self._new_values]
        self._order_out = _inverse([*self._new_values, *others])
        self._minibatches = list(checked_rows(fgraph))
        # A minibatch's number that steps change themselves can be checked only step by step.
        self.can_repeat = all(rows.depends_on <= set(self._given) for rows in self._minibatches)
        self._compiled, self._repeated = linker.compile(self._step), linker.repeat(self._step)
        self._sent: dict[tuple[object, ...], DeviceArrays] = {}
        self._last: Sequence[DeviceArray | None] = [None] * len(shared)

    def __call__(self, *values: Array | DeviceArray) -> tuple[Array | DeviceArray, ...]:
        """Compute once; outputs that are new values of shared variables stay on the device."""
        for rows in self._minibatches:
            rows.check(values)
        there = [
            # Most values are those that the last call used or left, and are not looked at.
            value if value is last else self._there(i, value)
            for i, (value, last) in enumerate(zip(values, self._last, strict=True))
        ]
        groups = self._changed, self._fixed, self._given
        arguments = [tuple([there[i] for i in group]) for group in groups]
        with self.linker.giving():
            new, outputs = self._run(self._compiled, *arguments)
        for i, value in zip(self._changed, new, strict=True):
            there[i] = value
        self._last = there
        if not outputs:  # whose fetching waits; the caller may write into the inputs then
            self.linker.wait(new)
        results = [*new, *(self.linker.fetch(output) for output in outputs)]
        return tuple(results[k] for k in self._order_out)

    def steps(self, inputs: Sequence[Sequence[Array]]) -> list[tuple[Array, ...]]:
        """Take a step with each row of inputs, in a single call; return each one's outputs.

        Rows are alike in shape and of the inputs' types. Shared variables get their new values
        after the last step.
        """
        changed, fixed = self._stored(self._changed), self._stored(self._fixed)
        columns = self._columns(inputs)
        _, outputs = self._run(self._repeated, changed, fixed, columns, len(inputs))
        fetched = [self.linker.fetch(output) for output in outputs]
        by_step = [[output[k, ...] for k in range(len(inputs))] for output in fetched]
        return list(zip(*by_step, strict=True)) or [()] * len(inputs)

    def _run(self, compiled: Step, *arguments: DeviceArrays | int) -> Result:
        """Run what is compiled, and store the new values, also if somebody presses Ctrl-C.

        The old ones may be gone by then. Python hears Ctrl-C between its own operations, and
        the last line is a single one.
        """
        results: list[Result] = []
        new = chain.from_iterable(map(itemgetter(0), results))
        run = map(results.append, map(compiled, *([argument] for argument in arguments)))
        deque(chain(run, map(setitem, self._cells, repeat(0), new)), maxlen=0)
        return results[0]

    def _columns(self, inputs: Sequence[Sequence[Array]]) -> DeviceArrays:
        """Return the inputs on the device, those of a step in a row; check the minibatches."""
        columns = [np.array([row[k] for row in inputs]) for k in range(len(self._given))]
        first = iter(inputs[0])
        values = [next(first) if cell is None else cell[0] for cell in self._shared]

        def check_and_send() -> DeviceArrays:
            self._check(values, columns, len(inputs))
            return tuple(self.linker.put(column) for column in columns)

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
        outputs = self.converted(*self._arguments(changed, fixed, row))
        new = tuple(outputs[i] for i in self._new_values)
        return new, tuple(o for i, o in enumerate(outputs) if i not in self._new_values)

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
        if self.linker.is_there(value):
            return value
        value = to_numpy(value)
        cell = self._shared[i]
        if cell is not None:
            cell[0] = self.linker.put(value)
            return cell[0]
        return self.linker.give(value)


def _inverse(order: Sequence[int]) -> list[int]:
    """Return where in `order` each of the numbers from 0 stands."""
    return sorted(range(len(order)), key=order.__getitem__)
