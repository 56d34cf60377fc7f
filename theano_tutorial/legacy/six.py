"""As much of the package six as old code takes from it, where six is not installed."""

import functools
import importlib
import io
import itertools
import operator
import sys
from collections.abc import Callable
from types import ModuleType

PY2, PY3 = False, True
string_types = (str,)
integer_types = (int,)
class_types = (type,)
text_type, binary_type = str, bytes
MAXSIZE = sys.maxsize
StringIO, BytesIO = io.StringIO, io.BytesIO
callable, next, print_, exec_, unichr = callable, next, print, exec, chr
u = str
b = operator.methodcaller("encode", "latin1")
get_method_self, get_method_function = (
    operator.attrgetter("__self__"),
    operator.attrgetter("__func__"),
)


def _iterator_of(method: str) -> Callable[[object], object]:
    return lambda mapping: iter(getattr(mapping, method)())


iteritems, iterkeys, itervalues = map(_iterator_of, ("items", "keys", "values"))


def add_metaclass(metaclass: type) -> Callable[[type], type]:
    """Return a decorator that makes a class anew, with a metaclass."""

    def made_anew(cls: type) -> type:
        names = {k: v for k, v in vars(cls).items() if k not in {"__dict__", "__weakref__"}}
        made: type = metaclass(cls.__name__, cls.__bases__, names)
        return made

    return made_anew


def with_metaclass(metaclass: type, *bases: type) -> type:
    """Return a class to inherit from that has a metaclass."""
    made: type = metaclass("WithMetaclass", bases or (object,), {})
    return made


_MODULES = {
    "builtins": "builtins",
    "configparser": "configparser",
    "copyreg": "copyreg",
    "cPickle": "pickle",
    "html_parser": "html.parser",
    "http_client": "http.client",
    "queue": "queue",
    "urllib": "urllib",
    "urllib.error": "urllib.error",
    "urllib.parse": "urllib.parse",
    "urllib.request": "urllib.request",
}
_NAMES = {
    "cStringIO": io.StringIO,
    "filter": filter,
    "filterfalse": itertools.filterfalse,
    "input": input,
    "intern": sys.intern,
    "map": map,
    "range": range,
    "reduce": functools.reduce,
    "reload_module": importlib.reload,
    "StringIO": io.StringIO,
    "xrange": range,
    "zip": zip,
    "zip_longest": itertools.zip_longest,
}

moves = ModuleType("six.moves", "What Python 3 has elsewhere than Python 2.")
moves.__path__ = []
vars(moves).update(_NAMES)
sys.modules["six.moves"] = moves
for _name, _new in _MODULES.items():
    sys.modules[f"six.moves.{_name}"] = importlib.import_module(_new)
    if "." not in _name:
        setattr(moves, _name, sys.modules[f"six.moves.{_name}"])
