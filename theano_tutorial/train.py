"""``python -m theano_tutorial.train``: run a tutorial, print what it printed, save the rest."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from theano_tutorial.console import INTERRUPTED, Console, answer, counted, print_lines
from theano_tutorial.errors import Diverged, TutorialError, UsageError
from theano_tutorial.options import RECIPES, hyper_parameters, parse_options, refuse_unused


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        Without the program's name; None takes those of the process.
    """
    return answer(lambda: _run(parse_options(arguments)))


def _run(options: argparse.Namespace) -> int:
    import pytensor

    from theano_tutorial import backends, experiments, recipes

    names = RECIPES[options.recipe]
    refuse_unused(options, {key for name in names for key in recipes.RECIPES[name].published})
    backend = backends.choose(options.backend)
    mode = backends.mode(backend, rewrites=options.rewrites, device=options.device)
    if options.resume and not all(experiments.KINDS[name].can_resume for name in names):
        raise UsageError(f"{options.recipe} does not use --resume; sgd does")
    _make_folder(options.output)

    announcements = experiments.KINDS[names[0]].announcements
    _announce(announcements, 0, options)
    started = time.perf_counter()
    # Recipes that run together share their data.
    dtype = options.dtype or recipes.RECIPES[names[0]].dtype
    backends.prepare(backend, dtype, rewrites=options.rewrites)
    dataset = _load(options, dtype, recipes.RECIPES[names[0]].pixel_divisor)
    seconds = time.perf_counter() - started
    _tell(options, f"data: {dataset.name} ({dataset.source}), loaded in {seconds:.2f} s")
    _tell(options, f"backend: {backend}, PyTensor {pytensor.__version__}, {dtype}")

    code = 0
    with pytensor.config.change_flags(floatX=dtype):
        for name in names:
            experiment = experiments.make(
                name,
                dataset=dataset,
                backend=backend,
                dtype=dtype,
                rewrites=options.rewrites,
                device=options.device,
                hyper=hyper_parameters(options, recipes.RECIPES[name].published),
                data_seconds=seconds,
                folder=Path(options.output) / name if options.output is not None else None,
            )
            if len(names) > 1 or dataset.name != "mnist":  # else it is clear what these are
                print_lines(f"{experiment.title}:")
            code = _run_experiment(experiment, options, mode)
            if code:
                break
    return code


def _run_experiment(experiment: Any, options: argparse.Namespace, mode: Any) -> int:
    """Train, print and save one recipe; return its exit code."""
    _announce(experiment.announcements, 1, options)
    program = _build(experiment, mode)
    previous = None
    if options.resume:
        previous = _resume(experiment, program)
    elif note := experiment.set_aside():
        print(note, file=sys.stderr)
    _announce(experiment.announcements, 2, options)
    diverged: Diverged | None = None
    try:
        run = _train(experiment, program, options, previous)
    except Diverged as error:
        diverged, run = error, error.run
    _tell(options, f"compiled in {run.compile_seconds:.2f} s")
    _tell(options, f"trained in {run.train_seconds:.2f} s")
    if diverged is None:
        print_lines(*experiment.conclusions(run))
        if not options.quiet:
            print_lines(*experiment.details(run))
        print_lines(*experiment.comparison(run))
    saved = _save(experiment, run, options)
    if diverged is not None:
        kept = f"; the last good model is in {saved}" if saved else ""
        raise Diverged(f"{diverged}{kept}", run)
    if run.interrupted:
        where = f"saved in {saved}" if saved else "not saved, for want of --output"
        steps = counted(experiment.steps_done(run), experiment.length_name)
        print(f"Interrupted after {steps}; {where}.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _build(experiment: Any, mode: Any) -> Any:
    """Build a recipe; say what is amiss if its backend cannot, for want of our rewrites."""
    from theano_tutorial.backends import WITH_DEVICE

    if experiment.rewrites or experiment.backend not in WITH_DEVICE:
        return experiment.build(mode)
    try:
        return experiment.build(mode)
    except TutorialError:
        raise
    except Exception as error:  # PyTensor raises nearly anything there
        raise UsageError(
            f"backend {experiment.backend!r} cannot compile {experiment.name} without this "
            f"package's rewrites ({type(error).__name__}); leave out --no-rewrites"
        ) from error


def _resume(experiment: Any, program: Any) -> Any:
    """Return where a stopped run is to go on from, and say so."""
    previous = experiment.resume(program)
    if previous is None:
        line = f"Nothing to resume in {experiment.folder}: starting from the beginning."
    else:
        done = counted(experiment.steps_before(previous), experiment.length_name)
        line = f"Resuming the run in {experiment.folder} after {done}."
    print(line, file=sys.stderr)
    return previous


def _train(experiment: Any, program: Any, options: argparse.Namespace, previous: Any) -> Any:
    """Train with a progress bar on a terminal, printing each step as the page does."""
    from theano_tutorial.interrupt import between_steps

    done = experiment.steps_before(previous) if previous is not None else 0
    with (
        between_steps() as stop,
        Console(
            experiment.length, experiment.length_name, done=done, quiet=options.quiet
        ) as console,
    ):
        try:
            return experiment.train(program, console, stop, previous)
        except OSError as error:
            raise _unwritable(experiment.folder, error) from error


def _save(experiment: Any, run: Any, options: argparse.Namespace) -> Path | None:
    """Write the files of a run, if they were asked for; return their folder."""
    folder: Path | None = experiment.folder
    if folder is None:
        return None
    try:
        paths = experiment.save(folder, run)
        if options.plots:
            paths += _pictures(experiment, run, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    if not options.quiet:
        print_lines(f"Saved {', '.join(path.name for path in paths)} in {folder}")
    return folder


def _pictures(experiment: Any, run: Any, folder: Path) -> list[Path]:
    try:
        paths: list[Path] = experiment.pictures(folder, run)
        return paths
    except KeyboardInterrupt:
        print(f"No more pictures; the run is saved in {folder}.", file=sys.stderr)
        return []


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write to {folder}: {error.strerror or error}")


def _load(options: argparse.Namespace, dtype: str, pixel_divisor: int) -> Any:
    from theano_tutorial import data

    dataset = data.load(
        options.dataset, data_dir=options.data_dir, dtype=dtype, pixel_divisor=pixel_divisor
    )
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
    try:
        Path(output).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--output: cannot make {output}: {error.strerror}") from error
    if not os.access(output, os.W_OK):
        raise UsageError(f"--output: cannot write to {output}: Permission denied")


def _tell(options: argparse.Namespace, line: str) -> None:
    if options.verbose:
        print(line, file=sys.stderr)


def _announce(announcements: Any, which: int, options: argparse.Namespace) -> None:
    if announcements and not options.quiet:
        print_lines(announcements[which])


if __name__ == "__main__":
    sys.exit(main())
