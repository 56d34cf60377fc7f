"""Document 3: recipes `sgd` and `cg`."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial import published
from theano_tutorial._types import Parameters
from theano_tutorial.cli.reports.base import LoopReport, Report
from theano_tutorial.recipes import cg
from theano_tutorial.recipes.epochs import Progress, Training, Validation
from theano_tutorial.recipes.program import Program, Run


class _MinibatchReport(Report):
    """What both recipes print and leave behind."""

    @abstractmethod
    def best(self, progress: Any) -> dict[str, Any]:
        """Return `best_epoch`, `best_validation_error` and `best_test_error` of a run."""

    def details(self, run: Run) -> list[str]:
        """Say what the page's figures leave out: the images after the last minibatch."""
        scored, n = self._scored("test"), len(self.dataset.test)
        if scored == n:
            return []
        return [
            f"All {n:,} validation images: {100 * run.validation_error:.6f} % wrong; "
            f"all {n:,} test images: {100 * run.test_error:.6f} % wrong. "
            f"(The figures above are of the first {scored:,}: "
            f"whole minibatches of {self.setup.hyper['batch_size']}.)"
        ]

    def _scored(self, name: str) -> int:
        split = self.dataset.valid if name == "validation" else self.dataset.test
        size = int(self.setup.hyper["batch_size"] or 1)
        return len(split) // size * size

    def numbers(self, run: Run) -> dict[str, Any]:
        """See `Report.numbers`."""
        epochs = run.progress.epochs
        return {
            "epochs": epochs,
            **self.best(run.progress),
            "epochs_run": len(epochs),
            "images_scored": {name: self._scored(name) for name in ("validation", "test")},
        }

    def pictures(self, folder: Path, run: Run) -> list[Path]:
        """Draw the validation curve, the weights and the first wrong digits."""
        from theano_tutorial import plots

        progress, title = run.progress, self.title
        if not progress.epochs:
            return []
        paths = [folder / f"{what}.png" for what in ("epochs", "weights", "wrong_digits")]
        plots.save_epochs(paths[0], progress.epochs, progress.best_epoch, title)
        W = run.parameters["W"]
        plots.save_weights(paths[1], np.zeros_like(W), W, f"{title}: W", "digit")
        self.save_wrong_digits(paths[2], run)
        return paths


class SgdReport(_MinibatchReport, LoopReport):
    """Minibatch SGD with early stopping."""

    announcements = ("... loading data", "... building the model", "... training the model")

    def events(self, training: Training, *, quiet: bool) -> Iterator[Validation | None]:
        """Return the recipe's loop."""
        loop: Iterator[Validation | None] = self.module.train(training, self.setup.length)
        return loop

    def lines(self, event: Validation | None, training: Training) -> list[str]:
        """Return the page's lines for a validation: one, or two if it is the best so far."""
        return [] if event is None else validation_lines(event)

    def best_so_far(self, progress: Progress) -> tuple[Parameters, Mapping[str, Any]] | None:
        """Return the best model while a run goes on, and how good it is."""
        if progress.best_epoch is None:
            return None
        return progress.best_parameters, self.best(progress)

    def best(self, progress: Progress) -> dict[str, Any]:
        """Return `best_epoch`, `best_validation_error` and `best_test_error` of a run."""
        found = progress.best_epoch is not None
        return {
            "best_epoch": progress.best_epoch,
            "best_validation_error": progress.stopping.best_validation_error if found else None,
            "best_test_error": progress.best_test_error,
        }

    def conclusions(self, run: Run) -> list[str]:
        """Return the page's final three lines."""
        progress = run.progress
        if progress.best_epoch is None:
            return []
        epochs, seconds = len(progress.epochs), run.train_seconds
        done = "Interrupted" if run.interrupted else "Optimization complete"
        return [
            f"{done} with best validation score of "
            f"{100 * progress.stopping.best_validation_error:.6f} %,"
            f"with test performance {100 * (progress.best_test_error or 0):.6f} %",
            f"The code run for {epochs} epochs, with {epochs / seconds:.6f} epochs/sec",
            f"The code for file sgd.py ran for {seconds:.1f}s",
        ]

    def comparison(self, run: Run) -> list[str]:
        """See `Report.comparison`."""
        if not (self.setup.is_published and run.progress.is_over):
            return []
        best = self.best(run.progress)
        return [published.compare_sgd(best["best_validation_error"], best["best_test_error"])]

    def numbers(self, run: Run) -> dict[str, Any]:
        """See `Report.numbers`."""
        stopping = run.progress.stopping
        return {
            **super().numbers(run),
            "patience": stopping.patience,
            "patience_increase": stopping.patience_increase,
            "improvement_threshold": stopping.improvement_threshold,
            "validation_frequency": run.progress.validation_frequency,
        }

    def outcome(self, run: Run) -> dict[str, Any]:
        """Return the best model's figures: the same whenever this model is saved."""
        return self.best(run.progress)


def validation_lines(seen: Validation) -> list[str]:
    """Return the page's lines for a validation: one, or two if it is the best so far."""
    where = f"epoch {seen.epoch}, minibatch {seen.minibatch}/{seen.n_minibatches}"
    lines = [f"{where}, validation error {100 * seen.validation_error:.6f} %"]
    if seen.test_error is not None:
        lines.append(f"     {where}, test error of best model {100 * seen.test_error:.6f} %")
    return lines


class CgReport(_MinibatchReport):
    """Conjugate gradient on the same graph; SciPy has the loop."""

    announcements = (
        "... loading data",
        "... building the model",
        "Optimizing using scipy.optimize.fmin_cg...",
    )

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
        progress = cg.Progress()

        def on_iteration(record: dict[str, Any]) -> None:
            progress.epochs.append(record)
            watch(progress, [f"validation error {100 * record['validation_error']:.6f} %"])

        run: Run = self.module.fit(
            program, self.setup.length, on_iteration=on_iteration, stop=stop
        )
        return run

    def best(self, progress: cg.Progress) -> dict[str, Any]:
        """Return `best_epoch`, `best_validation_error` and `best_test_error` of a run."""
        names = ("best_epoch", "best_validation_error", "best_test_error")
        return {name: getattr(progress, name) for name in names}

    def conclusions(self, run: Run) -> list[str]:
        """Return the page's final two lines."""
        progress = run.progress
        if progress.best_validation_error is None or progress.best_test_error is None:
            return []
        return [
            f"Optimization complete with best validation score of "
            f"{100 * progress.best_validation_error:.6f} %, "
            f"with test performance {100 * progress.best_test_error:.6f} %",
            f"The code for file cg.py ran for {run.train_seconds:.1f}s",
        ]
