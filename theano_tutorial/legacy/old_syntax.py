"""What operators and methods of Python 2 did otherwise, put into a parsed file."""

import ast
from functools import cmp_to_key
from typing import Any


class OldSyntax(ast.NodeTransformer):
    """Makes ``/`` floor two integers, if it `floors`; lets ``cmp`` sort and text be decoded.

    The code needs `NAMES` among its builtins.
    """

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
        match node.func:
            case ast.Attribute(value=value, attr="decode"):
                decoded = _call("decode", value, *node.args)
                decoded.keywords = node.keywords
                return ast.copy_location(decoded, node)
            case ast.Attribute(attr="sort") | ast.Name(id="sorted"):
                for keyword in node.keywords:
                    if keyword.arg == "cmp":
                        keyword.arg, keyword.value = "key", _call("by", keyword.value)
        return node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(f"_python2_{name}", ast.Load()), list(arguments), [])


def _is_integer(value: Any) -> bool:
    """Return whether a number, an array or a symbolic variable is of integers."""
    dtype = str(getattr(value, "dtype", None))
    return isinstance(value, int) or dtype.startswith(("int", "uint", "bool"))


def divide(a: Any, b: Any) -> Any:
    """Return ``a / b`` as Python 2, and Theano under it, had it: of integers it is floored."""
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

    def __array_ufunc__(
        self, ufunc: object, method: str, a: Any, *_: object, **out: Any
    ) -> Any:
        return self.__rrshift__(a)


def _decode(data: Any, *args: Any, **options: Any) -> Any:
    return data if isinstance(data, str) else data.decode(*args, **options)


_ALL = {"divide": divide, "divisor": _Divisor, "by": cmp_to_key, "decode": _decode}
NAMES: dict[str, object] = {f"_python2_{name}": value for name, value in _ALL.items()}
