"""What command lines accept as numbers and names, and how they answer anything else."""

import argparse
import difflib
import math
from collections.abc import Callable
from typing import Any, NoReturn

from theano_tutorial.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage above it."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`."""
        raise UsageError(f"{message} (see --help)")


def _number(kind: type, low: float, high: float, what: str) -> Callable[[str], Any]:
    """Return a parser of numbers from `low` (not included for floats) to `high`."""

    def parse(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        inside = low < value < high if kind is float else low <= value <= high
        if not inside:
            raise argparse.ArgumentTypeError(f"must be {what}, got {text!r}")
        return value

    return parse


positive = _number(float, 0, math.inf, "a finite number above 0")


def fraction(text: str) -> float:
    """Parse a number from 0 to below 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"must be from 0 to below 1, got {text!r}")
    return value


def whole(low: int, high: int) -> Callable[[str], Any]:
    """Return a parser of whole numbers from `low` to `high`."""
    return _number(int, low, high, f"a whole number from {low:,} to {high:,}")


def choice(what: str, names: tuple[str, ...]) -> Callable[[str], str]:
    """Return a parser of one of `names` that suggests the nearest to anything else."""

    def parse(text: str) -> str:
        if text in names:
            return text
        near = difflib.get_close_matches(text.lower(), names, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise argparse.ArgumentTypeError(
            f"unknown {what} {text!r}; {hint}accepted: {', '.join(names)}"
        )

    return parse


def folder(text: str) -> str:
    """Parse the name of a folder; an empty one is a shell variable that was not set."""
    if not text:
        raise argparse.ArgumentTypeError("the folder has no name")
    return text
