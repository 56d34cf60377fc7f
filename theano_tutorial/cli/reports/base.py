"""What every report has: the lines of a run, its numbers for ``trace.json``, its pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from theano_tutorial import recipes
from theano_tutorial._types import Parameters
from theano_tutorial.data import Dataset
from theano_tutorial.recipes.program import Program, Run
from theano_tutorial.recipes.training import until
from theano_tutorial.runs.record import Setup, errors


@dataclass(frozen=True)
class Report(ABC):
    """A run in words, numbers and pictures; subclasses know the recipes' own.

    Attributes
    ----------
    setup
        What the run's numbers depend on.
    dataset
        What the recipe is trained and judged on.
    """

    setup: Setup
    dataset: Dataset

    # What the page prints before it loads the data, builds the model and trains.
    announcements: ClassVar[tuple[str, str, str] | None] = None

    @property
    def module(self) -> ModuleType:
        """The recipe's module."""
        module: ModuleType = getattr(recipes, self.setup.recipe)
        return module

    @property
    def title(self) -> str:
        """What is trained, and whether on synthetic digits."""
        synthetic = "" if self.dataset.name == "mnist" else ", synthetic digits"
        return f"{recipes.RECIPES[self.setup.recipe].title}{synthetic}"

    @abstractmethod
    def train(
        self,
        program: Program[Any],
        previous: Any,
        stop: Callable[[], bool],
        watch: Callable[[Any, list[str]], None],
        *,
        quiet: bool,
    ) -> Run:
        """Train; return the run.

        Parameters
        ----------
        program
            From `build`.
        previous
            The progress to resume from; None starts from scratch.
        stop
            Asked between steps; True ends training there.
        watch
            Called after each call of the training function with the training, which knows its
            progress, and the lines that the page prints there.
        quiet
            Whether nobody reads these lines.

        Raises
        ------
        Diverged
            With the run up to there.
        """

    @abstractmethod
    def conclusions(self, run: Run) -> list[str]:
        """Return the lines that sum a run up: its results, always printed."""

    def details(self, run: Run) -> list[str]:
        """Return further lines, not printed if the user wants quiet."""
        return []

    def comparison(self, run: Run) -> list[str]:
        """Return lines that say how far a run is from the published one, if there is one."""
        return []

    @abstractmethod
    def numbers(self, run: Run) -> dict[str, Any]:
        """Return the numbers of a run that ``trace.json`` adds for this kind of recipe."""

    def outcome(self, run: Run) -> Mapping[str, Any]:
        """Return what ``model.npz`` says of how good the model is."""
        return errors(run)

    def best_so_far(self, progress: Any) -> tuple[Parameters, Mapping[str, Any]] | None:
        """Return the best model so far with its `outcome`, where there is early stopping."""
        return None

    @abstractmethod
    def pictures(self, folder: Path, run: Run) -> list[Path]:
        """Draw pictures of a run into its folder; return their paths.

        Raises
        ------
        OSError
            If they cannot be written.
        """

    def save_wrong_digits(self, path: Path, run: Run) -> None:
        """Draw the first test images that a run gets wrong."""
        from theano_tutorial import plots

        test = self.dataset.test
        wrong = f"first wrong digits of the test set ({100 * run.test_error:.6g} % wrong)"
        plots.save_wrong_digits(path, test.x, test.y, run.y_pred, f"{self.title}: {wrong}")


class LoopReport(Report):
    """A report of a recipe with a loop of its own."""

    def train(
        self,
        program: Program[Any],
        previous: Any,
        stop: Callable[[], bool],
        watch: Callable[[Any, list[str]], None],
        *,
        quiet: bool,
    ) -> Run:
        """See `Report.train`."""
        training = self.module.Training(program, previous)
        for event in until(stop, self.events(training, quiet=quiet)):
            watch(training, self.lines(event, training))
        run: Run = training.finish(self.setup.length)
        return run

    @abstractmethod
    def events(self, training: Any, *, quiet: bool) -> Iterator[Any]:
        """Return the recipe's loop."""

    @abstractmethod
    def lines(self, event: Any, training: Any) -> list[str]:
        """Return what the page prints when the loop yields an event."""
