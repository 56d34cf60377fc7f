"""Models and datasets of one's own, and those that recipes cannot train."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from theano_tutorial import backends, data, models, updates
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


class Deep(models.Classifier):
    """Two hidden layers of one size under softmax regression."""

    def __init__(self, x, names):
        self.x, self.n_in, self.n_out = x, 784, 10
        rng, below, layers = np.random.RandomState(0), x, []
        for name, n_in in zip(names, (784, 784), strict=True):
            layers.append(models.HiddenLayer(rng, below, n_in, 784, name=name))
            below = layers[-1].output
        layers.append(models.SoftmaxRegression(below, 784, 10))
        self.params = [param for layer in layers for param in layer.params]
        self.p_y_given_x, self.y_pred = layers[-1].p_y_given_x, layers[-1].y_pred


def build(make_model, digits):
    return sgd.build_with(
        make_model,
        digits,
        optimizer="adam",
        schedule=updates.Schedule(0.001),
        batch_size=50,
        train_size=100,
        mode=backends.mode("numpy"),
    )


def test_layers_of_the_same_name(digits):
    """Each got the other's values, without a word, whenever parameters were put back."""
    assert len(sgd.fit(build(lambda x: Deep(x, ("lower", "upper")), digits), 1).parameters) == 6
    with pytest.raises(
        UsageError, match="of its own: rename layers of hidden_W, hidden_b, m_hidd"
    ):
        build(lambda x: Deep(x, ("hidden", "hidden")), digits)


def test_a_parameter_without_a_name(digits):
    """Its value would be kept under no name, and could not be read again."""

    def make(x):
        model = models.SoftmaxRegression(x, 784, 10)
        model.b.name = None
        return model

    with pytest.raises(UsageError, match="of its own: rename layers of None"):
        build(make, digits)
