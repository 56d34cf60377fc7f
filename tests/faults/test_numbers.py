"""Numerical trouble: refused at the door, or found where it begins; never a model of NaN."""

import itertools
import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytensor
import pytest

from faults.conftest import all_finite
from theano_tutorial import backends, data, recipes
from theano_tutorial.data import Digits, Split
from theano_tutorial.errors import BadData, Diverged, TutorialError
from theano_tutorial.recipes import cg, exercise, lenet, mlp, sgd, training
from theano_tutorial.runs.checkpoints import load_model
from theano_tutorial.train import main

pytestmark = pytest.mark.one_python

N = 120
RNG = np.random.default_rng(0)
IMAGES = RNG.random((N, 784))
LABELS = RNG.integers(0, 10, N)


def with_value(array, value):
    changed = np.array(array, float)
    changed.flat[7] = value
    return changed


BAD_LABELS = {
    "10": (with_value(LABELS, 10), "from 0 to 9, found 10.0 at row 7"),
    "-1": (with_value(LABELS, -1), "found -1.0 at row 7"),
    "NaN": (with_value(LABELS, np.nan), "found nan at row 7"),
    "infinity": (with_value(LABELS, np.inf), "found inf at row 7"),
    "a half": (with_value(LABELS, 2.5), "found 2.5 at row 7"),
    "2^40": (with_value(LABELS, 2**40).astype(np.int64), "found 1099511627776 at row 7"),
    "255": (with_value(LABELS, 255).astype(np.uint8), "found 255 at row 7"),
    "too few": (
        LABELS[1:],
        "labels must be 120 numbers, one an image, got ",
    ),
    "one-hot": (np.eye(10)[LABELS], ", 10); try their .argmax(axis=1)"),
    "column": (LABELS[:, np.newaxis], ", 1); try their .ravel()"),
    "text": (LABELS.astype(object), ",); try their .astype(int)"),
    "masked": (np.ma.array(LABELS, mask=LABELS == 7), "some labels are masked"),
}
BAD_IMAGES = {
    "NaN": (with_value(IMAGES, np.nan), "images hold NaN or infinity"),
    "infinity": (with_value(IMAGES, -np.inf), "images hold NaN or infinity"),
    "bytes": (np.zeros((N, 784), np.uint8), "such as bytes.reshape(n, -1) / 256; got uint8"),
    "three axes": (IMAGES.reshape(N, 28, 28), "got float64 of shape (120, 28, 28)"),
    "half": (IMAGES.astype(np.float16), "such as bytes.reshape(n, -1) / 256; got float16"),
    "none": (IMAGES[:0], "there are no images"),
    "masked": (np.ma.array(IMAGES, mask=IMAGES > 0.9), "some images are masked"),
    "ragged": ([[0.5], [0.5, 0.5]], "images are not an array: "),
}


def own_dataset(x, y, dtype="float64"):
    """Return a dataset as a user may make one of arrays."""
    split = Split(np.asarray(x, dtype), y)
    return data.Dataset(train=split, valid=split, test=split, name="own", source="")


@pytest.mark.parametrize("case", BAD_LABELS)
def test_labels_that_are_none(case):
    """Refused by every way in, before a backend can take another label instead."""
    y, message = BAD_LABELS[case]
    with pytest.raises(BadData, match=re.escape(message)):
        data.shared_dataset(Split(IMAGES, y))
    with pytest.raises(BadData, match=re.escape(message)):
        exercise.build(own_dataset(IMAGES, y), train_size=100, batch_size=10)
    drawn = Digits(np.zeros((N, 784), np.uint8), y, np.zeros((N, 784), np.uint8), y)
    with pytest.raises(BadData, match=re.escape(message)):
        data.make_dataset(drawn, name="own", source="")


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_images_that_are_none(case):
    x, message = BAD_IMAGES[case]
    with pytest.raises(BadData, match=re.escape(message)):
        data.shared_dataset(Split(x, LABELS[: len(x)]))
    drawn = Digits(x, LABELS[: len(x)], x, LABELS[: len(x)])
    if case != "bytes":
        with pytest.raises(BadData, match=r"images (must be bytes of shape|are)"):
            data.make_dataset(drawn, name="own", source="")


def test_bad_data_is_an_error_of_values():
    """Who catches `ValueError`, as Python does for such, catches it."""
    assert issubclass(BadData, ValueError)
    assert issubclass(BadData, TutorialError)


FITS = {
    "softmax": ({}, lambda program: training.fit(program, 4)),
    "tanh": ({}, lambda program: training.fit(program, 4)),
    "sgd": ({"batch_size": 20}, lambda program: sgd.fit(program, 4)),
    "mlp": ({"batch_size": 20, "hidden_units": 9}, lambda program: mlp.fit(program, 4)),
    "lenet": ({"batch_size": 20, "hidden_units": 9}, lambda program: lenet.fit(program, 4)),
    "cg": ({"batch_size": 20}, lambda program: cg.fit(program, 4)),
    "exercise": (
        {"batch_size": 20, "learning_rate": 0.1, "momentum": 0.9},
        lambda program: exercise.fit(program, 4),
    ),
}
# Pixels, labels, and whether training can do anything but diverge.
ODD_DATA = {
    "all pixels alike": (np.full_like(IMAGES, 0.5), LABELS, True),
    "all pixels 0": (np.zeros_like(IMAGES), LABELS, True),
    "one class": (IMAGES, np.full(N, 3), True),
    "a class that never occurs": (IMAGES, LABELS % 9, True),
    "one class a minibatch": (IMAGES, np.sort(LABELS), True),
    "saturated": (1e4 * IMAGES, LABELS, True),
    "less than nothing": (-1e4 * IMAGES, LABELS, True),
    "tiny": (1e-42 * IMAGES, LABELS, True),
    "huge": (1e25 * IMAGES, LABELS, False),
}


@pytest.mark.parametrize("recipe", FITS)
def test_odd_data(recipe):
    """In float32, whose range they leave soonest: finite numbers, or said to diverge."""
    size, fit = FITS[recipe]
    with pytensor.config.change_flags(floatX="float32"):
        for name, (x, y, trains) in ODD_DATA.items():
            dataset = own_dataset(x, y, "float32")
            program = getattr(recipes, recipe).build(
                dataset, train_size=N, mode=backends.mode("numpy"), **size
            )
            try:
                run = fit(program)
            except Diverged as error:
                assert not trains, name
                assert "training diverged: " in str(error)
                run = error.run
            assert all_finite(run.parameters.values()), name
            assert 0 <= run.test_error <= 1


RATES = {
    "float64": ["1e308", "2e306", "3e305", "1e300"],
    "float32": ["1e38", "3e36", "2e35", "1e30"],
}
LENGTHS = {
    "softmax": ["--iterations"],
    "tanh": ["--iterations"],
    "sgd": ["--batch-size", "50", "--epochs"],
    "mlp": ["--batch-size", "50", "--hidden-units", "9", "--epochs"],
    "lenet": ["--batch-size", "50", "--hidden-units", "9", "--epochs"],
    "exercise": ["--batch-size", "50", "--iterations"],
    "exercise, momentum": ["--batch-size", "50", "--momentum", "0.99", "--iterations"],
}
OUTPUT = ["--output", "out", "--no-plots", "--quiet"]


def run_at(recipe, dtype, rate, n, capsys):
    """Train at a learning rate; check what is said and left behind; return the exit code."""
    name = recipe.partition(",")[0]
    arguments = [name, "--train-size", "500", "--dtype", dtype, "--learning-rate", rate]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        code = main([*arguments, *LENGTHS[recipe], n, *OUTPUT])
    err = capsys.readouterr().err
    progress = Path("out") / name / "progress.npz"
    progress.unlink(missing_ok=True)
    assert [str(warning.message) for warning in warned] == []
    assert code in (0, 1)
    assert err.count("\n") == code
    if code:
        assert err.startswith("theano-tutorial: error: training diverged: ")
        assert re.search(r"(at|after) (iteration|epoch) \d", err)
        assert "; try a smaller --learning-rate; the last good model is in out" in err
    folder = Path("out") / name
    trace = (folder / "trace.json").read_text()
    assert "NaN" not in trace
    assert "Infinity" not in trace
    assert json.loads(trace)["learning_rate"] == float(rate)
    assert all_finite(load_model(folder / "model.npz")[0].values())
    return code


@pytest.mark.parametrize("recipe", LENGTHS)
def test_learning_rates_at_the_end_of_the_range(
    recipe, small_data, capsys, is_long, record_property
):
    """It trains or is said to diverge; model and trace that are kept are finite."""
    rates = RATES
    if is_long:
        tops = {"float64": 308, "float32": 38}
        rates = {
            dtype: [f"{10 ** (top - step):.4g}" for step in np.arange(0, 5, 0.5)]
            for dtype, top in tops.items()
        }
    codes = [
        run_at(recipe, dtype, rate, n, capsys)
        for dtype in rates
        for rate, n in itertools.product(rates[dtype], ["1", "3"] if is_long else ["2"])
    ]
    assert 1 in codes
    record_property(
        "learning rates of 1e303 to 1e308, 1e33 to 1e38",
        {"runs": len(codes), "trained": codes.count(0), "said to diverge": codes.count(1)},
    )


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ("--l1 1e308", "--l1"),
        ("--l2 1e308", "--l2"),
        ("--l2 1e300 --optimizer adam", "--l2"),
        ("--l1 0 --l2 1e300 --learning-rate 1e300", "--learning-rate or --l2"),
    ],
)
def test_what_made_training_diverge(options, advice, small_data, capsys):
    """Neither another option, nor a warning while constants are folded."""
    arguments = ["sgd", "--train-size", "500", *LENGTHS["sgd"], "2", "--quiet"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main([*arguments, *options.split()]) == 1
    assert capsys.readouterr().err.endswith(f"; try a smaller {advice}\n")


@pytest.mark.parametrize("rate", ["1e308", "1e39", "1e-46", "1e-320"])
@pytest.mark.parametrize("recipe", LENGTHS)
def test_a_learning_rate_that_float32_cannot_hold(recipe, rate, small_data, capsys):
    """Neither an infinite step nor none at all in its place."""
    name = recipe.partition(",")[0]
    arguments = [name, "--train-size", "500", "--dtype", "float32", "--learning-rate", rate]
    assert main([*arguments, *LENGTHS[recipe], "1", "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "is beyond what float32 can hold; as float32 it is " in err
