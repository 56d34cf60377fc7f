"""``--like TRACE.json``: the same run again, or one line that says why not."""

import json
import os
import shutil

import pytest
from faults.processes import left

from theano_tutorial.cli import options
from theano_tutorial.cli.parsing import parse_options
from theano_tutorial.recipes import RECIPES
from theano_tutorial.system import threads
from theano_tutorial.train import main

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("in_folder")]

# Nothing that is a default.
RUNS = {
    "softmax": ["--learning-rate", "0.3", "--iterations", "3", "--train-size", "200"],
    "tanh": ["--hidden-units", "7", "--seed", "5", "--iterations", "3", "--train-size", "200"],
    "sgd": ["--epochs", "2", "--batch-size", "500", "--train-size", "1500", "--no-rewrites"],
    "mlp": [
        "--epochs",
        "2",
        "--batch-size",
        "50",
        "--train-size",
        "200",
        "--hidden-units",
        "6",
    ],
    "lenet": [
        "--epochs",
        "2",
        "--batch-size",
        "50",
        "--train-size",
        "100",
        "--hidden-units",
        "6",
        "--seed",
        "4",
    ],
    "cg": ["--epochs", "2", "--batch-size", "500", "--train-size", "1000"],
    "exercise": ["--momentum", "0.5", "--batch-size", "20", "--iterations", "4", "--seed", "3"],
}
OTHER_DTYPE = {name: "float64" if name == "exercise" else "float32" for name in RUNS}
FREE = ["--no-plots", "--quiet", "--output"]


def run(name, *more):
    common = ["--dataset", "rendered", "--dtype", OTHER_DTYPE[name], *FREE, "first"]
    assert main([name, *RUNS[name], *common, *more]) == 0
    return f"first/{name}/trace.json"


@pytest.mark.parametrize("name", RUNS)
def test_the_same_bits_again(name, in_folder, monkeypatch, capsys):
    """Of every recipe, with the number of threads that it had."""
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    trace = run(name)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    capsys.readouterr()
    assert main(["--like", trace, *FREE, "again"]) == 0
    assert capsys.readouterr().err == ""
    assert os.environ["OMP_NUM_THREADS"] == "1"
    first, again = (left(in_folder / folder / name) for folder in ("first", "again"))
    assert again == first
    assert first[0]["threads"] == 3
    assert set(RUNS) == set(RECIPES)


def test_options_that_agree_may_be_given(in_folder):
    trace = run("tanh")
    agreeing = ["--seed", "5", "--learning-rate", "0.5", "--backend", "auto"]
    assert main(["tanh", "--like", trace, *agreeing, *FREE, "again"]) == 0
    assert left(in_folder / "again" / "tanh") == left(in_folder / "first" / "tanh")


def test_mnist_may_lie_elsewhere(in_folder, capsys, one_line_error):
    """And the rendered digits lie nowhere."""
    line = ["--like", run("tanh"), "--data-dir", "elsewhere"]
    capsys.readouterr()
    assert "--data-dir is where MNIST is" in one_line_error(main, line)
    content = json.loads((in_folder / line[1]).read_text()) | {"dataset": "mnist"}
    (in_folder / line[1]).write_text(json.dumps(content))
    parsed = parse_options(line)
    assert (parsed.dataset, parsed.data_dir) == ("mnist", "elsewhere")


def test_it_can_be_resumed(in_folder, capsys):
    trace = run("tanh")
    shutil.copytree("first", "part")
    assert main(["--like", trace, *FREE, "part", "--resume"]) == 0
    assert "after 3 iterations" in capsys.readouterr().err
    assert left(in_folder / "part" / "tanh") == left(in_folder / "first" / "tanh")


@pytest.mark.parametrize("backend", ["jax", "pytorch"])
def test_the_device_is_recorded(backend, in_folder, require_backend):
    require_backend(backend)
    trace = run("tanh", "--backend", backend, "--device", "cpu")
    recorded, _ = left(in_folder / "first" / "tanh")
    assert recorded["device"] == ("cpu:0" if backend == "jax" else "cpu")
    assert main(["--like", trace, *FREE, "again"]) == 0
    assert left(in_folder / "again" / "tanh") == left(in_folder / "first" / "tanh")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["sgd"], "has recipe tanh, not sgd"),
        (["tutorial"], "has recipe tanh, not tutorial"),
        (["--seed", "6"], "has seed 5, not 6"),
        (["--learning-rate", "0.25"], "has learning_rate 0.5, not 0.25"),
        (["--iterations", "4"], "has iterations 3, not 4"),
        (["--momentum", "0.5"], "has momentum None, not 0.5"),
        (["--dtype", "float64"], "has dtype float32, not float64"),
        (["--backend", "c"], "has backend numpy, not c"),
        (["--dataset", "mnist"], "has dataset rendered, not mnist"),
        (["--device", "cpu"], "has device None, not cpu"),
        (["--no-rewrites"], "has rewrites True, not False"),
    ],
)
def test_contradictions(given, message, capsys, one_line_error):
    trace = run("tanh")
    capsys.readouterr()
    error = one_line_error(main, [*given, "--like", trace, *FREE, "again"])
    assert f"--like: the run of {trace} {message}; leave that out" in error


def test_other_versions_are_told(in_folder, capsys):
    trace = run("softmax")
    content = json.loads((in_folder / trace).read_text())
    ours = content["versions"]["numpy"]
    content["versions"] |= {"numpy": "1.0", "no-such-package": "2"}
    content["kernel"] = not content["kernel"]
    (in_folder / trace).write_text(json.dumps(content))
    capsys.readouterr()
    assert main(["--like", trace, *FREE, "again"]) == 0
    kernel = f"kernel {not content['kernel']} instead of {content['kernel']}"
    assert capsys.readouterr().err == (
        f"Unlike {trace}, this run has numpy {ours} instead of 1.0, {kernel}: "
        "last digits may differ.\n"
    )


TRACE = {
    "recipe": "tanh",
    "dataset": "rendered",
    "backend": "numpy",
    "device": None,
    "dtype": "float32",
    "rewrites": True,
    "pixel_divisor": 256,
    "seed": 1,
    "learning_rate": 0.5,
    "iterations": 2,
    "train_size": 100,
    "hidden_units": 5,
    "threads": 1,
    "versions": {},
}


def test_a_trace_of_before_threads_were_recorded(in_folder):
    (in_folder / "trace.json").write_text(
        json.dumps({name: value for name, value in TRACE.items() if name != "threads"})
    )
    assert main(["--like", "trace.json", *FREE, "again"]) == 0
    trace, _ = left(in_folder / "again" / "tanh")
    assert trace["threads"] == threads.count()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recipe": "lstm"}, "unknown recipe 'lstm'; accepted: tutorial, softmax, tanh"),
        ({"recipe": "--help"}, "unknown recipe '--help'"),
        ({"recipe": "tutorial"}, "tutorial is more than one"),
        ({"recipe": ["tanh"]}, "it does not say of which recipe"),
        ({"rewrites": "yes"}, "it does not say of which recipe"),
        ({"recipe": None}, "it does not say of which recipe"),
        (
            {"learning_rate": "fast"},
            "--learning-rate: must be a finite number above 0, got 'fast'",
        ),
        ({"learning_rate": None}, "it has no learning_rate"),
        ({"iterations": 2.5}, "--iterations: must be a whole number"),
        ({"seed": True}, "--seed: must be a whole number"),
        ({"hidden_units": {"a": 1}}, "--hidden-units: must be a whole number"),
        ({"dtype": "float16"}, "unknown dtype 'float16'"),
        ({"backend": "theano"}, "unknown backend 'theano'"),
        ({"dataset": None}, "it has no dataset"),
        ({"pixel_divisor": 0}, "its pixel_divisor is not from 1 to 65,535"),
        ({"pixel_divisor": None}, "it has no pixel_divisor"),
        ({"threads": 10**9}, "its threads is not from 1 to 4,096"),
        ({"threads": "4"}, "its threads is not from 1 to 4,096"),
        ({"versions": "all"}, "it has no versions"),
        ({"momentum": 0.5}, "tanh does not use --momentum"),
    ],
)
def test_traces_that_cannot_be_repeated(changes, message, in_folder, one_line_error):
    content = {name: value for name, value in (TRACE | changes).items() if value is not None}
    (in_folder / "trace.json").write_text(json.dumps(content))
    assert message in one_line_error(main, ["--like", "trace.json", *FREE, "again"])
    assert not (in_folder / "again").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "trace.json: cannot be read (No such file or directory)"),
        (b"", "not a trace.json: it is not JSON"),
        (b"\xff\xfe\x00", "not a trace.json: it is not JSON"),
        (b"[" * 100_000, "not a trace.json: it is not JSON"),
        (b"[1, 2]", "not a trace.json: it is not a JSON object"),
        (b"{}", "it does not say of which recipe"),
        (b'{"name": "package", "version": "1.0"}', "it does not say of which recipe"),
    ],
)
def test_what_is_no_trace(content, message, in_folder, one_line_error):
    if content is not None:
        (in_folder / "trace.json").write_bytes(content)
    assert message in one_line_error(main, ["--like", "trace.json"])


def test_a_folder_is_no_trace(one_line_error):
    assert ".: cannot be read (Is a directory)" in one_line_error(main, ["--like", "."])


def test_all_that_numbers_depend_on_is_recorded(in_folder):
    """Every option is recorded, or known to leave the numbers alone."""
    run("tanh")
    trace, _ = left(in_folder / "first" / "tanh")
    known = {"like", "data_dir", "output", "plots", "resume", "quiet", "verbose"}
    known |= {"verbatim", "dry_run"}
    given = vars(options.make_parser().parse_args([]))
    assert set(given) == {"recipe", "rewrites", *options.TYPES, *known}
    used = RECIPES["tanh"].published
    assert {name for name in options.HYPER_PARAMETERS if name in trace} == {*used, "seed"}
    for name in ("threads", "kernel", "device", "pixel_divisor", "versions"):
        assert name in trace
