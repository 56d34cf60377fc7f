"""What Python had, and has no more: names for the script alone, and for the whole process.

A process gets them only from the door's runner, which ends with the script.
"""

import builtins
import collections
import collections.abc
import fractions
import functools
import importlib
import inspect
import io
import itertools
import math
import operator
import os
import pickle
import string
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, NamedTuple

from theano_tutorial.legacy import old_syntax


class ArgSpec(NamedTuple):
    """What `inspect.getargspec` returned."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[object, ...] | None


def getargspec(function: Callable[..., object]) -> ArgSpec:
    """Return the arguments that a function takes."""
    return ArgSpec(*inspect.getfullargspec(function)[:4])


def cmp(a: Any, b: Any) -> int:
    """Return the sign of the difference of two values."""
    return int(a > b) - int(a < b)


def execfile(path: str, namespace: dict[str, object] | None = None) -> None:
    """Run a file, by default among the names of whoever calls."""
    if namespace is None:
        namespace = sys._getframe(1).f_globals
    exec(compile(Path(path).read_bytes(), path, "exec"), namespace)


def rounded(number: Any, digits: int = 0) -> Any:
    """Return a float, rounded away from zero at a half, as Python 2 did."""
    if not isinstance(number, int | float):
        return builtins.round(number, digits)
    scale = 10.0**digits
    return math.copysign(math.floor(abs(number) * scale + 0.5) / scale, number)


# What the runner gives each file among its builtins, and those that Python 2 ran.
BUILTINS: dict[str, object] = {
    "apply": lambda function, args=(), kwargs={}: function(*args, **kwargs),
    "basestring": str,
    "buffer": memoryview,
    "cmp": cmp,
    "execfile": execfile,
    "file": open,
    "intern": sys.intern,
    "long": int,
    "raw_input": input,
    "reduce": functools.reduce,
    "reload": importlib.reload,
    "unichr": chr,
    "unicode": str,
    "xrange": range,
}
OLD_BUILTINS = {**BUILTINS, **old_syntax.NAMES, "round": rounded}


def builtins_of(is_old: bool) -> dict[str, object]:
    """Return the builtins of a file, which may be one that Python 2 ran."""
    return {**vars(builtins), **(OLD_BUILTINS if is_old else BUILTINS)}


def _bytes_of(file: Any) -> Any:
    """Return the bytes of a file that was opened for text, as Python 2 had it."""
    if isinstance(file, io.TextIOWrapper):
        file.flush()
        return file.buffer
    return file


class Unpickler(pickle.Unpickler):
    """Reads what Python 2 wrote, too: its texts may be bytes."""

    def __init__(self, file: IO[bytes], *, encoding: str = "latin1", **options: Any) -> None:
        super().__init__(_bytes_of(file), encoding=encoding, **options)


def _load(file: IO[bytes], **options: Any) -> object:
    return Unpickler(file, **options).load()


def _loads(data: bytes, /, **options: Any) -> object:
    return Unpickler(io.BytesIO(data), **options).load()


_dump = pickle.dump


def _dump_to(value: object, file: IO[bytes], *args: Any, **options: Any) -> None:
    _dump(value, _bytes_of(file), *args, **options)


def _join(words: Iterable[str], separator: str = " ") -> str:
    return separator.join(words)


_STRING_FUNCTIONS = "count find lower lstrip replace rstrip split strip upper"
_GONE: dict[Any, dict[str, object]] = {
    collections: {name: getattr(collections.abc, name) for name in collections.abc.__all__},
    fractions: {"gcd": math.gcd},
    inspect: {"getargspec": getargspec},
    itertools: {
        "ifilter": filter,
        "ifilterfalse": itertools.filterfalse,
        "imap": map,
        "izip": zip,
        "izip_longest": itertools.zip_longest,
    },
    operator: {"div": old_syntax.divide, "isCallable": callable},
    os: {"getcwdu": os.getcwd},
    string: {
        "atof": float,
        "atoi": int,
        "join": _join,
        "letters": string.ascii_letters,
        "lowercase": string.ascii_lowercase,
        "maketrans": str.maketrans,
        "uppercase": string.ascii_uppercase,
        **{name: getattr(str, name) for name in _STRING_FUNCTIONS.split()},
    },
    sys: {"maxint": sys.maxsize, "setdefaultencoding": lambda encoding: None},
    time: {"clock": time.process_time},
}


def restore() -> None:
    """Give modules of the standard library back what they lost, for the rest of the process."""
    for module, names in _GONE.items():
        for name, value in names.items():
            if not hasattr(module, name):
                setattr(module, name, value)
    for name, new in (
        ("load", _load),
        ("loads", _loads),
        ("dump", _dump_to),
        ("Unpickler", Unpickler),
    ):
        setattr(pickle, name, new)
    sys.modules.setdefault("cPickle", pickle)
