"""Reports of document 3's recipes, `sgd` and `cg`, and of `mlp`, from the next page."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from theano_tutorial import published
from theano_tutorial.cli.reports.base import Report, Watch
from theano_tutorial.recipes import RECIPES, cg
from theano_tutorial.recipes.epochs import Record, Validation
from theano_tutorial.recipes.program import Run
from theano_tutorial.runs.checks import Progress, Training


class _MinibatchReport(Report):
    """What these recipes print and save in common."""

    course = "epochs"

    def details(self, run: Run) -> list[str]:
        # The page's figures leave out the images after the last whole minibatch.
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

    def numbers(self, run: Run) -> dict[str, object]:
        epochs = run.progress.epochs
        return {
            "epochs": epochs,
            **run.progress.best,
            "epochs_run": len(epochs),
            "images_scored": {name: self._scored(name) for name in ("validation", "test")},
        }

    def draw_course(self, path: Path, run: Run) -> None:
        from theano_tutorial import plots

        plots.save_epochs(path, run.progress.epochs, run.progress.best_epoch, self.title)


class SgdReport(_MinibatchReport):
    """Minibatch SGD with early stopping."""

    announcements = ("... loading data", "... building the model", "... training the model")

    def lines(self, event: Validation | None, training: Training) -> list[str]:
        return [] if event is None else validation_lines(event)

    def conclusions(self, run: Run) -> list[str]:
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
            f"The code for file {self.setup.recipe}.py ran for {seconds:.1f}s",
        ]

    def comparison(self, run: Run) -> list[str]:
        name, setup = self.setup.recipe, self.setup
        # Unlike the others, these programs had a seed if they drew random numbers.
        has_its_seed = setup.hyper.get("seed") == RECIPES[name].published.get("seed")
        is_ours = name in published.BEST_PERCENTS and setup.is_published and has_its_seed
        # The pages' networks stop at the last epoch, long before their patience runs out.
        is_last = run.progress.steps_done == RECIPES[name].published["epochs"]
        if not (is_ours and (run.progress.is_over or is_last)):
            return []
        best = run.progress.best
        errors = best["best_validation_error"], best["best_test_error"]
        return [published.compare_sgd(*errors, name)]

    def numbers(self, run: Run) -> dict[str, object]:
        stopping = run.progress.stopping
        names = ("patience", "patience_increase", "improvement_threshold")
        return {
            **super().numbers(run),
            **{name: getattr(stopping, name) for name in names},
            "validation_frequency": run.progress.validation_frequency,
        }


class MlpReport(SgdReport):
    """A network, trained in the same way; its page ends with other lines."""

    spaces: ClassVar[tuple[str, str]] = " ", " "  # LeNet's page has others

    def conclusions(self, run: Run) -> list[str]:
        progress, (after_done, after_comma) = run.progress, self.spaces
        if progress.best_epoch is None:
            return []
        done = "Interrupted" if run.interrupted else "Optimization complete"
        iteration = progress.best_iteration
        found = "" if iteration is None else f" obtained at iteration {iteration}"
        best = (
            f"{done}.{after_done}Best validation score of "
            f"{100 * progress.stopping.best_validation_error:.6f} %{found},{after_comma}"
            f"with test performance {100 * (progress.best_test_error or 0):.6f} %"
        )
        ran = f"The code for file {self.setup.recipe}.py ran for {run.train_seconds / 60:.2f}m"
        return [*best.split("\n"), ran]


def validation_lines(seen: Validation) -> list[str]:
    """Return the page's lines for a validation: one, or two if it is the best so far."""
    where = f"epoch {seen.epoch}, minibatch {seen.minibatch}/{seen.n_minibatches}"
    lines = [f"{where}, validation error {100 * seen.validation_error:.6f} %"]
    if seen.test_error is not None:
        lines.append(f"     {where}, test error of best model {100 * seen.test_error:.6f} %")
    return lines


class CgReport(_MinibatchReport):
    """Conjugate gradient on the same graph; the loop is SciPy's."""

    announcements = (*SgdReport.announcements[:2], "Optimizing using scipy.optimize.fmin_cg...")

    def train(
        self,
        program: cg.Objective,  # type: ignore[override]
        previous: Progress | None,
        stop: Callable[[], bool],
        watch: Watch,
        *,
        quiet: bool,
    ) -> Run:
        progress = cg.Progress()

        def on_iteration(record: Record) -> None:
            progress.epochs.append(record)
            error = record["validation_error"] or 0
            watch(progress, [f"validation error {100 * error:.6f} %"])

        return cg.fit(program, self.setup.length, on_iteration=on_iteration, stop=stop)

    def conclusions(self, run: Run) -> list[str]:
        progress = run.progress
        if progress.best_validation_error is None or progress.best_test_error is None:
            return []
        return [
            f"Optimization complete with best validation score of "
            f"{100 * progress.best_validation_error:.6f} %, "
            f"with test performance {100 * progress.best_test_error:.6f} %",
            f"The code for file {self.setup.recipe}.py ran for {run.train_seconds:.1f}s",
        ]
