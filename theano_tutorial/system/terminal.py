"""Print lines and a progress bar to the same terminal, if there is one."""

import contextlib
import errno
import os
import sys
import time
from typing import Self, TextIO

from theano_tutorial._text import one_line
from theano_tutorial.errors import TutorialError

has_lost_lines = False  # printed, but not written: later ones are not, either


def print_lines(*lines: str) -> None:
    """Print lines at once; if they are lost, say so, and set `has_lost_lines`.

    They are not if the reader has left (``| head -1``, a closed terminal) and needs no more.
    """
    global has_lost_lines
    error = _write(sys.stdout, lines)
    if error is not None and error.errno not in {errno.EPIPE, errno.EIO}:
        has_lost_lines = True
        tell(f"Standard output cannot be written ({error.strerror or error}).")


def exit_code(code: int) -> int:
    """Return a process's exit code: that of a mistake if all went well, but lines were lost."""
    return code or (TutorialError.exit_code if has_lost_lines else 0)


def tell(*lines: str) -> None:
    """Print lines to standard error, if it is open."""
    _write(sys.stderr, lines)


def complain(error: TutorialError) -> None:
    """Print an error in one line."""
    tell(f"theano-tutorial: error: {one_line(error)}")


def _write(stream: TextIO | None, lines: tuple[str, ...]) -> OSError | None:
    """Write lines to a stream; if that fails, discard later output and return the error.

    Characters that the stream's encoding lacks are escaped: a file may have any name.
    """
    if stream is None:  # it was closed before Python started
        return None
    encoding = stream.encoding or "utf-8"
    try:
        for line in lines:
            print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream)
        stream.flush()
    except OSError as error:  # no reader, no terminal, no space
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        return error
    return None


class Console:
    """Output of a tutorial's page, above a progress bar if there is a terminal.

    The bar counts up to `total` steps and starts at `done`; `unit` is what the steps are
    called, in the plural.
    """

    def __init__(self, total: int, unit: str, *, done: int = 0, quiet: bool = False) -> None:
        from tqdm import tqdm

        self.quiet = quiet
        hidden = quiet or sys.stderr is None or not sys.stderr.isatty()
        self._bar = tqdm(
            total=total, initial=done, unit=f" {unit}", leave=False, disable=hidden
        )
        # tqdm reads the time of day, which may jump.
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
        """Move the bar to the number of steps that are done."""
        if done != self._bar.n:
            self._bar.update(done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()
