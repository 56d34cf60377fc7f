"""``python -m theano_tutorial.legacy``: old Theano code runs again, unchanged, on PyTensor."""

import argparse
import sys
import warnings

from theano_tutorial import backends
from theano_tutorial._version import version
from theano_tutorial.cli.argument_types import Parser, choice, folder
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.system import pytensor_setup
from theano_tutorial.system.terminal import complain, print_lines, tell

_DESCRIPTION = """\
Runs a script that was written for Theano, on PyTensor, as if Theano were installed.

It runs the script as Python does: nothing confines it, so run what you trust. Neither it nor
anything beside it is changed. What the script prints is its own.
"""
_EPILOG = """\
examples:
  python -m theano_tutorial.legacy logistic_sgd.py
  python -m theano_tutorial.legacy --dtype float32 --backend c network.py --epochs 3
  python -m theano_tutorial.legacy --report mlp.py   the names of Theano in it, and PyTensor's

Options come before SCRIPT.py; what follows is the script's. THEANO_FLAGS and .theanorc are
read as Theano read them; --dtype is their floatX.

Python 2: a script or a module beside it that only Python 2 can have run is converted in
memory, by the package fissix (pip install fissix), and 1 / 2 is 0 in it. What cannot be
mended is said with its file and line. Old names of NumPy and Python are there again.

MNIST: mnist.pkl.gz and the four IDX files are where a script looks for them, or downloads
them from, if they are not; so is pylearn2.datasets.mnist. They come from the digits that
theano_tutorial has verified, looked for in --data-dir, in the folder that THEANO_TUTORIAL_DATA
names and in the cache folder, then downloaded there. They hold arrays and nothing that runs; a
pickle of its own that a script loads runs what it holds.

In Python and notebooks: from theano_tutorial import legacy; legacy.install()

exit codes: the script's; 1 if an exception ends it; 2 a mistake or something missing; 130 if
interrupted by Ctrl-C.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, the process's if `arguments` is None; return its exit code."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
        if options.report and not options.script:
            raise UsageError("which script? --report SCRIPT.py (see --help)")
        if options.script:
            return _report(options) if options.report else _run(options)
    except TutorialError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        tell("Interrupted.")
        return 130
    parser.print_help()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m theano_tutorial.legacy",
        usage="%(prog)s [options] SCRIPT.py [ARGS ...]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("script", nargs="?", metavar="SCRIPT.py", help="what to run")
    add("arguments", nargs=argparse.REMAINDER, metavar="ARGS", help="the script's own")
    for name, names, meaning in (
        ("backend", backends.NAMES, f"what compiles: {', '.join(backends.NAMES)}"),
        ("dtype", ("float64", "float32"), "floatX: float64 or float32 (as THEANO_FLAGS say)"),
    ):
        add(f"--{name}", type=choice(name, names), metavar="NAME", help=meaning)
    add("--data-dir", type=folder, metavar="DIR", help="folder to look for MNIST in first")
    python = "take all files to be of Python 2, or of 3 (default: seen from each)"
    add("--python", type=int, choices=(2, 3), help=python)
    add("--report", action="store_true", help="list the script's names of Theano; run nothing")
    add("--version", action="version", version=f"theano-tutorial {version()}")
    return parser


def _run(options: argparse.Namespace) -> int:
    pytensor_setup.find_room()
    from theano_tutorial import legacy
    from theano_tutorial.legacy import datasets, old_numpy, running, stand_ins

    legacy.install(backend=options.backend, dtype=options.dtype)
    if not sys.warnoptions:
        warnings.simplefilter("ignore", DeprecationWarning)  # as Python 2 did
        warnings.simplefilter("ignore", FutureWarning)  # PyTensor's, of names it has moved
    stand_ins.restore()
    old_numpy.restore()
    datasets.answer(options.data_dir)
    return running.run(options.script, options.arguments, python=options.python)


def _report(options: argparse.Namespace) -> int:
    from theano_tutorial.legacy import report

    print_lines(*report.lines(options.script, python=options.python))
    return 0


if __name__ == "__main__":
    sys.exit(main())
