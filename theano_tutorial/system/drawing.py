"""Matplotlib for the command line: without display, with its own settings, never fatal."""

import logging
import os
from collections.abc import Callable
from typing import TypeVar

from theano_tutorial._text import shortened
from theano_tutorial.system.terminal import tell

Drawn = TypeVar("Drawn")


def need_no_display() -> None:
    """Let Matplotlib, when it is imported, ask for no display and no settings.

    Jupyter, for one, names a backend to every command that a cell starts, also where it is not
    installed. What Matplotlib says of fonts and folders is not about the run.
    """
    os.environ["MPLBACKEND"] = "agg"
    os.environ["MATPLOTLIBRC"] = os.devnull
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)


def by_default(draw: Callable[[], Drawn], saved: str) -> Drawn | None:
    """Draw with Matplotlib's own settings, not the user's; return what `draw` returns.

    If that fails, tell why in a line, and what is `saved` all the same. `OSError` is left to
    the caller, who knows what could not be written.
    """
    try:
        import matplotlib

        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            return draw()
    except (OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  (of fonts, LaTeX, a package that is damaged)
        reason = shortened(f"{type(error).__name__}: {error}")
        tell(f"The pictures cannot be drawn ({reason}); {saved}.")
        return None
