"""What both commands begin and end with: signals, exit codes, errors in one line."""

import gc
import logging
import os
from collections.abc import Callable

from theano_tutorial.cli import interrupt
from theano_tutorial.errors import TutorialError, UsageError
from theano_tutorial.system import pytensor_setup
from theano_tutorial.system.terminal import complain, tell


def answer(command: Callable[[], int], *, is_program: bool = True) -> int:
    """Run a command and return its exit code; a user's mistake is answered in one line.

    Parameters
    ----------
    command
        What to run.
    is_program
        Whether the process ends with it.
    """
    if is_program:
        _open_what_is_closed()
        # PyTensor is hundreds of thousands of objects that live to the end. To look for garbage
        # among them, as they are made and once more at the end, takes a fifth of a short run.
        gc.set_threshold(100_000)
    pytensor_setup.find_room()
    logging.getLogger("theano_tutorial").addHandler(_TELLER)  # once, however often it is added
    with interrupt.listening(to_the_end=is_program) as request:
        try:
            code = _answer_mistakes(command)
        except BaseException as error:
            # A library may make something else of the exception that a signal raised.
            if not (request.has_raised or isinstance(error, KeyboardInterrupt)):
                raise
            tell("Interrupted.")
            code = request.exit_code or 130
        request.is_over = True
    if is_program:
        gc.freeze()
    return code


class _Teller(logging.Handler):
    """Prints what the library logs, the way the command line prints everything."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record's message."""
        tell(record.getMessage())


_TELLER = _Teller()


def _answer_mistakes(command: Callable[[], int]) -> int:
    try:
        return command()
    except TutorialError as error:
        complain(error)
        return error.exit_code
    except MemoryError as error:
        complain(UsageError(f"not enough memory ({error or 'none left'})"))
        return UsageError.exit_code


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
