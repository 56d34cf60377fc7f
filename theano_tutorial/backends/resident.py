"""Shared variables that stay on the device that computes.

PyTensor hands a compiled function NumPy arrays, and the function sends them to the device: at
every call, the whole dataset. Here the value in a shared variable's storage is replaced by its
copy on the device, once, and what updates leave there stays there; on a GPU, in the memory of
what it replaces, so that no other thread may read it meanwhile. Reading the variable brings a
NumPy array back; setting it stores one, which the next call sends to the device.
"""

from abc import abstractmethod
from collections.abc import Mapping

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.link.basic import Container, JITLinker

from theano_tutorial.backends.on_device import Cell, Converted, Device, DeviceFunction
from theano_tutorial.backends.on_host import ResidentContainer, is_shared_array, to_numpy


class Resident(Device, JITLinker):
    """A linker whose functions keep shared variables on their device; to be mixed in."""

    @property
    @abstractmethod
    def device_name(self) -> str:
        """Return the device's name, such as ``cpu:0``, as `backends.mode` takes it."""

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

    def jit_compile(self, fn: Converted) -> DeviceFunction:
        return DeviceFunction(self, self.fgraph, fn, self._shared)
