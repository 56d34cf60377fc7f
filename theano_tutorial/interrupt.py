"""Ctrl-C that loses nothing."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def between_steps() -> Iterator[Callable[[], bool]]:
    """Make the first Ctrl-C wait for the end of a training step; a second one does not wait.

    A step updates several parameters, some in place: stopped in its midst, it would leave
    them out of step with one another.

    Yields
    ------
    A function that returns whether Ctrl-C was pressed.
    """
    asked = False

    def handle(signum: int, frame: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, previous)
