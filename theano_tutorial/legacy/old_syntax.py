"""What Python 2's operators and methods did otherwise, put into a parsed file."""

import ast
import operator
from functools import cmp_to_key
from typing import Any

import numpy as np

_DIVIDE, _DIVIDE_IN_PLACE, _BY_KEY = "_python2_divide", "_python2_idivide", "_python2_key"
_METHODS = {
    "__div__": "__truediv__",
    "__rdiv__": "__rtruediv__",
    "__idiv__": "__itruediv__",
}


class OldSyntax(ast.NodeTransformer):
    """Makes ``/`` floor two integers, if `floors`; ``sort`` and ``sorted`` take ``cmp``.

    The code needs `NAMES` among its builtins.
    """

    def __init__(self, tree: ast.Module, *, floors: bool) -> None:
        self.floors = floors
        functions = (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))
        self.comparisons = {"cmp", *(each.name for each in functions)}

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Divide as Python 2."""
        self.generic_visit(node)
        if not (self.floors and isinstance(node.op, ast.Div)) or _is_float(node):
            return node
        return ast.copy_location(_call(_DIVIDE, node.left, node.right), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        """Divide in place as Python 2; what is divided is looked up once."""
        self.generic_visit(node)
        if not (self.floors and isinstance(node.op, ast.Div)):
            return node
        read, write = _twice(node.target)
        new = ast.Assign([write], _call(_DIVIDE_IN_PLACE, read, node.value))
        return ast.copy_location(new, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """Let a class's own division be found."""
        self.generic_visit(node)
        functions = [each for each in node.body if isinstance(each, ast.FunctionDef)]
        there = {each.name for each in functions}
        for each in functions:
            if each.name in _METHODS and _METHODS[each.name] not in there:
                each.name = _METHODS[each.name]
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Sort by a comparison."""
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name | ast.Attribute):
            return node
        is_method = isinstance(node.func, ast.Attribute) and node.func.attr == "sort"
        if not is_method and not (isinstance(node.func, ast.Name) and node.func.id == "sorted"):
            return node
        place = 0 if is_method else 1
        for keyword in node.keywords:
            if keyword.arg == "cmp":
                keyword.arg, keyword.value = "key", _call(_BY_KEY, keyword.value)
        if len(node.args) > place and self._compares(node.args[place]):
            value = _call(_BY_KEY, node.args.pop(place))
            node.keywords.append(ast.keyword("key", value))
        return node

    def _compares(self, node: ast.expr) -> bool:
        """Return whether an argument is a function; an array sorts by an axis."""
        is_name = isinstance(node, ast.Name) and node.id in self.comparisons
        return is_name or isinstance(node, ast.Lambda)


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def _is_float(node: ast.BinOp) -> bool:
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, float)
        for each in (node.left, node.right)
    )


def _twice(target: ast.Name | ast.Attribute | ast.Subscript) -> tuple[ast.expr, ast.expr]:
    """Return expressions that read and then write a target, which is evaluated by the first."""

    def kept(name: str, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        first = ast.NamedExpr(ast.Name(name, ast.Store()), value)
        return first, ast.Name(name, ast.Load())

    match target:
        case ast.Name(id=name):
            return ast.Name(name, ast.Load()), ast.Name(name, ast.Store())
        case ast.Attribute(value=value, attr=attr):
            first, again = kept("_python2_of", value)
            return ast.Attribute(first, attr, ast.Load()), ast.Attribute(
                again, attr, ast.Store()
            )
        case ast.Subscript(value=value, slice=at):
            first, again = kept("_python2_of", value)
            index = ast.Subscript(ast.Name("_python2_slice", ast.Load()), at, ast.Load())
            key, same = kept("_python2_at", index)
            return ast.Subscript(first, key, ast.Load()), ast.Subscript(
                again, same, ast.Store()
            )


def _is_integer(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)  # of an array, or a symbolic variable
    if dtype is None:
        return isinstance(value, int)
    try:
        return np.dtype(dtype).kind in "biu"
    except TypeError:
        return False


def divide(a: Any, b: Any) -> Any:
    """Return ``a / b`` as Python 2 and Theano under it did: integers are floored."""
    both = _is_integer(a) and _is_integer(b)
    return operator.floordiv(a, b) if both else operator.truediv(a, b)


def _divide_in_place(a: Any, b: Any) -> Any:
    if _is_integer(a) and _is_integer(b):
        a //= b
    else:
        a /= b
    return a


def _by_key(compare: Any) -> Any:
    return compare if compare is None else cmp_to_key(compare)


NAMES: dict[str, object] = {
    _DIVIDE: divide,
    _DIVIDE_IN_PLACE: _divide_in_place,
    _BY_KEY: _by_key,
    "_python2_slice": np.s_,
}
