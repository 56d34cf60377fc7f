"""What ``legacy --report`` prints: the Theano names in a script, and PyTensor's for them."""

import ast
import pkgutil
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType

from theano_tutorial._text import counted, one_line
from theano_tutorial.errors import BadFile
from theano_tutorial.legacy import python2, renames
from theano_tutorial.legacy.running import read
from theano_tutorial.legacy.settings import config
from theano_tutorial.legacy.spellings import SPELLINGS, Spelling

_HEADINGS = {"same": "the same", "renamed": "renamed", "changed": "changed in meaning"}
_HEADINGS["missing"] = "missing from PyTensor"
# Modules whose names Theano also offered in the package above.
_SAME = re.compile(r"(\.updates|(?<=\.tensor)\.basic|(?<=\.nnet)\.(nnet|sigm))(?=\.)")


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
