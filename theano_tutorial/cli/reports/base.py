"""What every experiment has: a recipe, what its numbers depend on, the files it leaves."""

import platform
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

from theano_tutorial import backends
from theano_tutorial._text import counted, shortened
from theano_tutorial._version import version
from theano_tutorial.data import Dataset
from theano_tutorial.errors import UsageError
from theano_tutorial.recipes import RECIPES
from theano_tutorial.runs import resume
from theano_tutorial.runs.checkpoints import model_content, trace_content
from theano_tutorial.system.files import write_together
from theano_tutorial.system.terminal import Console


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
    can_resume: ClassVar[bool] = True
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

    def start(self, program: Any) -> Any:
        """Return the progress of a run that has not begun."""
        raise NotImplementedError(f"{self.name} cannot go on with a stopped run")

    def resume(self, program: Any) -> Any:
        """Return where the run in `folder` was stopped; None if nothing was saved there.

        Raises
        ------
        BadFile
            If what was saved cannot be used.
        UsageError
            If it belongs to a run with other hyper-parameters, or to a longer one.
        """
        if self.folder is None:
            return None
        progress = resume.load_progress(self.folder, self.setup(), like=self.start(program))
        if progress is not None and progress.steps_done > self.length:
            done = counted(progress.steps_done, self.length_name)
            raise UsageError(
                f"--resume: the run in {self.folder} has {done} behind it, more than "
                f"{self.length}; give at least as many"
            )
        return progress

    def set_aside(self) -> str | None:
        """Put what `resume` would find out of the way of a new run; return a line about it."""
        return None if self.folder is None else resume.set_aside(self.folder)

    def keeper(self, console: Console) -> Callable[[Callable[[], Any]], None]:
        """Return what is to be called after each step with a function that makes a progress.

        It saves the progress now and then, if files are wanted.
        """
        if self.folder is None:
            return lambda take: None
        folder = self.folder

        def save(progress: Any) -> None:
            kept = self.kept(folder, progress)
            write_together(kept)
            if folder / resume.MODEL in kept:
                resume.set_trace_aside(folder)

        return resume.Keeper(save, console.warn)

    def kept(self, folder: Path, progress: Any) -> dict[Path, bytes]:
        """Return the content of the files that are written as a run goes, by path."""
        setup = {**self.setup(), **self.made_with()}
        return {folder / resume.FILE_NAME: resume.progress_content(progress, setup)}

    def steps_done(self, run: Any) -> int:
        """Return how many iterations or epochs a run has behind it."""
        return int(run.progress.steps_done)

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

    def made_with(self) -> dict[str, Any]:
        """Return what else a run's last digits depend on, with names as in ``trace.json``."""
        return {
            "threads": backends.threads(self.backend),
            "kernel": backends.uses_kernel(self.backend, self.dtype, rewrites=self.rewrites),
            "versions": versions(),
        }

    def earlier_made_with(self) -> dict[str, Any]:
        """Return `made_with` of the run that `resume` found."""
        return {} if self.folder is None else resume.load_setup(self.folder)

    def differences(self, made_with: Mapping[str, Any]) -> str:
        """Say in what this run differs from what another was made with; empty if in nothing.

        Parameters
        ----------
        made_with
            Of the other run; what it does not tell is passed over.
        """
        here, there = _flat(self.made_with()), _flat(made_with)
        return ", ".join(
            f"{name} {here[name]} instead of {shortened(value)}"
            for name, value in there.items()
            if here.get(name, value) != value
        )

    def metadata(self, run: Any) -> dict[str, Any]:
        """Return what ``model.npz`` says of itself."""
        return {
            **self.setup(),
            **self.made_with(),
            "test_error": run.test_error,
            "validation_error": run.validation_error,
        }

    def trace(self, run: Any) -> dict[str, Any]:
        """Return all that ``trace.json`` says of a run."""
        return {
            **self.setup(),
            **self.made_with(),
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

    def save(self, folder: Path, run: Any) -> list[Path]:
        """Write ``model.npz`` and ``trace.json`` into its folder; return their paths.

        With them goes the run's progress, if it can go on. All are written, or none.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        results = {
            folder / resume.MODEL: model_content(run.parameters, self.metadata(run)),
            folder / resume.TRACE: trace_content(self.trace(run)),
        }
        write_together((self.kept(folder, run.progress) if self.can_resume else {}) | results)
        return list(results)


def _flat(made_with: Mapping[str, Any]) -> dict[str, Any]:
    """Return versions and the rest side by side."""
    rest = {name: made_with[name] for name in ("threads", "kernel") if name in made_with}
    versions = made_with.get("versions")
    return (versions if isinstance(versions, dict) else {}) | rest


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    packages = ["pytensor", "numpy", "scipy", "numba"]
    packages += [name for name in ("jax", "torch") if name in sys.modules]  # if it was chosen
    ours = {"python": platform.python_version(), "theano-tutorial": version()}
    return ours | {name: metadata.version(name) for name in packages}
