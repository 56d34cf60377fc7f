"""What Python had, and has no more: names for the script alone, and for the whole process.

A process gets them only from the door's runner, which ends with the script.
"""

import builtins
import collections.abc
import csv
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
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from theano_tutorial.legacy import old_syntax, python2

ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")


def _getargspec(function: Callable[..., object]) -> ArgSpec:
    return ArgSpec(*inspect.getfullargspec(function)[:4])


def _execfile(path: str, *namespaces: dict[str, Any]) -> None:
    """Run a file, which may be Python 2, by default among the names of whoever calls."""
    caller = sys._getframe(1)
    code = python2.parse(Path(path).read_bytes(), path).compiled(path)
    exec(code, *(namespaces or (caller.f_globals, caller.f_locals)))


def _round(number: Any, digits: int = 0) -> Any:
    """Return a float, rounded away from zero at a half."""
    if not isinstance(number, int | float):
        return round(number, digits)
    scale = 10.0**digits
    return math.copysign(math.floor(abs(number) * scale + 0.5) / scale, number)


def _map(function: Any, *lists: Any) -> Any:
    return map(function, *lists) if function else list(itertools.zip_longest(*lists))


# What the runner gives each file among its builtins, and those that Python 2 ran.
_BUILTINS: dict[str, object] = {
    "apply": lambda function, args=(), kwargs={}: function(*args, **kwargs),
    "basestring": str,
    "cmp": lambda a, b: int(a > b) - int(a < b),
    "execfile": _execfile,
    "intern": sys.intern,
    "long": int,
    "raw_input": input,
    "reduce": functools.reduce,
    "reload": importlib.reload,
    "unichr": chr,
    "unicode": str,
    "xrange": range,
}
_OLD_BUILTINS = {**_BUILTINS, **old_syntax.NAMES, "map": _map, "round": _round}


def builtins_of(is_old: bool) -> dict[str, object]:
    """Return the builtins of a file, which may be one that Python 2 ran."""
    names = _OLD_BUILTINS if is_old else _BUILTINS
    return {**vars(builtins), **names, "file": builtins.open}


# Python 2 had one kind of file, for text and for bytes; these take either.


def _bytes_of(file: Any) -> Any:
    if isinstance(file, io.TextIOWrapper):
        file.flush()
        return file.buffer
    return file


class _Unpickler(pickle.Unpickler):
    """Reads what Python 2 wrote, too, whose texts may be bytes."""

    def __init__(self, file: IO[bytes], *, encoding: str = "latin1", **options: Any) -> None:
        super().__init__(_bytes_of(file), encoding=encoding, **options)


def _loads(data: bytes | str, /, **options: Any) -> object:
    content = data.encode("latin1") if isinstance(data, str) else data
    return _Unpickler(io.BytesIO(content), **options).load()


def _open_as_ever(
    open_: Callable[..., Any],
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    *args: Any,
    **kw: Any,
) -> Any:
    """Open a file in text mode without a buffer, too, and for any line end."""
    if buffering == 0 and "b" not in mode:
        buffering = 1  # a line
    return open_(file, mode.replace("U", ""), buffering, *args, **kw)


def _reader(reader: Callable[..., Any], lines: Any, *args: Any, **options: Any) -> Any:
    is_of_bytes = isinstance(lines, io.BufferedIOBase)
    return reader(
        io.TextIOWrapper(lines, newline="") if is_of_bytes else lines, *args, **options
    )


_STRING_FUNCTIONS = "count find lower lstrip replace rstrip split strip upper"
_GONE: dict[Any, dict[str, object]] = {
    collections: {name: getattr(collections.abc, name) for name in collections.abc.__all__},
    fractions: {"gcd": math.gcd},
    inspect: {"getargspec": _getargspec},
    itertools: {"ifilter": filter, "imap": map, "izip": zip},
    operator: {"div": old_syntax.divide},
    os: {"getcwdu": os.getcwd},
    string: {
        "join": lambda words, separator=" ": separator.join(words),
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
    dump = pickle.dump
    new: dict[tuple[Any, str], object] = {
        (builtins, "open"): functools.partial(_open_as_ever, open),
        (io, "open"): functools.partial(_open_as_ever, open),
        (csv, "reader"): functools.partial(_reader, csv.reader),
        (pickle, "load"): lambda file, **options: _Unpickler(file, **options).load(),
        (pickle, "loads"): _loads,
        (pickle, "dump"): lambda value, file, *a, **kw: dump(value, _bytes_of(file), *a, **kw),
        (pickle, "Unpickler"): _Unpickler,
    }
    for (module, name), value in new.items():
        setattr(module, name, value)
    sys.modules.setdefault("cPickle", pickle)
