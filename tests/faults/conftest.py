"""What the fault tests share."""

from dataclasses import replace

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
            made[dtype, pixel_divisor] = replace(whole, valid=whole.test, all_train=None)
        return made[dtype, pixel_divisor]

    return load


@pytest.fixture
def small_data(small_datasets, monkeypatch, somewhere_else):
    """Let the command line load the small datasets, in a folder of its own."""
    monkeypatch.setattr(data, "load", small_datasets)
    return small_datasets


def all_finite(arrays):
    """Whether all values of all arrays are finite."""
    return all(np.isfinite(array).all() for array in arrays)
