"""Parse the command line: its own options, and those of the trace that it names."""

import argparse
from typing import Any

from theano_tutorial.cli import repeat
from theano_tutorial.cli.argument_types import choice
from theano_tutorial.cli.options import DEFAULT_OUTPUT, NAMES, RunOptions, make_parser
from theano_tutorial.recipes.catalogue import HYPER_PARAMETERS


def parse_options(arguments: list[str] | None) -> RunOptions:
    """Parse the command line, and the trace that ``--like`` names.

    Raise `UsageError`, in one line, if the command line is wrong, and `BadFile` if the trace
    cannot be repeated.
    """
    parser = make_parser()
    parsed, left = parser.parse_known_args(arguments)
    given: dict[str, Any] = {k: v for k, v in vars(parsed).items() if v is not None}
    # First, so that the value of a misspelt option is not reported as a bad recipe.
    if any(word.startswith("-") for word in left):
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    if "recipe" in given:
        try:
            choice("recipe", tuple(NAMES))(given["recipe"])
        except argparse.ArgumentTypeError as error:
            parser.error(str(error))
    if others := [word for word in left if word not in NAMES]:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if left:
        parser.error(f"one recipe at a time; got {' '.join((given['recipe'], *left))}")
    if "like" in given:
        given = repeat.merged(given)
    hyper = {name: given.pop(name) for name in HYPER_PARAMETERS if name in given}
    given.setdefault("plots", "output" in given)
    if given["plots"]:
        given.setdefault("output", DEFAULT_OUTPUT)
    options = RunOptions(**given, hyper=hyper)
    options.check()
    return options
