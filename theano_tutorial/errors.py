"""Errors that a user can act on: each message is one line, and no traceback is needed."""

import copyreg
from pathlib import Path
from typing import TYPE_CHECKING

from theano_tutorial._text import one_line, shortened

if TYPE_CHECKING:
    from theano_tutorial.recipes.program import Run


class TutorialError(Exception):
    """Base of the errors that this package raises for its user.

    The message is one line that says what was received, what is accepted and what to do.
    """

    exit_code = 2

    def __reduce__(self) -> tuple[object, ...]:
        # By default, another process would call `__init__` with the message alone.
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]

    def _render_traceback_(self) -> list[str]:
        return [str(self)]  # what IPython shows instead of a traceback


class UsageError(TutorialError):
    """An option or argument that cannot be used as given."""


class DataUnavailable(TutorialError):
    """A dataset that is not on this machine and could not be downloaded."""


class BadFile(TutorialError):
    """A file that exists, but whose content is not what it should be.

    The message is the file's name and the `reason`: a few words, cut after 300 characters.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = Path(path)
        self.reason = shortened(reason)
        super().__init__(f"{one_line(path)}: {self.reason}")


class BadData(TutorialError, ValueError):
    """Images or labels that cannot be used to train or test a model of digits."""


class BackendUnavailable(TutorialError):
    """A backend that was asked for but cannot run on this machine."""


class StaleFunction(TutorialError):
    """A compiled function that does not use the parameters that it should."""


class Diverged(TutorialError):
    """Training that produced a value that is not finite; `reason` says which, and where.

    `run` is the run so far. Its parameters are the last ones that gave a finite objective or,
    in recipes that validate as they train, the best ones.
    """

    exit_code = 1

    def __init__(self, reason: str, run: "Run") -> None:
        super().__init__(f"training diverged: {reason}")
        self.reason = reason
        self.run = run
