"""Theano's `Mode`, `NanGuardMode` and `MonitorMode`, which here are the door's mode."""

from collections.abc import Callable
from typing import Any

from pytensor.compile import mode
from pytensor.compile.debug import monitormode, nanguardmode
from pytensor.graph.basic import Apply
from pytensor.link.basic import Linker, PerformLinker, WrapLinkerMany

from theano_tutorial.legacy import mode as door

# What is called before or after an operation: its number, the operation, what computes it.
Watcher = Callable[[int, Apply, Any], object]

get_mode, get_default_mode = door.named, door.mode


class Mode(mode.Mode):
    """A mode. Names of linkers and optimizers mean the door's own; an instance is used."""

    def __init__(
        self, linker: Linker | str | None = None, optimizer: Any = "default", db: object = None
    ) -> None:
        base = door.step_by_step() if isinstance(linker, Linker) else door.mode()
        super().__init__(
            linker if isinstance(linker, Linker) else base.linker,
            base.provided_optimizer if isinstance(optimizer, str | None) else optimizer,
        )


class NanGuardMode(nanguardmode.NanGuardMode):
    """A mode that raises an `AssertionError` at NaN, infinity, or what is larger than 1e10."""

    def __init__(
        self,
        nan_is_error: bool = True,
        inf_is_error: bool = True,
        big_is_error: bool = True,
        **how: object,
    ) -> None:
        optimizer = door.step_by_step().provided_optimizer
        super().__init__(nan_is_error, inf_is_error, big_is_error, optimizer)
        self.linker.c_thunks = False


class MonitorMode(monitormode.MonitorMode):
    """A mode that calls functions before and after each operation."""

    def __init__(
        self, pre_func: Watcher | None = None, post_func: Watcher | None = None, **how: object
    ) -> None:
        super().__init__(pre_func, post_func, door.step_by_step().provided_optimizer)
        self.provided_linker = self.linker = WrapLinkerMany([PerformLinker()], [self.eval])

    def eval(self, fgraph: object, i: int, node: Apply, fn: Any) -> None:
        """Call what was given around an operation."""
        if self.pre_func is not None:
            self.pre_func(i, node, fn)
        fn()
        if self.post_func is not None:
            self.post_func(i, node, fn)
