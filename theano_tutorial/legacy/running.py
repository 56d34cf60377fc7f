"""A script run as the program that it is, with the modules beside it."""

import os
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType

from theano_tutorial._text import one_line
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.legacy import hints, python2, stand_ins
from theano_tutorial.system.terminal import complain, tell

_HERE = Path(__file__).parent
_PACKAGE = str(_HERE.parent)


class _Loader(SourceFileLoader):
    """Loads a module beside the script, of any Python; no ``.pyc`` is read or written."""

    def __init__(self, name: str, path: str, python: int | None) -> None:
        super().__init__(name, path)
        self.python = python

    def exec_module(self, module: ModuleType) -> None:
        in_package = "." in module.__name__ or hasattr(module, "__path__")
        source = python2.parse(
            self.get_data(self.path), self.path, python=self.python, in_package=in_package
        )
        _execute(source, self.path, module)


class BesideFinder(MetaPathFinder):
    """Finds modules in the script's folder, and in those that the script puts on the path.

    The rest of the path, `known`, is left to Python: it has what is installed.
    """

    def __init__(self, folder: str, known: Iterable[str], python: int | None) -> None:
        self.folder = _real(folder)
        self.known = {_real(each) for each in known} | {_real(_PACKAGE)}
        self.python = python

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find what Python finds, to be loaded by the door if it is the script's."""
        spec = PathFinder.find_spec(name, path, target)
        if spec and type(spec.loader) is SourceFileLoader and self._is_beside(spec.loader.path):
            spec.loader = _Loader(name, spec.loader.path, self.python)
        return spec

    def _is_beside(self, path: str) -> bool:
        """Return whether the innermost folder of the path that holds a file is the script's."""
        for folder in Path(_real(path)).parents:
            if str(folder) == self.folder:
                return True
            if str(folder) in self.known:
                return False
        return True


def _real(path: str) -> str:
    return os.path.realpath(path or ".")


def read(script: str) -> bytes:
    """Return a script's content, or raise `UsageError`."""
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
    content = read(script)
    path = str(Path(script).absolute())
    main = ModuleType("__main__")
    main.__file__ = path
    finder = BesideFinder(str(Path(path).resolve().parent), sys.path[1:], python)
    sys.argv = [script, *arguments]
    sys.path[0] = finder.folder
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
        _without_door(error)
        sys.excepthook(type(error), error, error.__traceback__)
        if hint := hints.of(error, finder.folder):
            tell(hint)
        return 1
    return 0


def _execute(source: python2.Source, path: str, module: ModuleType) -> None:
    vars(module)["__builtins__"] = stand_ins.builtins_of(source.is_old)
    exec(source.compiled(path), vars(module))


def _without_door(error: BaseException | None) -> None:
    """Take the door's frames out of the tracebacks of an error, and of those behind it."""
    while error is not None:
        frames: list[TracebackType] = []
        traceback = error.__traceback__
        while traceback is not None:
            frames.append(traceback)
            traceback = traceback.tb_next
        for frame in reversed(frames):
            if not _is_of_door(frame.tb_frame.f_code.co_filename):
                frame.tb_next, traceback = traceback, frame
        error.__traceback__ = traceback
        error = error.__cause__ or error.__context__


def _is_of_door(filename: str) -> bool:
    return filename.startswith((f"{_HERE}{os.sep}", "<frozen importlib"))
