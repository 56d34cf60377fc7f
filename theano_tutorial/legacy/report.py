"""A porting guide: the names of Theano in a script, each with what PyTensor calls it."""

import ast
import importlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from theano_tutorial._text import counted, one_line
from theano_tutorial.errors import BadFile
from theano_tutorial.legacy import missing, python2, renames
from theano_tutorial.legacy.running import read
from theano_tutorial.legacy.spellings import CALLS, SPELLINGS, Spelling
from theano_tutorial.legacy.theano.configdefaults import config
from theano_tutorial.legacy.used_names import Use, uses

_HEADINGS = {
    "same": "the same",
    "renamed": "renamed",
    "changed": "changed in meaning",
    "missing": "missing from PyTensor",
}
_ROOTS = ("theano", "theano.tensor")
_Group = dict[tuple[str, Spelling], list[int]]


def lines(script: str, *, python: int | None = None) -> Iterator[str]:
    """Yield the lines of the report on a script; `python` is that of `python2.parse`.

    A script that cannot be read raises `UsageError`, one that cannot be parsed `BadFile`.
    """
    try:
        source = python2.parse(read(script), script, python=python)
    except SyntaxError as error:
        raise BadFile(script, f"line {error.lineno}: {error.msg}") from error
    group: _Group = {}
    for use in uses(source.tree):
        if (spelled := _spelled(use)) is not None:
            group.setdefault(spelled, []).append(use.line)
    n_names = len({name for name, _ in group})
    yield f"{one_line(script)}: {counted(n_names, 'names')} of Theano. pt is pytensor.tensor."
    if source.is_old:
        yield "It is Python 2: convert it first. Its / of two integers is // now."
    for kind, heading in _HEADINGS.items():
        part = {key: at for key, at in sorted(group.items()) if key[1].kind == kind}
        if part:
            yield f"\n{heading} ({len({name for name, _ in part})}):"
            yield from _rows(part)
    if beside := _beside(source.tree, Path(script).parent):
        yield f"\nIt imports {', '.join(beside)} beside it, which this report leaves out."


def _rows(part: _Group) -> Iterator[str]:
    old = max(len(name) for name, _ in part)
    new = max(len(spelling.new) for _, spelling in part)
    for (name, spelling), at in part.items():
        where = ", ".join(map(str, sorted(set(at))))
        words = "lines" if "," in where else "line"
        gap = f"{spelling.new:{new}}  " if new else ""
        yield f"  {name:{old}}  {gap}{words} {where}"
        if spelling.note:
            yield f"      {spelling.note}"


def _spelled(use: Use) -> tuple[str, Spelling] | None:
    """Return the part of a full name that is Theano's, and how PyTensor spells it.

    None for another's name, and for a module: what is used of it has lines of its own.
    """
    name, held = _theanos(use.name)
    start = use.name
    while start:
        if start in SPELLINGS:
            kind, new, note = SPELLINGS[start]
            return start, Spelling(kind, new or (kind == "changed") * _modern(start), note)
        start = start.rpartition(".")[0]
    if (held is None and use.may_be) or (isinstance(held, ModuleType) and name not in _ROOTS):
        return None
    if name in CALLS and CALLS[name].is_meant(use.n_positional, use.keywords):
        return name, Spelling("changed", _modern(name), CALLS[name].note)
    return name, _found(name, held)


def _theanos(full: str) -> tuple[str, object]:
    """Return as much of a name as Theano's modules hold, and what that is; None if nothing."""
    first, *rest = full.split(".")
    name, held = first, renames.module(first)
    for part in rest:
        if not (isinstance(held, ModuleType) or held is config):
            break
        name = f"{name}.{part}"
        with warnings.catch_warnings(action="ignore"):
            held = getattr(held, part, None)
    return name, held


def _modern(name: str) -> str:
    """Return a name of Theano's under PyTensor's roof."""
    if name.startswith("theano.tensor."):
        return "pt" + name.removeprefix("theano.tensor")
    return "pytensor" + name.removeprefix("theano")


def _found(name: str, held: object) -> Spelling:
    """Look for a name in PyTensor: where Theano had it, then where `renames` says."""
    inside, _, last = name.rpartition(".")
    if not inside or _is_in_pytensor("pytensor" + name.removeprefix("theano")):
        return Spelling("same", _modern(name))
    if held is None:
        return Spelling("missing", "", missing.sentence(name))
    home = getattr(held, "__module__", "")
    candidates = [
        renames.NAMES.get(name, ""),
        renames.NAMES.get(last, ""),
        *(f"{each}.{last}" for each in renames.HOMES.get(inside, ())),
        f"{home}.{last}",
    ]
    for new in filter(_is_in_pytensor, candidates):
        return Spelling("renamed", new.replace("pytensor.tensor.", "pt."))
    where = f": {home}" if home.startswith("theano_tutorial.") else ""
    return Spelling("missing", "", f"PyTensor has none; the door has its own{where}")


def _is_in_pytensor(name: str) -> bool:
    """Return whether PyTensor has a name, and not for the last time."""
    inside, _, last = name.rpartition(".")
    if not inside.startswith("pytensor"):
        return False
    try:
        with warnings.catch_warnings(action="error"):
            if inside == "pytensor.config":
                return hasattr(importlib.import_module("pytensor").config, last)
            return hasattr(importlib.import_module(inside), last)
    except (ImportError, Warning):
        return False


def _beside(tree: ast.Module, folder: Path) -> list[str]:
    """Return the files beside a script that it imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    files = {f"{name.partition('.')[0]}.py" for name in names}
    return sorted(file for file in files if (folder / file).is_file())
