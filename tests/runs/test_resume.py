"""Full-batch runs and the exercise go on where they were stopped, bit for bit."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from faults.processes import left

from theano_tutorial import backends, recipes
from theano_tutorial.cli.reports import KINDS
from theano_tutorial.errors import BadFile, Diverged
from theano_tutorial.recipes import RECIPES, sgd, softmax, training
from theano_tutorial.recipes.training import Training, fit, start
from theano_tutorial.runs import checkpoints, resume
from theano_tutorial.runs.checkpoints import load_model
from theano_tutorial.runs.record import Setup
from theano_tutorial.runs.saving import Folder
from theano_tutorial.train import main

pytestmark = pytest.mark.one_python

HYPER = {
    "softmax": {"train_size": 100, "iterations": 6},
    "tanh": {"train_size": 100, "iterations": 6, "hidden_units": 5, "seed": 3},
    "exercise": {"train_size": 100, "iterations": 6, "batch_size": 10, "momentum": 0.9},
}
DIVERGING = {"softmax": 1e308, "tanh": 1e200, "exercise": 1e308}


def make(name, digits, path, **changes):
    """Return a folder to run in and a program that is new."""
    hyper = RECIPES[name].published | HYPER[name] | changes
    setup = Setup(name, "rendered", 256, "numpy", None, "float64", True, hyper)
    folder = Folder(path, KINDS[RECIPES[name].report](setup, digits))
    given = {k: v for k, v in hyper.items() if k != setup.length_name}
    build = getattr(recipes, name).build
    return folder, build(digits, mode=backends.mode("numpy"), **given)


def run(folder, program, steps_at_most=10**9):
    """Train from where the folder says, and save; return how it diverged, if it did."""
    asked = iter(range(10**6))
    diverged, report = None, folder.reporter
    start = getattr(recipes, report.setup.recipe).Training(program).progress
    previous = resume.load_progress(folder.path, report.setup.entries(), start)
    keep = folder.keeper(pytest.fail)
    try:
        done = report.train(
            program,
            previous,
            lambda: next(asked) >= steps_at_most,
            lambda training, lines: keep(training),
            quiet=False,
        )
    except Diverged as error:
        diverged, done = str(error), error.run
    folder.save(done, 0.0)
    return diverged


@pytest.mark.parametrize("name", HYPER)
def test_stopped_and_resumed(name, digits, tmp_path):
    """After no step, one or several, twice on the way; parameters, velocities and records."""
    whole = make(name, digits, tmp_path / "whole")
    assert run(*whole) is None
    for first, second in ((0, 2), (1, 1), (3, 0), (5, 5)):
        folder = tmp_path / f"stopped-{first}-{second}"
        for most in (first, second, 10**9):
            assert run(*make(name, digits, folder), most) is None
        assert left(folder) == left(tmp_path / "whole")
    # A run that ended goes on, too.
    assert run(*make(name, digits, folder, iterations=8)) is None
    assert run(*make(name, digits, tmp_path / "longer", iterations=8)) is None
    assert left(folder) == left(tmp_path / "longer")


@pytest.mark.parametrize("name", HYPER)
def test_divergence_after_going_on(name, digits, tmp_path):
    """It is found at the same step, and the same last good parameters are kept."""
    rate = DIVERGING[name]
    whole, program = make(name, digits, tmp_path / "whole", learning_rate=rate)
    message = run(whole, program)
    assert message is not None
    trace, _ = left(tmp_path / "whole")
    done = len(trace["cost" if name == "exercise" else "log_likelihood"])
    assert done >= 1
    for most in (done, 0, 10**9):
        again = run(*make(name, digits, tmp_path / "part", learning_rate=rate), most)
    assert again == message
    assert left(tmp_path / "part") == left(tmp_path / "whole")
    params, _ = load_model(tmp_path / "part" / "model.npz")
    assert all(np.isfinite(value).all() for value in params.values())


@pytest.mark.parametrize("backend", ["numpy", *backends.WITH_DEVICE])
def test_parameters_are_fetched_seldom(backend, digits, monkeypatch, require_backend):
    """However many steps: at the start and at the end, and when somebody asks."""
    require_backend(backend)
    program = softmax.build(digits, train_size=100, mode=backends.mode(backend))
    fetched = []
    fetch = training.fetch
    monkeypatch.setattr(training, "fetch", lambda some: fetched.append(None) or fetch(some))
    monkeypatch.setattr(type(program), "parameters", None)  # which would fetch, too
    steps = Training(program)
    assert len([*softmax.train(steps, 20)]) == 20
    done = steps.finish(20)
    assert len(fetched) == 4
    is_there = [not isinstance(value, np.ndarray) for value in program.snapshot().values()]
    assert is_there == [backend != "numpy"] * 2
    for name, value in program.snapshot().items():
        np.testing.assert_array_equal(np.asarray(value), done.parameters[name])


def test_a_snapshot_is_of_its_moment(digits, backend):
    program = softmax.build(digits, train_size=100, mode=backends.mode(backend))
    steps = Training(program)
    taken = [steps.progress for _ in softmax.train(steps, 5)]
    whole = steps.finish(5)
    for number, progress in enumerate(taken, start=1):
        assert progress.steps_done == number
        program.restore(progress.parameters)
        value = np.asarray(program.train_model())[()]
        if number < 5:
            assert value == whole.records["log_likelihood"][number]
        following = taken[number].good_parameters if number < 5 else None
        for name, kept in (following or {}).items():
            np.testing.assert_array_equal(kept, progress.parameters[name])


def test_progress_that_is_given_is_not_changed(digits):
    program = softmax.build(digits, train_size=100, mode=backends.mode("numpy"))
    progress = fit(program, 3).progress
    before = replace(progress, records={k: [*v] for k, v in progress.records.items()})
    first = fit(program, 6, progress=progress)
    assert progress.records == before.records
    second = fit(program, 6, progress=progress)
    assert first.records["log_likelihood"] == second.records["log_likelihood"]
    assert start(program).steps_done == 0


def test_saves_are_not_too_often(monkeypatch):
    """A second apart, and longer where a save takes long; one that fails is told once."""
    now, saved, told, cost = [0.0], [], [], [0.0]

    def save(progress):
        saved.append(now[0])
        now[0] += cost[0]
        if len(saved) > 2:
            raise OSError(28, "No space left on device")

    def train(seconds):
        end = now[0] + seconds
        while now[0] < end:
            keep(SimpleNamespace(steps_done=now[0], progress=None))
            now[0] += 0.125

    monkeypatch.setattr(resume.time, "monotonic", lambda: now[0])
    keep = resume.Keeper(save, told.append)
    train(2.5)
    assert saved == [1.0, 2.0]
    cost[0] = 0.5
    train(7)
    assert saved[2:] == [3.0, 8.5]
    now[0] = 100.0
    for steps_done, saves in ((1, 5), (1, 5), (2, 6)):  # nothing new is not saved again
        keep(SimpleNamespace(steps_done=steps_done, progress=None))
        assert len(saved) == saves
        now[0] += 100
    assert told == ["The progress cannot be saved (No space left on device)."]


SMALL = ["--dataset", "rendered", "--train-size", "100", "--no-plots", "--quiet"]


def test_the_tutorial_resumes_each_of_its_recipes(in_folder, capsys):
    assert main(["softmax", *SMALL, "--iterations", "3", "--output", "part"]) == 0
    assert main(["tutorial", *SMALL, "--iterations", "5", "--output", "whole"]) == 0
    capsys.readouterr()
    again = ["tutorial", *SMALL, "--iterations", "5", "--output", "part", "--resume"]
    assert main(again) == 0
    assert capsys.readouterr().err.splitlines() == [
        "Resuming the run in part/softmax after 3 iterations.",
        "Nothing to resume in part/tanh: starting from scratch.",
    ]
    for name in ("softmax", "tanh"):
        assert left(in_folder / "part" / name) == left(in_folder / "whole" / name)


def test_the_folder_of_the_run_itself_is_not_where_it_resumes(in_folder, capsys):
    """It would begin again, in a folder inside."""
    assert main(["softmax", *SMALL, "--iterations", "3", "--output", "part"]) == 0
    capsys.readouterr()
    again = ["softmax", *SMALL, "--iterations", "5", "--resume", "--output"]
    assert main([*again, "part/softmax"]) == 2
    assert capsys.readouterr().err == (
        "theano-tutorial: error: --resume: part/softmax is a run's own folder; --output names "
        "the one that it is in\n"
    )
    assert not (in_folder / "part/softmax/softmax").exists()
    assert main([*again, "part"]) == 0


def test_going_on_with_other_threads_is_told(in_folder, capsys, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    run_it = ["tanh", *SMALL, "--output", "out", "--iterations"]
    assert main([*run_it, "2"]) == 0
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    capsys.readouterr()
    assert main([*run_it, "3", "--resume"]) == 0
    _, told = capsys.readouterr().err.splitlines()
    expected = "Unlike out/tanh, this run has threads 1 instead of 2: last digits may differ."
    assert told == expected


def spoil(path, state, arrays):
    """Change arrays and the state of a progress file."""
    params, metadata = load_model(path)
    checkpoints.save_model(path, params | arrays, metadata | {"state": state})


@pytest.mark.parametrize(
    ("state", "arrays", "message"),
    [
        ({}, {}, "'seconds'"),
        ({"seconds": -1.0}, {}, "its time is not a number from 0"),
        ({"seconds": 0.0, "hope": 1}, {}, "unknown: hope"),
        ({"seconds": 0.0}, {"W_xh": np.zeros((784, 4))}, "W_xh is float64"),
        ({"seconds": 0.0}, {"records_log_likelihood": np.zeros((2, 2))}, "not a list"),
        ({"seconds": 0.0}, {"records_log_likelihood": np.array(["a"])}, "not a list"),
    ],
)
def test_bad_progress_is_refused_by_name(state, arrays, message, in_folder, capsys):
    run_it = ["tanh", *SMALL, "--output", "out", "--iterations", "2"]
    assert main(run_it) == 0
    spoil(in_folder / "out" / "tanh" / "progress.npz", state, arrays)
    capsys.readouterr()
    assert main([*run_it, "--resume"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "out/tanh/progress.npz: not the progress of a run" in error
    assert message in error


def test_another_recipes_progress_is_refused(in_folder, capsys):
    run_it = ["--dataset", "rendered", "--no-plots", "--quiet", "--output", "out"]
    assert main(["softmax", *run_it, "--train-size", "50", "--iterations", "1"]) == 0
    (in_folder / "out" / "tanh").mkdir()
    progress = in_folder / "out" / "softmax" / "progress.npz"
    progress.rename(in_folder / "out" / "tanh" / "progress.npz")
    capsys.readouterr()
    assert main(["tanh", *run_it, "--train-size", "50", "--resume"]) == 2
    assert "--resume: the run in out/tanh has " in capsys.readouterr().err


def test_progress_of_an_earlier_version(digits, tmp_path):
    """It does not know at which minibatch its best validation was; all else must be there."""
    program = sgd.build(digits, train_size=100, batch_size=50, mode=backends.mode("numpy"))
    progress, setup = sgd.fit(program, 1).progress, {"recipe": "sgd"}
    for gone, expected in (("best_iteration", None), ("best_epoch", BadFile)):
        path = tmp_path / resume.FILE_NAME
        path.write_bytes(resume.progress_content(progress, setup))
        params, metadata = load_model(path)
        del metadata["state"][gone]
        checkpoints.save_model(path, params, metadata)
        if expected is BadFile:
            with pytest.raises(BadFile, match=gone):
                resume.load_progress(tmp_path, setup, sgd.start(program))
        else:
            found = resume.load_progress(tmp_path, setup, sgd.start(program))
            assert (found.best_iteration, found.best_epoch) == (None, 1)


def test_progress_that_was_cut_or_cannot_be_opened(digits, tmp_path, monkeypatch):
    """Deleting it is the advice only where it can be no good."""
    program = sgd.build(digits, train_size=100, batch_size=50, mode=backends.mode("numpy"))
    path, start_of = tmp_path / resume.FILE_NAME, sgd.start(program)
    content = resume.progress_content(start_of, {"recipe": "sgd"})
    for part in (content[:-500], b"", checkpoints.model_content({}, {})):
        path.write_bytes(part)
        with pytest.raises(BadFile, match=r"^.*: not .* delete it to start from scratch$"):
            resume.load_progress(tmp_path, {"recipe": "sgd"}, start_of)

    def refuse(*_):
        raise PermissionError(13, "no")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(BadFile, match=r"cannot be read \(no\)$"):
        resume.load_progress(tmp_path, {"recipe": "sgd"}, start_of)
