"""What a run leaves behind: printed results, ``trace.json``, ``model.npz`` and pictures."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial import published
from theano_tutorial.checkpoints import save_model, save_trace
from theano_tutorial.data import Dataset
from theano_tutorial.recipes import RECIPES, Run

_PUBLISHED_TRACES: dict[str, dict[str, Sequence[float]]] = {
    "softmax": {"published": published.SOFTMAX_LOG_LIKELIHOOD},
    "tanh": {
        "published, document 1": published.TANH_LOG_LIKELIHOOD,
        "published, document 2": published.TANH_LOG_LIKELIHOOD_2,
    },
}


@dataclass(frozen=True)
class Experiment:
    """A recipe together with all that its numbers depend on.

    Attributes
    ----------
    name
        Of the recipe.
    dataset
        What it is trained and judged on.
    backend, dtype
        How it is compiled.
    hyper
        Hyper-parameters by name.
    data_seconds
        Spent loading the dataset.
    """

    name: str
    dataset: Dataset
    backend: str
    dtype: str
    hyper: dict[str, Any]
    data_seconds: float

    @property
    def title(self) -> str:
        """What is trained, and whether on synthetic digits."""
        synthetic = "" if self.dataset.name == "mnist" else ", synthetic digits"
        return f"{RECIPES[self.name].title}{synthetic}"

    @property
    def is_published(self) -> bool:
        """Whether a run can be compared with the published one.

        The number of iterations may differ, and so may the network's seed: the published
        runs had none.
        """
        published = RECIPES[self.name].published.items()
        same = all(
            self.hyper[key] == value
            for key, value in published
            if key not in {"iterations", "seed"}
        )
        return same and self.dataset.name == "mnist"


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


def comparison(experiment: Experiment, run: Run) -> list[str]:
    """Return lines that say how far a run is from the published one, where there is one."""
    if not (experiment.is_published and run.log_likelihood):
        return []
    if experiment.name == "softmax":
        return [published.compare_softmax(run.log_likelihood)]
    return [
        published.compare_tanh(run.log_likelihood),
        "(The page prints 15.12% for the network too, from the function compiled for the "
        "first model.)",
    ]


def make_trace(experiment: Experiment, run: Run) -> dict[str, Any]:
    """Return what ``trace.json`` records: the run, its numbers and hyper-parameters."""
    hyper = experiment.hyper
    return {
        "recipe": experiment.name,
        "dataset": experiment.dataset.name,
        "backend": experiment.backend,
        "dtype": experiment.dtype,
        "seed": hyper.get("seed"),
        **{key: value for key, value in hyper.items() if key != "seed"},
        "versions": versions(),
        "seconds": {
            "data": experiment.data_seconds,
            "compile": run.compile_seconds,
            "train": run.train_seconds,
        },
        "interrupted": run.interrupted,
        "test_error": run.test_error,
        "validation_error": run.validation_error,
        "log_likelihood": [float(value) for value in run.log_likelihood],
    }


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    packages = ("theano-tutorial", "pytensor", "numpy", "numba")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def save(folder: Path, experiment: Experiment, run: Run) -> list[Path]:
    """Write ``model.npz`` and ``trace.json`` into a folder; return their paths.

    Raises
    ------
    OSError
        If they cannot be written.
    """
    trace = make_trace(experiment, run)
    metadata = {key: trace[key] for key in trace if key not in {"log_likelihood", "seconds"}}
    paths = [folder / "model.npz", folder / "trace.json"]
    save_model(paths[0], run.parameters, metadata)
    save_trace(paths[1], trace)
    return paths


def save_pictures(folder: Path, experiment: Experiment, run: Run) -> list[Path]:
    """Draw the trace, the weights before and after, and the first wrong digits.

    Raises
    ------
    OSError
        If they cannot be written.
    """
    from theano_tutorial import plots

    name, title, test = experiment.name, experiment.title, experiment.dataset.test
    paths = [folder / f"{what}.png" for what in ("log_likelihood", "weights", "wrong_digits")]
    published_traces = _PUBLISHED_TRACES[name] if experiment.is_published else {}
    plots.save_trace(paths[0], run.log_likelihood, published_traces, title)
    W, unit = ("W", "digit") if name == "softmax" else ("W_xh", "unit")
    plots.save_weights(paths[1], run.initial[W], run.parameters[W], f"{title}: {W}", unit)
    error = f"{title}: first wrong digits of the test set ({100 * run.test_error:.6g} % wrong)"
    plots.save_wrong_digits(paths[2], test.x, test.y, run.y_pred, error)
    return paths
