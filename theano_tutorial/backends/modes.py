"""The modes of backends: functions that can be pickled, and hosts that share variables.

A function on a device may use the same variable as one that computes on the host, and leave
its value there. Functions of a `HostMode` bring such values back before they compute.
PyTensor's own do not: they take whatever is stored for a NumPy array, some of them in C.
"""

import copyreg
from collections.abc import Callable
from functools import partial
from typing import SupportsIndex

from pytensor.compile.executor import Function
from pytensor.compile.maker import FunctionMaker
from pytensor.compile.mode import Mode

from theano_tutorial.backends.on_host import bring_back


class BackendFunction(Function):
    """A compiled function that can be pickled, wherever its shared variables' values are."""

    __slots__ = ()

    def bring_back(self) -> None:
        """Replace values on a device by NumPy arrays."""
        for container in self.input_storage:
            bring_back(container.storage)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        self.bring_back()
        return copyreg.dispatch_table[Function](self)  # what PyTensor does for its own class


class HostFunction(BackendFunction):
    """A compiled function that first brings back the values it finds on a device."""

    __slots__ = ()

    def __call__(self, *args: object, **kwargs: object) -> object:
        self.bring_back()
        return super().__call__(*args, **kwargs)


class DeviceCall(BackendFunction):
    """A compiled function whose shared variables stay on a device.

    PyTensor checks its inputs, which takes microseconds, unless they are integers seen before.
    """

    __slots__ = ()

    def __call__(self, *args: object, **kwargs: object) -> object:
        outputs = None if kwargs or self.profile else self.vm.jit_fn.again(args)
        if outputs is None:
            return super().__call__(*args, **kwargs)
        return outputs[0] if self.unpack_single else None if self.return_none else outputs


class BackendMode(Mode):
    """A mode that can be pickled, like the functions that it compiles.

    `made_by` is the call that makes it again; a mode that is derived from it has None.
    """

    made_by: Callable[[], Mode] | None = None
    function_class: type[BackendFunction]

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        """Pickle the call that made the mode, as its rewrites cannot be pickled."""
        return (self.made_by, ()) if self.made_by else super().__reduce_ex__(protocol)

    @property
    def function_maker(self) -> Callable[..., FunctionMaker]:
        return partial(FunctionMaker, function_class=self.function_class)


class HostMode(BackendMode):
    """A mode of a backend that computes on the host."""

    function_class = HostFunction


class DeviceMode(BackendMode):
    """A mode of a backend that computes on a device of its library."""

    function_class = DeviceCall
