"""The names of Theano that a file uses, with aliases followed."""

import ast
import builtins
import re
from typing import NamedTuple

from theano_tutorial.legacy.signs import bound_names


class Use(NamedTuple):
    """A full name, its line and, where it is called, how.

    It `may_be` another name if the file imports ``*``.
    """

    name: str
    line: int
    n_positional: int = 0
    keywords: frozenset[str] = frozenset()
    may_be: bool = False


# Modules whose names Theano had in the package above, too.
_SAME = re.compile(r"(?<=theano\.tensor)\.basic(?=\.)|(?<=\.nnet)\.(nnet|sigm)(?=\.)")


def uses(tree: ast.Module) -> list[Use]:
    """Return all uses in a file, in its order; importing is one."""
    visitor = _Visitor(tree)
    visitor.visit(tree)
    return visitor.found


def _is_theano(module: str | None) -> bool:
    return module is not None and module.partition(".")[0] == "theano"


class _Visitor(ast.NodeVisitor):
    def __init__(self, tree: ast.Module) -> None:
        self.found: list[Use] = []
        self.bound = bound_names(tree)
        self.star = ""  # the module that all names are imported from
        self.full: dict[str, str] = {}  # what names in the file stand for
        self.calls: dict[ast.expr, ast.Call] = {}
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    for each in names:
                        if _is_theano(each.name):
                            full = each.name if each.asname else "theano"
                            self.full[each.asname or full] = full
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    if _is_theano(module):
                        for each in names:
                            self.full[each.asname or each.name] = f"{module}.{each.name}"
                        self.star = module if names[0].name == "*" else self.star
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    meant = self._meant(value)
                    if meant and self.bound[name] == 1:
                        self.full[name] = meant

    def _meant(self, node: ast.expr) -> str | None:
        """Return the full name that an expression stands for, if it is Theano's."""
        match node:
            case ast.Name(id=name):
                return self.full.get(name)
            case ast.Attribute(value=value, attr=attr):
                meant = self._meant(value)
                return meant and f"{meant}.{attr}"
        return None

    def _record(self, node: ast.expr, meant: str, *, may_be: bool = False) -> None:
        call = self.calls.get(node)
        keywords = frozenset(k.arg for k in call.keywords if k.arg) if call else frozenset()
        n_positional = len(call.args) if call else 0
        name = _SAME.sub("", meant)
        self.found.append(Use(name, node.lineno, n_positional, keywords, may_be))

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [
            Use(each.name, node.lineno) for each in node.names if _is_theano(each.name)
        ]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if _is_theano(node.module) and not node.level:
            self.found += [
                Use(f"{node.module}.{each.name}".removesuffix(".*"), node.lineno)
                for each in node.names
            ]

    def visit_Call(self, node: ast.Call) -> None:
        self.calls[node.func] = node
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if meant := self._meant(node):
            self._record(node, meant)
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            return
        if meant := self._meant(node):
            self._record(node, meant)
        elif self.star and not self.bound[node.id] and not hasattr(builtins, node.id):
            self._record(node, f"{self.star}.{node.id}", may_be=True)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.Lambda) -> None:
        """Arguments hide what they are named after."""
        before = self.full
        hidden = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        self.full = {name: full for name, full in before.items() if name not in hidden}
        self.generic_visit(node)
        self.full = before

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit_FunctionDef(node)
