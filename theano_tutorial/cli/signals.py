"""Signals that ask a program to end. Imported first of all, and so it imports little itself."""

import os
import signal

# Ctrl-C; what batch schedulers send before they kill; a terminal that goes away.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


def wanted() -> list[signal.Signals]:
    """Return the signals to handle: none that whoever started us has ignored.

    ``nohup`` ignores SIGHUP, and a script's shell SIGINT for what it starts with ``&``.
    """
    # Windows has not all.
    there = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in there if signal.getsignal(number) != signal.SIG_IGN]


def end_quietly() -> None:
    """Let signals end the process at once, until `interrupt.listening`: while it imports."""
    try:
        for number in wanted():
            signal.signal(number, lambda signum, frame: os._exit(128 + signum))
    except ValueError:
        pass  # only the main thread has signals
