"""Minibatch SGD on MNIST: every epoch of real Theano; early stopping; stopping and going on."""

import os
import random
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytensor
import pytest
from faults.processes import end, left, start, wait_for

from theano_tutorial import backends, published
from theano_tutorial.cli.reports.minibatch import SgdReport, validation_lines
from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.errors import Diverged, UsageError
from theano_tutorial.recipes import RECIPES, sgd
from theano_tutorial.runs import checkpoints, resume
from theano_tutorial.runs.checkpoints import load_model
from theano_tutorial.runs.record import Setup
from theano_tutorial.runs.saving import Folder
from theano_tutorial.system import files as system_files
from theano_tutorial.train import main

pytestmark = pytest.mark.usefixtures("somewhere_else")

GOLDEN_TOLERANCE = 1e-10
# Relative rounding error of a float32 dot product of 784 terms. The problem is convex, so
# errors made early do not grow.
FLOAT32_TOLERANCE = np.sqrt(784) * 2.0**-24


@pytest.fixture(scope="module")
def run64(mnist, backend):
    training = sgd.Training(sgd.build(mnist, mode=backends.mode(backend)))
    seen = [validation for validation in sgd.train(training) if validation]
    printed = [line for validation in seen for line in validation_lines(validation)]
    return training.finish(sgd.EPOCHS), printed


def assert_same_errors(epochs, theirs):
    assert [record["epoch"] for record in epochs] == list(range(1, 75))
    for ours, golden in zip(epochs, theirs, strict=True):
        assert ours["validation_error"] == golden["validation_error"]
        assert ours.get("test_error") == golden["test_error"]


def test_every_epoch_of_real_theano(run64, golden):
    run, printed = run64
    theirs = golden["logistic_sgd"]["float64"]
    epochs = run.progress.epochs
    assert_same_errors(epochs, theirs["epochs"])
    np.testing.assert_allclose(
        [record["cost"] for record in epochs],
        [record["mean_cost"] for record in theirs["epochs"]],
        rtol=0,
        atol=GOLDEN_TOLERANCE,
    )
    assert run.progress.best_epoch == 73
    assert run.progress.stopping.patience == theirs["epochs"][-1]["patience"]
    assert run.progress.is_over
    assert not run.interrupted
    assert printed == theirs["printed_lines"][:-1]
    # The page ends at the same errors.
    best = run.progress.stopping.best_validation_error, run.progress.best_test_error
    assert published.compare_sgd(*best).startswith("As published: 7.500000 % and 7.489583 %")
    # All 10,000 images, counted by hand from the predictions.
    assert run.test_error == pytest.approx(0.0775, abs=1e-12)


def test_every_epoch_in_float32(mnist32, golden, backend):
    with pytensor.config.change_flags(floatX="float32"):
        run = sgd.fit(sgd.build(mnist32, mode=backends.mode(backend)))
    epochs = run.progress.epochs
    assert_same_errors(epochs, golden["logistic_sgd"]["float32"]["epochs"])
    for dtype in ("float32", "float64"):
        np.testing.assert_allclose(
            [record["cost"] for record in epochs],
            [record["mean_cost"] for record in golden["logistic_sgd"][dtype]["epochs"]],
            rtol=FLOAT32_TOLERANCE,
        )
    assert run.parameters["W"].dtype == np.float32


def test_the_model_is_left_with_its_best_parameters(mnist):
    """After five epochs the fifth is best; with nothing better, the best stays the best."""
    program = sgd.build(mnist, mode=backends.mode("numpy"))
    run = sgd.fit(program, 5)
    assert run.progress.best_epoch == 5
    correct = run.y_pred == mnist.test.y
    assert run.test_error == pytest.approx(1 - correct.mean(), abs=1e-15)
    assert np.mean(~correct[:9600]) == pytest.approx(run.progress.best_test_error, abs=1e-15)

    stopping = EarlyStopping(best_validation_error=0.0)
    unbettered = sgd.fit(program, 6, progress=sgd.start(program, stopping))
    assert unbettered.progress.best_epoch is None
    for name, value in program.parameters().items():
        np.testing.assert_array_equal(value, run.parameters[name])


@pytest.fixture
def small(digits):
    """A program on 600 digits, 10 minibatches an epoch."""
    return build_small(digits)


def build_small(digits, **hyper):
    hyper = {"batch_size": 10, "train_size": 100} | hyper
    return sgd.build(digits, mode=backends.mode("numpy"), **hyper)


def test_a_short_patience_validates_more_often(small):
    """Half of a patience of 8: four iterations, within epochs of ten."""
    patience = EarlyStopping(patience=8, improvement_threshold=0)
    training = sgd.Training(small, sgd.start(small, patience))
    seen = [(v.epoch, v.minibatch) for v in sgd.train(training, 3) if v]
    assert seen == [(1, 4), (1, 8)]
    run = training.finish(3)
    assert run.progress.is_over
    assert len(run.progress.epochs) == 1


def test_costs_are_those_of_plain_numpy(digits):
    """One epoch by hand, the last rows that fill no minibatch left out."""
    program = build_small(digits, batch_size=30, learning_rate=0.2)
    x_value, y_value = digits.train.x[:100], digits.train.y[:100]
    W, b, costs = np.zeros((784, 10)), np.zeros(10), []
    for first in (0, 30, 60):
        x_batch, y_batch = x_value[first : first + 30], y_value[first : first + 30]
        z = x_batch @ W + b
        P = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        costs.append(-np.log(P[np.arange(30), y_batch]).mean())
        dz = (P - np.eye(10)[y_batch]) / 30
        W, b = W - 0.2 * x_batch.T @ dz, b - 0.2 * dz.sum(axis=0)
    run = sgd.fit(program, 1)
    assert run.progress.epochs[0]["cost"] == pytest.approx(np.mean(costs), abs=1e-13)
    np.testing.assert_allclose(run.progress.parameters["W"], W, atol=1e-14)


@pytest.mark.parametrize("batch_size", [0, -1, 101])
def test_batch_sizes_that_cannot_be(digits, batch_size):
    with pytest.raises(UsageError, match="batch size must be from 1 to 100, the number of tr"):
        build_small(digits, batch_size=batch_size)


def test_a_batch_larger_than_the_validation_images(digits):
    with pytest.raises(UsageError, match=r"from 1 to 100, the number of validation images"):
        build_small(digits, batch_size=101, train_size=600)


def test_divergence_keeps_the_best_model(digits):
    program = build_small(digits, learning_rate=1e308)
    with pytest.raises(
        Diverged, match=r"the cost became nan at epoch 1, minibatch 2/10, after"
    ):
        sgd.fit(program, 3)
    program = build_small(digits)
    good = sgd.fit(program, 2)
    spoilt = sgd.Progress(**vars(good.progress))
    spoilt.parameters = {
        name: np.sign(value) * 1e308 for name, value in spoilt.parameters.items()
    }
    with pytest.raises(Diverged, match=r"at epoch 3, minibatch \d+/10") as caught:
        sgd.fit(program, 3, progress=spoilt)
    kept = caught.value.run.parameters
    for name, value in good.parameters.items():
        np.testing.assert_array_equal(kept[name], value)


def test_a_run_can_be_stopped_and_go_on(small):
    whole = sgd.fit(small, 6)
    for minibatches in (0, 1, 10, 25, 59):
        small.set_parameters(
            whole.progress.parameters
        )  # resume from what was saved, not from here
        asked = iter([False] * minibatches + [True] * 1000)
        fresh = sgd.start(small)
        fresh.parameters = {name: 0 * value for name, value in fresh.parameters.items()}
        fresh.best_parameters = fresh.parameters
        part = sgd.fit(small, 6, progress=fresh, stop=lambda asked=asked: next(asked))
        assert part.interrupted
        assert len(part.progress.epochs) == minibatches // 10
        rest = sgd.fit(small, 6, progress=part.progress)
        assert rest.progress.epochs == whole.progress.epochs
        for ours, theirs in (
            (rest.parameters, whole.parameters),
            (rest.progress.parameters, whole.progress.parameters),
        ):
            for name in ("W", "b"):
                np.testing.assert_array_equal(ours[name], theirs[name])


# Files and the command line.

SMALL = ["sgd", "--dataset", "rendered", "--train-size", "2000", "--batch-size", "200"]


def test_printed_lines_and_files(capsys, tmp_path):
    assert main([*SMALL, "--epochs", "2", "--output", "out"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "... loading data",
        "Softmax regression by minibatch SGD (sgd), synthetic digits:",
    ]
    lines = lines[1:]
    assert lines[1:3] == ["... building the model", "... training the model"]
    assert lines[3].startswith("epoch 1, minibatch 10/10, validation error ")
    assert lines[4].startswith("     epoch 1, minibatch 10/10, test error of best model ")
    assert lines[7].startswith("Optimization complete with best validation score of ")
    assert lines[8].startswith("The code run for 2 epochs, with ")
    assert lines[8].endswith(" epochs/sec")
    assert lines[9].startswith("The code for file sgd.py ran for ")
    assert lines[10].startswith(
        "Saved model.npz, trace.json, log.csv, epochs.png"
    )  # all were scored
    trace, _ = left(tmp_path / "out" / "sgd")
    assert [record["epoch"] for record in trace["epochs"]] == [1, 2]
    best = trace["epochs"][trace["best_epoch"] - 1]
    assert trace["best_validation_error"] == best["validation_error"]
    assert trace["best_test_error"] == best["test_error"]
    assert trace["epochs_run"] == 2
    assert (trace["learning_rate"], trace["batch_size"], trace["n_epochs"]) == (0.13, 200, 2)
    assert trace["images_scored"] == {"validation": 10_000, "test": 10_000}
    assert trace["best_test_error"] == pytest.approx(trace["test_error"])
    for name in ("epochs", "weights", "wrong_digits"):
        assert (tmp_path / "out" / "sgd" / f"{name}.png").stat().st_size > 10_000


def test_a_longer_run_is_a_resumed_shorter_one(capsys, tmp_path):
    assert main([*SMALL, "--epochs", "5", "--output", "whole", "--no-plots"]) == 0
    assert main([*SMALL, "--epochs", "2", "--output", "part", "--no-plots"]) == 0
    capsys.readouterr()
    again = [*SMALL, "--output", "part", "--no-plots", "--resume"]
    assert main([*again, "--epochs", "5"]) == 0
    out, err = capsys.readouterr()
    assert "epoch 2," not in out
    assert "epoch 3, minibatch 10/10" in out
    assert err == f"Resuming the run in {Path('part/sgd')} after 2 epochs.\n"
    part, whole = (
        (tmp_path / run / "sgd" / "log.csv").read_text() for run in ("part", "whole")
    )
    assert part == whole
    assert left(tmp_path / "part" / "sgd") == left(tmp_path / "whole" / "sgd")
    # Nothing is left to do: the same again.
    assert main([*again, "--epochs", "5"]) == 0
    assert "had stopped early" not in capsys.readouterr().err
    assert left(tmp_path / "part" / "sgd") == left(tmp_path / "whole" / "sgd")
    # Begun anew by mistake: what was there is kept.
    progress = (tmp_path / "part" / "sgd" / "progress.npz").read_bytes()
    capsys.readouterr()
    assert main([*SMALL, "--output", "part", "--no-plots", "--epochs", "1"]) == 0
    assert "holds an earlier run, which this one replaces" in capsys.readouterr().err
    kept = tmp_path / "part" / "sgd" / "progress.earlier.npz"
    assert kept.read_bytes() == progress
    (tmp_path / "part" / "sgd" / "progress.npz").unlink()
    capsys.readouterr()
    assert main([*SMALL, "--output", "part", "--no-plots", "--epochs", "1", "--resume"]) == 0
    assert (
        f"({Path('part/sgd/progress.earlier.npz')} is another run's" in capsys.readouterr().err
    )


def test_a_run_that_stopped_early_is_over(capsys, tmp_path):
    """More epochs do not make it longer, and it says so."""
    run = [*SMALL, "--output", "out", "--no-plots", "--epochs", "3"]
    assert main(run) == 0
    path = tmp_path / "out" / "sgd" / "progress.npz"
    arrays, metadata = load_model(path)
    metadata["state"]["is_over"] = True
    checkpoints.save_model(path, arrays, metadata)
    capsys.readouterr()
    assert main([*run[:-1], "9", "--resume"]) == 0
    out, err = capsys.readouterr()
    assert (
        err == f"The run in {Path('out/sgd')} had stopped early, after 3 epochs: it is over.\n"
    )
    assert "epoch 4" not in out


def test_a_new_model_is_not_left_with_an_old_trace(digits, small, tmp_path, monkeypatch):
    """A run that is killed has the model of its best epoch, but no trace yet."""
    run_in(make_folder(digits, tmp_path / "out"), small)
    trace = (tmp_path / "out" / "trace.json").read_bytes()
    model = (tmp_path / "out" / "model.npz").read_bytes()
    resume.set_aside(tmp_path / "out")
    monkeypatch.setattr(resume, "EVERY", 0)
    monkeypatch.setattr(resume, "TIMES", 0)
    again = make_folder(digits, tmp_path / "out", learning_rate=0.01)
    training, keep = sgd.Training(build_small(digits, learning_rate=0.01)), again.keeper(print)
    for _ in sgd.train(training, 3):
        keep(training)
    assert (tmp_path / "out" / "model.npz").read_bytes() != model
    assert not (tmp_path / "out" / "trace.json").exists()
    assert (tmp_path / "out" / "trace.earlier.json").read_bytes() == trace


def test_nothing_to_resume(capsys):
    assert main([*SMALL, "--epochs", "1", "--output", "out", "--no-plots", "--resume"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("Nothing to resume in ")
    assert "epoch 1, minibatch 10/10" in out


ONE = [*SMALL, "--epochs", "1", "--no-plots", "--output"]


@pytest.fixture(scope="module")
def after_an_epoch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    assert main([*ONE, str(folder)]) == 0
    return folder


@pytest.fixture
def an_epoch(after_an_epoch, somewhere_else):
    """The command of a run of one epoch, which is there."""
    shutil.copytree(after_an_epoch, "out")
    return [*ONE, "out"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["--learning-rate", "0.2"], "has learning_rate 0.13, not 0.2; give the same options"),
        (["--batch-size", "100"], "has batch_size 200, not 100"),
        (["--dtype", "float32"], "has dtype float64, not float32"),
        (["--backend", "c"], "has backend numpy, not c"),
        (["--no-rewrites"], "has rewrites True, not False"),
    ],
)
def test_resuming_something_else_is_refused(changed, message, an_epoch, capsys, tmp_path):
    before = left(tmp_path / "out" / "sgd")
    assert main([*an_epoch, *changed, "--resume"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert message in err
    assert left(tmp_path / "out" / "sgd") == before


def spoil(path, **changes):
    """Change arrays or metadata of a progress file."""
    params, metadata = load_model(path)
    metadata["state"] |= changes.pop("state", {})
    for name, value in changes.items():
        params[name] = value
    checkpoints.save_model(path, params, metadata)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W": np.zeros((784, 9))}, "W is float64 (784, 9), not float64 (784, 10)"),
        ({"W": np.zeros((784, 10), np.float32)}, "W is float32 (784, 10), not float64"),
        ({"state": {"epochs": 3}}, "'int' object is not iterable"),
        ({"state": {"stopping": {"patience": 1, "hope": 2}}}, "keyword argument 'hope'"),
        ({"state": {"stopping": {"patience": 0}}}, "patience must be a number from 1; got 0"),
        ({"state": {"is_over": "no"}}, "its state makes no sense"),
        ({"state": {"unknown": 1}}, "unknown: unknown"),
        (None, "not a readable .npz file"),
    ],
)
def test_bad_progress_is_refused_by_name(change, message, an_epoch, capsys):
    path = Path("out/sgd/progress.npz")
    if change is None:
        path.write_bytes(path.read_bytes()[:-1000])
    else:
        spoil(path, **change)
    assert main([*an_epoch, "--resume"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert str(path) in err
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sgd", "--resume"], "--resume needs --output DIR"),
        (["cg", "--resume", "--output", "out"], "cg does not use --resume"),
        (
            ["sgd", "--iterations", "3"],
            "sgd does not use --iterations; it uses --learning-rate",
        ),
        (["cg", "--learning-rate", "1"], "cg does not use --learning-rate; it uses --epochs"),
        (["sgd", "--batch-size", "0"], "must be a whole number from 1 to 60,000, got '0'"),
        (["sgd", "--batch-size", "-5"], "must be a whole number from 1 to 60,000, got '-5'"),
        (["sgd", "--epochs", "0"], "must be a whole number from 1 to"),
        (
            ["sgd", "--batch-size", "10001"],
            "batch size must be from 1 to 10,000, the number of",
        ),
        (
            ["sgd", "--batch-size", "600", "--train-size", "599"],
            "batch size must be from 1 to 599, the number of training images; got 600",
        ),
    ],
)
def test_mistakes(arguments, message, capsys):
    assert main([*arguments, "--dataset", "rendered"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert message in err


def test_divergence_on_the_command_line(capsys, tmp_path):
    run = [*SMALL, "--epochs", "3", "--output", "out", "--learning-rate", "1e308"]
    assert main(run) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert (
        "training diverged: the cost became nan at epoch 1, minibatch 2/10, after 2.30" in err
    )
    params, _ = load_model(tmp_path / "out" / "sgd" / "model.npz")
    assert all(np.isfinite(value).all() for value in params.values())
    trace, _ = left(tmp_path / "out" / "sgd")
    assert trace["epochs"] == []


def test_ctrl_c_then_resume(tmp_path):
    run = [*SMALL, "--no-plots", "--epochs", "60", "--output"]
    with start([*run, "part"]) as process:
        wait_for(process, "epoch 3,")
        process.send_signal(signal.SIGINT)
        code, err = end(process)
    assert code == 130
    assert err.startswith("Interrupted after ")
    trace, _ = left(tmp_path / "part" / "sgd")
    assert trace["interrupted"]
    assert len(trace["epochs"]) >= 2
    assert main([*run, "part", "--resume"]) == 0
    assert main([*run, "whole"]) == 0
    assert left(tmp_path / "part" / "sgd") == left(tmp_path / "whole" / "sgd")


# Killed, at every point of every save.
SAVING = (checkpoints.__file__, system_files.__file__)


def make_folder(digits, path, **changes):
    hyper = RECIPES["sgd"].published | {"epochs": 3, "batch_size": 10, "train_size": 100}
    hyper |= changes
    setup = Setup("sgd", "rendered", 256, "numpy", None, "float64", True, hyper)
    return Folder(path, SgdReport(setup, digits))


def run_in(folder, program):
    program.set_parameters({"W": np.zeros((784, 10)), "b": np.zeros(10)})
    report, start = folder.reporter, sgd.Training(program).progress
    previous = resume.load_progress(folder.path, report.setup.entries(), start)
    keep = folder.keeper(pytest.fail)
    run = report.train(
        program,
        previous,
        lambda: False,
        lambda training, lines: keep(training),
        quiet=True,
    )
    folder.save(run, 0.0)


def killed_at(line, folder, program):
    """Run in a fork that is killed before the given line of a save; return whether it was."""
    child = os.fork()
    if child == 0:
        seen = 0

        def trace(frame, event, argument):
            nonlocal seen
            if frame.f_code.co_filename not in SAVING:
                return None
            if event == "line":
                seen += 1
                if seen == line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        code = 1
        try:
            sys.settrace(trace)
            run_in(folder, program)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


@pytest.mark.one_python
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.filterwarnings(
    "ignore:os.fork.. was called:RuntimeWarning"
)  # the child has no JAX
def test_killed_between_any_two_steps_of_any_save(
    digits, small, tmp_path, monkeypatch, is_long
):
    """Before every line that a save runs; without --long, before one of four."""
    step = 1 if is_long else 4
    monkeypatch.setattr(resume, "EVERY", 0)
    monkeypatch.setattr(resume, "TIMES", 0)
    whole = make_folder(digits, tmp_path / "whole")
    run_in(whole, small)
    expected = left(whole.path)
    line = 0
    while True:
        folder = make_folder(digits, tmp_path / f"killed-{line}")
        if not killed_at(line + 1, folder, small):
            break
        line += step
        for path in folder.path.glob("[!.]*.npz"):
            load_model(path)  # whole, whenever it was killed
        run_in(folder, small)
        assert left(folder.path) == expected
    assert line > 100


@pytest.mark.one_python
def test_killed_at_random_moments_of_the_command(mnist, tmp_path):
    """Killed three times on its way, a run ends where one that was left alone ends."""
    run = ["sgd", "--dataset", "mnist", "--epochs", "12", "--no-plots", "--resume", "--output"]
    rng = random.Random(2026)
    done = 0
    for _ in range(3):
        done += rng.randint(1, 3)
        with start([*run, "killed"]) as process:
            wait_for(process, f"epoch {done},")
            process.kill()
        assert process.returncode == -signal.SIGKILL
    for folder in ("killed", "whole"):
        assert main([*run, folder]) == 0
    assert left(tmp_path / "killed" / "sgd") == left(tmp_path / "whole" / "sgd")
