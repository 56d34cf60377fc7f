"""One recipe on the command line: built, trained, printed and saved."""

import argparse
from pathlib import Path
from typing import Any

from theano_tutorial._text import counted
from theano_tutorial.cli.interrupt import Request, between_steps
from theano_tutorial.errors import Diverged, TutorialError, UsageError
from theano_tutorial.runs.resume import EARLIER, FILE_NAME
from theano_tutorial.system.terminal import Console, print_lines, tell


def run(experiment: Any, options: argparse.Namespace, mode: Any) -> int:
    """Train, print and save one recipe; return its exit code."""
    announce(experiment.announcements, 1, options)
    program = _build(experiment, mode)
    if options.made_with is not None:
        _tell_differences(experiment, options.like, options.made_with)
    previous = None
    if options.resume:
        previous = _resume(experiment, program)
    elif note := experiment.set_aside():
        tell(note)
    announce(experiment.announcements, 2, options)
    with between_steps() as stop:
        diverged, done = _train(experiment, program, options, previous, stop)
        _print(experiment, done, options, has_ended=diverged is None)
        saved = _save(experiment, done)
    if options.plots and experiment.folder is not None:
        saved += _pictures(experiment, done)
    if saved and not options.quiet:
        names = ", ".join(path.name for path in saved)
        print_lines(f"Saved {names} in {experiment.folder}")
    if diverged is not None:
        kept = f"; the last good model is in {experiment.folder}" if saved else ""
        raise Diverged(f"{diverged}{kept}", done)
    if stop.exit_code is not None:
        where = f"saved in {experiment.folder}" if saved else "not saved, for want of --output"
        steps = counted(experiment.steps_done(done), experiment.length_name)
        tell(f"Interrupted after {steps}; {where}.")
        return stop.exit_code
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
        kept = experiment.folder / EARLIER
        also = f" ({kept} is another run's, to be named {FILE_NAME})" if kept.exists() else ""
        tell(f"Nothing to resume in {experiment.folder}{also}: starting from the beginning.")
    else:
        done = counted(previous.steps_done, experiment.length_name)
        if previous.is_over:
            tell(f"The run in {experiment.folder} had stopped early, after {done}: it is over.")
        else:
            tell(f"Resuming the run in {experiment.folder} after {done}.")
        _tell_differences(experiment, experiment.folder, experiment.earlier_made_with())
    return previous


def _tell_differences(experiment: Any, where: Any, made_with: Any) -> None:
    if differences := experiment.differences(made_with):
        tell(f"Unlike {where}, this run has {differences}: last digits may differ.")


def _train(
    experiment: Any, program: Any, options: argparse.Namespace, previous: Any, stop: Request
) -> tuple[Diverged | None, Any]:
    """Train with a progress bar on a terminal, printing each step as the page does."""
    done = previous.steps_done if previous is not None else 0
    with Console(
        experiment.length, experiment.length_name, done=done, quiet=options.quiet
    ) as console:
        try:
            return None, experiment.train(program, console, stop, previous)
        except Diverged as error:
            return error, error.run


def _print(experiment: Any, run: Any, options: argparse.Namespace, *, has_ended: bool) -> None:
    tell_more(
        options,
        f"compiled in {run.compile_seconds:.2f} s",
        f"trained in {run.train_seconds:.2f} s",
    )
    if has_ended:
        print_lines(*experiment.conclusions(run))
        if not options.quiet:
            print_lines(*experiment.details(run))
        print_lines(*experiment.comparison(run))


def _save(experiment: Any, run: Any) -> list[Path]:
    """Write the files of a run, if they were asked for; return their paths."""
    if experiment.folder is None:
        return []
    try:
        paths: list[Path] = experiment.save(experiment.folder, run)
        return paths
    except OSError as error:
        raise _unwritable(experiment.folder, error) from error


def _pictures(experiment: Any, run: Any) -> list[Path]:
    try:
        paths: list[Path] = experiment.pictures(experiment.folder, run)
        return paths
    except OSError as error:
        raise _unwritable(experiment.folder, error) from error
    except KeyboardInterrupt:
        tell(f"No more pictures; the run is saved in {experiment.folder}.")
        return []


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write to {folder}: {error.strerror or error}")


def tell_more(options: argparse.Namespace, *lines: str) -> None:
    """Say what takes how long, if that was asked for."""
    if options.verbose:
        tell(*lines)


def announce(announcements: Any, which: int, options: argparse.Namespace) -> None:
    """Print what a page prints before a part of its work, if it prints anything."""
    if announcements and not options.quiet:
        print_lines(announcements[which])
