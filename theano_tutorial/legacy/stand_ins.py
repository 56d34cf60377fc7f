"""Functions and names that Python and NumPy once had, for the scripts that are run."""

import builtins
import collections.abc
import csv
import functools
import inspect
import io
import math
import operator
import pickle
import sys
import time
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from importlib import import_module, reload
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import scipy

from theano_tutorial.legacy import SameModule

ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")
_MATH = SimpleNamespace(**vars(math))  # Python 2's, which rounded to floats
_MATH.floor, _MATH.ceil = (lambda x, f=f: float(f(x)) for f in (np.floor, np.ceil))

# Modules that now have another name.
_MOVED = """ConfigParser=configparser HTMLParser=html.parser Image=PIL.Image Queue=queue
StringIO=io __builtin__=builtins cPickle=pickle cStringIO=io commands=subprocess
copy_reg=copyreg httplib=http.client urllib2=urllib.request urlparse=urllib.parse"""
MODULES = dict(each.split("=") for each in _MOVED.split())
# Python 2's builtins, which the runner gives every file; using one marks a file as Python 2.
BUILTINS: dict[str, object] = {"basestring": str, "long": int, "unichr": chr, "unicode": str}
BUILTINS |= {"raw_input": input, "xrange": range, "intern": sys.intern, "reload": reload}
BUILTINS |= {"reduce": functools.reduce, "cmp": lambda a, b: int(a > b) - int(a < b)}


def _is_integer(value: object) -> bool:
    dtype = str(getattr(value, "dtype", None))
    return isinstance(value, int) or dtype.startswith(("int", "uint", "bool"))


def divide(a: Any, b: Any) -> Any:
    """Return ``a / b``, floored for integers, as Python 2 and Theano under it did."""
    return a // b if _is_integer(a) and _is_integer(b) else a / b


class _Divisor:
    """The right side of ``>>=``, which replaces ``/=``: the left side is evaluated once."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __rrshift__(self, a: Any) -> Any:
        floors = _is_integer(a) and _is_integer(self.value)
        return getattr(operator, "ifloordiv" if floors else "itruediv")(a, self.value)

    def __array_ufunc__(self, ufunc: object, how: str, a: Any, *_: object, **out: Any) -> Any:
        return self.__rrshift__(a)


def _array(name: str, of: object, *args: object, **options: object) -> Any:
    """Call `array` or `asarray`; make an array of objects from rows of unequal lengths."""
    how = {"copy": None} if of is np and options.get("copy") is False else {}  # if needed
    try:
        return getattr(of, name)(*args, **options | how)
    except ValueError as error:
        if "inhomogeneous" not in str(error) or len(args) > 1 or "dtype" in options:
            raise
        return getattr(of, name)(*args, **options, dtype=object)


def _argsort(of: Any, *args: Any, **how: Any) -> Any:
    """Sort, as long ago, by the quicksort that wide numbers still have: ties show which."""
    x, *rest = args if of is np else (of, *args)
    x = np.array(x) if type(x) is list else x
    is_plain = type(x) is np.ndarray and x.dtype.kind in "iuf" and {*how} <= {"axis"}
    return (x.astype(np.longdouble) if is_plain else x).argsort(*rest, **how)


def _order(cmp: Any = None, key: Any = None, reverse: bool = False) -> dict[str, Any]:
    ranks = cmp and functools.cmp_to_key(cmp)
    both = ranks and key and (lambda value: ranks(key(value)))
    return {"key": both or ranks or key, "reverse": reverse}


def _round(number: float, digits: int = 0) -> float:
    """Return a float, with halves rounded away from zero."""
    last = Decimal((0, (1,), -digits))
    try:
        return float(Decimal(float(number)).quantize(last, ROUND_HALF_UP))
    except InvalidOperation:  # it has no such digits
        return float(number)


def _import(is_old: bool, name: str, *args: Any, **how: Any) -> Any:
    """Import from the file's own package: first in Python 2 files, last in others."""
    how |= dict(zip(("globals", "locals", "fromlist", "level"), args, strict=False))
    scope, first = how.get("globals") or {}, name.partition(".")[0]
    home, how["level"] = scope.get("__package__"), max(how.get("level", 0), 0)
    if home and not how["level"] and "absolute_import" not in scope:
        other = find_spec(first)  # a module that the door offers is no reason to pass one over
        is_other = other and not isinstance(other.loader, SameModule)
        how["level"] = bool(find_spec(f"{home}.{first}") and (is_old or not is_other))
    own = {"math": _MATH} if is_old and not how["level"] else {}
    return own.get(name) or builtins.__import__(name, **how)


METHODS: dict[str, Callable[..., Any]] = {
    **{name: functools.partial(_array, name) for name in ("array", "asarray")},
    "argsort": _argsort,
    "decode": lambda of, *args, **how: of if isinstance(of, str) else of.decode(*args, **how),
    "sort": lambda of, *args, **how: (
        of.sort(**_order(*args, **how)) if type(of) is list else of.sort(*args, **how)
    ),
}
_ALL = {"divide": divide, "divisor": _Divisor, **METHODS}
_ALL["next"] = lambda of: (
    of.__next__ if hasattr(of, "__next__") and not hasattr(of, "next") else of.next
)
PREFIX = "_python2_"  # of the builtins that old syntax becomes calls of
NAMES: dict[str, object] = {PREFIX + name: value for name, value in _ALL.items()}
_OLD: dict[str, object] = {
    "ord": lambda character: character if isinstance(character, int) else ord(character),
    "round": _round,
    "sorted": lambda values, *args, **how: sorted(values, **_order(*args, **how)),
}


def builtins_of(is_old: bool) -> dict[str, object]:
    """Return a file's builtins, with Python 2's versions of some if it `is_old`."""
    own: dict[str, object] = {"__import__": functools.partial(_import, is_old)}
    old = _OLD if is_old else {}
    return {**vars(builtins), **BUILTINS, **NAMES, **old, **own, "file": builtins.open}


# Python 2 had one kind of file, for text and for bytes; these take either.
_AS_BYTES = ("utf-8", "surrogateescape")


def _bytes_of(file: Any) -> Any:
    if isinstance(file, io.TextIOWrapper):
        file.flush()
        return file.buffer
    return file


def _open(opened: Any, file: Any, mode: str = "r", *args: object, **options: object) -> Any:
    return opened(file, mode.replace("U", ""), *args, **options)  # U: any line end


def _in_bytes(defaults: Mapping[str, object], function: Any, *args: Any, **how: Any) -> Any:
    return function(*map(_bytes_of, args), **{**defaults, **how})


def _fromstring(fromstring: Any, data: Any, *args: Any, **options: Any) -> Any:
    if options.get("sep"):
        return fromstring(data, *args, **options)
    data = data.encode("latin1") if isinstance(data, str) else data
    return np.frombuffer(data, *args, **options).copy()


def _reader(reader: Any, lines: Iterable[Any], *args: Any, **options: Any) -> object:
    texts = (each if isinstance(each, str) else each.decode(*_AS_BYTES) for each in lines)
    return reader(texts, *args, **options)


def _writer(writer: Any, file: object, *args: object, **options: object) -> object:
    if isinstance(file, io.BufferedIOBase):
        file = SimpleNamespace(write=lambda text, to=file: to.write(text.encode(*_AS_BYTES)))
    return writer(file, *args, **options)


# NumPy's names, ``new=old``.
_RENAMED = """all=alltrue any=sometrue asmatrix=mat bool_=bool8 bytes_=string_
complex128=complex_ cumprod=cumproduct float64=float_ inf=Inf inf=Infinity inf=PINF inf=infty
isin=in1d nan=NaN ndim=rank prod=product round=round_ sctypeDict=typeDict str_=unicode_
trapezoid=trapz vstack=row_stack"""
_LOST: dict[Any, dict[str, object]] = {
    collections: {name: getattr(collections.abc, name) for name in collections.abc.__all__},
    inspect: {"getargspec": lambda function: ArgSpec(*inspect.getfullargspec(function)[:4])},
    sys: {"maxint": sys.maxsize, "setdefaultencoding": lambda encoding: None},
    time: {"clock": time.process_time},
    np: {
        **{each.__name__: each for each in (int, float, complex, object, str)},
        **{then: getattr(np, now) for now, then in (p.split("=") for p in _RENAMED.split())},
        "asfarray": lambda values, dtype=float: np.asarray(values, dtype),
        "asscalar": lambda value: np.asarray(value).item(),
        "cast": type("", (), {"__class_getitem__": lambda _, n: lambda v: np.asarray(v, n)}),
    },
}


def restore() -> None:
    """Give modules back what they lost, for the rest of the process."""
    for module, names in _LOST.items():
        vars(module).update({**names, **vars(module)})
    sys.modules["scipy.misc"] = scipy.misc = misc = ModuleType("scipy.misc")
    vars(misc).update({name: getattr(scipy.special, name) for name in ("comb", "logsumexp")})
    vars(misc)["imsave"] = lambda *a: import_module("matplotlib.image").imsave(*a, cmap="gray")


def accept() -> None:
    """Let functions accept and print what they did then, for the rest of the process."""
    np.set_printoptions(legacy="1.25")  # a number in a list is 0.5, not np.float64(0.5)
    for module in (builtins, io):
        wrap(module, open=_open)
    wrap(csv, reader=_reader, writer=_writer)
    reads, writes = (functools.partial(_in_bytes, how) for how in ({"encoding": "latin1"}, {}))
    wrap(pickle, load=reads, loads=reads, dump=writes)
    arrays = functools.partial(_in_bytes, {"encoding": "latin1", "allow_pickle": True})
    wrap(np, load=arrays, save=writes, savez=writes, fromstring=_fromstring)
    wrap(np, linspace=lambda space, a, b, num=50, **how: space(a, b, int(num), **how))


def wrap(module: object, **wrappers: Callable[..., Any]) -> None:
    """Replace a module's functions with wrappers, each of which takes the original first."""
    for name, wrapper in wrappers.items():
        setattr(module, name, functools.partial(wrapper, getattr(module, name)))
