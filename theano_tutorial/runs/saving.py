"""The folder of a run: its progress now and then, its results at the end, its pictures."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from theano_tutorial._types import Parameters
from theano_tutorial.errors import UsageError
from theano_tutorial.recipes import RECIPES
from theano_tutorial.recipes.program import Run
from theano_tutorial.runs import resume
from theano_tutorial.runs.checkpoints import model_content, trace_content
from theano_tutorial.runs.record import Setup, metadata, trace
from theano_tutorial.system.files import write_together
from theano_tutorial.system.terminal import tell


class Reporter(Protocol):
    """Knows what a kind of recipe has to say of a run."""

    @property
    def setup(self) -> Setup:
        """What the run's numbers depend on."""

    def numbers(self, run: Run) -> dict[str, Any]:
        """Return the numbers that ``trace.json`` adds."""

    def outcome(self, run: Run) -> Mapping[str, Any]:
        """Return what ``model.npz`` says of how good the model is."""

    def best_so_far(self, progress: Any) -> tuple[Parameters, Mapping[str, Any]] | None:
        """Return the best model so far with its outcome, where there is early stopping."""

    def pictures(self, folder: Path, run: Run) -> list[Path]:
        """Draw pictures of a run into its folder; return their paths."""


class Folder:
    """A folder that a run writes to.

    Parameters
    ----------
    path
        Where it is.
    reporter
        Has the run's setup.
    """

    def __init__(self, path: Path, reporter: Reporter) -> None:
        self.path, self.reporter = path, reporter

    def __str__(self) -> str:
        """Return the path."""
        return str(self.path)

    def keeper(self, warn: Callable[[str], None]) -> resume.Keeper:
        """Return what saves the run's progress now and then."""

        def save(progress: Any) -> None:
            kept = self._kept(progress)
            write_together(kept)
            if self.path / resume.MODEL in kept:
                resume.set_trace_aside(self.path)

        return resume.Keeper(save, warn)

    def save(self, run: Run, data_seconds: float) -> list[Path]:
        """Write ``model.npz`` and ``trace.json``; return their paths.

        With them goes the run's progress, if it can be resumed. All are written, or none.

        Raises
        ------
        UsageError
            If they cannot be written.
        """
        setup, reporter = self.reporter.setup, self.reporter
        facts = metadata(setup, reporter.outcome(run))
        results = {
            self.path / resume.MODEL: model_content(run.parameters, facts),
            self.path / resume.TRACE: trace_content(
                trace(setup, run, data_seconds, reporter.numbers(run))
            ),
        }
        kept = self._kept(run.progress) if RECIPES[setup.recipe].can_resume else {}
        try:
            write_together(kept | results)
        except OSError as error:
            raise self._unwritable(error) from error
        return list(results)

    def draw(self, run: Run) -> list[Path]:
        """Draw pictures of a run; return the paths of those that are there.

        Raises
        ------
        UsageError
            If they cannot be written.
        """
        try:
            return self.reporter.pictures(self.path, run)
        except OSError as error:
            raise self._unwritable(error) from error
        except KeyboardInterrupt:
            tell(f"No more pictures; the run is saved in {self.path}.")
            return []

    def _kept(self, progress: Any) -> dict[Path, bytes]:
        """Return the content of the files that are written as a run goes, by path."""
        setup = self.reporter.setup
        facts = {**setup.entries(), **setup.made_with()}
        kept = {self.path / resume.FILE_NAME: resume.progress_content(progress, facts)}
        if best := self.reporter.best_so_far(progress):
            parameters, outcome = best
            kept[self.path / resume.MODEL] = model_content(parameters, metadata(setup, outcome))
        return kept

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"cannot write to {self.path}: {error.strerror or error}")
