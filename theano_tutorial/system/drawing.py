"""Matplotlib for the command line: no display, its own settings, and no fatal errors."""

import logging
import os
from collections.abc import Callable
from typing import TypeVar

from theano_tutorial._text import shortened
from theano_tutorial.system.terminal import tell

Drawn = TypeVar("Drawn")


def need_no_display() -> None:
    """Make Matplotlib, when it is imported, need no display and read no settings.

    Jupyter, for one, names a backend for every command that a cell starts, even if that backend
    is not installed. Matplotlib's messages about fonts and folders do not concern the run.
    """
    os.environ["MPLBACKEND"] = "agg"
    os.environ["MATPLOTLIBRC"] = os.devnull
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)


def by_default(draw: Callable[[], Drawn], saved: str) -> Drawn | None:
    """Draw with Matplotlib's own settings, not the user's; return what `draw` returns.

    If that fails, print why in one line, and what is `saved` all the same. `OSError` is left to
    the caller, who knows what could not be written, and so is `MemoryError`.
    """
    try:
        import matplotlib

        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            return draw()
    except (OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (fonts, LaTeX, a damaged package)
        reason = shortened(f"{type(error).__name__}: {error}")
        tell(f"The pictures cannot be drawn ({reason}); {saved}.")
        return None
