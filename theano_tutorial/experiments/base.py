"""What every experiment has: a recipe, what its numbers depend on, the files it leaves."""

import platform
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

from theano_tutorial.checkpoints import save_model, save_trace
from theano_tutorial.console import Console
from theano_tutorial.data import Dataset
from theano_tutorial.recipes import RECIPES


@dataclass(frozen=True)
class Experiment(ABC):
    """A recipe together with all that its numbers depend on; subclasses say how it runs.

    Attributes
    ----------
    name
        Of the recipe.
    dataset
        What it is trained and judged on.
    backend, dtype
        How it is compiled.
    device
        Where it computes, if that was said.
    rewrites
        Whether this package's own graph rewrites are applied.
    hyper
        Hyper-parameters by name.
    data_seconds
        Spent loading the dataset.
    folder
        Where its files go; None if they are not wanted.
    """

    name: str
    dataset: Dataset
    backend: str
    dtype: str
    rewrites: bool
    hyper: Mapping[str, Any]
    data_seconds: float
    folder: Path | None = None
    device: str | None = None

    # The hyper-parameter that says how long to train, and what it counts.
    length_name: ClassVar[str] = "iterations"
    # Whether a stopped run can go on.
    can_resume: ClassVar[bool] = False
    # What the page prints before it loads the data, builds the model and trains.
    announcements: ClassVar[tuple[str, str, str] | None] = None

    @property
    def title(self) -> str:
        """What is trained, and whether on synthetic digits."""
        synthetic = "" if self.dataset.name == "mnist" else ", synthetic digits"
        return f"{RECIPES[self.name].title}{synthetic}"

    @property
    def length(self) -> int:
        """How many iterations or epochs to train for, at most."""
        return int(self.hyper[self.length_name])

    @property
    def is_published(self) -> bool:
        """Whether a run can be compared with the published one.

        The length may differ, and so may the network's seed: the published runs had none.
        """
        published = RECIPES[self.name].published.items()
        free = {self.length_name, "seed"}
        same = all(self.hyper[key] == value for key, value in published if key not in free)
        return same and self.dataset.name == "mnist"

    def build(self, mode: Any) -> Any:
        """Build the recipe's program and compile it."""
        hyper = {key: value for key, value in self.hyper.items() if key != self.length_name}
        return RECIPES[self.name].build(self.dataset, mode=mode, **hyper)

    @abstractmethod
    def train(
        self, program: Any, console: Console, stop: Callable[[], bool], previous: Any = None
    ) -> Any:
        """Train, printing what the page prints; return the run.

        Parameters
        ----------
        program
            From `build`.
        console
            To print on, and whose progress bar to advance.
        stop
            Asked between steps; True ends the run there.
        previous
            From `resume`: where to go on from.

        Raises
        ------
        Diverged
            With the run up to there.
        """

    def resume(self, program: Any) -> Any:
        """Return where the run in `folder` was stopped; None if nothing was saved there.

        Raises
        ------
        BadFile
            If what was saved cannot be used.
        UsageError
            If it belongs to a run with other hyper-parameters.
        """
        raise NotImplementedError(f"{self.name} cannot go on with a stopped run")

    def set_aside(self) -> str | None:
        """Put what `resume` would find out of the way of a new run; return a line about it."""
        return None

    def steps_before(self, previous: Any) -> int:
        """Return how many iterations or epochs lie before what `resume` returned."""
        return 0

    @abstractmethod
    def steps_done(self, run: Any) -> int:
        """Return how many iterations or epochs a run has behind it."""

    @abstractmethod
    def conclusions(self, run: Any) -> list[str]:
        """Return the lines that sum a run up: its results, always printed."""

    def details(self, run: Any) -> list[str]:
        """Return further lines, not printed if the user wants quiet."""
        return []

    def comparison(self, run: Any) -> list[str]:
        """Return lines that say how far a run is from the published one, if there is one."""
        return []

    @abstractmethod
    def numbers(self, run: Any) -> dict[str, Any]:
        """Return the numbers of a run that ``trace.json`` adds for this kind of recipe."""

    @abstractmethod
    def pictures(self, folder: Path, run: Any) -> list[Path]:
        """Draw pictures of a run into its folder; return their paths.

        Raises
        ------
        OSError
            If they cannot be written.
        """

    def save_wrong_digits(self, path: Path, run: Any) -> None:
        """Draw the first test images that a run gets wrong."""
        from theano_tutorial import plots

        test = self.dataset.test
        wrong = f"first wrong digits of the test set ({100 * run.test_error:.6g} % wrong)"
        plots.save_wrong_digits(path, test.x, test.y, run.y_pred, f"{self.title}: {wrong}")

    def setup(self) -> dict[str, Any]:
        """Return what a run's numbers depend on, with names as in ``trace.json``."""
        hyper = dict(self.hyper)
        return {
            "recipe": self.name,
            "dataset": self.dataset.name,
            "backend": self.backend,
            "device": self.device,
            "dtype": self.dtype,
            "rewrites": self.rewrites,
            "pixel_divisor": self.dataset.pixel_divisor,
            "seed": hyper.pop("seed", None),
            **hyper,
        }

    def metadata(self, run: Any) -> dict[str, Any]:
        """Return what ``model.npz`` says of itself."""
        return {
            **self.setup(),
            "versions": versions(),
            "test_error": run.test_error,
            "validation_error": run.validation_error,
        }

    def save(self, folder: Path, run: Any) -> list[Path]:
        """Write ``model.npz`` and ``trace.json`` into its folder; return their paths.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        trace = {
            **self.setup(),
            "versions": versions(),
            "seconds": {
                "data": self.data_seconds,
                "compile": run.compile_seconds,
                "train": run.train_seconds,
            },
            "interrupted": run.interrupted,
            "test_error": run.test_error,
            "validation_error": run.validation_error,
            **self.numbers(run),
        }
        paths = [folder / "model.npz", folder / "trace.json"]
        save_model(paths[0], run.parameters, self.metadata(run))
        save_trace(paths[1], trace)
        return paths


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    packages = ["theano-tutorial", "pytensor", "numpy", "scipy", "numba"]
    packages += [name for name in ("jax", "torch") if name in sys.modules]  # if it was chosen
    return {"python": platform.python_version()} | {name: version(name) for name in packages}
