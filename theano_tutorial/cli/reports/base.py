"""What all reports have: a run's printed lines, numbers for ``trace.json``, and pictures."""

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
from theano_tutorial.runs.checks import Progress, Training
from theano_tutorial.runs.saving import Reporter

# Called after each call of the training function, with the training, which knows its progress,
# and the lines that the page prints at that point.
Watch = Callable[[Training | cg.Progress, list[str]], None]


class RecipeModule(Protocol):
    """The part of a recipe's module that reports and sessions use."""

    build: Callable[..., AnyProgram]
    train: Callable[..., Iterator[object]]
    Training: Callable[..., Training]


def module(recipe: str) -> RecipeModule:
    """Return a recipe's module by its name."""
    found: RecipeModule = getattr(recipes, recipe)
    return found


@dataclass(frozen=True)
class Report(Reporter):
    """Presents a run in words, numbers and pictures; subclasses add what their recipes need."""

    dataset: Dataset
    verbatim: bool = False  # print the page's lines even where they are many

    course: ClassVar[str]  # name of the picture that shows how training went
    # What the page prints before it loads the data, builds the model and trains.
    announcements: ClassVar[tuple[str, str, str] | None] = None

    @property
    def title(self) -> str:
        """What is trained, and whether the digits are synthetic."""
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

        `quiet` says that the lines are not printed. `Diverged` holds the run up to that point.
        """
        training = module(self.setup.recipe).Training(program, previous)
        with without_warnings():  # the objective shows an overflow
            for event in until(stop, self.events(training, quiet=quiet)):
                watch(training, self.lines(event, training))
        return training.finish(self.setup.length)

    def events(self, training: Training, *, quiet: bool) -> Iterator[object]:
        """Return the recipe's training loop."""
        return module(self.setup.recipe).train(training, self.setup.length)

    def lines(self, event: Any, training: Training) -> list[str]:
        """Return the lines that the page prints when the loop yields an event."""
        return []

    @abstractmethod
    def conclusions(self, run: Run) -> list[str]:
        """Return the lines with a run's results, which are always printed."""

    def details(self, run: Run) -> list[str]:
        """Return further lines, which ``--quiet`` leaves out."""
        return []

    def comparison(self, run: Run) -> list[str]:
        """Return lines that compare a run with the published one, if there is one."""
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
        return initial.get(name, np.zeros_like(after)), after  # `cg` keeps no initial zeros

    @abstractmethod
    def draw_course(self, path: Path, run: Run) -> None:
        """Draw how training went."""
