"""Experiments: recipes as the command line runs them, with what they print and leave behind."""

from typing import Any

from theano_tutorial.cli.reports.base import Experiment, versions
from theano_tutorial.cli.reports.exercise import ExerciseExperiment
from theano_tutorial.cli.reports.full_batch import FullBatchExperiment
from theano_tutorial.cli.reports.minibatch import CgExperiment, SgdExperiment

__all__ = ["KINDS", "Experiment", "make", "versions"]

KINDS: dict[str, type[Experiment]] = {
    "softmax": FullBatchExperiment,
    "tanh": FullBatchExperiment,
    "sgd": SgdExperiment,
    "cg": CgExperiment,
    "exercise": ExerciseExperiment,
}


def make(name: str, **details: Any) -> Experiment:
    """Return the experiment of the recipe `name`; see `Experiment` for the details."""
    return KINDS[name](name, **details)
