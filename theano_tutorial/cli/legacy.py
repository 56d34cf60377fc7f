"""The command line of ``python -m theano_tutorial.legacy``."""

import argparse
import sys
import warnings

from theano_tutorial import backends
from theano_tutorial._text import one_line
from theano_tutorial._version import version
from theano_tutorial.cli.argument_types import Parser, choice, folder
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.system import pytensor_setup, terminal
from theano_tutorial.system.terminal import complain, print_lines, tell

_DESCRIPTION = """\
Runs a script that was written for Theano, on PyTensor, as if Theano were installed. It is not
sandboxed: run only scripts, and load only pickles, that you trust.
"""
_EPILOG = """\
Options come before SCRIPT.py; what follows is the script's. THEANO_FLAGS and .theanorc are
read as Theano read them; --dtype is their floatX. Python 2 is converted in memory, by the
package fissix, and 1 / 2 is 0 in it. MNIST's files are where a script looks for them, or
downloads them from; they come from digits that theano_tutorial has verified, and run nothing.
In Python and notebooks: from theano_tutorial import legacy; legacy.install()

exit codes: the script's; 1 if an exception ends it; 2 a mistake or something missing; 130 if
interrupted by Ctrl-C.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, by default this process's, and return its exit code."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
        if options.report and not options.script:
            raise UsageError("which script? --report SCRIPT.py (see --help)")
        if not options.script:
            parser.print_help()
            return 0
        if options.script.endswith(".ipynb"):
            raise UsageError(
                f"{one_line(options.script)} is a notebook: save its code as a .py file, or "
                "call theano_tutorial.legacy.install() in its first cell"
            )
        pytensor_setup.find_room()
        from theano_tutorial import legacy
        from theano_tutorial.legacy import datasets, running, stand_ins

        if options.report:
            from theano_tutorial.cli import porting

            print_lines(*porting.report(options.script, python=options.python))
            return terminal.exit_code(0)
        legacy.install(backend=options.backend, dtype=options.dtype)
        if not sys.warnoptions:
            for category in (DeprecationWarning, FutureWarning):  # no use to old code
                warnings.simplefilter("ignore", category)
        stand_ins.accept()
        datasets.answer(options.data_dir)
        return running.run(options.script, options.arguments, python=options.python)
    except TutorialError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        tell("Interrupted.")
        return 130


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
    add("--backend", type=choice("backend", backends.NAMES), help="backend to compile with")
    add("--dtype", type=choice("dtype", ("float64", "float32")), help="value for floatX")
    add("--data-dir", type=folder, metavar="DIR", help="folder to look for MNIST in first")
    add("--python", type=int, choices=(2, 3), help="treat all files as Python 2, or as 3")
    add("--report", action="store_true", help="list the script's Theano names; run nothing")
    add("--version", action="version", version=f"theano-tutorial {version()}")
    return parser
