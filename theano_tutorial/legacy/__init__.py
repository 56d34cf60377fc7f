"""The door: old Theano code runs again, on PyTensor, without a change.

`install()` lets `import theano` find the folder `theano` beside this file, and PyTensor's names
under Theano's (`renames`); without it nothing changes. What a user's own code does, it does.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from theano_tutorial.errors import UsageError

__all__ = ["install"]

# The backend that compiles, unless `install` is told: numpy, c, numba, jax or pytorch.
VARIABLE = "THEANO_TUTORIAL_BACKEND"


class SameModule(Loader):
    """Give a module a second name; it stays one module."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # importlib has put the new name's there


class TheanoFinder(MetaPathFinder):
    """Find `theano` and what is below it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find what has that name, or raise an `ImportError` that says what it was."""
        of_theano = name.removeprefix(f"{__name__}.")
        if of_theano != "theano" and not of_theano.startswith("theano."):
            return None
        from theano_tutorial.legacy import renames, spellings

        if of_theano != name and renames.is_file(of_theano):
            return None  # Python finds it
        module = renames.module(of_theano)
        if module is None:
            raise ImportError(spellings.sentence(of_theano), name=name)
        return ModuleSpec(name, SameModule(module), is_package=True)


def install(backend: str | None = None, dtype: str | None = None) -> None:
    """Let `import theano` find the door, for the rest of this process.

    `backend` is by default what ``THEANO_TUTORIAL_BACKEND`` says, else numpy; `dtype`, which is
    floatX, what ``THEANO_FLAGS`` or ``.theanorc`` say. A real Theano is never hidden: that, and
    settings that cannot be used, are a `UsageError`.
    """
    _refuse_to_hide()
    from theano_tutorial.system import pytensor_setup

    pytensor_setup.import_pytensor()
    importlib.import_module(f"{__name__}.mode").use(backend or os.environ.get(VARIABLE))
    importlib.import_module(f"{__name__}.theano.configdefaults").config.read(dtype)
    importlib.import_module(f"{__name__}.mode").apply()
    if not any(isinstance(finder, TheanoFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, TheanoFinder())
        importlib.import_module(f"{__name__}.renames").shadow()
        sys.meta_path.append(importlib.import_module(f"{__name__}.running").OfferedFinder())


def _refuse_to_hide() -> None:
    loaded = getattr(sys.modules.get("theano"), "__spec__", None)
    found = loaded or PathFinder.find_spec("theano")
    # A folder of that name, with scripts, has no origin.
    if found is not None and found.origin and not found.name.startswith(f"{__name__}."):
        raise UsageError(
            f"a real Theano is {'loaded' if loaded else 'installed'} ({found.origin}); the "
            "door does not hide it: uninstall it, or run where it is not"
        )
