"""The folder of a run: its progress now and then, its results at the end, its pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from theano_tutorial.errors import UsageError
from theano_tutorial.recipes import cg, epochs, training
from theano_tutorial.recipes.program import Run
from theano_tutorial.runs import resume
from theano_tutorial.runs.checkpoints import log_content, model_content, trace_content
from theano_tutorial.runs.checks import Progress
from theano_tutorial.runs.record import Setup, metadata, outcome, trace
from theano_tutorial.system import drawing
from theano_tutorial.system.files import write_together
from theano_tutorial.system.terminal import tell

Training = epochs.Training | training.Training


@dataclass(frozen=True)
class Reporter(ABC):
    """Knows what a kind of recipe has to say of a run."""

    setup: Setup

    @abstractmethod
    def numbers(self, run: Run) -> dict[str, object]:
        """Return the numbers of a run that ``trace.json`` adds for this kind of recipe."""

    @abstractmethod
    def pictures(self, folder: Path, run: Run) -> list[Path]:
        """Draw pictures of a run into its folder; return their paths. May raise `OSError`."""


class Folder:
    """A folder that a run writes to; its reporter has the run's setup."""

    def __init__(self, path: Path, reporter: Reporter) -> None:
        self.path, self.reporter = path, reporter

    def __str__(self) -> str:
        return str(self.path)

    def keeper(self, warn: Callable[[str], None]) -> Callable[[Training], None]:
        """Return what saves a training's progress now and then, if there is any."""
        saved_up_to = 0

        def save(progress: Progress) -> None:
            kept = self._kept(progress)
            write_together(kept)
            if self.path / resume.MODEL in kept:
                resume.set_trace_aside(self.path)

        save_now_and_then = resume.Keeper(save, warn)

        def keep(training: Training) -> None:
            nonlocal saved_up_to
            if training.steps_done != saved_up_to:
                saved_up_to = training.steps_done
                save_now_and_then(lambda: training.progress)

        return keep

    def save(self, run: Run, data_seconds: float) -> list[Path]:
        """Write ``model.npz``, ``trace.json`` and ``log.csv``; return their paths.

        With them goes the run's progress, if it can be resumed. All are written, or none and
        `UsageError` is raised.
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
        """Return the content of the files that are written as a run goes, by path."""
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
