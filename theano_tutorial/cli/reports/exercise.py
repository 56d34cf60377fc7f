"""Report of document 4's recipe, `exercise`."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from theano_tutorial.cli.reports.base import Report, module
from theano_tutorial.recipes.program import Run
from theano_tutorial.recipes.training import Record
from theano_tutorial.runs.checks import Training

_EVERY = 10  # minibatches per printed line
_LITTLE = 0.2  # share of images that are right: somewhat better than guessing
_LEARNS = 0.1  # a learning rate at which the model learns


class ExerciseReport(Report):
    """Random minibatches, with or without momentum."""

    course = "minibatches"

    def events(self, training: Training, *, quiet: bool) -> Iterator[object]:
        return module(self.setup.recipe).train(training, self.setup.length, every=_EVERY)

    def lines(self, event: list[Record], training: Training) -> list[str]:
        numbers = range(training.steps_done - len(event), training.steps_done)
        return [
            f"minibatch {number + 1}/{self.setup.length}, cost {record['cost']:.6f}, "
            f"accuracy {100 * record['accuracy']:.0f} %"
            for number, record in zip(numbers, event, strict=True)
            if number % _EVERY == 0
        ]

    def conclusions(self, run: Run) -> list[str]:
        return [
            f"{when.capitalize()} training: train cost {scores['train_cost']:.6f}, "
            f"accuracy {100 * scores['train_accuracy']:.2f} %; "
            f"test cost {scores['test_cost']:.6f}, "
            f"accuracy {100 * scores['test_accuracy']:.2f} %"
            for when, scores in run.scores.items()
        ]

    def details(self, run: Run) -> list[str]:
        rate = float(self.setup.hyper["learning_rate"] or 0)
        if rate >= _LEARNS or run.scores["after"]["test_accuracy"] >= _LITTLE:
            return []
        return [
            f"Guessing would be right for 10 %. The weights begin at random, and "
            f"{self.setup.length} steps of learning rate {rate:g} hardly move them; "
            f"{_LEARNS:g} with momentum 0.9 reaches some 80 % in 100."
        ]

    def numbers(self, run: Run) -> dict[str, object]:
        kinds = {"start_index": int, "cost": float, "accuracy": float}
        return {
            **{
                what: [kind(value) for value in run.records[what]]
                for what, kind in kinds.items()
            },
            **{when: _finite(scores) for when, scores in run.scores.items()},
        }

    def draw_course(self, path: Path, run: Run) -> None:
        from theano_tutorial import plots

        plots.save_minibatches(path, run.records["cost"], run.records["accuracy"], self.title)


def _finite(scores: Mapping[str, float]) -> dict[str, float | None]:
    """Replace scores that are not finite, as after divergence, by None, which JSON allows."""
    return {name: score if math.isfinite(score) else None for name, score in scores.items()}
