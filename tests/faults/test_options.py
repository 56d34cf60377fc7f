"""Options that make no sense, alone or together: one line, exit code 2, nothing begun."""

import builtins
import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

from faults import files
from theano_tutorial import backends, data, predict, published, train
from theano_tutorial._text import counted
from theano_tutorial.cli import options
from theano_tutorial.cli import predict as cli_predict
from theano_tutorial.cli import train as cli_train
from theano_tutorial.cli.parsing import parse_options
from theano_tutorial.recipes import RECIPES
from theano_tutorial.runs.checkpoints import save_model
from theano_tutorial.system import pytensor_setup, threads

# A recipe that uses each option, and the texts that it takes of those below.
NUMBERS = {
    "--learning-rate": ("softmax", {"1", "1e308", "1e-320", "1_0", " 1 ", str(10**30)}),
    "--momentum": ("exercise", {"0", "1e-320", "-0.0", "1e-400"}),
    "--rate-decay": ("sgd", {"0", "1", "-0.0", "1e-320", "1e-400", " 1 "}),
    "--l1": ("sgd", {"0", "1", "-0.0", "1e308", "1e-320", "1e-400", "1_0", " 1 ", str(10**30)}),
    "--l2": ("sgd", {"0", "1", "-0.0", "1e308", "1e-320", "1e-400", "1_0", " 1 ", str(10**30)}),
    "--iterations": ("softmax", {"1", "1_0", " 1 "}),
    "--epochs": ("sgd", {"1", "1_0", " 1 "}),
    "--batch-size": ("sgd", {"1", "1_0", " 1 "}),
    "--train-size": ("softmax", {"1", "1_0", " 1 "}),
    "--hidden-units": ("tanh", {"1", "1_0", " 1 "}),
    "--seed": ("tanh", {"0", "1", "1_0", " 1 "}),
    "--first": (None, {"1", "1_0", " 1 "}),
}
TEXTS = [
    *("0", "1", "-1", "-0.0", "0.5.1", "1e308", "1e-320", "1e-400", "1e309", "-1e308"),
    *(str(10**30), "-" + str(10**30), "9" * 5_000, "1" + "0" * 400, "1_0", "1,000", "0x10"),
    *("nan", "-nan", "inf", "-inf", "infinity", "", " ", " 1 ", "1/2", "one", "½", "1\n2"),
    "\x1b[2J",
]


def parse(flag, text):
    """Parse one number where it belongs; `main` would begin to train."""
    recipe, _ = NUMBERS[flag]
    if recipe is None:
        return cli_predict._parse(["model.npz", flag, text])
    return parse_options([recipe, flag, text])


@pytest.mark.parametrize("flag", NUMBERS)
def test_numbers(flag, one_line_error):
    recipe, taken = NUMBERS[flag]
    name = flag.removeprefix("--").replace("-", "_")
    for text in TEXTS:
        if text in taken:
            options_of = parse(flag, text)
            value = vars(options_of).get(name) or options_of.hyper[name]
            assert np.isfinite(value), text
        elif recipe is None:
            assert flag in one_line_error(predict.main, ["model.npz", flag, text])
        else:
            assert flag in one_line_error(train.main, [recipe, flag, text])


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast", "", str(10**30)])
def test_the_answer_names_what_it_got(text, one_line_error):
    error = one_line_error(train.main, ["softmax", "--iterations", text])
    assert f"must be a whole number from 1 to 1,000,000,000, got {text!r}" in error
    if text != str(10**30):
        error = one_line_error(train.main, ["softmax", "--learning-rate", text])
        assert f"must be a finite number above 0, got {text!r}" in error


def test_options_that_a_recipe_does_not_use(one_line_error):
    """Every recipe with every hyper-parameter that is not its own."""
    flags = {name: f"--{name.replace('_', '-')}" for name in options.HYPER_PARAMETERS}
    for recipe, parts in options.NAMES.items():
        used = {name for part in parts for name in RECIPES[part].published}
        for name in flags.keys() - used:
            value = "0.5" if name in ("learning_rate", "momentum") else "1"
            error = one_line_error(train.main, [recipe, flags[name], value])
            assert f"{recipe} does not use {flags[name]}; it uses --" in error
            named = set(error.rpartition("it uses ")[2].split(", "))
            assert named == {flags[name] for name in used}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--quiet", "--verbose"], "not allowed with argument --quiet"),
        *(([recipe, "--resume"], "--resume needs --output DIR") for recipe in options.NAMES),
        (["sgd", "--resume", "--no-plots"], "--resume needs --output DIR"),
        (
            ["cg", "--resume", "--output", "o"],
            "cg does not use --resume; these do: softmax, tanh, sgd, exercise, mlp, lenet",
        ),
        *(
            (["--device", "cpu", "--backend", backend], f"'{chosen}' takes no device; jax and")
            for backend, chosen in (("auto", "numpy"), ("numpy", "numpy"), ("numba", "numba"))
        ),
        (["--dataset", "rendered", "--data-dir", "d"], "--data-dir is where MNIST is"),
        (["--data-dir", ""], "argument --data-dir: the folder name is empty"),
        (["--output", ""], "argument --output: the folder name is empty"),
        (["--data-dir="], "argument --data-dir: the folder name is empty"),
        (["softmax", "tanh"], "one recipe at a time; got softmax tanh"),
        (["sgd", "10"], "unrecognized arguments: 10 (see --help)"),
        (["train", "sgd", "--epochs", "1"], "unknown recipe 'train'"),
        (["softmax", "tanh", "--lr", "1"], "unrecognized arguments: tanh --lr 1"),
        (["--"], None),
    ],
)
def test_what_does_not_go_together(arguments, message, one_line_error, somewhere_else):
    if message is None:  # a bare -- is nothing at all
        assert parse_options(arguments).recipe == "tutorial"
        return
    assert message in one_line_error(train.main, arguments)
    assert list(somewhere_else.iterdir()) == []


ABOUT_DATA = [
    ["--dataset", "mnist"],
    ["--data-dir", "d"],
    ["--split", "test"],
    ["--first", "3"],
]


def test_predicting_images_or_a_dataset(one_line_error):
    """Every option about a dataset, alone and in pairs, goes with no image."""
    pairs = (one + two for one, two in itertools.combinations(ABOUT_DATA, 2))
    for given in (*ABOUT_DATA, *pairs):
        error = one_line_error(predict.main, ["model.npz", "digit.png", *given])
        assert f"{given[0]} applies to a dataset, not to images" in error
    for flag in ("--data-dir", "--output"):
        error = one_line_error(predict.main, ["model.npz", flag, ""])
        assert f"argument {flag}: the folder name is empty" in error


def test_a_folder_for_digits_that_are_drawn(one_line_error, tmp_path):
    """Also where it is the model that was trained on them."""
    path = str(tmp_path / "model.npz")
    for dataset, given in (("rendered", []), ("mnist", ["--dataset", "rendered"])):
        metadata = {"dataset": dataset, "pixel_divisor": 256}
        save_model(tmp_path / "model.npz", files.parameters(), metadata)
        error = one_line_error(predict.main, [path, *given, "--data-dir", "d"])
        assert "--data-dir is where MNIST is" in error


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["softmx"], "softmax"),
        (["SGD"], "sgd"),
        (["tutorials"], "tutorial"),
        (["excercise"], "exercise"),
        (["--backend", "torch"], "pytorch"),
        (["--backend", "JAX"], "jax"),
        (["--backend", "nump"], "numpy"),
        (["--dataset", "MNIST"], "mnist"),
        (["--dataset", "render"], "rendered"),
        (["--dtype", "float46"], "float64"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(arguments, nearest, one_line_error):
    error = one_line_error(train.main, arguments)
    assert f"unknown {'' if len(arguments) > 1 else 'recipe '}" in error
    assert f"did you mean {nearest}? accepted: " in error


@pytest.mark.parametrize("named", ["abc", "2.0", "0", "-1", "100000", "²", ","])
@pytest.mark.parametrize("command", [train.main, predict.main])
def test_threads_that_are_no_number(command, named, one_line_error, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", named)
    arguments = [] if command is train.main else ["model.npz"]
    error = one_line_error(command, arguments)
    assert error == f"OMP_NUM_THREADS must be a whole number from 1 to 4,096, got {named!r}"


def test_threads_of_every_level(monkeypatch):
    """OpenMP takes a list; Numba would not."""
    monkeypatch.setenv("OMP_NUM_THREADS", " 3,1")
    with threads.using(None):
        assert os.environ["OMP_NUM_THREADS"] == "3"
        assert threads.count() == 3
    assert os.environ["OMP_NUM_THREADS"] == " 3,1"


@pytest.mark.parametrize("settings", ["floatX=float12", "mode=FAST"])
@pytest.mark.parametrize("command", ["train", "predict model.npz"])
def test_settings_that_pytensor_refuses(command, settings):
    name, *arguments = command.split()
    done = subprocess.run(
        [sys.executable, "-m", f"theano_tutorial.{name}", *arguments],
        env=os.environ | {"PYTENSOR_FLAGS": settings},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "PyTensor cannot be imported with these settings (PYTENSOR_FLAGS" in done.stderr


@pytest.mark.parametrize("reason", ["Unable to allocate 1.00 EiB", ""])
def test_too_little_memory(reason, small_data, one_line_error, monkeypatch):
    def build(*arguments, **options):
        raise MemoryError(*reason.splitlines())

    monkeypatch.setattr(cli_train, "_load", build)
    error = one_line_error(train.main, ["softmax"])
    assert error == f"not enough memory ({reason or 'none left'})"


def test_too_little_memory_for_pytensor(monkeypatch):
    """Which is not its settings' fault."""

    def fail(*arguments, **options):
        raise MemoryError

    with pytest.raises(MemoryError), monkeypatch.context() as patched:
        patched.setattr(builtins, "__import__", fail)
        pytensor_setup.import_pytensor()


def test_an_empty_folder_in_python_too():
    with pytest.raises(data.UsageError, match="the folder name is empty"):
        data.load("mnist", data_dir="")


def test_sizes_that_the_data_do_not_allow(small_data, capsys):
    """Known only once the data are there; still one line."""
    for arguments, message in (
        (
            ["softmax", "--train-size", "601"],
            "train_size must be from 1 to 600, the number of images; got 601",
        ),
        (["sgd", "--train-size", "600", "--batch-size", "101"], "from 1 to 100, the number of"),
        (["cg", "--train-size", "9", "--batch-size", "10"], "the number of training images"),
        (["exercise", "--train-size", "1"], "train size must be at least 2"),
        (["exercise", "--train-size", "9", "--batch-size", "9"], "from 1 to 8, below"),
    ):
        assert train.main([*arguments, "--quiet"]) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert message in err


SHORT_RUNS = {
    "softmax": ["--iterations", "1"],
    "tanh": ["--iterations", "1"],
    "sgd": ["--epochs", "1", "--batch-size", "50"],
    "mlp": ["--epochs", "1", "--hidden-units", "5"],
    "lenet": ["--epochs", "1", "--hidden-units", "5", "--batch-size", "50"],
    "cg": ["--epochs", "1", "--batch-size", "50"],
    "exercise": ["--iterations", "1", "--seed", str(2**32 - 2)],
}


assert SHORT_RUNS.keys() == RECIPES.keys()


@pytest.mark.parametrize("quiet", [[], ["--quiet"]], ids=["in full", "quiet"])
@pytest.mark.parametrize("recipe", SHORT_RUNS)
def test_synthetic_digits_are_named_before_any_number(recipe, quiet, small_data, capsys):
    arguments = [recipe, "--train-size", "200", *SHORT_RUNS[recipe], *quiet]
    assert train.main(arguments) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(".")]
    assert lines[0] == f"{RECIPES[recipe].title}, synthetic digits:"
    assert len(lines) > 1


def test_each_of_two_results_is_labelled(small_data, capsys):
    arguments = ["--train-size", "100", "--iterations", "1", "--quiet"]
    assert train.main(["tutorial", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    titles = [f"{RECIPES[name].title}, synthetic digits:" for name in ("softmax", "tanh")]
    assert lines[::2] == titles
    assert all(line.startswith("Classification error: ") for line in lines[1::2])


def test_one_is_singular():
    assert counted(1, "values") == "1 value"
    assert counted(2, "iterations") == "2 iterations"
    assert counted(0, "epochs") == "0 epochs"
    assert counted(60_000, "examples") == "60,000 examples"
    assert published.compare_softmax(published.SOFTMAX_LOG_LIKELIHOOD[:1]).endswith("(1 value)")
    assert published.compare_softmax(published.SOFTMAX_LOG_LIKELIHOOD).endswith("(10 values)")


def test_a_backend_by_another_name_in_python():
    with pytest.raises(backends.BackendUnavailable, match="unknown backend"):
        backends.choose("nunpy")
