"""Hints for what people type who come from elsewhere: the right one, or none."""

from pathlib import Path

import numpy as np
import pytest

from theano_tutorial import predict, published, train
from theano_tutorial.cli import options, words
from theano_tutorial.cli.predict import _parse
from theano_tutorial.cli.start import program_name
from theano_tutorial.recipes import RECIPES
from theano_tutorial.runs.checkpoints import save_model

pytestmark = pytest.mark.usefixtures("somewhere_else")


@pytest.fixture
def told(one_line_error):
    """Return a function that runs a command and returns its one line of error."""
    return lambda arguments, main=train.main: one_line_error(main, arguments)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        *(("--lr", "learning-rate"), ("--learning_rate=0.1", "learning-rate")),
        *(("--eta", "learning-rate"), ("--Learning-Rate", "learning-rate")),
        *(
            ("--batch_size", "batch-size"),
            ("--bs", "batch-size"),
            ("--batchsize", "batch-size"),
        ),
        *(("--n_epochs", "epochs"), ("--num-epochs", "epochs"), ("--epoch", "epochs")),
        *(
            ("--max_iter", "iterations"),
            ("--iters=5", "iterations"),
            ("--itertions", "iterations"),
        ),
        *(("--n_hidden", "hidden-units"), ("--hidden_size", "hidden-units")),
        *(("--random_state", "seed"), ("--sed", "seed")),
        *(
            ("-o", "output"),
            ("--out", "output"),
            ("--save-dir", "output"),
            ("--ouput", "output"),
        ),
        *(("--data_dir", "data-dir"), ("--floatX", "dtype"), ("-v", "verbose")),
        *(("--quite", "quiet"), ("--plot", "plots"), ("--no_plots", "no-plots")),
        *(("--weight_decay", "l2"), ("--lr-decay", "rate-decay"), ("--optim", "optimizer")),
        ("--gpu", "backend jax, which takes a GPU where it finds one"),
    ],
)
def test_flags_by_other_names(given, meant, told):
    """Before and after a recipe, with a value and without."""
    for arguments in ([given], ["sgd", given, "0.1"]):
        assert f"; did you mean --{meant}? (see --help)" in told(arguments)


@pytest.mark.parametrize(
    "given",
    [
        *("--dropout", "--beta1", "--dropout-rate", "--test-size", "--test-batch-size"),
        *("--no-cuda", "--patience", "--hidden-layers", "--workers", "--gamma", "--xyz", "-z"),
        *("--l3", "--save-model", "--log-interval", "--first", "---", "-1"),
    ],
)
def test_flags_that_are_nothing_here(given, told):
    assert "did you mean" not in told([given])


def test_flags_of_predict(told):
    assert "; did you mean --first?" in told(["m.npz", "-n", "5"], predict.main)
    assert "did you mean" not in told(["m.npz", "--lr", "5"], predict.main)
    assert "leave out --model, it needs no flag" in told(["--model", "m.npz"], predict.main)
    assert "leave out --recipe, it needs no flag" in told(["--recipe", "sgd"])


def test_a_picture_whose_name_begins_as_a_flag_does(told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("-5.png").touch()
    assert "did you mean the file ./-5.png? (see" in told(["m.npz", "-5.png"], predict.main)


def test_hints_lead_somewhere():
    """Every name that a hint proposes is one."""
    flags = {flag.removeprefix("--") for flag in options.make_parser()._option_string_actions}
    assert {meant.partition(" ")[0] for meant in words._FLAGS} <= flags | {"first"}
    for meant in words._NAMES["recipe"]:
        assert meant.partition(",")[0] in RECIPES
    others = [
        word
        for table in words._NAMES.values()
        for more in table.values()
        for word in more.split()
    ]
    assert not set(others) & set(RECIPES)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        *((name, "did you mean sgd? ") for name in ("logistic_sgd", "logistic_sgd.py", "SGD")),
        *((name, "did you mean sgd? ") for name in ("logistic-regression", "sgdd", "sdg")),
        *((name, "did you mean cg? ") for name in ("logistic_cg", "Logistic_CG.py")),
        *((name, "did you mean mlp? ") for name in ("multilayer_perceptron", "mpl", "MLP")),
        *(
            (name, "did you mean lenet? ")
            for name in ("LeNet", "LeNet5", "convolutional_mlp.py")
        ),
        *((name, "did you mean lenet? ") for name in ("cnn", "ConvNet", "lennet")),
        *((name, "it is not here yet; ") for name in ("dA", "SdA.py", "rbm", "DBN")),
        *((name, "accepted: ") for name in ("mnist", "adam", "ha", "soft", "svm", "xgboost")),
    ],
)
def test_recipes_by_other_names(given, hint, told):
    assert f"unknown recipe '{given}'; {hint}" in told([given])


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--backend", "torch"], "did you mean pytorch? "),
        (["--backend", "cupy"], "accepted: "),
        (["--backend", "tensorflow"], "accepted: "),
        (["--dtype", "float16"], "accepted: "),
        (["--dtype", "double"], "did you mean float64? "),
        (["--dataset", "kmnist"], "accepted: "),
        (["--optimizer", "nesterov"], "did you mean nesterov_momentum? "),
        (["--optimizer", "Adam"], "did you mean adam? "),
        (["--optimizer", "lbfgs"], "accepted: "),
        (["--dataset", "mnits"], "did you mean mnist? "),
    ],
)
def test_other_names(arguments, hint, told):
    assert f" '{arguments[1]}'; {hint}" in told(arguments)


def saved(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    params = {"W": np.zeros((784, 10)), "b": np.zeros(10)}
    save_model(path, params, {"dataset": "rendered", "pixel_divisor": 256})


def test_a_folder_for_a_model(tmp_path, told):
    saved(tmp_path / "output" / "sgd" / "model.npz")
    assert _parse(["output"]).model == _parse(["output/sgd"]).model == "output/sgd/model.npz"
    saved(tmp_path / "output" / "tanh" / "model.npz")
    expected = (
        "output holds several models; name one of output/sgd/model.npz, output/tanh/model.npz"
    )
    assert expected in told(["output"], predict.main)
    saved(tmp_path / "output" / "model.npz")
    assert _parse(["output"]).model == "output/model.npz"
    (tmp_path / "empty").mkdir()
    for name in ("empty", "gone/model.npz", "gone"):
        error = told([name], predict.main)
        assert f"{name}: " in error
        assert f"; {program_name()} sgd --output output makes one" in error


@pytest.mark.parametrize(
    "name", ["photo.heic", "a.PNG", "b.jpeg", "c.webp", "d.TIFF", "e.avif"]
)
def test_an_image_before_the_model(name, tmp_path, told):
    (tmp_path / name).write_bytes(b"")
    for arguments in ([name], [name, "model.npz"]):
        error = told(arguments, predict.main)
        assert f"{name}: the model comes first, such as output/sgd/model.npz" in error


def test_what_shells_leave_is_expanded(tmp_path, monkeypatch):
    """Of images all, of models and folders the home; but not what is there by that name."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    saved(tmp_path / "home" / "model.npz")
    for name in ("2.png", "1.png", "3.jpg", "[3].jpg"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "home" / "x.png").write_bytes(b"")
    given = ["~/model.npz", "*.png", "~/*.png", "~/x.png", "[3].jpg", "gone*.png", "no.png"]
    parsed = _parse([*given, "--output", "~/out"])
    home = f"{tmp_path}/home"
    assert parsed.model == f"{home}/model.npz"
    in_home = [f"{home}/x.png"] * 2
    assert parsed.images == ["1.png", "2.png", *in_home, "[3].jpg", "gone*.png", "no.png"]
    assert parsed.output == f"{home}/out"
    (tmp_path / "~").mkdir()
    assert _parse([parsed.model, "--output", "~"]).output == "~"


def test_a_trace_at_home(tmp_path, monkeypatch, told):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert f"{tmp_path}/home/trace.json: cannot be read" in told(["--like", "~/trace.json"])


def test_predict_is_a_command_too(tmp_path, capsys):
    saved(tmp_path / "model.npz")
    assert train.main(["predict", "model.npz", "--dataset", "rendered", "--first", "1"]) == 0
    ours = capsys.readouterr()
    assert predict.main(["model.npz", "--dataset", "rendered", "--first", "1"]) == 0
    assert capsys.readouterr() == ours
    assert "Wrong: " in ours.out


def test_a_trace_of_other_settings_is_said_to_be_one():
    trace = published.SOFTMAX_LOG_LIKELIHOOD
    assert "other settings" not in published.compare_softmax(np.float32(trace))
    for other in (trace[3:], [value + 0.01 for value in trace]):
        line = published.compare_softmax(other)
        assert "; other settings, or this cell ran before: restart to begin anew" in line
