"""Errors that a user can do something about: one line each, never a traceback."""

from pathlib import Path
from typing import Any

from theano_tutorial._text import one_line, shortened


class TutorialError(Exception):
    """Base of every error that this package raises for its user.

    The message is one line: what was received, what is accepted, what to do.
    """

    exit_code = 2


class UsageError(TutorialError):
    """An option or argument that cannot be used as it was given."""


class DataUnavailable(TutorialError):
    """A dataset is not on this machine and could not be fetched."""


class BadFile(TutorialError):
    """A file is there, but it is not what it should be.

    Parameters
    ----------
    path
        The file; it is named first in the message.
    reason
        What is wrong with it, in a few words.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = Path(path)
        self.reason = shortened(reason)
        super().__init__(f"{one_line(path)}: {self.reason}")


class BadData(TutorialError, ValueError):
    """Images or labels that no model of digits can be trained on or judged by."""


class BackendUnavailable(TutorialError):
    """A backend asked for by name cannot run on this machine."""


class StaleFunction(TutorialError):
    """A compiled function does not use the parameters that it should."""


class Diverged(TutorialError):
    """Training produced a value that is not finite.

    Parameters
    ----------
    reason
        What became of which value, and where.
    run
        The run up to there; its parameters are the last ones that gave a finite value.
    """

    exit_code = 1

    def __init__(self, reason: str, run: Any) -> None:
        super().__init__(f"training diverged: {reason}")
        self.reason = reason
        self.run = run
