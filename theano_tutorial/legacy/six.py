"""As much of the package six as old code takes from it, where six is not installed."""

import functools
import importlib
import io
import itertools
import operator
import pickle
import sys
import urllib.parse
import urllib.request
from types import ModuleType
from typing import Any

PY2, PY3 = False, True
string_types, integer_types, class_types = (str,), (int,), (type,)
text_type, binary_type, MAXSIZE = str, bytes, sys.maxsize
StringIO, BytesIO = io.StringIO, io.BytesIO
callable, next, print_, exec_, unichr, u = callable, next, print, exec, chr, str
b = operator.methodcaller("encode", "latin1")


def iteritems(mapping: Any) -> Any:
    """Return an iterator over keys and values."""
    return iter(mapping.items())


def iterkeys(mapping: Any) -> Any:
    """Return an iterator over keys."""
    return iter(mapping.keys())


def itervalues(mapping: Any) -> Any:
    """Return an iterator over values."""
    return iter(mapping.values())


def with_metaclass(metaclass: Any, *bases: type) -> Any:
    """Return a class to inherit from that has a metaclass."""
    return metaclass("WithMetaclass", bases or (object,), {})


def add_metaclass(metaclass: Any) -> Any:
    """Return a decorator that makes a class anew, with a metaclass."""
    own = {"__dict__", "__weakref__"}
    return lambda cls: metaclass(
        cls.__name__, cls.__bases__, {k: v for k, v in vars(cls).items() if k not in own}
    )


moves = ModuleType("six.moves")
vars(moves).update(
    {
        "__path__": [],
        "StringIO": io.StringIO,
        "cStringIO": io.StringIO,
        "filter": filter,
        "input": input,
        "map": map,
        "range": range,
        "reduce": functools.reduce,
        "reload_module": importlib.reload,
        "xrange": range,
        "zip": zip,
        "zip_longest": itertools.zip_longest,
    }
)
_modules = {
    name: importlib.import_module(name)
    for name in ("builtins", "configparser", "copyreg", "queue", "urllib", "urllib.error")
}
_modules |= {f"urllib.{name}": getattr(urllib, name) for name in ("parse", "request")}
_modules["cPickle"] = pickle
vars(moves).update(_modules)
if __name__ == "six":  # as it is found where there is no other
    sys.modules["six.moves"] = moves
    sys.modules.update({f"six.moves.{name}": each for name, each in _modules.items()})
