"""The last lines of a command: what they say of models, and what to try next."""

import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

from theano_tutorial.cli.options import RunOptions, make_parser
from theano_tutorial.cli.summary import _NEXT, Outcome, of_session
from theano_tutorial.recipes.catalogue import HYPER_PARAMETERS, RECIPES
from theano_tutorial.runs.record import Setup

ELSE = "python -m theano_tutorial.train --help  (all recipes and options)"


@pytest.fixture(autouse=True)
def as_a_module(monkeypatch):
    monkeypatch.delenv("THEANO_TUTORIAL_COMMAND", raising=False)


def outcome(recipe, folder=None, **hyper):
    """Return the outcome of a recipe that got a tenth of the images wrong."""
    setup = Setup(
        recipe=recipe,
        dataset="mnist",
        pixel_divisor=256,
        backend="numpy",
        device=None,
        dtype="float64",
        rewrites=True,
        hyper=RunOptions(recipe, hyper=hyper).hyper_parameters(recipe),
    )
    run = SimpleNamespace(test_error=0.1, progress=SimpleNamespace(steps_done=1))
    return Outcome(setup, run, folder and SimpleNamespace(path=Path(folder)))


def last_lines(*outcomes):
    return of_session({each.setup.recipe: each for each in outcomes})


def test_what_is_said_of_each_model():
    said = last_lines(outcome("softmax"), outcome("sgd"))
    assert said[0] == (
        "Summary: softmax gets 10.00 % of the test images wrong after 1 iteration, "
        "sgd gets 10.00 % of the test images wrong after 1 epoch."
    )


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_comes_next(recipe):
    """Another recipe or other options; where just these ran, no longer the same."""
    arguments, why = _NEXT[recipe]
    (line,) = last_lines(outcome(recipe))[1:]
    assert line == f"Next: python -m theano_tutorial.train {arguments}  ({why})"
    name, *options = shlex.split(arguments)
    parsed = vars(make_parser().parse_args([name, *options]))
    hyper = {k: v for k, v in parsed.items() if k in HYPER_PARAMETERS and v is not None}
    (line,) = last_lines(outcome(name, **hyper))[1:]
    again, _ = _NEXT[name]
    assert line == f"Next: {ELSE}" if again == arguments else again in line


def test_what_comes_next_where_files_are():
    """First the model, whose path a shell can take; then, below it, another recipe."""
    _, model, recipe = last_lines(outcome("softmax"), outcome("tanh", "my output/tanh"))
    program = "python -m theano_tutorial.train"
    assert model == (
        f"Next: {program} predict 'my output/tanh/model.npz' my_digit.png  "
        "(reads your own digits)"
    )
    assert recipe.startswith(f"      {program} sgd --output output  (")
