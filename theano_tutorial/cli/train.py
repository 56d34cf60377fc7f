"""``python -m theano_tutorial.train``: run a tutorial, print what it printed, save the rest."""

import argparse
import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from theano_tutorial.cli import output_folder as output
from theano_tutorial.cli.options import RECIPES, hyper_parameters, parse_options, refuse_unused
from theano_tutorial.cli.start import answer
from theano_tutorial.errors import BadFile, UsageError
from theano_tutorial.system import pytensor_setup, threads
from theano_tutorial.system.terminal import print_lines, tell


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        Without the program's name; None takes those of the process.
    """
    return answer(lambda: _main(parse_options(arguments)), is_program=arguments is None)


def _main(options: argparse.Namespace) -> int:
    with contextlib.ExitStack() as opened:
        opened.enter_context(threads.using(options.threads))
        if options.dataset != "rendered":
            from theano_tutorial.data import mnist

            opened.enter_context(mnist.reading_ahead(options.data_dir))
        return _run(options, opened)


def _run(options: argparse.Namespace, opened: contextlib.ExitStack) -> int:
    pytensor = pytensor_setup.import_pytensor()  # a quarter of a second, in which MNIST is read

    from theano_tutorial import backends, recipes
    from theano_tutorial.cli import reports as experiments
    from theano_tutorial.cli import session as running

    names = RECIPES[options.recipe]
    refuse_unused(options, {key for name in names for key in recipes.RECIPES[name].published})
    _refuse_incomplete_trace(options, recipes.RECIPES[names[0]].published)
    backend = backends.choose(options.backend)
    mode = backends.mode(backend, rewrites=options.rewrites, device=options.device)
    _refuse_resume(options, names)
    paths = _claim(options.output, names, opened)

    announcements = experiments.KINDS[names[0]].announcements
    running.announce(announcements, 0, options)
    started = time.perf_counter()
    # Recipes that run together share their data.
    dtype = options.dtype or recipes.RECIPES[names[0]].dtype
    backends.prepare(backend, dtype, rewrites=options.rewrites)
    divisor = options.pixel_divisor or recipes.RECIPES[names[0]].pixel_divisor
    dataset = _load(options, dtype, divisor)
    seconds = time.perf_counter() - started
    running.tell_more(
        options,
        f"data: {dataset.name} ({dataset.source}), loaded in {seconds:.2f} s",
        f"backend: {backend}, PyTensor {pytensor.__version__}, {dtype}",
    )

    code = 0
    with pytensor.config.change_flags(floatX=dtype):
        for name in names:
            experiment = experiments.make(
                name,
                dataset=dataset,
                backend=backend,
                dtype=dtype,
                rewrites=options.rewrites,
                device=backends.device_of(mode),
                hyper=hyper_parameters(options, recipes.RECIPES[name].published),
                data_seconds=seconds,
                folder=paths.get(name),
            )
            if len(names) > 1 or dataset.name != "mnist":  # else it is clear what these are
                print_lines(f"{experiment.title}:")
            code = running.run(experiment, options, mode)
            if code:
                break
    return code


def _claim(
    named: str | None, names: tuple[str, ...], opened: contextlib.ExitStack
) -> dict[str, Path]:
    """Claim a folder for each recipe, before any work is spent on what would go there."""
    if named is None:
        return {}
    output.make(Path(named))
    paths = {name: Path(named) / name for name in names}
    for path in paths.values():
        opened.enter_context(output.claim(path))
    return paths


def _refuse_resume(options: argparse.Namespace, names: tuple[str, ...]) -> None:
    from theano_tutorial.cli.reports import KINDS

    if options.resume and not all(KINDS[name].can_resume for name in names):
        able = ", ".join(name for name, kind in KINDS.items() if kind.can_resume)
        raise UsageError(f"{options.recipe} does not use --resume; these do: {able}")


def _refuse_incomplete_trace(options: argparse.Namespace, published: Mapping[str, Any]) -> None:
    """Refuse a trace that leaves a hyper-parameter out: the default may be another one."""
    for name, value in published.items():
        if options.like is not None and value is not None and getattr(options, name) is None:
            raise BadFile(options.like, f"not a trace that can be repeated: it has no {name}")


def _load(options: argparse.Namespace, dtype: str, pixel_divisor: int) -> Any:
    from theano_tutorial.cli import dataset as asked_for

    dataset = asked_for.load(options.dataset, options.data_dir, dtype, pixel_divisor)
    if dataset.instead_of:
        bar = "=" * 78
        tell(
            bar,
            "SYNTHETIC DIGITS: MNIST is not on this machine and could not be had, so this run",
            "uses digits drawn from fonts. Its numbers are not those of the tutorials.",
            f"Why: {dataset.instead_of}",
            bar,
        )
    return dataset
