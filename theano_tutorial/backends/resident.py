"""Shared variables that stay on the device that computes.

PyTensor hands a compiled function NumPy arrays, and the function sends them to the device: at
every call, the whole dataset. Here the value in a shared variable's storage is replaced by its
copy on the device, once; what updates leave there stays there. Reading the variable gives a
NumPy array back, and setting it puts one in, which the next call sends over.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.traversal import ancestors
from pytensor.link.basic import Container, JITLinker

from theano_tutorial.fused.ops import SliceRows, check_rows


def to_numpy(value: Any) -> Any:
    """Return a value as NumPy's, from whatever device and library."""
    detach = getattr(value, "detach", None)  # a tensor of PyTorch
    return np.asarray(value) if detach is None else detach().cpu().numpy()


class ResidentContainer(Container):
    """A shared variable's value, on a device or not; read as a NumPy array."""

    def _get(self) -> Any:
        return to_numpy(self.storage[0])

    value = data = property(_get, Container.__set__)


class Resident(JITLinker):
    """A linker whose functions keep shared variables on their device; to be mixed in."""

    @property
    @abstractmethod
    def device_name(self) -> str:
        """Return the device's name, such as ``cpu:0``, by which it can be asked for."""

    @abstractmethod
    def put(self, value: Any) -> Any:
        """Send a NumPy array to the device."""

    @abstractmethod
    def is_there(self, value: Any) -> bool:
        """Return whether a value is on the device."""

    @abstractmethod
    def fetch(self, value: Any) -> Any:
        """Bring a value back as a NumPy array."""

    @abstractmethod
    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Compile a function of values on the device."""

    def fgraph_convert(self, fgraph: Any, *args: Any, **kwargs: Any) -> Any:
        """Convert a graph, with what another device holds brought back first."""
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

    def jit_compile(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function that PyTensor calls with the stored values."""
        compiled = self.compile(fn)
        shared = self._shared
        kept = set(self.fgraph.update_mapping or ())  # outputs that are new values
        check = _row_check(self.fgraph)

        def call(*values: Any) -> tuple[Any, ...]:
            check(values)
            there = []
            for value, cell in zip(values, shared, strict=True):
                if not self.is_there(value):
                    value = self.put(to_numpy(value))
                    if cell is not None:
                        cell[0] = value
                there.append(value)
            outputs = compiled(*there)
            return tuple(
                output if i in kept else self.fetch(output) for i, output in enumerate(outputs)
            )

        return call


def _row_check(fgraph: Any) -> Callable[[Any], None]:
    """Return a function that refuses inputs whose minibatch lies beyond the end.

    A device cannot raise an error from within a compiled function, and would give other rows.
    """
    checks = []
    for node in fgraph.toposort():
        if isinstance(node.op, SliceRows):
            x, start = node.inputs
            steps = _host_function(fgraph, start)
            if steps is not None and x.type.shape[0] is not None:
                checks.append((steps, node.op.length, x.type.shape[0]))

    def check(values: Any) -> None:
        for steps, length, n in checks:
            check_rows(int(steps(values)), length, n)

    return check


def _host_function(fgraph: Any, start: Variable) -> Callable[[Any], Any] | None:
    """Return a plain Python function of the inputs that computes an integer of theirs."""
    leaves = [v for v in ancestors([start]) if v.owner is None and not isinstance(v, Constant)]
    if len(leaves) != 1 or leaves[0] not in fgraph.inputs or leaves[0].type.ndim != 0:
        return None
    where = fgraph.inputs.index(leaves[0])
    from theano_tutorial.fused.rewrite import linear

    terms, constant = linear(start)
    if set(terms) != set(leaves):
        return None
    factor = terms[leaves[0]]
    return lambda values: factor * int(values[where]) + constant
