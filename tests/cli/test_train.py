"""The command line: what it prints, writes, refuses and survives."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from faults.processes import COMMAND, environment, start

import theano_tutorial
from theano_tutorial.cli import output_folder
from theano_tutorial.cli.start import program_name
from theano_tutorial.errors import UsageError
from theano_tutorial.runs.checkpoints import load_model
from theano_tutorial.train import main

pytestmark = pytest.mark.usefixtures("somewhere_else")


def test_softmax_prints_what_the_page_prints(mnist, capsys):
    assert main(["softmax", "--dataset", "mnist", "--verbatim"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("Log-likelihood = ")]) == 10
    assert lines[1].startswith("Log-likelihood = -1.83912090250")
    assert lines[1].endswith("\t\tAverage probability of the correct class = 0.158957103494")
    assert lines[0].endswith("\t\tAverage probability of the correct class = 0.1")
    assert lines[10] == "Classification error: 15.12%"
    assert lines[11:13] == ["Image class: \t\t7", "Model-assigned class: \t7"]
    assert lines[27:29] == ["Image class: \t\t5", "Model-assigned class: \t2"]
    assert lines[32:] == [
        "Summary: softmax gets 15.12 % of the test images wrong after 10 iterations.",
        f"Next: {program_name()} sgd --output output  "
        "(minibatches and early stopping, saved and drawn)",
    ]
    what = "Largest difference from the published trace: "
    assert lines[31].startswith(what)
    assert float(lines[31].removeprefix(what).split()[0]) < 5e-12


def test_ten_digits_are_two_rows(capsys):
    small = ["softmax", "--dataset", "rendered", "--iterations", "1", "--train-size", "50"]
    assert main(small) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "classes:" in line]
    assert [row.partition(":")[0] for row in rows] == [
        "Image classes",
        "Model-assigned classes",
    ]
    assert [len(row.partition(":")[2].split()) for row in rows] == [10, 10]


def test_dry_run_trains_and_writes_nothing(capsys, tmp_path):
    small = ["--dataset", "rendered", "--train-size", "50", "--output", "out"]
    assert main([*small, "--dry-run"]) == 0
    out = capsys.readouterr().out
    for said in (
        "softmax: ",
        "tanh: ",
        "learning rate 0.5",
        "train size 50",
        "files in out/softmax",
    ):
        assert said in out
    assert "Log-likelihood" not in out
    assert list(tmp_path.iterdir()) == []


def modified(folder):
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_a_dry_run_refuses_what_the_run_would(tmp_path, capsys):
    run_it = ["tanh", "--dataset", "rendered", "--train-size", "50", "--no-plots", "--output"]
    (tmp_path / "file").touch()
    assert main([*run_it, "file/below", "--dry-run"]) == 2
    assert "cannot make file/below/tanh: Not a directory" in capsys.readouterr().err
    assert main([*run_it, "out", "--iterations", "2"]) == 0
    files = modified(tmp_path / "out")
    again = [*run_it, "out", "--dry-run", "--resume", "--iterations"]
    assert [main([*again, "1"]), main([*again, "3"])] == [2, 0]
    assert "the run in out/tanh has already done 2 iterations" in capsys.readouterr().err
    assert main([*run_it, "out", "--dry-run"]) == 0
    assert modified(tmp_path / "out") == files
    with output_folder.claim(tmp_path / "out" / "tanh"):
        assert main([*run_it, "out", "--dry-run"]) == 2
    assert "another run is writing to out/tanh" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "heading", "n"),
    [
        (("tanh", "--iterations", "3"), "iteration,log_likelihood", 3),
        (("sgd", "--epochs", "2", "--batch-size", "10"), "epoch,cost,validation_error", 2),
        (("exercise", "--iterations", "2"), "iteration,start_index,cost,accuracy", 2),
    ],
)
def test_csv_log_has_the_numbers_of_the_trace(options, heading, n, tmp_path):
    run = [*options, "--dataset", "rendered", "--train-size", "200", "--no-plots"]
    assert main([*run, "--output", "out", "--quiet"]) == 0
    folder = tmp_path / "out" / options[0]
    text = (folder / "log.csv").read_text()
    assert text.startswith(heading)
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == n
    trace = json.loads((folder / "trace.json").read_text())
    if "epochs" in trace:
        costs = [record["cost"] for record in trace["epochs"]]
        assert [float(row["cost"]) for row in rows] == costs
    else:
        name = heading.rpartition(",")[2]
        assert [float(row[name]) for row in rows] == trace[name]


def test_exercise_says_that_it_learned_nothing(capsys):
    run = ["exercise", "--dataset", "rendered", "--iterations", "2"]
    assert main(run) == 0
    assert "Guessing would be right for 10 %" in capsys.readouterr().out
    assert main([*run, "--learning-rate", "0.1"]) == 0
    assert "Guessing" not in capsys.readouterr().out


def test_tutorial_runs_both_and_places_the_network(mnist, capsys):
    assert main(["--dataset", "mnist", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Multi-class logistic regression (softmax):"
    assert lines[1] == "Classification error: 15.12%"
    assert lines[3] == "Neural network with one hidden layer (tanh):"
    assert lines[4] == "Classification error: 14.22%"
    assert lines[5].startswith("Iteration 60: -0.533193, between the published -0.543043 and ")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_files(dtype, capsys, tmp_path):
    run = ["tanh", "--dataset", "rendered", "--dtype", dtype, "--train-size", "500"]
    assert main([*run, "--iterations", "4", "--seed", "3", "--output", "out"]) == 0
    folder = tmp_path / "out" / "tanh"
    assert sorted(path.name for path in folder.iterdir()) == [
        "log.csv",
        "log_likelihood.png",
        "model.npz",
        "progress.npz",
        "trace.json",
        "weights.png",
        "wrong_digits.png",
    ]
    trace = json.loads((folder / "trace.json").read_text())
    expected = {
        "recipe": "tanh",
        "dataset": "rendered",
        "backend": "numpy",
        "dtype": dtype,
        "seed": 3,
        "learning_rate": 0.5,
        "iterations": 4,
        "train_size": 500,
        "hidden_units": 20,
        "interrupted": False,
    }
    assert {key: trace[key] for key in expected} == expected
    assert set(trace["seconds"]) == {"data", "compile", "train"}
    assert {"python", "pytensor", "numpy", "theano-tutorial"} <= set(trace["versions"])
    assert 0 < trace["test_error"] < 1
    assert 0 < trace["validation_error"] < 1
    assert len(trace["log_likelihood"]) == 4
    printed = [
        line.split()[2]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("Log-likelihood")
    ]
    kind = np.dtype(dtype).type
    assert [kind(text) for text in printed] == trace["log_likelihood"]

    params, metadata = load_model(folder / "model.npz")
    assert {name: value.shape for name, value in params.items()} == {
        "W_xh": (784, 20),
        "W_hy": (20, 10),
        "b_xh": (20,),
        "b_hy": (10,),
    }
    assert {value.dtype.name for value in params.values()} == {dtype}
    assert metadata["recipe"] == "tanh"


def test_plots_alone_and_none(tmp_path):
    small = ["softmax", "--dataset", "rendered", "--iterations", "1", "--train-size", "50"]
    assert main([*small, "--output", "plain", "--no-plots"]) == 0
    assert sorted(path.name for path in (tmp_path / "plain" / "softmax").iterdir()) == [
        "log.csv",
        "model.npz",
        "progress.npz",
        "trace.json",
    ]
    assert main([*small, "--plots"]) == 0
    assert (tmp_path / "output" / "softmax" / "weights.png").exists()


def test_without_rewrites_the_numbers_are_the_same(capsys):
    run = ["softmax", "--dataset", "rendered", "--iterations", "3", "--train-size", "200"]
    assert main(run) == 0
    ours = capsys.readouterr().out
    assert main([*run, "--no-rewrites"]) == 0
    theirs = capsys.readouterr().out

    def numbers(text):
        return [float(line.split()[2]) for line in text.splitlines() if "Log-" in line]

    np.testing.assert_allclose(numbers(ours), numbers(theirs), rtol=1e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["softmx"], "unknown recipe 'softmx'; did you mean softmax?"),
        (["--backend", "nunba"], "did you mean numba? accepted: auto, numpy, c, numba"),
        (["--dataset", "imagenet"], "unknown dataset 'imagenet'; accepted: mnist, rendered"),
        (["--dtype", "float16"], "unknown dtype 'float16'"),
        (["--learning-rate", "0"], "must be a finite number above 0, got '0'"),
        (["--learning-rate", "-1"], "must be a finite number above 0, got '-1'"),
        (["--learning-rate", "nan"], "must be a finite number above 0, got 'nan'"),
        (["--learning-rate", "inf"], "must be a finite number above 0, got 'inf'"),
        (["--learning-rate", "fast"], "must be a finite number above 0, got 'fast'"),
        (["--iterations", "0"], "must be a whole number from 1 to"),
        (["--iterations", "2.5"], "must be a whole number from 1 to"),
        (["--train-size", "60001"], "must be a whole number from 1 to 60,000, got '60001'"),
        (["--seed", "-1"], "must be a whole number from 0 to"),
        (["softmax", "--hidden-units", "5"], "softmax does not use --hidden-units; it uses"),
        (["softmax", "--seed", "5"], "softmax does not use --seed"),
        (["--quiet", "--verbose"], "not allowed with argument"),
        (["--iteration", "5"], "unrecognized arguments"),
        (["--output"], "expected one argument"),
        (["--output=--"], "argument --output: expected one argument, got --"),
        (["sgd", "--epochs=--"], "argument --epochs: expected one argument, got --"),
    ],
)
def test_mistakes_are_answered_in_one_line(arguments, message, one_line_error):
    assert message in one_line_error(main, arguments)


def test_the_command_line_knows_what_there_is():
    """`options` lists names by hand, so that --help need not load what they name."""
    from theano_tutorial import data, recipes
    from theano_tutorial.cli import options

    assert options.DATASETS == data.DATASETS
    assert options.LARGEST_DIVISOR == data.splits.LARGEST_DIVISOR
    assert {name for names in options.NAMES.values() for name in names} == set(recipes.RECIPES)


def test_unwritable_output(tmp_path, one_line_error):
    (tmp_path / "file").write_text("")
    error = one_line_error(main, ["--output", "file/below"])
    assert "--output: cannot make file/below: Not a directory" in error


@pytest.mark.parametrize("option", ["--quiet", "--dry-run"])
def test_a_link_to_nowhere_as_output(option, one_line_error):
    Path("link").symlink_to("nowhere")
    for output in ("link", "link/below"):
        error = one_line_error(main, ["softmax", "--output", output, option])
        assert "link is a link that leads nowhere" in error


def test_a_folder_that_its_last_owner_removes_meanwhile(tmp_path, monkeypatch):
    """It is made again and locked, so that a third run is kept out."""
    opened = os.open

    def late(path, *arguments):
        if Path(path).name == ".lock":
            monkeypatch.setattr(os, "open", opened)
            tmp_path.joinpath("out").rmdir()
        return opened(path, *arguments)

    monkeypatch.setattr(os, "open", late)
    again = output_folder.claim(tmp_path / "out")
    with output_folder.claim(tmp_path / "out"), pytest.raises(UsageError, match="another run"):
        again.__enter__()


def test_a_folder_where_a_file_belongs(one_line_error):
    Path("out/sgd/model.npz").mkdir(parents=True)
    error = one_line_error(main, ["sgd", "--output", "out"])
    assert "--output: cannot write out/sgd/model.npz: it is a folder" in error


def test_backend_that_cannot_run_here(one_line_error):
    import pytensor

    with pytensor.config.change_flags(cxx=""):
        error = one_line_error(main, ["--backend", "c"])
    assert "needs a C++ compiler" in error
    assert "available: numpy, numba" in error


def test_divergence_keeps_the_last_good_model(tmp_path, capsys):
    run = ["softmax", "--dataset", "rendered", "--train-size", "200", "--output", "out"]
    assert main([*run, "--learning-rate", "1e308", "--iterations", "30"]) == 1
    err = capsys.readouterr().err
    assert "training diverged: the log-likelihood became nan at iteration" in err
    assert "try a smaller --learning-rate; the last good model is in" in err
    folder = tmp_path / "out" / "softmax"
    trace = json.loads((folder / "trace.json").read_text())
    assert np.isfinite(trace["log_likelihood"]).all()
    params, _ = load_model(folder / "model.npz")
    assert all(np.isfinite(value).all() for value in params.values())


def test_ctrl_c_saves_and_exits_130(tmp_path):
    run = ["softmax", "--dataset", "rendered", "--iterations", "100000", "--output", "out"]
    with start(run, env=environment(PYTHONUNBUFFERED="1")) as process:
        assert "synthetic digits" in process.stdout.readline()
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.startswith("Interrupted after ")
    assert "saved in out" in err
    trace = json.loads((tmp_path / "out" / "softmax" / "trace.json").read_text())
    assert trace["interrupted"]
    assert len(trace["log_likelihood"]) == 5 + out.count("Log-likelihood")
    assert (tmp_path / "out" / "softmax" / "model.npz").exists()


def test_a_reader_that_leaves_does_not_stop_the_run(tmp_path):
    run = ["tanh", "--dataset", "rendered", "--train-size", "100", "--output", "o"]
    with start(run) as process:
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 0
    assert errors == ""
    assert (tmp_path / "o" / "tanh" / "trace.json").exists()


def test_cold_start_without_a_compiler_is_quick_and_silent(tmp_path):
    """Far below the half minute that PyTensor's default mode compiles for."""
    place = environment(
        PATH="/nowhere",
        PYTENSOR_FLAGS=f"base_compiledir={tmp_path / 'cold'}",
        PYTHONUNBUFFERED="1",
    )
    started = time.perf_counter()
    with start(["--dataset", "rendered"], env=place) as process:
        assert process.stdout.readline().startswith("Multi-class logistic regression")
        assert process.stdout.readline().startswith("Log-likelihood = -2.302585")
        seconds = time.perf_counter() - started
        process.stdout.read()
        errors = process.stderr.read()
    assert process.returncode == 0
    assert errors == ""
    assert seconds < 20


def test_no_backend_prints_a_warning(tmp_path, backend):
    """Neither of a BLAS nor of slow products, with all to be compiled anew."""
    small = ["tanh", "--dataset", "rendered", "--iterations", "1", "--train-size", "50"]
    done = subprocess.run(
        [*COMMAND, *small, "--quiet", "--backend", backend],
        capture_output=True,
        text=True,
        env=environment(PYTENSOR_FLAGS=f"base_compiledir={tmp_path / 'cold'}"),
    )
    assert done.returncode == 0
    assert done.stderr == ""
    title, result = done.stdout.splitlines()
    assert title == "Neural network with one hidden layer (tanh), synthetic digits:"
    assert result.startswith("Classification error: ")


def test_help_and_version_load_nothing_heavy():
    for flag in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "theano_tutorial.train", flag],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0
        assert "tutorial" in done.stdout
        assert "numpy" not in done.stderr


@pytest.mark.parametrize("command", ["train", "predict"])
def test_a_file_of_ones_own_takes_no_modules_place(command, tmp_path):
    """A learner may well have saved a lesson about signals as signal.py."""
    for name in ("signal", "argparse", "platformdirs"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('mine')")
    done = subprocess.run(
        [sys.executable, "-m", f"theano_tutorial.{command}", "--help"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(theano_tutorial.__file__).parent.parent)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
