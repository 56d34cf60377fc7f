"""Report of the recipes of documents 1 and 2, `softmax` and `tanh`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from theano_tutorial import published
from theano_tutorial.cli.reports.base import Report, module
from theano_tutorial.recipes.program import Run
from theano_tutorial.recipes.training import Record
from theano_tutorial.runs.checks import Training

_PUBLISHED_TRACES: dict[str, dict[str, Sequence[float]]] = {
    "softmax": {"printed in the tutorial": published.SOFTMAX_LOG_LIKELIHOOD},
    "tanh": {
        "printed in the tutorial": published.TANH_LOG_LIKELIHOOD,
        "printed in its later version": published.TANH_LOG_LIKELIHOOD_2,
    },
}


class FullBatchReport(Report):
    """Gradient ascent on all training images at once."""

    course = "log_likelihood"

    def events(self, training: Training, *, quiet: bool) -> Iterator[object]:
        every = self.setup.length if quiet else 1  # a line is printed for each step
        return module(self.setup.recipe).train(training, self.setup.length, every=every)

    def lines(self, event: list[Record], training: Training) -> list[str]:
        return [iteration_line(record["log_likelihood"]) for record in event]

    def conclusions(self, run: Run) -> list[str]:
        return [f"Classification error: {100 * run.test_error:.6g}%"]

    def details(self, run: Run) -> list[str]:
        rows = self.dataset.test.y[:10], run.y_pred[:10]
        if not self.verbatim:
            names = "Image classes:", "Model-assigned classes:"
            texts = (" ".join(map(str, row)) for row in rows)
            return [f"{name:24}{text}" for name, text in zip(names, texts, strict=True)]
        lines = "Image class: \t\t{}", "Model-assigned class: \t{}"
        pairs = zip(*rows, strict=True)
        return [line.format(k) for pair in pairs for line, k in zip(lines, pair, strict=True)]

    def comparison(self, run: Run) -> list[str]:
        log_likelihood = run.records["log_likelihood"]
        if not (self.setup.is_published and log_likelihood):
            return []
        if self.setup.recipe == "softmax":
            return [published.compare_softmax(log_likelihood)]
        if self.setup.recipe == "tanh":
            return [
                published.compare_tanh(log_likelihood),
                "(The page prints 15.12% for the network too, from the function compiled for "
                "the first model.)",
            ]
        return []

    def numbers(self, run: Run) -> dict[str, object]:
        return {"log_likelihood": [float(value) for value in run.records["log_likelihood"]]}

    def draw_course(self, path: Path, run: Run) -> None:
        from theano_tutorial import plots

        known = _PUBLISHED_TRACES.get(self.setup.recipe, {})
        traces = known if self.setup.is_published else {}
        plots.save_trace(path, run.records["log_likelihood"], traces, self.title)


def iteration_line(log_likelihood: float) -> str:
    """Return the line that the tutorials print after each iteration."""
    probability = np.exp(np.float64(log_likelihood))
    average = f"Average probability of the correct class = {probability:.12g}"
    return f"Log-likelihood = {log_likelihood!s}\t\t{average}"
