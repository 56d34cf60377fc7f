"""What the fault tests share."""

import numpy as np
import pytest

from theano_tutorial import data
from theano_tutorial.data import rendered


@pytest.fixture(scope="module")
def small_datasets():
    """A function like `data.load` that gives 600 training and 100 other digits at once."""
    drawn = rendered.draw_digits((600, 100), seed=1)
    made = {}

    def load(name=None, *, data_dir=None, dtype="float64", pixel_divisor=256):
        if (dtype, pixel_divisor) not in made:
            form = {"name": "rendered", "source": "test", "pixel_divisor": pixel_divisor}
            whole = data.make_dataset(drawn, dtype=dtype, **form)
            made[dtype, pixel_divisor] = data.Dataset(
                train=whole.train, valid=whole.test, test=whole.test, **form
            )
        return made[dtype, pixel_divisor]

    return load


@pytest.fixture
def small_data(small_datasets, monkeypatch, tmp_path):
    """Let the command line load the small datasets, in a folder of its own."""
    monkeypatch.setattr(data, "load", small_datasets)
    monkeypatch.chdir(tmp_path)
    return small_datasets


@pytest.fixture
def one_line_error(capsys):
    """Return a function that checks a command's answer: exit code 2, and one line of error."""

    def answer(main, arguments):
        assert main(arguments) == 2, arguments
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1, err
        assert err.rstrip("\n").isprintable()
        assert err.startswith("theano-tutorial: error: ")
        return err.removeprefix("theano-tutorial: error: ").rstrip("\n")

    return answer


def all_finite(arrays):
    """Whether all values of all arrays are finite."""
    return all(np.isfinite(array).all() for array in arrays)
