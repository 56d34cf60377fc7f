"""How a file that today's Python can parse shows that Python 2 ran it."""

import ast
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple


def _set(words: str) -> set[str]:
    return set(words.split())


_BUILTINS = _set(
    "apply basestring cmp execfile file intern long raw_input reduce reload unichr unicode "
    "xrange"
)
_MODULES = _set(
    "__builtin__ commands ConfigParser copy_reg cPickle cStringIO HTMLParser httplib Queue "
    "sets StringIO thread Tkinter urllib2 urlparse"
)
_MEMBERS = {  # of modules that are there still
    "urllib": _set("quote quote_plus unquote unquote_plus urlencode urlopen urlretrieve"),
    "itertools": _set("ifilter ifilterfalse imap izip izip_longest"),
    "sys": _set("maxint setdefaultencoding"),
    "os": _set("getcwdu"),
}
_METHODS = _set("has_key iteritems iterkeys itervalues")
_LISTS, _LIST_METHODS = _set("filter map zip"), _set("items keys values")
# What is caught, or asked, where another Python is thought of.
_CAUGHT = _set("AttributeError Exception ImportError ModuleNotFoundError NameError")
_ASKED = _set("hexversion PY2 PY3 version_info")


class Sign(NamedTuple):
    """What shows it, on which line; whether stand-ins will not do, and ``print`` prints."""

    line: int
    what: str
    needs_conversion: bool = True
    prints: bool = False


def first_sign(tree: ast.Module, text: str) -> Sign | None:
    """Return the first sign that Python 2, and not Python 3, ran a file; None without any.

    A file that has looked for what it needs in both, by ``try`` or by the version, has none.
    """
    if text.startswith("#!") and "python2" in text.partition("\n")[0]:
        return Sign(1, "its first line names python2")
    bound = bound_names(tree)
    signs = [sign for node in _unguarded(tree) if (sign := _sign(node, bound))]
    return min(
        signs, key=lambda s: (not s.prints, not s.needs_conversion, s.line), default=None
    )


def bound_names(tree: ast.Module) -> Counter[str]:
    """Return how often a file gives each name a meaning."""
    names: Counter[str] = Counter()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names[name] += 1
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names[name] += 1
            case ast.alias(name=name, asname=asname):
                names[asname or name.partition(".")[0]] += 1
    return names


def _unguarded(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those that are only tried."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Try(handlers=handlers) if any(
                each.type is None or _CAUGHT & _words(each.type) for each in handlers
            ):
                continue
            case ast.If(test=test) if _ASKED & _words(test):
                continue
        yield child
        yield from _unguarded(child)


def _words(node: ast.AST) -> set[str]:
    words = (getattr(each, "id", getattr(each, "attr", "")) for each in ast.walk(node))
    return set(words)


def _sign(node: ast.AST, bound: Counter[str]) -> Sign | None:
    line = getattr(node, "lineno", 1)
    match node:
        case ast.BinOp(left=ast.Name(id="print"), op=ast.RShift()):
            return Sign(line, "print >>", prints=True)
        case ast.Expr(value=ast.Name(id="print")):
            return Sign(line, "print alone", prints=True)
        case ast.Name(id=name, ctx=ast.Load()) if name in _BUILTINS and not bound[name]:
            return Sign(line, name, needs_conversion=False)
        case ast.Import(names=names) if old := _MODULES & {each.name for each in names}:
            return Sign(line, f"import {old.pop()}")
        case ast.ImportFrom(module=str(module), names=names, level=0):
            old = _MEMBERS.get(module, set()) & {each.name for each in names}
            return Sign(line, f"from {module}") if old or module in _MODULES else None
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return Sign(line, f"{module}.{name}") if name in _MEMBERS.get(module, ()) else None
        case ast.Call(func=ast.Attribute(value=of, attr=name)) if name in _METHODS:
            return None if "six" in _words(of) else Sign(line, f".{name}()")
        case (
            ast.Subscript(value=ast.Call(func=function))
            | ast.BinOp(left=ast.Call(func=function), op=ast.Add())
        ):
            match function:
                case ast.Attribute(attr=name) if name in _LIST_METHODS:
                    return Sign(line, f"{name}() is taken for a list")
                case ast.Name(id=name) if name in _LISTS and not bound[name]:
                    return Sign(line, f"{name}() is taken for a list")
    return None
