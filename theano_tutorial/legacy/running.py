"""Running a script with the modules beside it, and a report on the Theano names in it."""

import ast
import functools
import os
import pkgutil
import re
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from random import Random
from traceback import TracebackException
from types import ModuleType
from typing import Any

from theano_tutorial._text import counted, one_line
from theano_tutorial.errors import BadFile, TutorialError, UsageError
from theano_tutorial.legacy import SameModule, python2, renames, stand_ins
from theano_tutorial.legacy.settings import config
from theano_tutorial.legacy.spellings import SPELLINGS, Spelling
from theano_tutorial.system.terminal import tell

_HERE = Path(__file__).parent
_SIZE = "a size or index is a float: write // or int(...), or run with --python 2"
_TEXT = "Python 2 took bytes for text: open the file with mode 'b', or encode and decode"
# Regular expressions that match an error's name and message, each with what to do about it.
_HINTS = {
    "TypeError.*(as an integer|sequence of integers|integers.*not .?float)": _SIZE,
    "IndexError.*only integers, slices": f"{_SIZE}; make a list of slices a tuple(...)",
    "TypeError.*(bytes-like|must be str, not bytes|not bytes$|to bytes|on a (str|byt))": _TEXT,
    "Unicode(De|En)codeError|AttributeError.*'bytes' object .* '(encode|format)'": _TEXT,
    r"(Attribute|Type)Error.*'(range|map|zip|filter|dict_\w+)'": "Python 2 returned a list "
    "here: write list(...) around it, or run with --python 2",
    "(Attribute|Import|ModuleNotFound)Error.*(numpy|scipy)": "it was there once, and is gone",
}
_HEADINGS = {"same": "the same", "renamed": "renamed", "changed": "changed in meaning"}
_HEADINGS["missing"] = "missing from PyTensor"
# Modules whose names Theano also offered in the package above.
_SAME = re.compile(r"(\.updates|(?<=\.tensor)\.basic|(?<=\.nnet)\.(nnet|sigm))(?=\.)")
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
        self.given = {*map(os.path.realpath, given)}
        self.known = {os.path.realpath(each) for each in (*known, str(_HERE.parent))}
        self.folder, self.python = folder, python

    def find_spec(self, name: str, path: Any, target: object = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path)
        if spec and type(spec.loader) is SourceFileLoader:
            folders = [*map(str, Path(os.path.realpath(spec.loader.path)).parents)]
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

    def run(code: Any, names: Any = None, local: Any = None, path: str = "<string>") -> None:
        scope = names, names if local is None else local
        if names is None:
            scope = sys._getframe(1).f_globals, sys._getframe(1).f_locals
        scope[0].setdefault("__builtins__", given)
        if isinstance(code, str | bytes):
            content = code.encode() if isinstance(code, str) else code
            python = 2 if source.is_old else None
            code = python2.parse(content, path, python=python).compiled(path)
        exec(code, *scope)

    files = {"execfile": lambda name, at=space, to=None: run(read(name), at, to, name)}
    space["__builtins__"] = given | files | {"exec": run}
    exec(source.compiled(path), space)


def _shown(error: BaseException, folder: str) -> list[str]:
    """Return an error's traceback without the door's frames, then a hint, if one fits."""
    shown = TracebackException.from_exception(error)
    places = [f for f in shown.stack if os.path.realpath(f.filename).startswith(folder)]
    ours = (f"{_HERE}{os.sep}", "<frozen importlib")
    shown.stack[:] = [frame for frame in shown.stack if not frame.filename.startswith(ours)]
    lines = "".join(shown.format()).splitlines()
    for pattern, hint in _HINTS.items():
        if places and re.match(pattern, f"{type(error).__name__} {error}", re.DOTALL):
            place = f"{one_line(places[-1].filename)}, line {places[-1].lineno}"
            return [*lines, f"{place}: {hint}."]
    return lines


def report(script: str, *, python: int | None = None) -> Iterator[str]:
    """Yield the lines of the report on a script, or raise `UsageError` or `BadFile`."""
    try:
        source = python2.parse(read(script), script, python=python)
    except SyntaxError as error:
        raise BadFile(script, f"line {error.lineno}: {error.msg}") from error
    at: defaultdict[str, set[int]] = defaultdict(set)
    spelled: dict[str, Spelling] = {}
    for full, line in _uses(source.tree):
        if found := _spelled(full):
            spelled.update([found])
            at[found[0]].add(line)
    yield f"{one_line(script)}: {counted(len(at), 'Theano names')}. pt is pytensor.tensor."
    if source.is_old:
        yield "It is Python 2: convert it first. Its / of two integers is // now."
    for kind, heading in _HEADINGS.items():
        names = sorted(name for name in spelled if spelled[name].kind == kind)
        if names:
            yield f"\n{heading} ({len(names)}):"
        width = max((len(spelled[name].new) for name in names), default=0)
        for name in names:
            _, new, note = spelled[name]
            where = f"line{'s' * (len(at[name]) > 1)} {', '.join(map(str, sorted(at[name])))}"
            yield f"  {name:{max(map(len, names))}}  {new:{width}}  {where}"
            if note:
                yield f"      {note}"


def _uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the full names of what a file imports and uses, with line numbers."""
    known: dict[str, str] = {}  # full names, by local name
    inner: set[ast.AST] = set()  # parts of names found already
    for node in ast.walk(tree):  # outer nodes come first
        match node:
            case ast.Import(names=names):
                for each in names:
                    first = each.name.partition(".")[0]
                    known[each.asname or first] = each.name if each.asname else first
                    yield each.name, node.lineno
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for each in names:
                    known[each.asname or each.name] = f"{module}.{each.name}"
                    yield f"{module}.{each.name}".removesuffix(".*"), node.lineno
            case ast.Attribute() | ast.Name(ctx=ast.Load()) if node not in inner:
                name, dot, rest = ast.unparse(node).partition(".")
                if name in known and re.fullmatch(r"[\w.]*", rest):
                    inner |= set(ast.walk(node)) - {node}
                    yield f"{known[name]}{dot}{rest}", node.lineno


def _spelled(full: str) -> tuple[str, Spelling] | None:
    """Return the part of a full name that is Theano's, with its spelling; None for a module."""
    start = full = _SAME.sub("", full)
    while start:
        if start in SPELLINGS:
            kind, new, note = SPELLINGS[start]
            return start, Spelling(kind, new or (kind != "missing") * _modern(start), note)
        start = start.rpartition(".")[0]
    name, *rest = full.split(".")
    held: object = renames.module(name) if name == "theano" else None
    if held is None:
        return None
    for part in rest:
        if isinstance(held, ModuleType) or held is config:
            name = f"{name}.{part}"
            with warnings.catch_warnings(action="ignore"):
                held = getattr(held, part, None)
    is_a_part = isinstance(held, ModuleType) and name not in {"theano", "theano.tensor"}
    return None if is_a_part else (name, _found(name, held))


def _modern(name: str) -> str:
    return re.sub("^pytensor.tensor[.]", "pt.", name.replace("theano", "pytensor", 1))


def _found(name: str, held: object) -> Spelling:
    inside, _, last = name.rpartition(".")
    same, home = name.replace("theano", "pytensor", 1), getattr(held, "__module__", "")
    if not inside:
        return Spelling("same", same)
    names = [same, renames.NAMES.get(name, ""), renames.NAMES.get(last, ""), f"{home}.{last}"]
    names += [f"{each}.{last}" for each in renames.HOMES.get(inside, ())]
    for new in filter(_is_in_pytensor, names):
        return Spelling("same" if new == same else "renamed", _modern(new))
    own = "PyTensor has none; the door has its own"
    return Spelling("missing", "", renames.sentence(name) if held is None else own)


def _is_in_pytensor(name: str) -> bool:
    inside, _, last = name.rpartition(".")
    try:
        with warnings.catch_warnings(action="error"):
            return inside.startswith("pytensor") and hasattr(pkgutil.resolve_name(inside), last)
    except (ImportError, AttributeError, Warning):
        return False
