"""The command lines: what they accept, print and write to disk."""

import importlib
import sys


def run_module(command: str) -> int:
    """Run a command for ``python -m``, and return its exit code.

    A random.py in the current folder does not take the place of Python's.
    """
    if not sys.flags.safe_path:
        sys.path.append(sys.path.pop(0))
    return call(command, None)


def call(command: str, arguments: list[str] | None) -> int:
    """Import a command of this package, which takes a tenth of a second, and run it."""
    if arguments is None:
        from theano_tutorial.cli import signals

        signals.end_quietly()
    try:
        module = importlib.import_module(f"theano_tutorial.cli.{command}")
    except ImportError as error:
        needed = "Python 3.11 or newer and `pip install .`; scripts/train sees to both"
        print(f"theano-tutorial: error: {error}: it needs {needed}", file=sys.stderr)
        return 2
    code: int = module.main(arguments)
    return code
