"""Document 4: recipe `exercise`."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from theano_tutorial.cli.reports.base import Experiment
from theano_tutorial.recipes import exercise
from theano_tutorial.recipes.steps import Progress
from theano_tutorial.system.terminal import Console

_EVERY = 10  # minibatches to a printed line


class ExerciseExperiment(Experiment):
    """Random minibatches, with or without momentum."""

    def train(
        self, program: Any, console: Console, stop: Callable[[], bool], previous: Any = None
    ) -> exercise.Run:
        """See `Experiment.train`."""
        done = 0 if previous is None else previous.steps_done

        def on_iteration(cost: float, accuracy: float) -> None:
            nonlocal done
            if done % _EVERY == 0:
                line = f"minibatch {done + 1}/{self.length}, cost {cost:.6f}"
                console.print(f"{line}, accuracy {100 * accuracy:.0f} %")
            done += 1
            console.advance()

        return exercise.fit(
            program,
            self.length,
            progress=previous,
            every=_EVERY,
            on_iteration=on_iteration,
            on_progress=self.keeper(console),
            stop=stop,
        )

    def start(self, program: Any) -> Progress:
        """See `Experiment.start`."""
        return exercise.start(program)

    def conclusions(self, run: exercise.Run) -> list[str]:
        """Return cost and accuracy on all training and test images, before and after."""
        return [
            f"{when} training: train cost {scores['train_cost']:.6f}, "
            f"accuracy {100 * scores['train_accuracy']:.2f} %; "
            f"test cost {scores['test_cost']:.6f}, "
            f"accuracy {100 * scores['test_accuracy']:.2f} %"
            for when, scores in (("Before", run.before), ("After", run.after))
        ]

    def numbers(self, run: exercise.Run) -> dict[str, Any]:
        """See `Experiment.numbers`."""
        return {
            "start_index": run.starts,
            "cost": run.cost,
            "accuracy": run.accuracy,
            "before": _finite(run.before),
            "after": _finite(run.after),
        }

    def pictures(self, folder: Path, run: exercise.Run) -> list[Path]:
        """Draw cost and accuracy, the weights before and after, and the first wrong digits."""
        from theano_tutorial import plots

        if not run.cost:
            return []
        paths = [folder / f"{what}.png" for what in ("minibatches", "weights", "wrong_digits")]
        plots.save_minibatches(paths[0], run.cost, run.accuracy, self.title)
        W, trained = run.initial["W"], run.parameters["W"]
        plots.save_weights(paths[1], W, trained, f"{self.title}: W", "digit")
        self.save_wrong_digits(paths[2], run)
        return paths


def _finite(scores: Mapping[str, float]) -> dict[str, float | None]:
    """Return scores with None for one that is not finite: JSON has no such numbers.

    A run that diverged may have such: a minibatch's cost was still finite, not that of all.
    """
    return {name: score if math.isfinite(score) else None for name, score in scores.items()}
