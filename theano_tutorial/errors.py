"""Errors that a user can act on: each message is one line, and no traceback is needed."""

from pathlib import Path
from typing import Any

from theano_tutorial._text import one_line, shortened


class TutorialError(Exception):
    """Base of the errors that this package raises for its user.

    The message is one line: what was received, what is accepted, what to do.
    """

    exit_code = 2

    def _render_traceback_(self) -> list[str]:
        return [str(self)]  # what IPython shows instead of a traceback


class UsageError(TutorialError):
    """An option or argument that cannot be used as given."""


class DataUnavailable(TutorialError):
    """A dataset is not on this machine and could not be downloaded."""


class BadFile(TutorialError):
    """A file exists, but its content is not what it should be.

    The message is its name and the `reason`: a few words, shortened to 300 characters.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = Path(path)
        self.reason = shortened(reason)
        super().__init__(f"{one_line(path)}: {self.reason}")


class BadData(TutorialError, ValueError):
    """Images or labels that cannot train or test a model of digits."""


class BackendUnavailable(TutorialError):
    """A backend that was named cannot run on this machine."""


class StaleFunction(TutorialError):
    """A compiled function does not use the parameters that it should."""


class Diverged(TutorialError):
    """Training produced a value that is not finite; `reason` says which, and where.

    The parameters of `run`, the run so far, are the last ones that gave a finite value.
    """

    exit_code = 1

    def __init__(self, reason: str, run: Any) -> None:
        super().__init__(f"training diverged: {reason}")
        self.reason = reason
        self.run = run
