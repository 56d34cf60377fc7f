"""What Python and NumPy had, and have no more: syntax and names for scripts that are run."""

import ast
import builtins
import collections.abc
import functools
import importlib
import inspect
import io
import pickle
import sys
import time
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")

# Modules that are there under another name.
_MOVED = """ConfigParser=configparser Queue=queue StringIO=io __builtin__=builtins
cPickle=pickle cStringIO=io commands=subprocess urllib2=urllib.request
urlparse=urllib.parse"""
MODULES = dict(each.split("=") for each in _MOVED.split())
# What the runner gives each file among its builtins, and those that Python 2 ran.
BUILTINS: dict[str, object] = {"basestring": str, "long": int, "unichr": chr, "unicode": str}
BUILTINS |= {"raw_input": input, "xrange": range, "intern": sys.intern}
BUILTINS |= {"reduce": functools.reduce, "reload": importlib.reload}
BUILTINS |= {"cmp": lambda a, b: int(a > b) - int(a < b)}


class OldSyntax(ast.NodeTransformer):
    """Makes ``/`` floor integers and text decode, by `NAMES` among the builtins."""

    def __init__(self, *, floors: bool) -> None:
        self.floors = floors

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not self.floors or not isinstance(node.op, ast.Div):
            return node
        return ast.copy_location(_call("divide", node.left, node.right), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AugAssign:
        self.generic_visit(node)
        if self.floors and isinstance(node.op, ast.Div):
            node.op, node.value = ast.RShift(), _call("divisor", node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "decode":
            node.args.insert(0, node.func.value)
            node.func = ast.copy_location(_call("decode").func, node)
        return node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(f"_python2_{name}", ast.Load()), list(arguments), [])


def _is_integer(value: Any) -> bool:
    dtype = str(getattr(value, "dtype", None))
    return isinstance(value, int) or dtype.startswith(("int", "uint", "bool"))


def divide(a: Any, b: Any) -> Any:
    """Return ``a / b``, of integers floored, as in Python 2 and Theano under it."""
    return a // b if _is_integer(a) and _is_integer(b) else a / b


class _Divisor:
    """Stands after ``>>=``, so that what is before it is computed once, as for ``/=``."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __rrshift__(self, a: Any) -> Any:
        if _is_integer(a) and _is_integer(self.value):
            a //= self.value
        else:
            a /= self.value
        return a

    def __array_ufunc__(self, ufunc: object, how: str, a: Any, *_: object, **out: Any) -> Any:
        return self.__rrshift__(a)


def _decode(data: Any, *args: Any, **options: Any) -> Any:
    return data if isinstance(data, str) else data.decode(*args, **options)


_ALL = {"divide": divide, "divisor": _Divisor, "decode": _decode}
NAMES: dict[str, object] = {f"_python2_{name}": value for name, value in _ALL.items()}


def builtins_of(is_old: bool) -> dict[str, object]:
    """Return the builtins of a file, which may be one that Python 2 ran."""
    old = NAMES if is_old else {}
    return {**vars(builtins), **BUILTINS, **old, "file": builtins.open}


# Python 2 had one kind of file, for text and for bytes; these take either.


def _bytes_of(file: Any) -> Any:
    if isinstance(file, io.TextIOWrapper):
        file.flush()
        return file.buffer
    return file


def _open(opened: Any, file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
    return opened(file, mode.replace("U", ""), *args, **options)  # for any line end


def _load(load: Any, data: Any, **options: Any) -> object:
    """Read what Python 2 wrote, too, whose texts may be bytes."""
    return load(_bytes_of(data), **{"encoding": "latin1", **options})


def _dump(dump: Any, value: object, file: Any, *args: Any, **options: Any) -> None:
    dump(value, _bytes_of(file), *args, **options)


# NumPy's names now, each with what they were then.
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
        "cast": {n: functools.partial(np.asarray, dtype=n) for n in np.sctypeDict},
    },
}


def restore() -> None:
    """Give modules back what they lost, for the rest of the process."""
    for module, names in _LOST.items():
        for name in names.keys() - vars(module).keys():
            setattr(module, name, names[name])
    for module in (builtins, io):
        wrap(module, open=_open)
    wrap(pickle, load=_load, loads=_load, dump=_dump)


def wrap(module: Any, **wrappers: Callable[..., Any]) -> None:
    """Have a module's functions called through others, which take them first."""
    for name, wrapper in wrappers.items():
        setattr(module, name, functools.partial(wrapper, getattr(module, name)))
