"""What both commands begin and end with: signals, exit codes, errors in one line."""

import gc
import logging
import os
import sys
from pathlib import Path
from typing import Self

from theano_tutorial.cli import interrupt
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.system import drawing, pytensor_setup
from theano_tutorial.system.terminal import complain, tell


class Command:
    """Runs a command in its ``with`` block; a user's mistake is answered in one line.

    `is_program` says whether the process ends with it, with `exit_code`.
    """

    def __init__(self, *, is_program: bool = True) -> None:
        self.exit_code = 0
        self._is_program = is_program
        self._listening = interrupt.listening(to_the_end=is_program)

    def __enter__(self) -> Self:
        if self._is_program:
            _open_what_is_closed()
            # PyTensor is hundreds of thousands of objects that live to the end. To look for
            # garbage among them, as they are made and once more at the end, takes a fifth of
            # a short run.
            gc.set_threshold(100_000)
            drawing.need_no_display()
        pytensor_setup.find_room()
        logging.getLogger("theano_tutorial").addHandler(_TELLER)  # once, however often added
        self._request = self._listening.__enter__()
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        try:
            answered = error is None or self._answer(error)
            self._request.is_over = answered
        finally:
            self._listening.__exit__(None, None, None)
        if self._is_program:
            gc.freeze()
        return answered

    def _answer(self, error: BaseException) -> bool:
        """Say what went wrong, if it is for the user to know; return whether it is."""
        # A library may make something else of the exception that a signal raised.
        if self._request.has_raised or isinstance(error, KeyboardInterrupt):
            tell("Interrupted.")
            self.exit_code = self._request.exit_code or 130
            return True
        if isinstance(error, MemoryError):
            error = UsageError(f"not enough memory ({error or 'none left'})")
        if not isinstance(error, TutorialError):
            return False
        complain(error)
        self.exit_code = error.exit_code
        return True


def program_name() -> str:
    """Return how to call this program again: as it was called."""
    name = Path(sys.argv[0]).name
    asked = "theano-tutorial" if name.startswith("theano-tutorial") else None
    return (
        os.environ.get("THEANO_TUTORIAL_COMMAND") or asked or "python -m theano_tutorial.train"
    )


class _Teller(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        tell(record.getMessage())  # as the command line prints everything


_TELLER = _Teller()


def _open_what_is_closed() -> None:
    """Put a null device in the place of standard streams that are closed.

    The next file to be opened would get their numbers, and what a library says on standard
    error would go into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
