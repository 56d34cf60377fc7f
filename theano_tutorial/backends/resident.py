"""Shared variables that stay on the device that computes, and steps taken there in one call.

PyTensor hands a compiled function NumPy arrays, and the function sends them to the device: at
every call, the whole dataset. Here the value in a shared variable's storage is replaced by its
copy on the device, once; what updates leave there stays there. Reading the variable gives a
NumPy array back, and setting it puts one in, which the next call sends over.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.traversal import ancestors
from pytensor.link.basic import Container, JITLinker

from theano_tutorial.rewrites.index_ops import SliceRows, check_rows
from theano_tutorial.rewrites.integers import linear

_MOST_NUMBERS = 4096  # single integers that are kept on the device

# An array on a device: JAX's or PyTorch's.
DeviceArray = Any
# Takes a step: given the values that it changes, those that it only reads, and its inputs,
# returns the changed values and the outputs.
Step = Callable[..., tuple[tuple[DeviceArray, ...], tuple[DeviceArray, ...]]]


def to_numpy(value: Any) -> np.ndarray[Any, Any]:
    """Return a value as NumPy's, from whatever device and library."""
    detach = getattr(value, "detach", None)  # a tensor of PyTorch
    return np.asarray(value) if detach is None else detach().cpu().numpy()


class ResidentContainer(Container):
    """A shared variable's value, on a device or not; read as a NumPy array."""

    def _get(self) -> np.ndarray[Any, Any]:
        return to_numpy(self.storage[0])

    value = data = property(_get, Container.__set__)


class Resident(JITLinker):
    """A linker whose functions keep shared variables on their device; to be mixed in."""

    @property
    @abstractmethod
    def device_name(self) -> str:
        """Return the device's name, such as ``cpu:0``, by which it can be asked for."""

    @abstractmethod
    def put(self, value: np.ndarray[Any, Any]) -> DeviceArray:
        """Send a NumPy array to the device."""

    @abstractmethod
    def is_there(self, value: Any) -> bool:
        """Return whether a value is on the device."""

    @abstractmethod
    def fetch(self, value: DeviceArray) -> np.ndarray[Any, Any]:
        """Bring a value back as a NumPy array."""

    @abstractmethod
    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Compile a function of values on the device."""

    @abstractmethod
    def repeat(self, step: Step) -> Step:
        """Compile `n` steps as one function.

        Like `step` it takes the values that change and those that do not; then the inputs of
        all steps, an array each with a row a step, and `n`. It returns the changed values, and
        the outputs in arrays with a row a step.
        """

    def fgraph_convert(self, fgraph: FunctionGraph, *args: Any, **kwargs: Any) -> Any:
        """Convert a graph, with what another library holds brought back first."""
        for variable in fgraph.inputs:
            if isinstance(variable, SharedVariable):
                storage = variable.container.storage
                if not self.is_there(storage[0]):
                    storage[0] = to_numpy(storage[0])
        return super().fgraph_convert(fgraph, *args, **kwargs)

    def create_thunk_inputs(self, storage_map: Any) -> Any:
        """Remember where the values of shared variables are stored."""
        cells = super().create_thunk_inputs(storage_map)
        self._shared = []
        for cell, variable in zip(cells, self.fgraph.inputs, strict=True):
            is_shared = isinstance(variable, SharedVariable)
            self._shared.append(cell if is_shared else None)
            if is_shared and type(variable.container) is Container:
                variable.container.__class__ = ResidentContainer
        return cells

    def jit_compile(self, fn: Callable[..., Any]) -> "DeviceFunction":
        """Return the function that PyTensor calls with the stored values."""
        return DeviceFunction(self, self.fgraph, fn, self._shared)


class DeviceFunction:
    """A graph converted to a function of values on a device.

    PyTensor calls it with the values that are stored; `steps` calls it many times in one.

    Parameters
    ----------
    linker
        Knows the device.
    fgraph
        The graph.
    converted
        The graph as a function of the device's library.
    shared
        The cell in which the value of each input is stored; None for an input that is given
        at each call.
    """

    def __init__(
        self,
        linker: Resident,
        fgraph: FunctionGraph,
        converted: Callable[..., Any],
        shared: Sequence[list[Any] | None],
    ) -> None:
        self.linker = linker
        self.inputs = fgraph.inputs
        self.converted = converted
        self.compiled = linker.compile(converted)
        self._shared = shared
        self._new_values: dict[int, int] = dict(fgraph.update_mapping or {})  # output: input
        self._given = [i for i, cell in enumerate(shared) if cell is None]
        self._changed = list(self._new_values.values())
        changed_or_given = {*self._changed, *self._given}
        self._fixed = [i for i in range(len(shared)) if i not in changed_or_given]
        self._check, read = _row_check(fgraph)
        # A minibatch's number that steps change themselves can be checked only step by step.
        self.can_repeat = read <= set(self._given)
        self._repeated = linker.repeat(self._step)
        self._numbers: dict[tuple[int, np.dtype[Any]], DeviceArray] = {}

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        """Compute once; outputs that are new values of shared variables stay on the device."""
        self._check(values)
        there = [self._there(i, value) for i, value in enumerate(values)]
        return tuple(
            output if i in self._new_values else self.linker.fetch(output)
            for i, output in enumerate(self.compiled(*there))
        )

    def steps(self, rows: Sequence[Sequence[Any]]) -> list[tuple[np.ndarray[Any, Any], ...]]:
        """Compute once with each row of inputs, in a single call; return each one's outputs.

        Shared variables get their new values after the last.
        """
        columns = [
            np.stack([self.inputs[i].type.filter(row[k], allow_downcast=None) for row in rows])
            for k, i in enumerate(self._given)
        ]
        for row in rows:
            self._check(self._arguments((), (), row))
        changed, outputs = self._repeated(
            tuple(self._stored(i) for i in self._changed),
            tuple(self._stored(i) for i in self._fixed),
            tuple(self.linker.put(column) for column in columns),
            len(rows),
        )
        for i, value in zip(self._changed, changed, strict=True):
            cell = self._shared[i]
            assert cell is not None  # what changes is shared
            cell[0] = value
        fetched = [self.linker.fetch(output) for output in outputs]
        return [tuple(output[k, ...] for output in fetched) for k in range(len(rows))]

    def _step(
        self, changed: Sequence[Any], fixed: Sequence[Any], row: Sequence[Any]
    ) -> tuple[tuple[DeviceArray, ...], tuple[DeviceArray, ...]]:
        outputs = self.converted(*self._arguments(changed, fixed, row))
        new = tuple(outputs[i] for i in self._new_values)
        return new, tuple(o for i, o in enumerate(outputs) if i not in self._new_values)

    def _arguments(
        self, changed: Sequence[Any], fixed: Sequence[Any], row: Sequence[Any]
    ) -> list[Any]:
        """Return values in the order of the graph's inputs."""
        values: list[Any] = [None] * len(self._shared)
        for where, which in (
            (self._changed, changed),
            (self._fixed, fixed),
            (self._given, row),
        ):
            for i, value in zip(where, which, strict=bool(which)):
                values[i] = value
        return values

    def _stored(self, i: int) -> DeviceArray:
        cell = self._shared[i]
        assert cell is not None  # only shared variables have stored values
        return self._there(i, cell[0])

    def _there(self, i: int, value: Any) -> DeviceArray:
        """Return the value of an input on the device, and keep it there if it is shared."""
        if self.linker.is_there(value):
            return value
        value = to_numpy(value)
        cell = self._shared[i]
        if cell is not None:
            cell[0] = self.linker.put(value)
            return cell[0]
        if value.ndim or value.dtype.kind != "i":
            return self.linker.put(value)
        # The numbers of minibatches come again every epoch.
        key = int(value), value.dtype
        if key not in self._numbers:
            if len(self._numbers) >= _MOST_NUMBERS:
                self._numbers.clear()
            self._numbers[key] = self.linker.put(value)
        return self._numbers[key]


def _row_check(fgraph: FunctionGraph) -> tuple[Callable[[Sequence[Any]], None], set[int]]:
    """Return a function that refuses inputs whose minibatch lies beyond the end.

    A device cannot raise an error from within a compiled function, and would give other rows.
    With it goes which inputs it reads.
    """
    checks = []
    read = set()
    for node in fgraph.toposort():
        if isinstance(node.op, SliceRows):
            x, start = node.inputs
            found = _host_function(fgraph, start)
            if found is not None and x.type.shape[0] is not None:
                first, where = found
                checks.append((first, node.op.length, x.type.shape[0]))
                read.add(where)

    def check(values: Sequence[Any]) -> None:
        for first, length, n in checks:
            check_rows(first(values), length, n)

    return check, read


def _host_function(
    fgraph: FunctionGraph, start: Variable[Any, Any]
) -> tuple[Callable[[Sequence[Any]], int], int] | None:
    """Return a plain Python function of the inputs that computes an integer from one of them.

    With it goes which one.
    """
    leaves = [v for v in ancestors([start]) if v.owner is None and not isinstance(v, Constant)]
    if len(leaves) != 1 or leaves[0] not in fgraph.inputs or leaves[0].type.ndim != 0:
        return None
    where = fgraph.inputs.index(leaves[0])
    terms, constant = linear(start)
    if set(terms) != set(leaves):
        return None
    factor = terms[leaves[0]]
    return lambda values: factor * int(values[where]) + constant, where
