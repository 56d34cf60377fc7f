"""The signals that ask a program to end. It is imported first, so it imports little itself."""

import os
import signal

# Ctrl-C; what batch schedulers send before they kill; a terminal that goes away.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


def wanted() -> list[signal.Signals]:
    """Return the signals to handle, except those that were ignored when the process started.

    ``nohup`` ignores SIGHUP, and a shell script ignores SIGINT for commands started with ``&``.
    """
    # Windows lacks some of them.
    there = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in there if signal.getsignal(number) != signal.SIG_IGN]


def end_quietly() -> None:
    """Let signals end the process quietly and at once, until `listening` takes over."""
    try:
        for number in wanted():
            signal.signal(number, lambda signum, frame: os._exit(128 + signum))
    except ValueError:
        pass  # only the main thread has signals
