"""Documents 1 and 2: recipes `softmax` and `tanh`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial import published
from theano_tutorial._types import Array
from theano_tutorial.cli.reports.base import LoopReport
from theano_tutorial.recipes.program import Run
from theano_tutorial.recipes.training import Record, Training

_PUBLISHED_TRACES: dict[str, dict[str, Sequence[float]]] = {
    "softmax": {"published": published.SOFTMAX_LOG_LIKELIHOOD},
    "tanh": {
        "published, document 1": published.TANH_LOG_LIKELIHOOD,
        "published, document 2": published.TANH_LOG_LIKELIHOOD_2,
    },
}


class FullBatchReport(LoopReport):
    """Gradient ascent on all training images at once."""

    def events(self, training: Training, *, quiet: bool) -> Iterator[list[Record]]:
        """Return the recipe's loop; a line is printed for each step, unless it is quiet."""
        loop: Iterator[list[Record]] = self.module.train(
            training, self.setup.length, every=self.setup.length if quiet else 1
        )
        return loop

    def lines(self, event: list[Record], training: Training) -> list[str]:
        """Return the page's line for each step."""
        return [iteration_line(record["log_likelihood"]) for record in event]

    def conclusions(self, run: Run) -> list[str]:
        """Return the page's line with the error on the test images."""
        return [f"Classification error: {100 * run.test_error:.6g}%"]

    def details(self, run: Run) -> list[str]:
        """Return the page's lines for the first ten test images."""
        return first_digits(self.dataset.test.y, run.y_pred)

    def comparison(self, run: Run) -> list[str]:
        """See `Report.comparison`."""
        log_likelihood = run.records["log_likelihood"]
        if not (self.setup.is_published and log_likelihood):
            return []
        if self.setup.recipe == "softmax":
            return [published.compare_softmax(log_likelihood)]
        return [
            published.compare_tanh(log_likelihood),
            "(The page prints 15.12% for the network too, from the function compiled for the "
            "first model.)",
        ]

    def numbers(self, run: Run) -> dict[str, Any]:
        """See `Report.numbers`."""
        return {"log_likelihood": [float(value) for value in run.records["log_likelihood"]]}

    def pictures(self, folder: Path, run: Run) -> list[Path]:
        """Draw the trace, the weights before and after, and the first wrong digits."""
        from theano_tutorial import plots

        log_likelihood, title = run.records["log_likelihood"], self.title
        if not log_likelihood:
            return []
        recipe = self.setup.recipe
        names = ("log_likelihood", "weights", "wrong_digits")
        paths = [folder / f"{what}.png" for what in names]
        published_traces = _PUBLISHED_TRACES[recipe] if self.setup.is_published else {}
        plots.save_trace(paths[0], log_likelihood, published_traces, title)
        W, unit = ("W", "digit") if recipe == "softmax" else ("W_xh", "unit")
        before = run.progress.initial_parameters[W]
        plots.save_weights(paths[1], before, run.parameters[W], f"{title}: {W}", unit)
        self.save_wrong_digits(paths[2], run)
        return paths


def iteration_line(log_likelihood: np.floating[Any]) -> str:
    """Return the line that the tutorials print after each iteration."""
    probability = np.exp(np.float64(log_likelihood))
    return (
        f"Log-likelihood = {log_likelihood!s}\t\t"
        f"Average probability of the correct class = {probability:.12g}"
    )


def first_digits(y: Array, y_pred: Array, n: int = 10) -> list[str]:
    """Return the tutorials' lines for the first `n` test images."""
    return [
        line
        for label, predicted in zip(y[:n], y_pred[:n], strict=True)
        for line in (f"Image class: \t\t{label}", f"Model-assigned class: \t{predicted}")
    ]
