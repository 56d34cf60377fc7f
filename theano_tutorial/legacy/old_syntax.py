"""What operators and methods of Python 2 did otherwise, put into a parsed file."""

import ast
from functools import cmp_to_key
from typing import Any

import numpy as np

_METHODS = {"__div__": "__truediv__", "__rdiv__": "__rtruediv__", "__idiv__": "__itruediv__"}


class OldSyntax(ast.NodeTransformer):
    """Makes ``/`` floor two integers, if it `floors`; lets ``cmp`` sort and text be decoded.

    The code needs `NAMES` among its builtins.
    """

    def __init__(self, tree: ast.Module, *, floors: bool) -> None:
        self.floors = floors
        functions = (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))
        self.comparisons = {"cmp", *(each.name for each in functions)}

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not self.floors or not isinstance(node.op, ast.Div):
            return node
        return ast.copy_location(_call(divide, node.left, node.right), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if not self.floors or not isinstance(node.op, ast.Div):
            return node
        read, write = _read_and_written(node.target)
        return ast.copy_location(ast.Assign([write], _call(_idivide, read, node.value)), node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        functions = [each for each in node.body if isinstance(each, ast.FunctionDef)]
        new = set(_METHODS.values()) & {each.name for each in functions}
        for each in functions:
            if _METHODS.get(each.name) not in {None, *new}:
                each.name = _METHODS[each.name]
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(value=value, attr="decode"):
                return ast.Call(_name(_decode), [value, *node.args], node.keywords)
            case ast.Attribute(attr="sort"):
                place = 0
            case ast.Name(id="sorted"):
                place = 1
            case _:
                return node
        for keyword in node.keywords:
            if keyword.arg == "cmp":
                keyword.arg, keyword.value = "key", _call(_by, keyword.value)
        match node.args[place:]:
            case [ast.Lambda() | ast.Name() as how] if (
                isinstance(how, ast.Lambda)
                or how.id in self.comparisons  # an array's is an axis
            ):
                node.keywords.append(ast.keyword("key", _call(_by, how)))
                del node.args[place]
        return node


def _name(function: object) -> ast.Name:
    return ast.Name(f"_python2_{getattr(function, '__name__', '').strip('_')}", ast.Load())


def _call(function: object, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_name(function), list(arguments), [])


def _read_and_written(
    target: ast.Name | ast.Attribute | ast.Subscript,
) -> tuple[ast.expr, ast.expr]:
    """Return a target as it is read first, and then written: what it is of is computed once."""

    def kept(name: str, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        return ast.NamedExpr(ast.Name(name, ast.Store()), value), ast.Name(name, ast.Load())

    load, store = ast.Load(), ast.Store()
    if isinstance(target, ast.Name):
        return ast.Name(target.id, load), target
    of, again = kept("_python2_of", target.value)
    if isinstance(target, ast.Attribute):
        return ast.Attribute(of, target.attr, load), ast.Attribute(again, target.attr, store)
    index = ast.Subscript(ast.Name("_python2_index", load), target.slice, load)
    at, there = kept("_python2_at", index)
    return ast.Subscript(of, at, load), ast.Subscript(again, there, store)


def _is_integer(value: Any) -> bool:
    """Return whether a number, an array or a symbolic variable is of integers."""
    if not hasattr(value, "dtype"):
        return isinstance(value, int)
    try:
        return np.dtype(value.dtype).kind in "biu"
    except TypeError:  # none of NumPy's
        return False


def divide(a: Any, b: Any) -> Any:
    """Return ``a / b`` as Python 2, and Theano under it, had it: of integers it is floored."""
    return a // b if _is_integer(a) and _is_integer(b) else a / b


def _idivide(a: Any, b: Any) -> Any:
    if _is_integer(a) and _is_integer(b):
        a //= b
    else:
        a /= b
    return a


def _by(compare: Any) -> Any:
    return compare and cmp_to_key(compare)


def _decode(data: Any, *args: Any, **options: Any) -> Any:
    return data if isinstance(data, str) else data.decode(*args, **options)


NAMES: dict[str, object] = {
    "_python2_index": np.s_,
    **{_name(each).id: each for each in (divide, _idivide, _by, _decode)},
}
