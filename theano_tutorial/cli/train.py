"""``python -m theano_tutorial.train``: load the digits and run one recipe after another."""

import contextlib
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

from theano_tutorial.cli import output_folder, start
from theano_tutorial.cli.options import RunOptions
from theano_tutorial.cli.parsing import parse_options
from theano_tutorial.recipes.catalogue import RECIPES
from theano_tutorial.system import pytensor_setup, threads
from theano_tutorial.system.terminal import tell

if TYPE_CHECKING:
    from theano_tutorial.data import Dataset


def main(arguments: list[str] | None = None) -> int:
    """Run the command line (the process's if `arguments` is None); return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["predict"]:
        from theano_tutorial.cli import predict

        if arguments is None:
            del sys.argv[1]
        return predict.main(None if arguments is None else given[1:])
    return start.run(lambda: run(parse_options(arguments)), is_program=arguments is None)


def run(options: RunOptions) -> int:
    """Run the recipes that the options name; return the exit code.

    Raise `TutorialError` if something goes wrong that the user can fix.
    """
    with contextlib.ExitStack() as opened:
        opened.enter_context(threads.using(options.threads))
        if options.dataset != "rendered":
            from theano_tutorial.data import mnist

            opened.enter_context(mnist.reading_ahead(options.data_dir))
        pytensor = pytensor_setup.import_pytensor()  # MNIST is read meanwhile

        from theano_tutorial import backends
        from theano_tutorial.cli.session import Session

        backend = backends.choose(options.backend)
        mode = backends.mode(backend, rewrites=options.rewrites, device=options.device)
        folders = _claim(options, opened)
        first = RECIPES[options.names[0]]
        dtype = options.dtype or first.dtype
        divisor = options.pixel_divisor or first.pixel_divisor
        session = Session(options, mode, backend, dtype, folders)
        session.announce(0)
        started = time.perf_counter()
        backends.prepare(backend, dtype, rewrites=options.rewrites)
        dataset = _load(options, dtype, divisor)
        session.has_loaded(dataset, time.perf_counter() - started, pytensor.__version__)
        with pytensor.config.change_flags(floatX=dtype):
            for name in options.names:  # recipes that run together share their data
                if code := session.run(name):
                    return code
        session.close()
        return 0


def _claim(options: RunOptions, opened: contextlib.ExitStack) -> dict[str, Path]:
    """Claim a folder for each recipe, before any work is spent on its results."""
    if options.output is None:
        return {}
    folders = {name: Path(options.output) / name for name in options.names}
    if options.dry_run:
        for folder in folders.values():
            output_folder.check(folder)
        return folders
    output_folder.make(Path(options.output))
    for folder in folders.values():
        opened.enter_context(output_folder.claim(folder))
    return folders


def _load(options: RunOptions, dtype: str, pixel_divisor: int) -> "Dataset":
    from theano_tutorial.cli import dataset as asked_for

    dataset = asked_for.load(options.dataset, options.data_dir, dtype, pixel_divisor)
    if dataset.instead_of:
        bar = "=" * 78
        tell(
            bar,
            "SYNTHETIC DIGITS: MNIST is not on this machine and could not be downloaded, so",
            "this run uses digits drawn from fonts. Its numbers are not the tutorials'.",
            *textwrap.wrap(f"Why: {dataset.instead_of}", 78, break_on_hyphens=False),
            "If you have MNIST, name its folder with --data-dir or THEANO_TUTORIAL_DATA.",
            bar,
        )
    return dataset
