"""What every report has: the lines of a run, its numbers for ``trace.json``, its pictures."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from theano_tutorial import recipes
from theano_tutorial._types import Array
from theano_tutorial.data import Dataset
from theano_tutorial.recipes import cg
from theano_tutorial.recipes.program import AnyProgram, Run
from theano_tutorial.recipes.program import quiet as without_warnings
from theano_tutorial.recipes.training import until
from theano_tutorial.runs.checks import Progress
from theano_tutorial.runs.saving import Reporter, Training

# Called after each call of the training function with the training, which knows its progress,
# and the lines that the page prints there.
Watch = Callable[[Training | cg.Progress, list[str]], None]


class RecipeModule(Protocol):
    """What reports and sessions call in a recipe's module."""

    build: Callable[..., AnyProgram]
    train: Callable[..., Iterator[object]]
    Training: Callable[..., Training]


def module(recipe: str) -> RecipeModule:
    """Return a recipe's module by its name."""
    found: RecipeModule = getattr(recipes, recipe)
    return found


@dataclass(frozen=True)
class Report(Reporter):
    """A run in words, numbers and pictures; subclasses know the recipes' own."""

    dataset: Dataset
    verbatim: bool = False  # a page's lines, also where they are many

    course: ClassVar[str]  # the name of the picture of how training went
    # What the page prints before it loads the data, builds the model and trains.
    announcements: ClassVar[tuple[str, str, str] | None] = None

    @property
    def title(self) -> str:
        """What is trained, and whether on synthetic digits."""
        synthetic = "" if self.dataset.name == "mnist" else ", synthetic digits"
        return f"{recipes.RECIPES[self.setup.recipe].title}{synthetic}"

    def train(
        self,
        program: AnyProgram,
        previous: Progress | None,
        stop: Callable[[], bool],
        watch: Watch,
        *,
        quiet: bool,
    ) -> Run:
        """Train, from scratch or from `previous`, until `stop` returns True between steps.

        `quiet`: nobody reads the lines. `Diverged` is raised with the run up to there.
        """
        training = module(self.setup.recipe).Training(program, previous)
        with without_warnings():  # overflow shows in the objective
            for event in until(stop, self.events(training, quiet=quiet)):
                watch(training, self.lines(event, training))
        return training.finish(self.setup.length)

    def events(self, training: Training, *, quiet: bool) -> Iterator[object]:
        """Return the recipe's loop."""
        return module(self.setup.recipe).train(training, self.setup.length)

    def lines(self, event: Any, training: Training) -> list[str]:
        """Return what the page prints when the loop yields an event."""
        return []

    @abstractmethod
    def conclusions(self, run: Run) -> list[str]:
        """Return the lines that sum a run up: its results, always printed."""

    def details(self, run: Run) -> list[str]:
        """Return further lines, not printed if quiet is wanted."""
        return []

    def comparison(self, run: Run) -> list[str]:
        """Return lines that say how far a run is from the published one, if there is one."""
        return []

    def pictures(self, folder: Path, run: Run) -> list[Path]:
        from theano_tutorial import plots

        if run.progress.steps_done == 0:
            return []
        paths = [folder / f"{what}.png" for what in (self.course, "weights", "wrong_digits")]
        self.draw_course(paths[0], run)
        self.draw_weights(paths[1], run)
        test = self.dataset.test
        wrong = f"first wrong digits of the test set ({100 * run.test_error:.6g} % wrong)"
        plots.save_wrong_digits(paths[2], test.x, test.y, run.y_pred, f"{self.title}: {wrong}")
        return paths

    def draw_weights(self, path: Path, run: Run) -> None:
        """Draw the first layer's weights, before and after training."""
        from theano_tutorial import plots

        W = next(iter(run.parameters))
        unit = "digit" if W == "W" else "unit"
        before, after = self.before_and_after(W, run)
        plots.save_weights(path, before, after, f"{self.title}: {W}", unit)

    def before_and_after(self, name: str, run: Run) -> tuple[Array, Array]:
        """Return a parameter's values from before and after training."""
        after = run.parameters[name]
        initial = getattr(run.progress, "initial_parameters", run.initial_parameters)
        return initial.get(name, np.zeros_like(after)), after  # `cg` does not keep its zeros

    @abstractmethod
    def draw_course(self, path: Path, run: Run) -> None:
        """Draw how training went."""
