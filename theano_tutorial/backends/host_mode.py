"""The mode of a backend that computes on the host.

A function on a device may use the same variable and leave its value there. Functions of this
mode bring such values back before they compute. PyTensor's own do not: they take whatever is
stored for a NumPy array, some of them in C.
"""

import copyreg
from collections.abc import Callable
from functools import partial
from typing import SupportsIndex

from pytensor.compile.executor import Function
from pytensor.compile.maker import FunctionMaker
from pytensor.compile.mode import Mode

from theano_tutorial.backends.on_host import bring_back


class HostFunction(Function):
    """A compiled function that first brings back the values it finds on a device."""

    __slots__ = ()

    def __call__(self, *args: object, **kwargs: object) -> object:
        for container in self.input_storage:
            bring_back(container.storage)
        return super().__call__(*args, **kwargs)


class HostMode(Mode):
    """A mode that compiles a `HostFunction`.

    `made_by` is the call that makes it again; a mode that is derived from it has None.
    """

    made_by: Callable[[], Mode] | None = None

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        """Pickle the call that made the mode, as its rewrites cannot be pickled."""
        return (self.made_by, ()) if self.made_by else super().__reduce_ex__(protocol)

    @property
    def function_maker(self) -> Callable[..., FunctionMaker]:
        return partial(FunctionMaker, function_class=HostFunction)


# PyTensor knows how to pickle its own class, and only that.
copyreg.pickle(HostFunction, copyreg.dispatch_table[Function])
