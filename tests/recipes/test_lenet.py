"""LeNet: real Theano's numbers on every backend; files, pictures and `predict`."""

import re
from dataclasses import replace

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from faults.processes import left
from PIL import Image

from theano_tutorial import backends, data
from theano_tutorial.cli.predict import main as predict
from theano_tutorial.cli.reports.convolutional import feature_maps
from theano_tutorial.cli.reports.minibatch import validation_lines
from theano_tutorial.models import LeNet, restore
from theano_tutorial.recipes import RECIPES, lenet
from theano_tutorial.runs import saved_model
from theano_tutorial.runs.checkpoints import model_content
from theano_tutorial.train import main

GOLDEN_TOLERANCE = 1e-10
# Minibatches of 500 take half a second each on a busy machine, and Numba compiles for half a
# minute. From the third on, ties in the pooling that are treated otherwise show: by 4e-7.
STEPS = {"numpy": 10, "c": 8, "numba": 8, "jax": 8, "pytorch": 8}
# By how much real Theano's float32 costs differ from its float64 ones in an epoch.
FLOAT32_TOLERANCE = 4.1e-5


def small(dataset, n=500):
    """As many images as a minibatch holds are enough to validate."""
    return replace(dataset, valid=dataset.valid.first(n), test=dataset.test.first(n))


def first_costs(dataset, backend):
    """Train the first few minibatches; return the trained program and its costs."""
    n = STEPS[backend]
    program = lenet.build(dataset, train_size=500 * n, mode=backends.mode(backend))
    training = lenet.Training(program)
    for _ in lenet.train(training, 1):
        pass
    return program, training.costs


def test_first_costs_of_real_theano(mnist, golden, backend):
    """Then, as each backend compiles for a while, all images judged in parts, too."""
    few = small(mnist, 700)
    program, costs = first_costs(few, backend)
    theirs = golden["lenet"]["float64"]["first_100_costs"][: len(costs)]
    # Theano's own, with sums in another order, differ by up to 5e-15 in 30 steps.
    np.testing.assert_allclose(costs, theirs, rtol=0, atol=GOLDEN_TOLERANCE)
    assert abs(without_ties(golden) - theirs[7]) > 1e4 * GOLDEN_TOLERANCE
    assert_judged(program, few)


def test_first_costs_in_float32(mnist32, golden, backend):
    with pytensor.config.change_flags(floatX="float32"):
        _, costs = first_costs(small(mnist32), backend)
    for dtype in ("float32", "float64"):
        theirs = golden["lenet"][dtype]["first_100_costs"][: len(costs)]
        np.testing.assert_allclose(costs, theirs, rtol=FLOAT32_TOLERANCE)
    theirs = golden["lenet"]["float32"]["first_100_costs"][:8]
    np.testing.assert_allclose(costs[:8], theirs, rtol=0, atol=1e-5)
    assert abs(without_ties(golden) - theirs[7]) > 1e-5


def without_ties(golden):
    """Return the eighth cost if the gradient of pooling went to the first tied entry only."""
    others = golden["lenet"]["sensitivity"]["pooling_gradient_to_the_first_tied_entry_only"]
    return others["first_30_costs"][7]


def assert_judged(program, dataset):
    verdict, x = program.judge.verdict(), pt.matrix("x")
    model = restore(x, program.parameters())  # the program's own may be on a device
    classify = pytensor.function([x], model.y_pred, mode=backends.mode("numpy"))
    y_pred = classify(dataset.test.x)
    np.testing.assert_array_equal(verdict["y_pred"], y_pred)
    assert len(set(y_pred.tolist())) > 1 or len(y_pred) == 1
    assert verdict["test_error"] == np.mean(y_pred != dataset.test.y)
    assert verdict["validation_error"] == np.mean(classify(dataset.valid.x) != dataset.valid.y)


def test_it_starts_as_the_page_does(digits, golden):
    few = {"train_size": 40, "batch_size": 20}
    program = lenet.build(digits, **few, mode=backends.mode("numpy"))
    assert lenet.start(program).stopping.patience == golden["lenet"]["float64"]["patience"]
    published = RECIPES["lenet"].published
    for name in ("learning_rate", "batch_size", "seed"):
        assert published[name] == golden["lenet"]["float64"][name]
    assert list(lenet.NKERNS) == golden["lenet"]["float64"]["nkerns"]


def test_a_whole_epoch_of_lenet(mnist32, golden):
    """In float32, where it takes half as long; the float64 numbers are as near."""
    with pytensor.config.change_flags(floatX="float32"):
        training = lenet.Training(lenet.build(mnist32, mode=backends.mode("numpy")))
        seen = [validation for validation in lenet.train(training, 1) if validation]
    (ours,) = training.progress.epochs
    for dtype in ("float32", "float64"):
        theirs = golden["lenet"][dtype]
        printed = [line for validation in seen for line in validation_lines(validation)]
        assert printed == theirs["validation_lines"][:2]
        mean = np.mean(theirs["first_100_costs"])
        assert ours["cost"] == pytest.approx(mean, rel=FLOAT32_TOLERANCE)
        for error in ("validation_error", "test_error"):
            assert round(10_000 * ours[error]) == round(10_000 * theirs["epochs"][0][error])


@pytest.fixture
def few(in_folder, monkeypatch):
    """Let the command line load few digits, in a folder of its own."""
    load = data.load

    def load_few(*names, **settings):
        return small(load(*names, **settings), 120)

    monkeypatch.setattr(data, "load", load_few)


@pytest.mark.one_python
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_everything_that_mlp_has(dtype, tmp_path, few, capsys):
    command = ["lenet", "--dataset", "rendered", "--train-size", "60", "--hidden-units", "7"]
    command += ["--seed", "3", "--batch-size", "20", "--optimizer", "momentum"]
    command += ["--dtype", dtype]
    assert main([*command, "--epochs", "2", "--output", "whole"]) == 0
    out = capsys.readouterr().out
    assert "epoch 2, minibatch 3/3, validation error " in out
    assert re.search(r"^Optimization complete\.\nBest validation score of ", out, re.M)
    assert re.search(r"^The code for file lenet\.py ran for \d+\.\d\dm$", out, re.M)
    folder = tmp_path / "whole" / "lenet"
    names = {path.name for path in folder.iterdir()} - {".lock"}
    pictures = {"epochs.png", "weights.png", "feature_maps.png", "wrong_digits.png"}
    assert names == {"log.csv", "model.npz", "trace.json", "progress.npz", *pictures}

    quiet = ["--no-plots", "--quiet", "--output"]
    assert main([*command, "--epochs", "1", *quiet, "part"]) == 0
    assert main([*command, "--epochs", "2", *quiet, "part", "--resume"]) == 0
    assert main(["--like", "whole/lenet/trace.json", *quiet, "again"]) == 0
    trace, model = left(folder)
    assert (trace["hidden_units"], trace["seed"], trace["optimizer"]) == (7, 3, "momentum")
    for other in ("part", "again"):
        assert left(tmp_path / other / "lenet") == (trace, model)
    saved = np.load(folder / "model.npz")
    assert saved["layer0_W"].dtype == dtype
    capsys.readouterr()
    assert predict([str(folder / "model.npz")]) == 0
    wrong = round(trace["test_error"] * 120)
    assert f"Wrong: {wrong} of all 120 " in capsys.readouterr().out


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_reads_an_image(dtype, few, capsys):
    command = ["lenet", "--dataset", "rendered", "--train-size", "60", "--hidden-units", "7"]
    command += ["--batch-size", "20"]
    quiet = ["--epochs", "1", "--no-plots", "--quiet", "--dtype", dtype]
    assert main([*command, *quiet, "--output", "o"]) == 0
    pixels = np.zeros((28, 28), "uint8")
    pixels[4:24, 12:16] = 255
    Image.fromarray(pixels).save("one.png")
    capsys.readouterr()
    assert predict(["o/lenet/model.npz", "one.png"]) == 0
    label, shares = capsys.readouterr().out.splitlines()[:2]
    label = int(label.rpartition(": ")[2].split()[0])  # perhaps "not sure: 0 (10 %) or …"
    percents = [float(part.split()[1]) for part in shares.strip().split("  ")]
    assert sum(percents) == pytest.approx(100, abs=0.6)
    assert np.argmax(percents) == label


def test_feature_maps_by_hand():
    """The maps of a single pixel are its filter, unflipped, in pooled windows."""
    rng = np.random.default_rng(0)
    parameters = {
        "layer3_W": np.zeros((4, 3)),
        "layer3_b": np.zeros(3),
        "layer2_W": np.zeros((16, 4)),
        "layer2_b": np.zeros(4),
        "layer1_W": np.zeros((1, 2, 5, 5)),
        "layer1_b": np.full(1, 0.5),
        "layer0_W": rng.normal(size=(2, 1, 5, 5)),
        "layer0_b": np.array([0.1, -0.2]),
    }
    image = np.zeros((28, 28))
    image[10, 10] = 1.0
    maps = feature_maps(parameters, image.ravel())
    convolved = np.zeros((2, 24, 24))
    convolved[:, 6:11, 6:11] = parameters["layer0_W"][:, 0]
    pooled = convolved.reshape(2, 12, 2, 12, 2).max(axis=(2, 4))
    expected = np.tanh(pooled + parameters["layer0_b"][:, None, None])
    np.testing.assert_allclose(maps["layer0"], expected, rtol=1e-12)
    np.testing.assert_allclose(maps["layer1"], np.full((1, 4, 4), np.tanh(0.5)), rtol=1e-12)


@pytest.mark.parametrize("n", [1, 30, 40, 60, 100])
def test_images_are_judged_in_parts(n, digits, monkeypatch):
    """Whatever is left over: each image once, as in one call."""
    monkeypatch.setattr(LeNet, "images_at_once", 30)
    few = replace(digits, valid=digits.train.first(n), test=digits.test.first(n))
    settings = {"train_size": 1, "batch_size": 1, "hidden_units": 5}
    program = lenet.build(few, **settings, mode=backends.mode("numpy"))
    rng = np.random.default_rng(0)
    for param in program.model.params:
        param.set_value(rng.normal(size=param.get_value().shape))
    assert_judged(program, few)


@pytest.mark.parametrize("n", [0, 1, 30, 31, 70])
def test_saved_models_predict_in_parts(n, digits, monkeypatch, tmp_path):
    few = {"train_size": 20, "batch_size": 20, "hidden_units": 5}
    program = lenet.build(digits, **few, mode=backends.mode("numpy"))
    model = program.model
    model.layer3.W.set_value(np.random.default_rng(0).normal(size=(5, 10)))
    metadata = {"dataset": "rendered", "pixel_divisor": 256}
    path = tmp_path / "model.npz"
    path.write_bytes(model_content(program.parameters(), metadata))
    both = [model.p_y_given_x, model.y_pred]
    x_value = digits.train.x[:n]
    whole = pytensor.function([model.x], both, mode=backends.mode("numpy"))(x_value)
    monkeypatch.setattr(LeNet, "images_at_once", 30)
    found = saved_model.load(path).predict(x_value)
    np.testing.assert_allclose(found[0], whole[0], rtol=1e-12)
    np.testing.assert_array_equal(found[1], whole[1])
