"""Parsers of the numbers and names on a command line, which reject anything else."""

import argparse
import contextlib
import glob
import math
import os
from collections.abc import Callable
from typing import NoReturn, TypeVar

from theano_tutorial.cli import words
from theano_tutorial.errors import UsageError
from theano_tutorial.system import terminal

Number = TypeVar("Number", int, float)


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`, with a hint if a flag is unknown."""
        _, _, unknown = message.partition("unrecognized arguments: ")
        hint = words.of_flags(unknown.split(), self._option_string_actions)
        raise UsageError(f"{message}{hint} (see --help)")

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> object:
        """Refuse ``--option=--``, of which Python 3.11 makes an empty list."""
        if action.option_strings and arg_strings == ["--"]:
            self.error(f"argument {action.option_strings[-1]}: expected one argument, got --")
        return super()._get_values(action, arg_strings)

    def _print_message(self, message: str, file: object = None) -> None:
        """Print help or a version as everything else is printed."""
        terminal.print_lines(message.rstrip("\n"))
        if code := terminal.exit_code(0):
            self.exit(code)


def _number(
    kind: Callable[[str], Number], fits: Callable[[Number], bool], what: str
) -> Callable[[str], Number]:
    """Return a parser of numbers that `fits` accepts; `what` describes them in an error."""

    def parse(text: str) -> Number:
        with contextlib.suppress(ValueError):
            if fits(value := kind(text)):
                return value
        raise argparse.ArgumentTypeError(f"must be {what}, got {text!r}")

    return parse


positive = _number(float, lambda value: 0 < value < math.inf, "a finite number above 0")
not_negative = _number(float, lambda value: 0 <= value < math.inf, "a finite number from 0")
part = _number(float, lambda value: 0 <= value <= 1, "from 0 to 1")
fraction = _number(float, lambda value: 0 <= value < 1, "from 0 to below 1")


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from `low` to `high`."""
    what = f"a whole number from {low:,} to {high:,}"
    return _number(int, lambda value: low <= value <= high, what)


def choice(what: str, names: tuple[str, ...]) -> Callable[[str], str]:
    """Return a parser that accepts any of `names` and suggests the nearest to anything else."""

    def parse(text: str) -> str:
        if text in names:
            return text
        hint = words.of_name(what, text, names)
        raise argparse.ArgumentTypeError(
            f"unknown {what} {text!r}; {hint}accepted: {', '.join(names)}"
        )

    return parse


def folder(text: str) -> str:
    """Parse a folder's name; refuse an empty one, which comes from an unset shell variable."""
    if not text:
        raise argparse.ArgumentTypeError("the folder name is empty")
    return at_home(text)


def at_home(text: str) -> str:
    """Return a file's name with ``~`` expanded, which shells do not do in ``--output=~/x``."""
    if not text:
        raise UsageError("the name of a file is empty")
    if os.path.lexists(text):
        return text
    if text.lower().startswith(("http://", "https://", "file://")):
        raise UsageError(f"{text} is an address: download the file, and give its name here")
    return os.path.expanduser(text)  # noqa: PTH111  (may have no home)


def files(text: str) -> list[str]:
    """Expand a pattern, which Windows leaves to programs; keep an existing file's name."""
    name = at_home(text)
    is_there = os.path.lexists(name)
    return [name] if is_there else sorted(glob.glob(name)) or [name]  # noqa: PTH207
