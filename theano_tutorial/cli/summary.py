"""The last lines of a command: each model's error, its files, and what to try next."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from theano_tutorial._text import counted
from theano_tutorial.cli.start import program_name
from theano_tutorial.data import Dataset
from theano_tutorial.recipes.program import Run
from theano_tutorial.runs import resume
from theano_tutorial.runs.record import Setup
from theano_tutorial.runs.saving import Folder

# What to try after a recipe: arguments, and why. If that is what just ran, see `_ELSE`.
_NEXT = {
    "softmax": ("sgd --output output", "minibatches and early stopping, saved and drawn"),
    "tanh": ("sgd --output output", "minibatches and early stopping, saved and drawn"),
    "cg": ("sgd --output output", "the same model by minibatch SGD, saved and drawn"),
    "exercise": ("exercise --learning-rate 0.1 --momentum 0.9", "learns in 100 minibatches"),
    "sgd": ("mlp --optimizer adam --epochs 5 --output output", "a better model in a minute"),
    "mlp": ("lenet --epochs 5 --output output", "a better model yet"),
    "lenet": ("lenet --optimizer adam --epochs 5 --output output", "another update rule"),
}
_ELSE = "--help", "all recipes and options"


@dataclass(frozen=True)
class Outcome:
    """A recipe that was trained to its end, and the folder of its files, if there is one."""

    setup: Setup
    run: Run
    folder: Folder | None


def of_session(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Return the summary of a command's recipes, of which there is at least one."""
    program = program_name()
    wrong = ", ".join(
        f"{name} gets {100 * outcome.run.test_error:.2f} % of the test images wrong after "
        f"{counted(outcome.run.progress.steps_done, outcome.setup.length_name)}"
        for name, outcome in outcomes.items()
    )
    name, last = list(outcomes.items())[-1]
    lines = [f"Summary: {wrong}."]
    if last.folder:
        path = str(last.folder.path / resume.MODEL)
        model = path if os.name == "nt" else shlex.quote(path)
        lines.append(f"Next: {program} predict {model} my_digit.png  (reads your own digits)")
    arguments, why = (
        _ELSE if _has_run(*_NEXT[name][0].split(), setup=last.setup) else _NEXT[name]
    )
    indent = "      " if last.folder else "Next: "
    return [*lines, f"{indent}{program} {arguments}  ({why})"]


def _has_run(recipe: str, *options: str, setup: Setup) -> bool:
    """Return whether `setup` is of this recipe with these options, ``--output`` aside."""
    asked = {
        flag.removeprefix("--").replace("-", "_"): value
        for flag, value in zip(options[::2], options[1::2], strict=True)
        if flag != "--output"
    }
    same = (str(setup.hyper[name]) == value for name, value in asked.items())
    return recipe == setup.recipe and all(same)


def of_dry_run(setup: Setup, dataset: Dataset, output: str | None) -> list[str]:
    """Return lines that say what a recipe would have done."""
    hyper = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in setup.hyper.items()
        if value is not None
    )
    files = f"files in {output}/{setup.recipe}" if output else "no files: there is no --output"
    device = f" on {setup.device}" if setup.device else ""
    return [
        f"{setup.recipe}: {hyper}",
        f"  {dataset.name} ({dataset.source}), {len(dataset.train):,} training images",
        f"  backend {setup.backend}{device}, {setup.dtype}; compiled; {files}",
        "  dry run: nothing was trained or written",
    ]
