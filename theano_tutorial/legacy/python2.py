"""Old source made into code that today's Python runs; nothing is written to disk.

A file that does not parse, or shows in another way that Python 2 ran it (`signs`), is converted
by the package fissix (`conversion`), and ``/`` floors in it (`old_syntax`). Line numbers stay
those of the file.
"""

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass
from types import CodeType

from theano_tutorial._text import one_line
from theano_tutorial.errors import UsageError
from theano_tutorial.legacy import conversion
from theano_tutorial.legacy.old_syntax import OldSyntax
from theano_tutorial.legacy.signs import Sign, first_sign


@dataclass(frozen=True)
class Source:
    """A file, parsed, and whether Python 2 ran it."""

    tree: ast.Module
    is_old: bool = False

    def compiled(self, path: str) -> CodeType:
        """Return the code, in which an old file's ``/`` floors integers."""
        tree = self.tree
        if self.is_old:
            tree = ast.fix_missing_locations(OldSyntax(tree, floors=_floors(tree)).visit(tree))
        with warnings.catch_warnings(action="ignore"):  # of what is old about it
            code: CodeType = compile(tree, path, "exec", dont_inherit=True)
        return code


def parse(
    content: bytes, path: str, *, python: int | None = None, in_package: bool = False
) -> Source:
    """Parse a file that some Python ran.

    `python` is 2 or 3, or None to see it from the file; `in_package` says whether the file is
    part of a package, where Python 2 also looked for modules beside it.

    A file of neither Python raises `SyntaxError`; one that needs fissix, where that is not
    installed, `UsageError`.
    """
    text = _decoded(content)
    tree, sign = None, Sign(1, "as --python 2 says")
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text, path)
    except SyntaxError as error:
        if python == 3:
            raise
        problem = error
        sign = Sign(error.lineno or 1, error.msg, prints=True)
    if tree is not None:
        found = None if python == 3 else first_sign(tree, text)
        if found is None and python != 2:
            return Source(tree)
        sign = found or sign
    if not conversion.is_possible():
        if tree is None or sign.needs_conversion:
            raise UsageError(
                f"{one_line(path)}, line {sign.line}: this looks like Python 2 "
                f"({one_line(sign.what)}), which the package fissix converts: "
                "pip install fissix"
            )
        return Source(tree, is_old=True)
    try:
        return Source(conversion.converted(text, path, sign.prints, in_package), is_old=True)
    except SyntaxError as error:
        if tree is None:
            # Who got further knows more.
            raise max(error, problem, key=lambda each: each.lineno or 0) from None
        return Source(tree, is_old=True)


def _floors(tree: ast.Module) -> bool:
    """Return whether a file has not asked for true division."""
    return not any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "division" for alias in node.names)
        for node in tree.body
    )


def _decoded(content: bytes) -> str:
    """Return the text, by the encoding that the file names; Python 2 took any in comments."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        text = content.decode("latin1")
    return re.sub(r"\r\n?", "\n", text)
