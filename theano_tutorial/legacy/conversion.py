"""Python 2 converted by the package fissix, with each statement on the line that it was on."""

import ast
import functools
import re
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from theano_tutorial._text import one_line
from theano_tutorial.system.folders import can_write, private_folder
from theano_tutorial.system.terminal import tell

if TYPE_CHECKING:
    from fissix.pytree import Node
    from fissix.refactor import RefactoringTool

# `sorted` takes numpy.sort for a list's; Python takes every `__future__` that there was; the
# others are among the builtins, or below.
_LEFT_OUT = {"sorted", "future", "apply", "execfile", "intern", "reduce", "reload", "imports"}
_INDENTATION = re.compile(r"^[ \t\f]+", re.MULTILINE)
_PLACED = ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword | ast.alias


def is_possible() -> bool:
    """Return whether fissix, an extra of this package, is installed."""
    return find_spec("fissix") is not None


def converted(text: str, path: str, prints: bool, in_package: bool) -> ast.Module:
    """Return a Python 2 file as Python 3 parses it once it is converted.

    `prints` says whether ``print`` is a statement in it, and `in_package` whether it may import
    modules beside it as if they were at the top. What cannot be parsed raises `SyntaxError`;
    what is left as it was is told, with its line.
    """
    from fissix.pgen2.parse import ParseError
    from fissix.pgen2.tokenize import TokenError

    problems = []
    for statement in (prints, not prints):
        tool = _tool(statement, in_package)
        tool.fixer_log.clear()
        try:
            tree = tool.refactor_string(text + "\n", path)
            break
        except (ParseError, TokenError) as error:
            where = error.context[1] if isinstance(error, ParseError) else error.args[1]
            lines = text.splitlines()
            number = min(where[0], len(lines))
            found = path, number, where[1] + 1, lines[number - 1]
            problems.append(SyntaxError("invalid syntax", found))
    else:
        raise max(problems, key=lambda each: each.lineno or 0)  # it got further
    for said in tool.fixer_log:
        if left := re.match(r"Line (\d+): could not convert: (.*)", said):
            tell(f"{one_line(path)}, line {left[1]}: could not be converted: {left[2]}")
    with warnings.catch_warnings(action="ignore"):
        return _placed(_imported(ast.parse(_untabbed(tree), path), Path(path).parent), tree)


@functools.cache
def _tool(statement: bool, in_package: bool) -> "RefactoringTool":
    import fissix

    if not can_write(fissix.CACHE_DIR):  # it keeps its grammar there
        fissix.CACHE_DIR = private_folder() / "fissix"
    from fissix.refactor import RefactoringTool, get_fixers_from_package

    left_out = {f"fissix.fixes.fix_{name}" for name in (*_LEFT_OUT, "imports2")}
    if not in_package:
        left_out.add("fissix.fixes.fix_import")
    fixers = set(get_fixers_from_package("fissix.fixes")) - left_out
    return RefactoringTool(sorted(fixers), {"print_function": not statement})


def _untabbed(tree: "Node") -> str:
    """Return the text indented by spaces, as wide as Python 2 took a tab for."""

    def spaced(blank: str) -> str:
        return _INDENTATION.sub(lambda found: found[0].expandtabs(8), blank)

    return "".join(
        spaced(leaf.prefix) + (leaf.value if leaf.value.strip() else spaced(leaf.value))
        for leaf in tree.leaves()
    )


def _imported(parsed: ast.Module, folder: Path) -> ast.Module:
    """Import what the standard library has under another name, but for what is in a folder."""
    from fissix.fixes.fix_imports import MAPPING

    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name in MAPPING and not (folder / f"{each.name}.py").exists():
                    each.name, each.asname = MAPPING[each.name], each.asname or each.name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            node.module = MAPPING.get(node.module, node.module)
    return parsed


def _placed(parsed: ast.Module, tree: "Node") -> ast.Module:
    """Put each statement on the line that it was on; its columns are lost."""
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
    for node in ast.walk(parsed):
        if isinstance(node, _PLACED):
            first, last = lines[node.lineno], lines[node.end_lineno or node.lineno]
            node.lineno, node.end_lineno = first, max(first, last)
            node.col_offset = node.end_col_offset = -1
    return parsed
