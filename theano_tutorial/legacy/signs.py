"""How a file that today's Python can parse shows that Python 2 ran it."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple


def _set(words: str) -> set[str]:
    return set(words.split())


_BUILTINS = _set(
    "apply basestring buffer cmp coerce execfile file intern long raw_input reduce reload "
    "unichr unicode xrange"
)
_MODULES = _set(
    "__builtin__ BaseHTTPServer commands ConfigParser Cookie copy_reg cPickle cStringIO "
    "dummy_thread HTMLParser httplib md5 Queue sets SocketServer StringIO thread Tkinter "
    "urllib2 urlparse UserDict"
)
# What other modules have no more.
_MEMBERS = {
    "urllib": _set("quote quote_plus unquote unquote_plus urlencode urlopen urlretrieve"),
    "itertools": _set("ifilter ifilterfalse imap izip izip_longest"),
    "sys": _set("exc_clear maxint setdefaultencoding"),
    "os": _set("getcwdu"),
    "string": _set("atof atoi join letters lowercase maketrans replace uppercase"),
}
_METHODS = {"has_key", "iteritems", "iterkeys", "itervalues"}
_LISTS = {"filter", "map", "zip"}  # and, of dictionaries:
_LIST_METHODS = {"items", "keys", "values"}
_SHEBANG = re.compile(r"#!.*\bpython2")
# What is caught where another Python is thought of.
_CAUGHT = {"ImportError", "ModuleNotFoundError", "NameError", "AttributeError"}
_ASKED = {"version_info", "hexversion", "PY2", "PY3"}


class Sign(NamedTuple):
    """What shows it, and on which line.

    Without `needs_conversion`, the stand-ins do; with `prints`, ``print`` is a statement.
    """

    line: int
    what: str
    needs_conversion: bool = True
    prints: bool = False


def first_sign(tree: ast.Module, text: str) -> Sign | None:
    """Return the first sign that Python 2, and not Python 3, ran a file; None without any.

    A file that has looked for what it needs in both, by ``try`` or by the version, has none.
    """
    if _SHEBANG.match(text):
        return Sign(1, "its first line names python2")
    names = _Names(tree)
    signs = [sign for node in _unguarded(tree) if (sign := _sign(node, names))]
    return min(
        signs,
        key=lambda sign: (not sign.prints, not sign.needs_conversion, sign.line),
        default=None,
    )


class _Names:
    """The names that a file gives a meaning, wherever, and those that are modules alone."""

    def __init__(self, tree: ast.Module) -> None:
        self.others: set[str] = set()
        self.modules: set[str] = set()
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    self.others.add(name)
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    self.others.add(name)
                case ast.Import(names=names):
                    for each in names:
                        self.modules.add(each.asname or each.name.partition(".")[0])
                case ast.ImportFrom(names=names):
                    self.others |= {each.asname or each.name for each in names}
        self.modules -= self.others
        self.all = self.modules | self.others


def _unguarded(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those that are only tried."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Try() if any(map(_expects_another_python, child.handlers)):
                continue
            case ast.If(test=test) if _ASKED & _words(test):
                continue
        yield child
        yield from _unguarded(child)


def _expects_another_python(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool((_CAUGHT | {"Exception"}) & _words(handler.type))


def _words(node: ast.AST) -> set[str]:
    return {
        each.id if isinstance(each, ast.Name) else each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Name | ast.Attribute)
    }


def _sign(node: ast.AST, names: _Names) -> Sign | None:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in _BUILTINS - names.all:
            return Sign(node.lineno, name, needs_conversion=False)
        case ast.BinOp(left=ast.Name(id="print"), op=ast.RShift()):
            return Sign(node.lineno, "print >>", prints=True)
        case ast.Import(names=imported):
            for alias in imported:
                if alias.name in _MODULES:
                    return Sign(node.lineno, f"import {alias.name}")
        case ast.ImportFrom(module=str(module), level=0):
            old = _MEMBERS.get(module, set()) & {alias.name for alias in node.names}
            if module in _MODULES or old:
                return Sign(node.lineno, f"from {module} import {', '.join(old) or '...'}")
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in names.modules:
            if name in _MEMBERS.get(module, ()):
                return Sign(node.lineno, f"{module}.{name}")
        case ast.Call(func=ast.Attribute(value=of, attr=name)) if name in _METHODS:
            if not (isinstance(of, ast.Name) and of.id in {"six", "future"}):
                return Sign(node.lineno, f".{name}()")
        case (
            ast.Subscript(value=ast.Call() as call)
            | ast.BinOp(left=ast.Call() as call, op=ast.Add())
        ) if what := _list_once(call, names.all):
            return Sign(node.lineno, f"{what} is taken for a list")
        case ast.Call(func=ast.Name(id="len"), args=[ast.Call() as call]):
            if what := _list_once(call, names.all | _LIST_METHODS):
                return Sign(node.lineno, f"{what} is taken for a list")
    return None


def _list_once(call: ast.Call, bound: set[str]) -> str:
    """Return what is called, if it returned a list in Python 2 and does not now."""
    match call.func:
        case ast.Name(id=name) if name in _LISTS - bound:
            return f"{name}()"
        case ast.Attribute(attr=name) if name in _LIST_METHODS - bound and not call.args:
            return f".{name}()"
    return ""
