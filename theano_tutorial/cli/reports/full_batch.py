"""Documents 1 and 2: recipes `softmax` and `tanh`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial import published
from theano_tutorial.cli.reports.base import Experiment
from theano_tutorial.recipes import full_batch
from theano_tutorial.recipes.steps import Progress
from theano_tutorial.system.terminal import Console

_PUBLISHED_TRACES: dict[str, dict[str, Sequence[float]]] = {
    "softmax": {"published": published.SOFTMAX_LOG_LIKELIHOOD},
    "tanh": {
        "published, document 1": published.TANH_LOG_LIKELIHOOD,
        "published, document 2": published.TANH_LOG_LIKELIHOOD_2,
    },
}


class FullBatchExperiment(Experiment):
    """Gradient ascent on all training images at once."""

    def train(
        self, program: Any, console: Console, stop: Callable[[], bool], previous: Any = None
    ) -> full_batch.Run:
        """See `Experiment.train`."""

        def on_iteration(log_likelihood: Any) -> None:
            console.print(iteration_line(log_likelihood))
            console.advance()

        return full_batch.fit(
            program,
            self.length,
            progress=previous,
            every=self.length if console.quiet else 1,  # a line each
            on_iteration=on_iteration,
            on_progress=self.keeper(console),
            stop=stop,
        )

    def start(self, program: Any) -> Progress:
        """See `Experiment.start`."""
        return full_batch.start(program)

    def conclusions(self, run: full_batch.Run) -> list[str]:
        """Return the page's line with the error on the test images."""
        return [f"Classification error: {100 * run.test_error:.6g}%"]

    def details(self, run: full_batch.Run) -> list[str]:
        """Return the page's lines for the first ten test images."""
        return first_digits(self.dataset.test.y, run.y_pred)

    def comparison(self, run: full_batch.Run) -> list[str]:
        """See `Experiment.comparison`."""
        if not (self.is_published and run.log_likelihood):
            return []
        if self.name == "softmax":
            return [published.compare_softmax(run.log_likelihood)]
        return [
            published.compare_tanh(run.log_likelihood),
            "(The page prints 15.12% for the network too, from the function compiled for the "
            "first model.)",
        ]

    def numbers(self, run: full_batch.Run) -> dict[str, Any]:
        """See `Experiment.numbers`."""
        return {"log_likelihood": [float(value) for value in run.log_likelihood]}

    def pictures(self, folder: Path, run: full_batch.Run) -> list[Path]:
        """Draw the trace, the weights before and after, and the first wrong digits."""
        from theano_tutorial import plots

        if not run.log_likelihood:
            return []
        name, title = self.name, self.title
        names = ("log_likelihood", "weights", "wrong_digits")
        paths = [folder / f"{what}.png" for what in names]
        published_traces = _PUBLISHED_TRACES[name] if self.is_published else {}
        plots.save_trace(paths[0], run.log_likelihood, published_traces, title)
        W, unit = ("W", "digit") if name == "softmax" else ("W_xh", "unit")
        plots.save_weights(paths[1], run.initial[W], run.parameters[W], f"{title}: {W}", unit)
        self.save_wrong_digits(paths[2], run)
        return paths


def iteration_line(log_likelihood: Any) -> str:
    """Return the line that the tutorials print after each iteration."""
    probability = np.exp(np.float64(log_likelihood))
    return (
        f"Log-likelihood = {log_likelihood!s}\t\t"
        f"Average probability of the correct class = {probability:.12g}"
    )


def first_digits(y: Any, y_pred: Any, n: int = 10) -> list[str]:
    """Return the tutorials' lines for the first `n` test images."""
    return [
        line
        for label, predicted in zip(y[:n], y_pred[:n], strict=True)
        for line in (f"Image class: \t\t{label}", f"Model-assigned class: \t{predicted}")
    ]
