"""Datasets that no recipe's model takes, such as digits loaded in another dtype."""

from dataclasses import replace
from functools import partial

import pytest

from theano_tutorial import data
from theano_tutorial.errors import UsageError
from theano_tutorial.recipes import cg, sgd, softmax, tanh


@pytest.mark.parametrize(
    "build",  # mlp and lenet build as sgd does
    [
        softmax.build,
        tanh.build,
        partial(sgd.build, batch_size=50),
        partial(cg.build, batch_size=50),
    ],
)
@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            lambda x: x.astype("float32"),
            r"images are float32 and pytensor\.config\.floatX is float64: load .*='float64'",
        ),
        (lambda x: x[:, :64].copy(), "images of a recipe must have 784 pixels; got 64"),
    ],
)
def test_images_that_do_not_fit(build, images, message, digits):
    train = data.Split(images(digits.train.x), digits.train.y)
    with pytest.raises(UsageError, match=message):
        build(replace(digits, train=train), train_size=100)
