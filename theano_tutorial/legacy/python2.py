"""Conversion of old source, in memory, into code that today's Python runs.

A file that does not parse, or shows in another way that it was written for Python 2, is
converted by the package fissix. In it, ``/`` floors quotients of integers (`OldSyntax`).
"""

import ast
import functools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import decode_source, find_spec
from logging import WARNING, getLogger
from types import CodeType
from typing import Any

from theano_tutorial._text import one_line
from theano_tutorial.errors import UsageError
from theano_tutorial.legacy.stand_ins import BUILTINS, METHODS, MODULES, PREFIX
from theano_tutorial.system.folders import can_write, private_folder

# Fixers that are left out: `sorted` and `next` take any method of that name for a list's or an
# iterator's, Python still accepts every `__future__` import, and the door sees to the rest.
_LEFT_OUT = "sorted next execfile future import imports imports2 intern reduce reload"
_METHODS = {"has_key", "iteritems", "iterkeys", "itervalues"}
_MEMBERS = {
    *("itertools.ifilter", "itertools.imap", "itertools.izip", "os.getcwdu", "sys.maxint"),
    *(f"urllib.{name}" for name in ("quote", "unquote", "urlencode", "urlopen", "urlretrieve")),
}
# What an ``except`` or ``if`` mentions where code allows for either Python.
_GUARD = re.compile(r"except:|\w*Error|Exception|hexversion|PY[23]|version_info")
_COLUMNS = {"col_offset", "end_col_offset"}
_INDENTATION = re.compile(r"^[ \t\f]+", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """A parsed file, and whether it was written for Python 2."""

    tree: ast.Module
    is_old: bool = False

    @property
    def floors(self) -> bool:
        """Whether ``/`` floors: in an old file, unless it imports ``division``."""
        imports = (each for each in self.tree.body if isinstance(each, ast.ImportFrom))
        names = {(each.module, alias.name) for each in imports for alias in each.names}
        return self.is_old and ("__future__", "division") not in names

    def compiled(self, path: str, mode: str = "exec") -> CodeType:
        """Return the code, in mode ``"eval"`` that of the one expression in the file."""
        old = OldSyntax(self.is_old, floors=self.floors)
        tree: Any = ast.fix_missing_locations(old.visit(self.tree))
        tree = ast.Expression(tree.body[0].value) if mode == "eval" else tree
        with warnings.catch_warnings(action="ignore"):  # about old syntax
            code: CodeType = compile(tree, path, mode, dont_inherit=True)
        return code


def parse(content: bytes, path: str, *, python: int | None = None) -> Source:
    """Parse a file written for Python 2 or 3, as `python` says, else as the file shows."""
    try:
        text = decode_source(content)
    except (SyntaxError, UnicodeDecodeError):
        text = content.decode("latin1")
    tree, problem, prints = None, SyntaxError(), True
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text, path)
        signs = set(_signs(tree))
        if python == 3 or not (python == 2 or signs):
            return Source(tree)
        prints = "print" in signs
    except SyntaxError as error:
        if python == 3:
            raise
        problem = error
    if find_spec("fissix"):
        try:
            return Source(_converted(text, path, prints), is_old=True)
        except SyntaxError as error:
            problem = max(problem, error, key=lambda each: each.lineno or 0)  # got furthest
    elif tree is None:
        raise UsageError(
            f"{one_line(path)}, line {problem.lineno}: this looks like Python 2 "
            f"({problem.msg}), which the package fissix converts: pip install fissix"
        )
    if tree is None:
        raise problem
    return Source(tree, is_old=True)


def _signs(tree: ast.Module) -> Iterator[str]:
    """Yield signs that a file was written for Python 2, although Python 3 can parse it."""
    old_builtins = {*BUILTINS, "execfile", "file"}
    for node in ast.walk(tree):  # drop names that the file itself defines
        match node:
            case ast.Name(name, ast.Store()) | ast.arg(name) | ast.alias(_, str(name)):
                old_builtins.discard(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.alias(name=name):
                old_builtins.discard(name)
    for node in _unguarded(tree):
        match node:
            case ast.BinOp(ast.Name("print"), ast.RShift()) | ast.Expr(ast.Name("print")):
                yield "print"
            case ast.Name(id=name) if name in old_builtins:
                yield name
            case ast.Import(names=names):
                yield from MODULES.keys() & {each.name for each in names}
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from _MEMBERS & {f"{module}.{each.name}" for each in names}
                yield from MODULES.keys() & {module}
            case ast.ClassDef():  # which is an iterator in Python 2 alone
                said = re.findall(r"def next|def __iter__|__next__", ast.unparse(node))
                yield from ["next"] * ({*said} == {"def next", "def __iter__"})
            case ast.Attribute(value=of, attr=name):
                full = f"{ast.unparse(of)}.{name}"
                if full in _MEMBERS or (name in _METHODS and "six." not in full):
                    yield full


def _unguarded(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes outside ``try`` and ``if`` statements that allow for either Python."""
    for child in ast.iter_child_nodes(node):
        asked: list[ast.AST] = [child.test] if isinstance(child, ast.If) else []
        asked += child.handlers if isinstance(child, ast.Try) else []
        if not any(_GUARD.search(ast.unparse(each)) for each in asked):
            yield child
            yield from _unguarded(child)


@functools.cache
def _tool(statement: bool) -> Any:
    import fissix
    from fissix.fixes import fix_types

    fix_types._TYPE_MAPPING["StringType"] = "str"  # not bytes: a literal is text now
    if not can_write(fissix.CACHE_DIR):  # fissix caches its grammar there
        fissix.CACHE_DIR = private_folder() / "fissix"
    from fissix.refactor import RefactoringTool, get_fixers_from_package

    getLogger("RefactoringTool").setLevel(WARNING)  # stay out of the script's log
    left_out = {f"fissix.fixes.fix_{name}" for name in _LEFT_OUT.split()}
    fixers = set(get_fixers_from_package("fissix.fixes")) - left_out
    return RefactoringTool(sorted(fixers), {"print_function": not statement})


def _converted(text: str, path: str, statement: bool) -> ast.Module:
    """Convert and parse a Python 2 file; `statement` says whether ``print`` is one in it."""
    from fissix.pgen2 import parse, tokenize

    try:
        tree = _tool(statement).refactor_string(text + "\n", path)
    except (parse.ParseError, tokenize.TokenError) as error:
        where = error.context[1] if isinstance(error, parse.ParseError) else error.args[1]
        line = min(where[0], len(text.splitlines()))
        raise SyntaxError("invalid syntax", (path, line, None, None)) from None
    # In Python 2, a tab indented to the next multiple of eight columns.
    spaced = _INDENTATION.sub(lambda blank: blank[0].expandtabs(8), str(tree))
    with warnings.catch_warnings(action="ignore"):
        try:
            parsed = ast.parse(str(tree), path)
        except TabError:
            parsed = ast.parse(spaced, path)
    for node in ast.walk(parsed):  # the file's own columns are lost
        vars(node).update(dict.fromkeys(vars(node).keys() & _COLUMNS, -1))
    return parsed


class OldSyntax(ast.NodeTransformer):
    """Replaces some methods, and ``/`` if it `floors`, with calls to `stand_ins.NAMES`.

    In Python 2, ``x == None`` becomes ``x is None``: NumPy said False of a whole array.
    """

    def __init__(self, is_old: bool, *, floors: bool) -> None:
        self.is_old, self.floors = is_old, floors

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

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        identity = {ast.Eq: ast.Is, ast.NotEq: ast.IsNot}.get(type(node.ops[0]))
        if self.is_old and identity and ast.unparse(node.comparators[0]) == "None":
            node.ops[0] = identity()
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        is_next = node.attr == "next" and isinstance(node.ctx, ast.Load)
        return ast.copy_location(_call("next", node.value), node) if is_next else node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        own = {ast.unparse(each).partition("(")[0] for each in node.body if self.is_old}
        if own & {"def next", "def __next__", "__next__ = next"} == {"def next"}:
            node.body += ast.parse("__next__ = next").body
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            node.args.insert(0, node.func.value)
            node.func = ast.copy_location(_call(node.func.attr).func, node)
        return node


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(PREFIX + name, ast.Load()), list(arguments), [])
