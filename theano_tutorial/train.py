"""``python -m theano_tutorial.train``: run a tutorial, print what it printed, save the rest."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from theano_tutorial.errors import Diverged, TutorialError, UsageError
from theano_tutorial.options import RECIPES, hyper_parameters, parse_options, refuse_unused

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        Without the program's name; None takes those of the process.
    """
    try:
        return _run(parse_options(arguments))
    except TutorialError as error:
        print(f"theano-tutorial: error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    import pytensor

    from theano_tutorial import backends, recipes
    from theano_tutorial.results import Experiment

    names = RECIPES[options.recipe]
    refuse_unused(options, {key for name in names for key in recipes.RECIPES[name].published})
    backend = backends.choose(options.backend)
    mode = backends.mode(backend, rewrites=options.rewrites)
    _make_folder(options.output)

    started = time.perf_counter()
    dataset = _load(options)
    seconds = time.perf_counter() - started
    _tell(options, f"data: {dataset.name} ({dataset.source}), loaded in {seconds:.2f} s")
    _tell(options, f"backend: {backend}, PyTensor {pytensor.__version__}, {options.dtype}")

    code = 0
    with pytensor.config.change_flags(floatX=options.dtype):
        for name in names:
            hyper = hyper_parameters(options, recipes.RECIPES[name].published)
            experiment = Experiment(name, dataset, backend, options.dtype, hyper, seconds)
            if len(names) > 1 and not options.quiet:
                _print(f"{experiment.title}:")
            code = _run_recipe(experiment, options, mode)
            if code:
                break
    return code


def _run_recipe(experiment: Any, options: argparse.Namespace, mode: Any) -> int:
    """Train, print and save one recipe; return its exit code."""
    from theano_tutorial import recipes, results

    hyper = {key: value for key, value in experiment.hyper.items() if key != "iterations"}
    program = recipes.RECIPES[experiment.name].build(experiment.dataset, mode=mode, **hyper)
    diverged: Diverged | None = None
    try:
        run = _train(program, experiment.hyper["iterations"], options)
    except Diverged as error:
        diverged, run = error, error.run
    _tell(options, f"compiled in {run.compile_seconds:.2f} s")
    _tell(options, f"trained in {run.train_seconds:.2f} s")
    if diverged is None:
        _print(f"Classification error: {100 * run.test_error:.6g}%")
        if not options.quiet:
            _print(*results.first_digits(experiment.dataset.test.y, run.y_pred))
        _print(*results.comparison(experiment, run))
    saved = _save(experiment, run, options)
    if diverged is not None:
        kept = f"; the last good model is in {saved}" if saved else ""
        raise Diverged(f"{diverged}{kept}", run)
    if run.interrupted:
        where = f"saved in {saved}" if saved else "not saved, for want of --output"
        print(
            f"Interrupted after {len(run.log_likelihood)} iterations; {where}.",
            file=sys.stderr,
        )
        return INTERRUPTED
    return 0


def _train(program: Any, iterations: int, options: argparse.Namespace) -> Any:
    """Train with a progress bar on a terminal, printing each iteration as the page does."""
    from tqdm import tqdm

    from theano_tutorial.interrupt import between_steps
    from theano_tutorial.recipes import fit
    from theano_tutorial.results import iteration_line

    # On a terminal only: None lets tqdm find out.
    disable = True if options.quiet else None
    with (
        between_steps() as stop,
        tqdm(total=iterations, unit=" iterations", leave=False, disable=disable) as bar,
    ):

        def on_iteration(log_likelihood: Any) -> None:
            if not options.quiet:
                with bar.external_write_mode(file=sys.stdout):
                    _print(iteration_line(log_likelihood))
            bar.update()

        return fit(program, iterations, on_iteration=on_iteration, stop=stop)


def _save(experiment: Any, run: Any, options: argparse.Namespace) -> Path | None:
    """Write the files of a run, if they were asked for; return their folder."""
    from theano_tutorial import results

    if options.output is None:
        return None
    folder = Path(options.output) / str(experiment.name)
    try:
        paths = results.save(folder, experiment, run)
        if options.plots and run.log_likelihood:
            paths += results.save_pictures(folder, experiment, run)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror or error}") from error
    if not options.quiet:
        _print(f"Saved {', '.join(path.name for path in paths)} in {folder}")
    return folder


def _load(options: argparse.Namespace) -> Any:
    from theano_tutorial import data

    dataset = data.load(options.dataset, data_dir=options.data_dir, dtype=options.dtype)
    if dataset.instead_of:
        bar = "=" * 78
        print(
            bar,
            "SYNTHETIC DIGITS: MNIST is not on this machine and could not be had, so this run",
            "uses digits drawn from fonts. Its numbers are not those of the tutorials.",
            f"Why: {dataset.instead_of}",
            bar,
            sep="\n",
            file=sys.stderr,
        )
    return dataset


def _make_folder(output: str | None) -> None:
    """Make the output folder before any work is spent on what would go there."""
    if output is None:
        return
    if not output:
        raise UsageError("--output: the folder has no name")
    try:
        Path(output).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--output: cannot make {output}: {error.strerror}") from error
    if not os.access(output, os.W_OK):
        raise UsageError(f"--output: cannot write to {output}: Permission denied")


def _tell(options: argparse.Namespace, line: str) -> None:
    if options.verbose:
        print(line, file=sys.stderr)


def _print(*lines: str) -> None:
    """Print lines at once; a reader who has left (``| head -1``) does not stop the run."""
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
