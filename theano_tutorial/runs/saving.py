"""Save a run in its folder: progress while it trains, then results and pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from theano_tutorial.errors import UsageError
from theano_tutorial.recipes import cg, epochs
from theano_tutorial.recipes.program import Run
from theano_tutorial.runs import resume
from theano_tutorial.runs.checkpoints import log_content, model_content, trace_content
from theano_tutorial.runs.checks import Progress
from theano_tutorial.runs.record import Setup, metadata, outcome, trace
from theano_tutorial.system import drawing
from theano_tutorial.system.files import write_together
from theano_tutorial.system.terminal import tell


@dataclass(frozen=True)
class Reporter(ABC):
    """Reports on a run in a way that depends on the kind of recipe."""

    setup: Setup

    @abstractmethod
    def numbers(self, run: Run) -> dict[str, object]:
        """Return the numbers that this kind of recipe adds to ``trace.json``."""

    @abstractmethod
    def pictures(self, folder: Path, run: Run) -> list[Path]:
        """Draw a run's pictures in its folder; return their paths. May raise `OSError`."""


class Folder:
    """A folder that a run writes to; `reporter` knows the run's setup."""

    def __init__(self, path: Path, reporter: Reporter) -> None:
        self.path, self.reporter = path, reporter

    def __str__(self) -> str:
        return str(self.path)

    def keeper(self, warn: Callable[[str], None]) -> resume.Keeper:
        """Return what saves a training's progress in this folder while it trains."""

        def save(progress: Progress) -> None:
            kept = self._kept(progress)
            write_together(kept)
            if self.path / resume.MODEL in kept:
                resume.set_trace_aside(self.path)

        return resume.Keeper(save, warn)

    def save(self, run: Run, data_seconds: float) -> list[Path]:
        """Write ``model.npz``, ``trace.json`` and ``log.csv``; return their paths.

        The run's progress is written with them, if the run can be resumed. If a file cannot be
        written, none is, and `UsageError` is raised.
        """
        setup, numbers = self.reporter.setup, self.reporter.numbers(run)
        results = {
            self.path / resume.MODEL: model_content(
                run.parameters, metadata(setup, outcome(run))
            ),
            self.path / resume.TRACE: trace_content(trace(setup, run, data_seconds, numbers)),
            self.path / resume.LOG: log_content(numbers, setup.length_name),
        }
        try:
            write_together(self._kept(run.progress) | results)
        except OSError as error:
            raise self._unwritable(error) from error
        return list(results)

    def draw(self, run: Run) -> list[Path]:
        """Draw a run's pictures; return the paths of those drawn. May raise `UsageError`."""
        saved = f"the run is saved in {self.path}"
        try:
            return (
                drawing.by_default(lambda: self.reporter.pictures(self.path, run), saved) or []
            )
        except OSError as error:
            raise self._unwritable(error) from error
        except KeyboardInterrupt:
            tell(f"No more pictures; {saved}.")
            return []

    def _kept(self, progress: Progress | cg.Progress) -> dict[Path, bytes]:
        """Return the content, by path, of the files that are written while a run trains."""
        if isinstance(progress, cg.Progress):  # nothing can resume from it
            return {}
        setup = self.reporter.setup
        facts = metadata(setup, {})
        kept = {self.path / resume.FILE_NAME: resume.progress_content(progress, facts)}
        if isinstance(progress, epochs.Progress) and progress.best_epoch is not None:
            facts = metadata(setup, progress.best)
            kept[self.path / resume.MODEL] = model_content(progress.best_parameters, facts)
        return kept

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"cannot write to {self.path}: {error.strerror or error}")
