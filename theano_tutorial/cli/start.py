"""How both commands begin and end: signals, exit codes, errors in one line."""

import gc
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from theano_tutorial.cli import interrupt
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.system import drawing, pytensor_setup, terminal
from theano_tutorial.system.terminal import complain, tell


def run(command: Callable[[], int | None], *, is_program: bool = True) -> int:
    """Run a command and return its exit code; report a user's mistake in one line.

    `is_program` says whether the process ends with it. A command that returns None succeeded.
    """
    if is_program:
        _open_what_is_closed()
        # PyTensor makes hundreds of thousands of objects that live until the end. Looking
        # for garbage among them, while they are made and at exit, would take a fifth of a
        # short run.
        gc.set_threshold(100_000)
        drawing.need_no_display()
    pytensor_setup.find_room()
    logging.getLogger("theano_tutorial").addHandler(_TELLER)  # added only once
    with interrupt.listening(to_the_end=is_program) as request:
        try:
            code = command() or 0
        except BaseException as error:
            answer = _answer(error, request)
            if answer is None:
                raise
            code = answer
        request.is_over = True
    if is_program:
        gc.freeze()
    return terminal.exit_code(code)


def _answer(error: BaseException, request: interrupt.Request) -> int | None:
    """Report an error that the user can act on, and return its exit code; None if it is not."""
    # A library may turn the exception that a signal raised into another.
    if request.has_raised or isinstance(error, KeyboardInterrupt):
        tell("Interrupted.")
        return request.exit_code or 130
    if isinstance(error, MemoryError):
        error = UsageError(f"not enough memory ({str(error) or 'none left'})")
    if not isinstance(error, TutorialError):
        return None
    complain(error)
    return error.exit_code


def program_name() -> str:
    """Return the training command, in the form in which the user called this program."""
    name = Path(sys.argv[0]).name
    asked = "theano-tutorial" if name.startswith("theano-tutorial") else None
    return (
        os.environ.get("THEANO_TUTORIAL_COMMAND") or asked or "python -m theano_tutorial.train"
    )


class _Teller(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        tell(record.getMessage())  # prints it as the command line prints everything else


_TELLER = _Teller()


def _open_what_is_closed() -> None:
    """Open the null device in place of standard streams that are closed.

    Otherwise the next file to be opened would get their number, and whatever a library prints
    on standard error would go into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number
