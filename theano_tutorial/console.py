"""Lines and a progress bar on the same terminal."""

import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from theano_tutorial.errors import TutorialError, one_line

INTERRUPTED = 130  # the exit code


def print_lines(*lines: str) -> None:
    """Print lines at once; a reader who has left (``| head -1``) does not stop the run.

    What the terminal's encoding lacks is escaped: a file may have any name.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        for line in lines:
            print(line.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def counted(n: int, plural: str) -> str:
    """Return a number and what it counts, such as "1 value" or "2 values"."""
    return f"{n:,} {plural.removesuffix('s') if n == 1 else plural}"


def complain(error: TutorialError) -> None:
    """Print an error in one line."""
    print(f"theano-tutorial: error: {one_line(error)}", file=sys.stderr)


def answer(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; a user's mistake is answered in one line."""
    try:
        return command()
    except TutorialError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED


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
        # On a terminal only: None lets tqdm find out.
        self._bar: Any = tqdm(
            total=total,
            initial=done,
            unit=f" {unit}",
            leave=False,
            disable=True if quiet else None,
        )

    def print(self, *lines: str) -> None:
        """Print lines above the bar."""
        if not self.quiet:
            with self._bar.external_write_mode(file=sys.stdout):
                print_lines(*lines)

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
