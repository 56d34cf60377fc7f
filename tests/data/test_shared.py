"""Datasets in shared variables, and their first images."""

import re

import numpy as np
import pytest

from theano_tutorial import backends, data
from theano_tutorial.errors import UsageError


def test_shared_dataset_keeps_labels_as_floats_and_casts_them(digits):
    shared_x, y = data.shared_dataset(digits.train, "train")
    assert shared_x.name == "train_x"
    assert shared_x.get_value(borrow=True) is digits.train.x or np.shares_memory(
        shared_x.get_value(borrow=True), digits.train.x
    )
    assert y.dtype == "int32"
    (stored,) = y.owner.inputs
    assert stored.dtype == shared_x.dtype
    np.testing.assert_array_equal(y.eval(mode=backends.mode("numpy")), digits.train.y)


def test_shared_dataset_refuses_nan(digits):
    x = digits.train.x.copy()
    x[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        data.shared_dataset(data.Split(x, digits.train.y))


def test_first_refuses_more_than_there_is(digits):
    with pytest.raises(UsageError, match="from 1 to 600, the number of images; got 601"):
        digits.train.first(601)


def test_of_more_classes_than_ten_it_says_what_takes_them(digits):
    letters = data.Split(digits.train.x, digits.train.y + 16)
    with pytest.raises(
        ValueError, match=r"found 2\d at row 0; for more classes, call pytensor\."
    ):
        data.shared_dataset(letters)
    with pytest.raises(ValueError, match=r"found -\d at row \d+$"):
        data.shared_dataset(data.Split(digits.train.x, -digits.train.y))


def test_digits_of_ones_own_are_called_by_their_name(digits):
    own = data.Dataset(
        digits.train, digits.valid, digits.test, name="KMNIST", source="a folder"
    )
    assert re.match(r"KMNIST: [\d,]+ \+ ", own.description)
    assert "SYNTHETIC" in digits.description
