"""Old source made into code that today's Python runs; nothing is written to disk.

A file that does not parse, or shows in another way that Python 2 ran it (`signs`), is converted
by the package fissix (`conversion`), and ``/`` floors in it (`old_syntax`).
"""

import ast
import io
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
        """Return the code; without ``from __future__ import division``, an old file floors."""
        tree = self.tree
        if self.is_old:
            features = (each for each in tree.body if isinstance(each, ast.ImportFrom))
            floors = all(alias.name != "division" for each in features for alias in each.names)
            tree = ast.fix_missing_locations(OldSyntax(tree, floors=floors).visit(tree))
        with warnings.catch_warnings(action="ignore"):  # of what is old about it
            code: CodeType = compile(tree, path, "exec", dont_inherit=True)
        return code


def parse(
    content: bytes, path: str, *, python: int | None = None, in_package: bool = False
) -> Source:
    """Parse a file that some Python ran: `python`, 2 or 3; None to see it from the file.

    `in_package` says whether it is part of a package, where Python 2 also looked for modules
    beside it. A file of neither Python raises `SyntaxError`; one that needs fissix, where that
    is not installed, `UsageError`.
    """
    text = _decoded(content)
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text, path)
    except SyntaxError as error:
        if python == 3:
            raise error.with_traceback(None) from None
        return _old(
            text, path, Sign(error.lineno or 1, error.msg, prints=True), in_package, error
        )
    sign = None if python == 3 else first_sign(tree, text)
    if sign is None and python == 2:
        sign = Sign(1, "as you say", needs_conversion=False)
    return _old(text, path, sign, in_package, tree) if sign else Source(tree)


def _old(
    text: str, path: str, sign: Sign, in_package: bool, parsed: ast.Module | SyntaxError
) -> Source:
    """Convert a file, of which Python 3 made a tree or an error."""
    problem = parsed
    if conversion.is_possible():
        try:
            tree = conversion.converted(text, path, sign.prints, in_package)
            return Source(tree, is_old=True)
        except SyntaxError as error:
            problem = error
    elif sign.needs_conversion:
        raise UsageError(
            f"{one_line(path)}, line {sign.line}: this looks like Python 2 "
            f"({one_line(sign.what)}), which the package fissix converts: pip install fissix"
        )
    if isinstance(parsed, ast.Module):
        return Source(parsed, is_old=True)
    errors = [each for each in (parsed, problem) if isinstance(each, SyntaxError)]
    further = max(errors, key=lambda each: each.lineno or 0)
    raise further.with_traceback(None) from None


def _decoded(content: bytes) -> str:
    """Return the text, by the encoding that the file names; Python 2 took any in comments."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        text = content.decode("latin1")
    return text.replace("\r\n", "\n").replace("\r", "\n")
