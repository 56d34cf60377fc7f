"""How both commands begin and end: signals, exit codes, errors in one line."""

import gc
import logging
import os
import sys
from pathlib import Path
from typing import Self

from theano_tutorial.cli import interrupt
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.system import drawing, pytensor_setup, terminal
from theano_tutorial.system.terminal import complain, tell


class Command:
    """Runs a command in its ``with`` block; reports a user's mistake in one line.

    `is_program` says whether the process ends with the command, with its `exit_code`.
    """

    def __init__(self, *, is_program: bool = True) -> None:
        self.exit_code = 0
        self._is_program = is_program
        self._listening = interrupt.listening(to_the_end=is_program)

    def __enter__(self) -> Self:
        if self._is_program:
            _open_what_is_closed()
            # PyTensor makes hundreds of thousands of objects that live until the end. Looking
            # for garbage among them, while they are made and at exit, would take a fifth of a
            # short run.
            gc.set_threshold(100_000)
            drawing.need_no_display()
        pytensor_setup.find_room()
        logging.getLogger("theano_tutorial").addHandler(_TELLER)  # added only once
        self._request = self._listening.__enter__()
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        try:
            answered = error is None or self._answer(error)
            self._request.is_over = answered
        finally:
            self._listening.__exit__(None, None, None)
        if terminal.has_lost_lines:
            self.exit_code = self.exit_code or UsageError.exit_code
        if self._is_program:
            gc.freeze()
        return answered

    def _answer(self, error: BaseException) -> bool:
        """Report an error that the user can act on; return whether it is one."""
        # A library may turn the exception that a signal raised into another.
        if self._request.has_raised or isinstance(error, KeyboardInterrupt):
            tell("Interrupted.")
            self.exit_code = self._request.exit_code or 130
            return True
        if isinstance(error, MemoryError):
            error = UsageError(f"not enough memory ({str(error) or 'none left'})")
        if not isinstance(error, TutorialError):
            return False
        complain(error)
        self.exit_code = error.exit_code
        return True


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
