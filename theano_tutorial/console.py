"""Lines and a progress bar on the same terminal; a terminal that may not be there."""

import contextlib
import gc
import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from theano_tutorial import caches, interrupt
from theano_tutorial.errors import TutorialError, UsageError, one_line


def print_lines(*lines: str) -> None:
    """Print lines at once; a reader who has left (``| head -1``) does not stop the run."""
    error = _write(sys.stdout, lines)
    if error is not None and not isinstance(error, BrokenPipeError):
        tell(f"Standard output cannot be written ({error.strerror or error}).")


def tell(*lines: str) -> None:
    """Print lines on standard error, if somebody listens there."""
    _write(sys.stderr, lines)


def complain(error: TutorialError) -> None:
    """Tell an error in one line."""
    tell(f"theano-tutorial: error: {one_line(error)}")


def counted(n: int, plural: str) -> str:
    """Return a number and what it counts, such as "1 value" or "2 values"."""
    return f"{n:,} {plural.removesuffix('s') if n == 1 else plural}"


def is_terminal() -> bool:
    """Return whether there is a terminal to draw a progress bar on."""
    return sys.stderr is not None and sys.stderr.isatty()


def _write(stream: Any, lines: tuple[str, ...]) -> OSError | None:
    """Write lines to a stream. If it fails, what else goes there is thrown away.

    What the terminal's encoding lacks is escaped: a file may have any name.
    """
    if stream is None:  # it was closed from the beginning
        return None
    encoding = stream.encoding or "utf-8"
    try:
        for line in lines:
            print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream)
        stream.flush()
    except OSError as error:  # no reader, no terminal, no room
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        return error
    return None


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
    caches.find_room()
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


class Console:
    """Prints what a page printed, over a progress bar where there is a terminal.

    Parameters
    ----------
    total
        Steps that the bar counts, at most.
    unit
        What a step is called, in the plural.
    done
        Steps done before.
    quiet
        Print nothing and draw no bar.
    """

    def __init__(self, total: int, unit: str, *, done: int = 0, quiet: bool = False) -> None:
        from tqdm import tqdm

        self.quiet = quiet
        self._bar: Any = tqdm(
            total=total,
            initial=done,
            unit=f" {unit}",
            leave=False,
            disable=quiet or not is_terminal(),
        )
        # tqdm looks at the time of day, which may jump.
        self._bar._time = time.monotonic
        self._bar.unpause()

    def print(self, *lines: str) -> None:
        """Print lines above the bar."""
        if not self.quiet:
            with self._bar.external_write_mode(file=sys.stdout):
                print_lines(*lines)

    def warn(self, line: str) -> None:
        """Print a line on standard error, above the bar."""
        with self._bar.external_write_mode(file=sys.stderr):
            tell(line)

    def advance(self) -> None:
        """Count one step as done."""
        self._bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()
