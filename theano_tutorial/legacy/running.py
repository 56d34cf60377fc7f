"""A script run as the program that it is, with the modules beside it."""

import os
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

from theano_tutorial._text import one_line
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.legacy import hints, python2, stand_ins
from theano_tutorial.system.terminal import complain, tell

_HERE = Path(__file__).parent
_OFFERED = ("pylearn2", "six", "utils")  # in this folder


class OfferedFinder(MetaPathFinder):
    """Finds what old scripts import and few have; the last to be asked."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of our modules."""
        return PathFinder.find_spec(name, [str(_HERE)]) if name in _OFFERED else None


def offer() -> None:
    """Let our modules be imported, for the rest of this process."""
    if not any(isinstance(finder, OfferedFinder) for finder in sys.meta_path):
        sys.meta_path.append(OfferedFinder())


class _Loader(SourceFileLoader):
    """Loads a module of any Python; no ``.pyc`` is read or written."""

    python: int | None = None

    def exec_module(self, module: ModuleType) -> None:
        name, path = module.__name__, self.path
        in_package = "." in name or hasattr(module, "__path__")
        content = self.get_data(path)
        source = python2.parse(content, path, python=self.python, in_package=in_package)
        _execute(source, path, module)


class BesideFinder(MetaPathFinder):
    """Finds modules in the script's folder, and in those that the script puts on the path.

    The rest of the path, `known`, is left to Python: it has what is installed.
    """

    def __init__(self, folder: str, known: Iterable[str], python: int | None) -> None:
        self.folder = folder
        self.known = {os.path.realpath(each) for each in (*known, str(_HERE.parent))}
        self.python = python

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find what Python finds, to be loaded by the door if it is the script's."""
        spec = PathFinder.find_spec(name, path, target)
        if spec and type(spec.loader) is SourceFileLoader and self._is_beside(spec.loader.path):
            spec.loader = _Loader(name, spec.loader.path)
            spec.loader.python = self.python
        return spec

    def _is_beside(self, path: str) -> bool:
        """Return whether the innermost folder of the path that holds a file is the script's."""
        folders = map(str, Path(os.path.realpath(path)).parents)
        inner = next((each for each in folders if each in {self.folder, *self.known}), None)
        return inner in {self.folder, None}


def read(script: str) -> bytes:
    """Return a script's content, or raise `UsageError`."""
    if script.endswith(".ipynb"):
        raise UsageError(
            f"{one_line(script)} is a notebook: it runs in Jupyter, with "
            "'from theano_tutorial import legacy; legacy.install()' in its first cell"
        )
    try:
        return Path(script).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{one_line(script)}: cannot be read ({reason})") from error


def run(script: str, arguments: Sequence[str], *, python: int | None = None) -> int:
    """Run a script as ``__main__``; return the exit code.

    `arguments` become ``sys.argv[1:]``, and the script's folder the first of ``sys.path``.
    `python`, 2 or 3, is what the script and the modules beside it are taken for; by default it
    is seen from each, and what Python 2 ran imported what Python 2 ran.

    An uncaught exception is shown as Python shows it, without frames of the door. `SystemExit`
    goes on to the caller; a script that cannot be read raises `UsageError`.
    """
    content, path = read(script), str(Path(script).absolute())
    main = ModuleType("__main__")
    main.__file__ = path
    finder = BesideFinder(str(Path(path).resolve().parent), sys.path[1:], python)
    sys.argv, sys.path[0] = [script, *arguments], finder.folder
    sys.modules["__main__"] = main
    sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)
    try:
        source = python2.parse(content, path, python=python)
        if source.is_old:
            finder.python = 2
        _execute(source, path, main)
    except KeyboardInterrupt:
        tell("Interrupted.")
        return 130
    except TutorialError as error:
        complain(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  (as Python does)
        _forget_door(error)
        sys.excepthook(type(error), error, error.__traceback__)
        if hint := hints.of(error, finder.folder):
            tell(hint)
        return 1
    return 0


def _execute(source: python2.Source, path: str, module: ModuleType) -> None:
    vars(module)["__builtins__"] = stand_ins.builtins_of(source.is_old)
    exec(source.compiled(path), vars(module))


def _forget_door(error: BaseException | None) -> None:
    """Take the door's frames out of the tracebacks of an error, and of those behind it."""
    while error is not None:
        kept, traceback = [], error.__traceback__
        while traceback is not None:
            filename = traceback.tb_frame.f_code.co_filename
            if not filename.startswith((f"{_HERE}{os.sep}", "<frozen importlib")):
                kept.append(traceback)
            traceback = traceback.tb_next
        for each, following in zip(kept, [*kept[1:], None], strict=False):
            each.tb_next = following
        error.__traceback__ = kept[0] if kept else None
        error = error.__cause__ or error.__context__
