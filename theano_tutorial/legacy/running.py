"""Running a script with the modules beside it."""

import ast
import functools
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from os.path import realpath
from pathlib import Path
from random import Random
from traceback import TracebackException
from types import ModuleType
from typing import Any

from theano_tutorial._text import one_line
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.legacy import SameModule, python2, stand_ins
from theano_tutorial.system.terminal import tell

_HERE = Path(__file__).parent
_SIZE = "a size or index is a float: write // or int(...), or run with --python 2"
_TEXT = "Python 2 took bytes for text: open the file with mode 'b', or encode and decode"
# Regular expressions that match an error's name and message, each with what to do about it.
_HINTS = {
    "TypeError.*(as an integer|sequence of integers|integers.*not .?float)": _SIZE,
    "IndexError.*only integers, slices": f"{_SIZE}; make a list of slices a tuple(...)",
    "TypeError.*(bytes-like|(not|,) bytes( found)?$|to bytes|on a (str|byt))": _TEXT,
    "Unicode(De|En)codeError|AttributeError.*'bytes' object .* '(encode|format)'": _TEXT,
    r"(Attribute|Type)Error.*'(range|map|zip|filter|dict_\w+)'": "Python 2 returned a list "
    "here: write list(...) around it, or run with --python 2",
    r"TypeError.*(Cuda|Gpu)\w+\(\) takes no arg": "it ran on a GPU: leave it out",
    "(Attribute|Import|ModuleNotFound)Error.*(numpy|scipy)": "it was there once, and is gone",
}
_OFFERED = {"utils": "theano_tutorial.plots"}  # which has tile_raster_images
_PYLEARN2 = ("pylearn2", "pylearn2.datasets", "pylearn2.datasets.mnist")
_OFFERED |= stand_ins.MODULES | dict.fromkeys(_PYLEARN2, "theano_tutorial.legacy.datasets")


class OfferedFinder(MetaPathFinder):
    """The last finder asked: it has modules that old scripts import and few users have."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if (now := _OFFERED.get(name)) is None:
            return None
        same = SameModule(pkgutil.resolve_name(now))
        return ModuleSpec(name, same, is_package=name in _PYLEARN2)


class _Loader(SourceFileLoader):
    """A loader of Python 2 and 3 modules that neither reads nor writes ``.pyc`` files."""

    python: int | None = None

    def exec_module(self, module: ModuleType) -> None:
        content = self.get_data(self.path)
        _execute(python2.parse(content, self.path, python=self.python), self.path, module)


class BesideFinder(MetaPathFinder):
    """A finder of modules beside the script, in PYTHONPATH, or outside all `known` folders."""

    def __init__(self, folder: str, known: Iterable[str], python: int | None) -> None:
        given = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
        self.given = {*map(realpath, given)}
        self.known = {realpath(each) for each in (*known, str(_HERE.parent))}
        self.folder, self.python = folder, python

    def find_spec(self, name: str, path: Any, target: object = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path)
        if spec and type(spec.loader) is SourceFileLoader:
            folders = [*map(str, Path(realpath(spec.loader.path)).parents)]
            inner = next((each for each in folders if each in {self.folder, *self.known}), None)
            is_own = inner == self.folder or not any(map(_is_pips, folders))
            if is_own and inner in {self.folder, None} | self.given:
                spec.loader = _Loader(name, spec.loader.path)
                spec.loader.python = self.python if inner in {self.folder, None} else None
        return spec


@functools.cache
def _is_pips(folder: str) -> bool:
    return any(Path(folder).glob("*.dist-info"))


def read(script: str) -> bytes:
    """Return a script's content, or raise `UsageError`."""
    try:
        return Path(script).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{one_line(script)}: cannot be read ({reason})") from error


def run(script: str, arguments: Sequence[str], *, python: int | None = None) -> int:
    """Run a script as ``__main__``; return its exit code. `python` is as in `python2.parse`."""
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
            finder.python = 2  # a Python 2 script imports Python 2 modules, and draws as it did
            Random._randbelow = lambda r, n: int(r.random() * n)  # type: ignore[attr-defined]
        _execute(source, path, main)
    except TutorialError:
        raise
    except Exception as error:  # noqa: BLE001  (as Python does)
        tell(*_shown(error, finder.folder))
        return 1
    return 0


def _execute(source: python2.Source, path: str, module: ModuleType) -> None:
    space, given = vars(module), stand_ins.builtins_of(source.is_old)

    def run(
        code: Any,
        names: Any = None,
        local: Any = None,
        path: str = "<string>",
        mode: str = "exec",
    ) -> Any:
        scope = names, names if local is None else local
        if names is None:
            scope = sys._getframe(1).f_globals, sys._getframe(1).f_locals
        scope[0].setdefault("__builtins__", given)
        if isinstance(code, str | bytes):
            content = code.encode() if isinstance(code, str) else code
            content = b"(%s\n)" % content.strip() if mode == "eval" else content
            python = 2 if source.is_old else None
            code = python2.parse(content, path, python=python).compiled(path, mode)
        return eval(code, *scope)

    files = {"execfile": lambda name, at=space, to=None: run(read(name), at, to, name)}
    files |= {"eval": functools.partial(run, mode="eval")} if source.floors else {}
    space["__builtins__"] = given | files | {"exec": run}
    exec(source.compiled(path), space)


def _shown(error: BaseException, folder: str) -> list[str]:
    """Return an error's traceback without the door's frames, then a hint, if one fits."""
    shown = TracebackException.from_exception(error)
    places = [f for f in shown.stack if f.line and realpath(f.filename).startswith(folder)]
    ours = (f"{_HERE}{os.sep}", "<frozen importlib", ast.__file__)  # which parses the script
    shown.stack[:] = [frame for frame in shown.stack if not frame.filename.startswith(ours)]
    lines = "".join(shown.format()).splitlines()
    for pattern, hint in _HINTS.items():
        if places and re.match(pattern, f"{type(error).__name__} {error}", re.DOTALL):
            place = f"{one_line(places[-1].filename)}, line {places[-1].lineno}"
            return [*lines, f"{place}: {hint}."]
    return lines
