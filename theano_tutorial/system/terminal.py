"""Lines and a progress bar on the same terminal, which may not be there."""

import contextlib
import os
import sys
import time
from typing import Self, TextIO

from theano_tutorial._text import one_line
from theano_tutorial.errors import TutorialError


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


def _write(stream: TextIO | None, lines: tuple[str, ...]) -> OSError | None:
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


class Console:
    """Prints what a page printed, over a progress bar where there is a terminal.

    The bar counts up to `total` steps, of which some may be `done`; `unit` is what they are
    called, in the plural.
    """

    def __init__(self, total: int, unit: str, *, done: int = 0, quiet: bool = False) -> None:
        from tqdm import tqdm

        self.quiet = quiet
        hidden = quiet or sys.stderr is None or not sys.stderr.isatty()
        self._bar = tqdm(
            total=total, initial=done, unit=f" {unit}", leave=False, disable=hidden
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

    def advance_to(self, done: int) -> None:
        """Say how many steps are done."""
        if done != self._bar.n:
            self._bar.update(done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()
