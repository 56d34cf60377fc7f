"""The door, through which old Theano code runs again, unchanged, on PyTensor.

The door stands in for Theano: once `install()` is called, ``import theano`` finds the folder
`theano` beside this file, along with PyTensor's names under Theano's (`renames`). Until then
nothing changes. Old code is not sandboxed: it runs with all the rights of its user.
"""

import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from theano_tutorial.errors import UsageError

__all__ = ["install"]


class SameModule(Loader):
    """A loader that gives a module a second name, without a copy of it."""

    def __init__(self, module: ModuleType) -> None:
        self.module, self.spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # importlib has replaced it with the new name's


class TheanoFinder(MetaPathFinder):
    """A finder of `theano` and the modules below it."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Find a module of Theano, or raise an `ImportError` that says what it was."""
        of_theano = name.removeprefix(f"{__name__}.")
        if of_theano != "theano" and not of_theano.startswith("theano."):
            return None
        from theano_tutorial.legacy import renames

        if of_theano != name and renames.is_file(of_theano):
            return None  # Python finds this file itself
        module = renames.module(of_theano)
        if module is None:
            raise ImportError(renames.sentence(of_theano), name=name)
        return ModuleSpec(name, SameModule(module), is_package=True)


def install(backend: str | None = None, dtype: str | None = None) -> None:
    """Let ``import theano`` find the door, for the rest of this process.

    Old names, such as ``numpy.int`` and ``time.clock``, are in their modules again, too.
    `backend` defaults to ``THEANO_TUTORIAL_BACKEND``, then to numpy; `dtype`, the value of
    floatX, to what ``THEANO_FLAGS`` or ``.theanorc`` say. Raises `BackendUnavailable`, or
    `UsageError` if other settings cannot be used or a real Theano would be hidden.
    """
    loaded = getattr(sys.modules.get("theano"), "__spec__", None)
    found = loaded or PathFinder.find_spec("theano")
    # A folder that happens to be called theano, but is no package, has no origin.
    if found is not None and found.origin and not found.name.startswith(f"{__name__}."):
        raise UsageError(
            f"a real Theano is {'loaded' if loaded else 'installed'} ({found.origin}); the "
            "door does not hide it: uninstall it, or run where it is not"
        )
    from theano_tutorial.system import pytensor_setup

    pytensor_setup.import_pytensor()
    from theano_tutorial.legacy import graphs, mode, renames, running, settings, stand_ins

    mode.use(backend or os.environ.get("THEANO_TUTORIAL_BACKEND"))
    settings.config.read(dtype)
    if not any(isinstance(finder, TheanoFinder) for finder in sys.meta_path):
        graphs.apply()
        stand_ins.restore()
        stand_ins.NAMES["isinstance"] = graphs.is_instance
        sys.meta_path.insert(0, TheanoFinder())
        sys.meta_path.append(running.OfferedFinder())
        sys.modules.update({name: renames.renamed(name) for name in renames.SHADOWED})
