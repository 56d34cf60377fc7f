"""The door: old Theano code runs again, on PyTensor, without a change.

`install()` lets `import theano` and all below it find the files in the folder `theano` beside
this one, or, for what PyTensor kept as it was, PyTensor's module of the same name. Nothing
else in the process changes, and without `install()` nothing changes at all.
"""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# Where `theano` is: this package's own tree.
OURS = f"{__name__}.theano"


class _SameModule(Loader):
    """Give a module a second name; it stays one module."""

    def __init__(self, real: str) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.real)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # importlib has put the new name's there


class TheanoFinder(MetaPathFinder):
    """Find `theano` and what is below it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find our file of that name, which keeps the name it has in this package."""
        if name != "theano" and not name.startswith("theano."):
            return None
        real = OURS + name.removeprefix("theano")
        if importlib.util.find_spec(real) is None:
            return None
        return ModuleSpec(name, _SameModule(real), is_package=True)


def install() -> None:
    """Let `import theano` find the door, for the rest of this process."""
    if not any(isinstance(finder, TheanoFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, TheanoFinder())
