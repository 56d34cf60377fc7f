"""The command line of ``python -m theano_tutorial.train``: its options and its help.

Nothing heavy is imported here, so that ``--help`` and mistakes get an immediate answer.
"""

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from theano_tutorial import backends, updates
from theano_tutorial._version import version
from theano_tutorial.cli.argument_types import (
    Parser,
    choice,
    folder,
    fraction,
    not_negative,
    part,
    positive,
    whole,
)
from theano_tutorial.errors import UsageError
from theano_tutorial.recipes.catalogue import HYPER_PARAMETERS, RECIPES, HyperParameter, Value

# The recipes that a name on the command line stands for.
NAMES = {"tutorial": ("softmax", "tanh"), **{name: (name,) for name in RECIPES}}
DATASETS = ("mnist", "rendered")
DEFAULT_OUTPUT = "output"
LARGEST_DIVISOR = 65_535  # that pixels can be divided by

_EPILOG = """\
examples:
  theano-tutorial                            prints the published page again
  theano-tutorial sgd --output output        minibatch SGD, with its files in output/sgd
  theano-tutorial sgd --output output --resume
  theano-tutorial predict output/sgd/model.npz my_digit.png
                                             reads your own digits (predict --help)

MNIST is looked for in --data-dir, in the folder that THEANO_TUTORIAL_DATA names and in the
cache folder, then downloaded there: its four files, mnist.pkl.gz, Keras's mnist.npz, or a zip
archive, also one folder down. Where it cannot be fetched, synthetic digits stand in.

Stopped or killed, a run resumes with --resume and ends with the same files, apart from
timings; without it, it starts from scratch. --like repeats the run of a trace.json, with the
same bits on the same CPU with the same versions.

exit codes: 0 done, 1 training diverged, 2 a mistake, missing data or lost output; interrupted,
after saving: 130 by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP. A second signal ends a run at once.
"""


def _type_of(name: str, parameter: HyperParameter) -> Callable[[str], Value]:
    if parameter.names:
        return choice(name, parameter.names)
    if parameter.kind is int:
        return whole(int(parameter.low), int(parameter.high))
    if parameter.high < math.inf:
        return fraction if parameter.high == 1 else part
    return positive if parameter.low > 0 else not_negative


# Parsers of the options that a run's numbers depend on, by name.
TYPES: dict[str, Callable[[str], Value | str]] = {
    **{name: _type_of(name, parameter) for name, parameter in HYPER_PARAMETERS.items()},
    "dataset": choice("dataset", DATASETS),
    "backend": choice("backend", backends.NAMES),
    "device": str,
    "dtype": choice("dtype", ("float64", "float32")),
}


@dataclass(frozen=True)
class RunOptions:
    """All options of a run, from a command line, a trace or a program.

    `hyper` holds the hyper-parameters that were given; the others are as published. `output` is
    the folder for the run's files. If None, `dataset` leaves the choice to `data.load`, `dtype`
    and `pixel_divisor` are as published, and the number of `threads` is left as it is. `like`
    is the trace that the run repeats, `made_with` its versions, threads and kernel.
    """

    recipe: str = "tutorial"
    hyper: Mapping[str, Value] = field(default_factory=dict)
    dataset: str | None = None
    data_dir: str | None = None
    backend: str = "auto"
    device: str | None = None
    dtype: str | None = None
    rewrites: bool = True
    output: str | None = None
    plots: bool = False
    resume: bool = False
    quiet: bool = False
    verbose: bool = False
    verbatim: bool = False
    dry_run: bool = False
    threads: int | None = None
    pixel_divisor: int | None = None
    like: Path | None = None
    made_with: Mapping[str, object] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The recipes to run."""
        return NAMES[self.recipe]

    def check(self) -> None:
        """Raise `UsageError`, which names the options, if some cannot be combined."""
        used = {name for recipe in self.names for name in RECIPES[recipe].published}
        for name in self.hyper:
            if name not in used:
                accepted = ", ".join(flag(other) for other in HYPER_PARAMETERS if other in used)
                raise UsageError(f"{self.recipe} does not use {flag(name)}; it uses {accepted}")
        for name, value in self.hyper.items():
            if HYPER_PARAMETERS[name].names:  # checked now: the recipe may not use it
                _require_name(name, value)
        refuse_data_dir(self.dataset, self.data_dir)
        if self.resume and self.output is None:
            raise UsageError("--resume needs --output DIR, the folder of the run to resume")
        if self.resume and not all(RECIPES[name].can_resume for name in self.names):
            able = ", ".join(name for name, recipe in RECIPES.items() if recipe.can_resume)
            raise UsageError(f"{self.recipe} does not use --resume; these do: {able}")

    def hyper_parameters(self, recipe: str) -> dict[str, Value]:
        """Return all hyper-parameters of a recipe: the published ones, overridden by `hyper`.

        If another optimizer is chosen without a learning rate, its own default applies, if any.
        """
        hyper = {**RECIPES[recipe].published, **self.hyper}
        if "optimizer" in self.hyper and "learning_rate" not in self.hyper:
            own = updates.customary_rate(str(self.hyper["optimizer"]))
            hyper["learning_rate"] = hyper["learning_rate"] if own is None else own
        return hyper


def flag(name: str) -> str:
    """Return the command-line flag for an option's name."""
    return f"--{name.replace('_', '-')}"


def _require_name(name: str, value: Value) -> None:
    try:
        TYPES[name](str(value))
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"argument {flag(name)}: {error} (see --help)") from None


def refuse_data_dir(dataset: str | None, data_dir: str | None) -> None:
    """Raise `UsageError` if ``--data-dir`` comes with the rendered dataset."""
    if dataset == "rendered" and data_dir is not None:
        raise UsageError("--data-dir is where MNIST is, and the rendered digits are not read")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    lines = {"tutorial": "softmax, then tanh, as the published page does (the default)"}
    lines |= {name: recipe.summary for name, recipe in RECIPES.items()}
    described = "".join(f"  {name:10} {summary}\n" for name, summary in lines.items())
    parser = Parser(
        prog="theano-tutorial",
        description=f"Runs a Theano tutorial again, on PyTensor.\n\nrecipes:\n{described}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    recipes = f"one of {', '.join(NAMES)}; default: tutorial"
    parser.add_argument("recipe", nargs="?", metavar="RECIPE", help=recipes)
    like = "run again what a trace.json records: recipe, options and number of threads"
    parser.add_argument("--like", metavar="TRACE.json", help=like)
    _add_training_options(parser.add_argument_group("training (default: as published)"))
    datasets = "mnist, or rendered: synthetic digits; default: mnist where it is available"
    add_data_options(parser.add_argument_group("data"), datasets)
    _add_compilation_options(parser.add_argument_group("compilation"))
    _add_output_options(parser.add_argument_group("output"))
    return parser


def _add_training_options(group: argparse._ArgumentGroup) -> None:
    for name, parameter in HYPER_PARAMETERS.items():
        used: dict[Value, list[str]] = {}
        for recipe, described in RECIPES.items():
            if name in described.published:
                used.setdefault(described.published[name], []).append(recipe)
        defaults = "; ".join(
            f"{', '.join(recipes)} {'none' if value is None else value}"
            for value, recipes in used.items()
        )
        if parameter.names:
            defaults = ", ".join(parameter.names)
        meaning = f"{parameter.meaning} ({defaults})"
        metavar = {int: "N", float: "X", str: "NAME"}[parameter.kind]
        kind = str if parameter.names else TYPES[name]  # `RunOptions.check` checks names
        group.add_argument(flag(name), type=kind, metavar=metavar, help=meaning)


def _add_named(group: argparse._ActionsContainer, name: str, meaning: str) -> None:
    group.add_argument(flag(name), type=TYPES[name], metavar="NAME", help=meaning)


def add_data_options(group: argparse._ActionsContainer, dataset: str) -> None:
    """Add ``--dataset``, with `dataset` as its help, and ``--data-dir``."""
    _add_named(group, "dataset", dataset)
    where = "folder to look for MNIST in first"
    group.add_argument("--data-dir", type=folder, metavar="DIR", help=where)


def _add_compilation_options(group: argparse._ArgumentGroup) -> None:
    names = f"{', '.join(backends.NAMES)}; default: auto, the quickest to start"
    _add_named(group, "backend", names)
    devices = "jax, pytorch: such as cpu, gpu (jax), cuda (pytorch); default: an accelerator"
    _add_named(group, "device", devices)
    dtypes = "float64 or float32; default: as published (float64; exercise float32)"
    _add_named(group, "dtype", dtypes)
    rewrites = (
        "switch this package's own graph rewrites off: slower, same numbers; jax and pytorch "
        "may refuse to compile"
    )
    group.add_argument(
        "--no-rewrites", dest="rewrites", action="store_false", default=None, help=rewrites
    )


def _add_output_options(group: argparse._ArgumentGroup) -> None:
    output = "write DIR/RECIPE/trace.json, log.csv and model.npz"
    group.add_argument("--output", type=folder, metavar="DIR", help=output)
    plots = f"pictures beside them (default: with --output; alone, in ./{DEFAULT_OUTPUT})"
    group.add_argument("--plots", action=argparse.BooleanOptionalAction, help=plots)
    resume = "resume the stopped run in the folder that --output names (not cg)"
    group.add_argument("--resume", action="store_true", help=resume)
    talk = group.add_mutually_exclusive_group()
    talk.add_argument("--quiet", action="store_true", help="print only the results")
    talk.add_argument("--verbose", action="store_true", help="report how long each stage takes")
    page = "print the classification of ten images as the page does, two lines per image"
    group.add_argument("--verbatim", action="store_true", help=page)
    dry = "find the data and compile, say what would run, and train and write nothing"
    group.add_argument("--dry-run", action="store_true", help=dry)
    group.add_argument("--version", action="version", version=f"theano-tutorial {version()}")
