"""A session of the command line, which builds, trains, prints and saves each recipe."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytensor.compile.mode import Mode

from theano_tutorial import backends
from theano_tutorial._text import counted
from theano_tutorial.cli import summary
from theano_tutorial.cli.interrupt import between_steps
from theano_tutorial.cli.options import RunOptions, flag
from theano_tutorial.cli.reports import KINDS, Report
from theano_tutorial.cli.reports.base import module
from theano_tutorial.data import Dataset
from theano_tutorial.errors import Diverged, TutorialError, UsageError
from theano_tutorial.recipes import RECIPES, cg
from theano_tutorial.recipes.program import AnyProgram, Run
from theano_tutorial.recipes.program import quiet as without_warnings
from theano_tutorial.runs import resume
from theano_tutorial.runs.checks import Progress, Training
from theano_tutorial.runs.record import Setup
from theano_tutorial.runs.saving import Folder
from theano_tutorial.system.terminal import Console, print_lines, tell


@dataclass
class Session:
    """One command's recipes, and what they share."""

    options: RunOptions
    mode: Mode
    backend: str  # chosen if the options leave it open, and so is `dtype`
    dtype: str
    folders: Mapping[str, Path]  # of each recipe's files, by its name; empty if none are wanted
    outcomes: dict[str, summary.Outcome] = field(default_factory=dict)  # by recipe's name

    def has_loaded(self, dataset: Dataset, seconds: float, pytensor_version: str) -> None:
        """Set the dataset to train on, and say where it came from if that was asked for."""
        self.dataset, self.data_seconds = dataset, seconds
        self._tell_more(
            f"data: {dataset.name} ({dataset.source}), loaded in {seconds:.2f} s",
            f"backend: {self.backend}, PyTensor {pytensor_version}, {self.dtype}",
        )

    def run(self, name: str) -> int:
        """Build, train, print and save one recipe; return its exit code."""
        setup = self._setup(name)
        verbatim = self.options.verbatim
        report = KINDS[RECIPES[name].report](setup, self.dataset, verbatim)
        folder = Folder(self.folders[name], report) if name in self.folders else None
        if len(self.options.names) > 1 or self.dataset.name != "mnist":  # else it is clear
            print_lines(f"{report.title}:")
        self.announce(1)
        hyper = {k: v for k, v in setup.hyper.items() if k != setup.length_name}
        with _explained(setup), without_warnings():  # overflow, too, where it folds constants
            program = module(name).build(self.dataset, mode=self.mode, **hyper)
        previous = self._previous(setup, folder, program)
        if self.options.dry_run:
            print_lines(*summary.of_dry_run(setup, self.dataset, self.options.output))
            return 0
        self.announce(2)
        with between_steps() as stop:
            failure, run = self._train(report, folder, program, previous, stop)
            self._print(report, run, has_ended=failure is None)
            saved = folder.save(run, self.data_seconds) if folder else []
        if folder and self.options.plots:
            saved += folder.draw(run)
        if saved and not self.options.quiet:
            names = ", ".join(path.name for path in saved)
            print_lines(f"Saved {names} in {folder}")
        if failure is not None:
            kept = f"; the last good model is in {folder}" if saved else ""
            raise Diverged(f"{failure.reason}{self._advice(setup)}{kept}", failure.run)
        if stop.exit_code is not None:
            where = f"saved in {folder}" if saved else "not saved: there is no --output"
            steps = counted(run.progress.steps_done, setup.length_name)
            tell(f"Interrupted after {steps}; {where}.")
            return stop.exit_code
        self.outcomes[name] = summary.Outcome(setup, run, folder)
        return 0

    def close(self) -> None:
        """Print a summary, and what to try next."""
        if self.outcomes and not self.options.quiet:
            print_lines(*summary.of_session(self.outcomes))

    def announce(self, which: int) -> None:
        """Print what the page prints before stage `which` of its work, if anything."""
        announcements = KINDS[RECIPES[self.options.names[0]].report].announcements
        if announcements and not self.options.quiet:
            print_lines(announcements[which])

    def _setup(self, name: str) -> Setup:
        return Setup(
            recipe=name,
            dataset=self.dataset.name,
            pixel_divisor=self.dataset.pixel_divisor,
            backend=self.backend,
            device=backends.device_of(self.mode),
            dtype=self.dtype,
            rewrites=self.options.rewrites,
            hyper=self.options.hyper_parameters(name),
        )

    def _previous(
        self, setup: Setup, folder: Folder | None, program: AnyProgram
    ) -> Progress | None:
        """Return the progress to resume from, or None to start from scratch."""
        if self.options.like is not None and self.options.made_with is not None:
            _tell_differences(setup, self.options.like, self.options.made_with)
        if folder is None:
            return None
        if not self.options.resume:
            if not self.options.dry_run and (note := resume.set_aside(folder.path)):
                tell(note)
            return None
        like = module(setup.recipe).Training(program).progress
        try:
            previous = resume.load_progress(folder.path, setup.entries(), like)
        except UsageError as error:
            raise UsageError(f"--resume: {error}") from error
        if previous is None:
            if (above := folder.path.parent / resume.FILE_NAME).exists():
                raise UsageError(
                    f"--resume: {above.parent} is a run's own folder; --output names the one "
                    "that it is in"
                )
            kept = folder.path / resume.EARLIER
            other = f" ({kept} is another run's, to be named {resume.FILE_NAME})"
            also = other if kept.exists() else ""
            tell(f"Nothing to resume in {folder}{also}: starting from scratch.")
            return None
        done = counted(previous.steps_done, setup.length_name)
        if previous.steps_done > setup.length:
            raise UsageError(
                f"--resume: the run in {folder} has already done {done}, more than "
                f"{setup.length}; give at least as many"
            )
        if previous.is_over:
            tell(f"The run in {folder} had stopped early, after {done}: it is over.")
        else:
            tell(f"Resuming the run in {folder} after {done}.")
        _tell_differences(setup, folder, resume.load_setup(folder.path))
        return previous

    def _train(
        self,
        report: Report,
        folder: Folder | None,
        program: AnyProgram,
        previous: Progress | None,
        stop: Callable[[], bool],
    ) -> tuple[Diverged | None, Run]:
        """Train with a progress bar on a terminal, printing each step as the page does."""
        setup, quiet = report.setup, self.options.quiet
        done = previous.steps_done if previous is not None else 0
        with Console(setup.length, setup.length_name, done=done, quiet=quiet) as console:
            keep = folder.keeper(console.warn) if folder else None

            def watch(training: Training | cg.Progress, lines: list[str]) -> None:
                if lines:
                    console.print(*lines)
                console.advance_to(training.steps_done)
                if keep and not isinstance(training, cg.Progress):
                    keep(training)

            try:
                return None, report.train(program, previous, stop, watch, quiet=quiet)
            except Diverged as error:
                return error, error.run

    def _print(self, report: Report, run: Run, *, has_ended: bool) -> None:
        self._tell_more(
            f"compiled in {run.compile_seconds:.2f} s", f"trained in {run.train_seconds:.2f} s"
        )
        if has_ended:
            print_lines(*report.conclusions(run))
            if not self.options.quiet:
                print_lines(*report.details(run))
            print_lines(*report.comparison(run))

    def _advice(self, setup: Setup) -> str:
        """Return what to try after training diverged: those of its causes that were given."""
        causes = [name for name in ("learning_rate", "l1", "l2") if name in setup.hyper]
        given = [name for name in causes if self.options.hyper.get(name)] or causes[:1]
        return f"; try a smaller {' or '.join(map(flag, given))}" if given else ""

    def _tell_more(self, *lines: str) -> None:
        """Say how long each stage takes, if ``--verbose`` was given."""
        if self.options.verbose:
            tell(*lines)


@contextlib.contextmanager
def _explained(setup: Setup) -> Iterator[None]:
    """If a graph cannot be compiled because our rewrites are off, say so."""
    try:
        yield
    except TutorialError:
        raise
    except Exception as error:  # PyTensor can raise nearly any exception here
        if setup.rewrites or setup.backend not in backends.WITH_DEVICE:
            raise
        raise UsageError(
            f"backend {setup.backend!r} cannot compile {setup.recipe} without this "
            f"package's rewrites ({type(error).__name__}); leave out --no-rewrites"
        ) from error


def _tell_differences(setup: Setup, where: object, made_with: Mapping[str, object]) -> None:
    if differences := setup.differences(made_with):
        tell(f"Unlike {where}, this run has {differences}: last digits may differ.")
