"""Document 3: recipes `sgd` and `cg`."""

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from theano_tutorial import published
from theano_tutorial._types import Parameters
from theano_tutorial.cli.reports.base import Experiment
from theano_tutorial.recipes import cg, sgd
from theano_tutorial.recipes.epochs import Progress, Validation
from theano_tutorial.runs import resume
from theano_tutorial.runs.checkpoints import model_content
from theano_tutorial.system.terminal import Console


class _MinibatchExperiment(Experiment):
    """What both recipes print and leave behind."""

    length_name: ClassVar[str] = "epochs"

    @abstractmethod
    def best(self, run: Any) -> dict[str, Any]:
        """Return `best_epoch`, `best_validation_error` and `best_test_error` of a run."""

    @abstractmethod
    def epochs(self, run: Any) -> list[dict[str, Any]]:
        """Return a run's records, one an epoch."""

    def details(self, run: Any) -> list[str]:
        """Say what the page's figures leave out: the images after the last minibatch."""
        scored, n = self._scored("test"), len(self.dataset.test)
        if scored == n:
            return []
        return [
            f"All {n:,} validation images: {100 * run.validation_error:.6f} % wrong; "
            f"all {n:,} test images: {100 * run.test_error:.6f} % wrong. "
            f"(The figures above are of the first {scored:,}: "
            f"whole minibatches of {self.hyper['batch_size']}.)"
        ]

    def _scored(self, name: str) -> int:
        split = self.dataset.valid if name == "validation" else self.dataset.test
        size = int(self.hyper["batch_size"])
        return len(split) // size * size

    def setup(self) -> dict[str, Any]:
        """Return what a run's numbers depend on; the page calls the limit `n_epochs`."""
        setup = super().setup()
        setup["n_epochs"] = setup.pop("epochs")
        return setup

    def numbers(self, run: Any) -> dict[str, Any]:
        """See `Experiment.numbers`."""
        epochs = self.epochs(run)
        return {
            "epochs": epochs,
            **self.best(run),
            "epochs_run": len(epochs),
            "images_scored": {name: self._scored(name) for name in ("validation", "test")},
        }

    def pictures(self, folder: Path, run: Any) -> list[Path]:
        """Draw the validation curve, the weights and the first wrong digits."""
        from theano_tutorial import plots

        if not self.epochs(run):
            return []
        title = self.title
        paths = [folder / f"{what}.png" for what in ("epochs", "weights", "wrong_digits")]
        plots.save_epochs(paths[0], self.epochs(run), self.best(run)["best_epoch"], title)
        W = run.parameters["W"]
        plots.save_weights(paths[1], np.zeros_like(W), W, f"{title}: W", "digit")
        self.save_wrong_digits(paths[2], run)
        return paths


class SgdExperiment(_MinibatchExperiment):
    """Minibatch SGD with early stopping; can go on where it was stopped."""

    announcements = ("... loading data", "... building the model", "... training the model")

    def train(
        self, program: Any, console: Console, stop: Callable[[], bool], previous: Any = None
    ) -> sgd.Run:
        """See `Experiment.train`."""
        keep = self.keeper(console)

        def on_validation(seen: Validation, best: Parameters | None) -> None:
            console.print(*validation_lines(seen))

        def on_epoch(progress: Progress) -> None:
            keep(lambda: progress)
            console.advance()

        return sgd.fit(
            program,
            self.length,
            progress=previous,
            on_validation=on_validation,
            on_epoch=on_epoch,
            stop=stop,
        )

    def start(self, program: Any) -> Progress:
        """See `Experiment.start`."""
        return sgd.start(program)

    def kept(self, folder: Path, progress: Progress) -> dict[Path, bytes]:
        """See `Experiment.kept`; the best model is kept as it goes, too."""
        kept = super().kept(folder, progress)
        if progress.best_epoch is not None:
            model = model_content(progress.best_parameters, self._metadata(progress))
            kept[folder / resume.MODEL] = model
        return kept

    def epochs(self, run: sgd.Run) -> list[dict[str, Any]]:
        """Return a run's records, one an epoch."""
        return run.progress.epochs

    def best(self, run: sgd.Run) -> dict[str, Any]:
        """Return `best_epoch`, `best_validation_error` and `best_test_error` of a run."""
        return _best(run.progress)

    def conclusions(self, run: sgd.Run) -> list[str]:
        """Return the page's final three lines."""
        if run.progress.best_epoch is None:
            return []
        epochs, seconds = len(run.progress.epochs), run.train_seconds
        done = "Interrupted" if run.interrupted else "Optimization complete"
        return [
            f"{done} with best validation score of "
            f"{100 * run.progress.stopping.best_validation_error:.6f} %,"
            f"with test performance {100 * (run.progress.best_test_error or 0):.6f} %",
            f"The code run for {epochs} epochs, with {epochs / seconds:.6f} epochs/sec",
            f"The code for file sgd.py ran for {seconds:.1f}s",
        ]

    def comparison(self, run: sgd.Run) -> list[str]:
        """See `Experiment.comparison`."""
        if not (self.is_published and run.progress.is_over):
            return []
        best = self.best(run)
        return [published.compare_sgd(best["best_validation_error"], best["best_test_error"])]

    def numbers(self, run: sgd.Run) -> dict[str, Any]:
        """See `Experiment.numbers`."""
        stopping = run.progress.stopping
        return {
            **super().numbers(run),
            "patience": stopping.patience,
            "patience_increase": stopping.patience_increase,
            "improvement_threshold": stopping.improvement_threshold,
            "validation_frequency": run.progress.validation_frequency,
        }

    def metadata(self, run: sgd.Run) -> dict[str, Any]:
        """Return what ``model.npz`` says of itself: the same whenever this model is saved."""
        return self._metadata(run.progress)

    def _metadata(self, progress: Progress) -> dict[str, Any]:
        return {**self.setup(), **self.made_with(), **_best(progress)}


def _best(progress: Progress) -> dict[str, Any]:
    found = progress.best_epoch is not None
    return {
        "best_epoch": progress.best_epoch,
        "best_validation_error": progress.stopping.best_validation_error if found else None,
        "best_test_error": progress.best_test_error,
    }


def validation_lines(seen: Validation) -> list[str]:
    """Return the page's lines for a validation: one, or two if it is the best so far."""
    where = f"epoch {seen.epoch}, minibatch {seen.minibatch}/{seen.n_minibatches}"
    lines = [f"{where}, validation error {100 * seen.validation_error:.6f} %"]
    if seen.test_error is not None:
        lines.append(f"     {where}, test error of best model {100 * seen.test_error:.6f} %")
    return lines


class CgExperiment(_MinibatchExperiment):
    """Conjugate gradient on the same graph; SciPy cannot be told where to go on."""

    can_resume = False
    announcements = (
        "... loading data",
        "... building the model",
        "Optimizing using scipy.optimize.fmin_cg...",
    )

    def train(
        self, program: Any, console: Console, stop: Callable[[], bool], previous: Any = None
    ) -> cg.Run:
        """See `Experiment.train`."""

        def on_iteration(record: dict[str, Any]) -> None:
            console.print(f"validation error {100 * record['validation_error']:.6f} %")
            console.advance()

        return cg.fit(program, self.length, on_iteration=on_iteration, stop=stop)

    def steps_done(self, run: cg.Run) -> int:
        """See `Experiment.steps_done`."""
        return len(run.epochs)

    def epochs(self, run: cg.Run) -> list[dict[str, Any]]:
        """Return a run's records, one an iteration of SciPy's."""
        return run.epochs

    def best(self, run: cg.Run) -> dict[str, Any]:
        """Return `best_epoch`, `best_validation_error` and `best_test_error` of a run."""
        names = ("best_epoch", "best_validation_error", "best_test_error")
        return {name: getattr(run, name) for name in names}

    def conclusions(self, run: cg.Run) -> list[str]:
        """Return the page's final two lines."""
        if run.best_validation_error is None or run.best_test_error is None:
            return []
        return [
            f"Optimization complete with best validation score of "
            f"{100 * run.best_validation_error:.6f} %, "
            f"with test performance {100 * run.best_test_error:.6f} %",
            f"The code for file cg.py ran for {run.train_seconds:.1f}s",
        ]
