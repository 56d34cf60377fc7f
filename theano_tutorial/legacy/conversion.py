"""Python 2 converted by the package fissix, with each statement on the line that it was on."""

import ast
import functools
import re
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

from theano_tutorial.system.folders import can_write, private_folder

if TYPE_CHECKING:
    from fissix.pytree import Node
    from fissix.refactor import RefactoringTool

# `import` is for packages alone; today's Python takes every `__future__` that there was.
_LEFT_OUT = {"fissix.fixes.fix_future"}
_FOR_PACKAGES = "fissix.fixes.fix_import"
_INDENTATION = re.compile(r"^[ \t\f]+", re.MULTILINE)
_PLACED = ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword | ast.alias
_TAB = 8  # columns, to Python 2


def is_possible() -> bool:
    """Return whether fissix, an extra of this package, is installed."""
    return find_spec("fissix") is not None


def converted(text: str, path: str, prints: bool, in_package: bool) -> ast.Module:
    """Return a Python 2 file as Python 3 parses it once it is converted.

    `prints` says whether ``print`` is a statement in it, and `in_package` whether it imports
    modules beside it as if they were at the top. What cannot be parsed raises `SyntaxError`.
    """
    from fissix.pgen2.parse import ParseError
    from fissix.pgen2.tokenize import TokenError

    tree, problem = None, SyntaxError("it cannot be parsed")
    for statement in (prints, not prints):
        try:
            tree = _tool(statement, in_package).refactor_string(text + "\n", path)
            break
        except ParseError as error:
            _, (line, column) = error.context
            problem = SyntaxError("invalid syntax", (path, line, column + 1, _line(text, line)))
        except TokenError as error:
            message, (line, column) = error.args
            problem = SyntaxError(message, (path, line, column + 1, _line(text, line)))
    if tree is None:
        raise problem
    with warnings.catch_warnings(action="ignore"):
        parsed = ast.parse(_untabbed(tree), path)
    return _placed(parsed, _original_lines(tree))


@functools.cache
def _tool(statement: bool, in_package: bool) -> "RefactoringTool":
    import fissix

    if not can_write(fissix.CACHE_DIR):  # it keeps its grammar there
        fissix.CACHE_DIR = private_folder() / "fissix"
    from fissix.refactor import RefactoringTool, get_fixers_from_package

    left_out = _LEFT_OUT if in_package else {*_LEFT_OUT, _FOR_PACKAGES}
    fixers = [name for name in get_fixers_from_package("fissix.fixes") if name not in left_out]
    return RefactoringTool(fixers, {"print_function": not statement})


def _line(text: str, number: int) -> str:
    return "".join(text.splitlines(keepends=True)[number - 1 : number])


def _untabbed(tree: "Node") -> str:
    """Return the text with spaces for tabs that indent: Python 3 accepts no mixture."""

    def spaces(indentation: re.Match[str]) -> str:
        return indentation[0].expandtabs(_TAB)

    return "".join(
        _INDENTATION.sub(spaces, leaf.prefix)
        + (leaf.value if leaf.value.strip() else _INDENTATION.sub(spaces, leaf.value))
        for leaf in tree.leaves()
    )


def _original_lines(tree: "Node") -> list[int]:
    """Return the line that each line of a converted file was on, from line 0."""
    original: dict[int, int] = {}
    line = 1
    for leaf in tree.leaves():
        line += leaf.prefix.count("\n")
        height = leaf.value.count("\n")
        if leaf.lineno and leaf.value.strip():
            for further in range(height + 1):  # of a text of several lines
                original.setdefault(line + further, leaf.lineno + further)
        line += height
    lines = [1]
    for number in range(1, line + 1):
        lines.append(original.get(number, lines[-1]))
    return lines


def _placed(tree: ast.Module, lines: list[int]) -> ast.Module:
    """Put each node on its original line; its columns are lost."""
    for node in ast.walk(tree):
        if isinstance(node, _PLACED):
            node.lineno = lines[node.lineno]
            node.end_lineno = max(node.lineno, lines[node.end_lineno or 0])
            node.col_offset = node.end_col_offset = -1
    return tree
