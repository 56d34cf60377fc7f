"""Modules that old scripts import and few have, found last: a script's own come first."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

MODULES = ("pylearn2", "six", "utils")


class OfferedFinder(MetaPathFinder):
    """Finds `MODULES` beside this file."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of them."""
        beside = [str(Path(__file__).parent)]
        return PathFinder.find_spec(name, beside) if name in MODULES else None


def offer() -> None:
    """Let `MODULES` be imported, for the rest of this process."""
    if not any(isinstance(finder, OfferedFinder) for finder in sys.meta_path):
        sys.meta_path.append(OfferedFinder())
