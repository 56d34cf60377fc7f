"""The first thing a command imports, so it imports little itself: signals, and how to go on."""

import importlib
import os
import signal
import sys

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


def call(command: str, arguments: list[str] | None) -> int:
    """Import a command of this package, which takes a tenth of a second, and run it."""
    if arguments is None:
        end_quietly()
    try:
        module = importlib.import_module(f"theano_tutorial.cli.{command}")
    except ImportError as error:
        needed = "Python 3.11 or newer and `pip install .`; scripts/train sees to both"
        print(f"theano-tutorial: error: {error}: it needs {needed}", file=sys.stderr)
        return 2
    code: int = module.main(arguments)
    return code
