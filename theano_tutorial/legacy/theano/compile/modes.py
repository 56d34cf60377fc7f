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


class Mode(mode.Mode):
    """A mode. Names of linkers and optimizers mean the door's own; an instance is used."""

    def __init__(
        self, linker: Linker | str | None = None, optimizer: Any = "default", db: object = None
    ) -> None:
        theirs = isinstance(linker, str) or linker is None
        base = door.mode() if theirs else door.step_by_step()
        chosen = base.provided_optimizer if isinstance(optimizer, str | None) else optimizer
        super().__init__(base.linker if theirs else linker, chosen)


class NanGuardMode(nanguardmode.NanGuardMode):
    """A mode that raises an `AssertionError` at NaN, infinity, or what is larger than 1e10."""

    def __init__(
        self,
        nan_is_error: bool = True,
        inf_is_error: bool = True,
        big_is_error: bool = True,
        optimizer: Any = "default",
        linker: object = None,
        db: object = None,
    ) -> None:
        base = door.step_by_step()
        chosen = base.provided_optimizer if isinstance(optimizer, str | None) else optimizer
        super().__init__(nan_is_error, inf_is_error, big_is_error, chosen)
        self.linker.c_thunks = False


class MonitorMode(monitormode.MonitorMode):
    """A mode that calls functions before and after each operation."""

    def __init__(
        self,
        pre_func: Watcher | None = None,
        post_func: Watcher | None = None,
        optimizer: Any = "default",
        linker: object = None,
        db: object = None,
    ) -> None:
        base = door.step_by_step()
        chosen = base.provided_optimizer if isinstance(optimizer, str | None) else optimizer
        super().__init__(pre_func, post_func, chosen)
        self.provided_linker = self.linker = WrapLinkerMany([PerformLinker()], [self.eval])

    def eval(self, fgraph: object, i: int, node: Apply, fn: Any) -> None:
        """Call what was given around an operation."""
        if self.pre_func is not None:
            self.pre_func(i, node, fn)
        fn()
        if self.post_func is not None:
            self.post_func(i, node, fn)


def detect_nan(i: int, node: Apply, fn: Any) -> None:
    """Print an operation that gave NaN: for `MonitorMode`."""
    monitormode.detect_nan(None, i, node, fn)


def get_mode(name: Any = None) -> mode.Mode:
    """Return the mode of that name."""
    return door.named(name)


def get_default_mode() -> mode.Mode:
    """Return the mode that functions are compiled in."""
    return door.mode()
