"""The command line of ``python -m theano_tutorial.train``: what it accepts, and what it says.

Nothing heavy is imported here, so that ``--help`` and mistakes are answered at once.
"""

import argparse
from pathlib import Path
from typing import Any

from theano_tutorial._version import version
from theano_tutorial.cli import repeat as like
from theano_tutorial.cli.argument_types import POSITIVE, Parser, choice, folder, fraction, whole
from theano_tutorial.errors import BadFile, UsageError

# Which recipes a name on the command line stands for.
RECIPES = {
    "tutorial": ("softmax", "tanh"),
    "softmax": ("softmax",),
    "tanh": ("tanh",),
    "sgd": ("sgd",),
    "cg": ("cg",),
    "exercise": ("exercise",),
}
DATASETS = ("mnist", "rendered")
BACKENDS = ("auto", "numpy", "c", "numba", "jax", "pytorch")
DTYPES = ("float64", "float32")
# Options that not every recipe uses.
HYPER_PARAMETERS = (
    "learning_rate",
    "momentum",
    "iterations",
    "epochs",
    "batch_size",
    "train_size",
    "hidden_units",
    "seed",
)
# What a run's numbers depend on, besides its recipe and the rewrites.
RECORDED = (*HYPER_PARAMETERS, "dataset", "backend", "device", "dtype")
DEFAULT_OUTPUT = "output"

_DESCRIPTION = """\
Runs a Theano tutorial again, on PyTensor.

recipes:
  tutorial   softmax, then tanh, as the published page does (the default)
  softmax    softmax regression: gradient ascent on 50,000 images at once
  tanh       a network of 20 tanh units, on the first 5,000 images
  sgd        softmax regression by minibatch SGD with early stopping
  cg         the same model by SciPy's conjugate gradient
  exercise   the exercise notebook, solved: random minibatches, optional momentum
"""

_EPILOG = """\
MNIST is looked for in --data-dir, in the folder that THEANO_TUTORIAL_DATA names and in the
cache folder, then downloaded there. Where it cannot be fetched, synthetic digits stand in.

Stopped or killed, a run resumes with --resume and ends with the same files, apart from
timings; without it, it starts from scratch. --like repeats the run of a trace.json, with the
same bits on the same machine with the same versions.

exit codes: 0 done, 1 training diverged, 2 a mistake or something missing; interrupted, after
saving: 130 by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP. A second signal ends a run at once.
"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="theano-tutorial",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "recipe",
        nargs="?",
        metavar="RECIPE",
        help=f"one of {', '.join(RECIPES)}; default: tutorial",
    )
    parser.add_argument(
        "--like",
        metavar="TRACE.json",
        help="run again what a trace.json records: recipe, options and number of threads",
    )
    _add_training_options(parser.add_argument_group("training (default: as published)"))
    _add_data_options(parser.add_argument_group("data"))
    _add_compilation_options(parser.add_argument_group("compilation"))
    _add_output_options(parser.add_argument_group("output"))
    return parser


def _add_training_options(group: Any) -> None:
    group.add_argument(
        "--learning-rate",
        type=POSITIVE,
        metavar="X",
        help="step along the gradient (softmax, tanh 0.5; sgd 0.13; exercise 0.001)",
    )
    group.add_argument(
        "--momentum",
        type=fraction,
        metavar="X",
        help="exercise: fraction of the last step to take again (none)",
    )
    group.add_argument(
        "--iterations",
        type=whole(1, 10**9),
        metavar="N",
        help="softmax, tanh, exercise: number of steps (10, 60, 100)",
    )
    group.add_argument(
        "--epochs",
        type=whole(1, 10**9),
        metavar="N",
        help="sgd, cg: passes over the training set at most (1000, 50)",
    )
    group.add_argument(
        "--batch-size",
        type=whole(1, 60_000),
        metavar="N",
        help="sgd, cg, exercise: images in a minibatch (600; exercise 100)",
    )
    group.add_argument(
        "--train-size",
        type=whole(1, 60_000),
        metavar="N",
        help="first N training images (50000; tanh 5000; exercise 60000)",
    )
    group.add_argument(
        "--hidden-units", type=whole(1, 100_000), metavar="N", help="tanh: hidden units (20)"
    )
    group.add_argument(
        "--seed",
        type=whole(0, 2**32 - 2),  # the exercise uses the next one too
        metavar="N",
        help="tanh, exercise: of the initial weights (0)",
    )


def _add_data_options(group: Any) -> None:
    group.add_argument(
        "--dataset",
        type=choice("dataset", DATASETS),
        metavar="NAME",
        help="mnist, or rendered: synthetic digits; default: mnist where it can be had",
    )
    group.add_argument(
        "--data-dir", type=folder, metavar="DIR", help="folder to look for MNIST in first"
    )


def _add_compilation_options(group: Any) -> None:
    group.add_argument(
        "--backend",
        type=choice("backend", BACKENDS),
        metavar="NAME",
        help=f"{', '.join(BACKENDS)}; default: auto, the one that answers first",
    )
    group.add_argument(
        "--device",
        metavar="NAME",
        help="jax, pytorch: such as cpu, gpu (jax), cuda (pytorch); default: an accelerator",
    )
    group.add_argument(
        "--dtype",
        type=choice("dtype", DTYPES),
        metavar="NAME",
        help="float64 or float32; default: as published (float64; exercise float32)",
    )
    group.add_argument(
        "--no-rewrites",
        dest="rewrites",
        action="store_false",
        default=None,
        help="switch this package's own graph rewrites off: slower, same numbers",
    )


def _add_output_options(group: Any) -> None:
    group.add_argument(
        "--output", type=folder, metavar="DIR", help="write DIR/RECIPE/trace.json and model.npz"
    )
    group.add_argument(
        "--plots",
        action=argparse.BooleanOptionalAction,
        help=f"pictures beside them (default: with --output; alone, in ./{DEFAULT_OUTPUT})",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        help="go on with the stopped run in the folder that --output names (not cg)",
    )
    talk = group.add_mutually_exclusive_group()
    talk.add_argument("--quiet", action="store_true", help="print only the results")
    talk.add_argument("--verbose", action="store_true", help="say what takes how long")
    group.add_argument("--version", action="version", version=f"theano-tutorial {version()}")


def parse_options(arguments: list[str] | None) -> argparse.Namespace:
    """Parse the command line.

    Raises
    ------
    UsageError
        If something is wrong with it; the message is one line.
    """
    parser = make_parser()
    options = _parse(parser, arguments)
    if options.like is None:
        defaults = {"recipe": "tutorial", "backend": "auto", "rewrites": True}
        defaults |= dict.fromkeys(("threads", "pixel_divisor", "made_with"))
    else:
        defaults = _recorded(parser, options)
    for name, value in defaults.items():
        if getattr(options, name, None) is None:
            setattr(options, name, value)
    if options.plots is None:
        options.plots = options.output is not None
    elif options.plots and options.output is None:
        options.output = DEFAULT_OUTPUT
    refuse_data_dir(options.dataset, options.data_dir)
    if options.resume and options.output is None:
        raise UsageError("--resume needs --output DIR, the folder of the run to go on with")
    return options


def _parse(parser: argparse.ArgumentParser, arguments: list[str] | None) -> argparse.Namespace:
    options = parser.parse_args(arguments)
    # Only now, so that the value of a misspelt option is not taken for a recipe.
    if options.recipe is not None:
        try:
            choice("recipe", tuple(RECIPES))(options.recipe)
        except argparse.ArgumentTypeError as error:
            parser.error(str(error))
    return options


def _recorded(parser: argparse.ArgumentParser, given: argparse.Namespace) -> dict[str, Any]:
    """Return the options of the trace that ``--like`` names, by name."""
    path = Path(given.like)
    trace = like.read(path)
    recorded = like.options_of(path, trace, lambda line: _parse(parser, line), RECORDED)
    if len(RECIPES[recorded.recipe]) > 1:
        raise BadFile(path, f"not a trace of a run: {recorded.recipe} is more than one")
    if given.backend == "auto":
        given.backend = None  # which leaves it to us
    names = ("recipe", "rewrites", *RECORDED)
    like.refuse_contradictions(path, given, recorded, names)
    return {
        name: getattr(recorded, name)
        for name in (*names, "threads", "pixel_divisor", "made_with")
    }


def refuse_data_dir(dataset: str | None, data_dir: str | None) -> None:
    """Refuse a folder to look in for digits that are drawn.

    Raises
    ------
    UsageError
        If both are given.
    """
    if dataset == "rendered" and data_dir is not None:
        raise UsageError("--data-dir is where MNIST is, and the rendered digits are not read")


def hyper_parameters(options: argparse.Namespace, published: Any) -> dict[str, Any]:
    """Return a recipe's published hyper-parameters, changed as the command line asks."""
    given = {name: getattr(options, name) for name in published}
    return {name: published[name] if value is None else value for name, value in given.items()}


def refuse_unused(options: argparse.Namespace, used: set[str]) -> None:
    """Refuse hyper-parameters that the recipe does not use.

    Raises
    ------
    UsageError
        Naming the first such option, and those that the recipe uses.
    """
    flags = {name: f"--{name.replace('_', '-')}" for name in HYPER_PARAMETERS}
    for name, flag in flags.items():
        if getattr(options, name) is not None and name not in used:
            accepted = ", ".join(flags[other] for other in flags if other in used)
            raise UsageError(f"{options.recipe} does not use {flag}; it uses {accepted}")
