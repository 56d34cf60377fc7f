"""Shared variables that stay on the device that computes.

PyTensor passes NumPy arrays to a compiled function, which sends them to the device: the whole
dataset, at every call. Here the first call replaces the value in a shared variable's storage
by a copy on the device, and new values from updates stay there, too. On a GPU they reuse the
memory of the old values, so no other thread may read the variable meanwhile. Reading it gives
a NumPy array; setting it stores a NumPy array, which the next call sends to the device.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.link.basic import Container, JITLinker

from theano_tutorial.backends.on_device import Cell, Converted, Device, DeviceFunction
from theano_tutorial.backends.on_host import ResidentContainer, is_shared_array, to_numpy
from theano_tutorial.errors import BackendUnavailable


class Resident(Device, JITLinker):
    """A mixin for linkers whose functions keep shared variables on their device."""

    backend: ClassVar[str]  # its name, for messages

    @property
    @abstractmethod
    def device_name(self) -> str:
        """Return the device's name, such as ``cpu:0``, as `backends.mode` takes it."""

    def fgraph_convert(self, fgraph: FunctionGraph, **kwargs: object) -> Converted:
        """Convert a graph, after fetching the values held by another device or library."""
        for variable in fgraph.inputs:
            if is_shared_array(variable):
                storage = variable.container.storage
                if not self.is_there(storage[0]):
                    storage[0] = to_numpy(storage[0])
        try:
            converted: Converted = super().fgraph_convert(fgraph, **kwargs)
        except (NotImplementedError, AttributeError) as error:  # the library has no function
            raise self.refusal(error) from error
        return converted if fgraph.outputs else lambda *values: ()  # instead of None

    def refusal(self, error: Exception) -> BackendUnavailable:
        """Return the error to raise where the library lacks an operation."""
        why = str(error).partition("\n")[0].rstrip(".")
        return BackendUnavailable(
            f"backend {self.backend!r} cannot compute this ({why}); numpy, c and numba can"
        )

    def create_thunk_inputs(self, storage_map: Mapping[Variable, Cell]) -> list[Cell]:
        cells: list[Cell] = super().create_thunk_inputs(storage_map)
        # A plain input may have an update, too, as before Theano had shared variables.
        changed = set((self.fgraph.update_mapping or {}).values())
        self._shared: list[Cell | None] = []
        for i, (cell, variable) in enumerate(zip(cells, self.fgraph.inputs, strict=True)):
            is_stored = isinstance(variable, SharedVariable) or i in changed
            self._shared.append(cell if is_stored else None)
            if is_shared_array(variable) and type(variable.container) is Container:
                variable.container.__class__ = ResidentContainer
        return cells

    def jit_compile(self, fn: Converted) -> DeviceFunction:
        return DeviceFunction(self, self.fgraph, fn, self._shared)
