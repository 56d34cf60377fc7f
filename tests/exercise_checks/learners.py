"""A learner's notebook, and what a check says of an answer."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial.exercise_checks import Stop


class Notebook:
    """The names that the notebook has before a blank is filled, with the right answers."""

    def __init__(self):
        self.X_sym, self.y_sym = pt.fmatrix("X"), pt.lvector("y")
        w_0 = np.random.RandomState(0).randn(784, 10).astype("float32")
        self.W = pytensor.shared(w_0, name="W")
        self.b = pytensor.shared(np.zeros(10, "float32"), name="b")
        self.z = pt.dot(self.X_sym, self.W) + self.b
        self.y_hat = pt.special.softmax(self.z, axis=-1)
        self.rows = pt.arange(self.y_sym.shape[0])
        self.log_p = pt.log(self.y_hat)[self.rows, self.y_sym]
        self.cost = -pt.mean(self.log_p)
        self.equal = pt.eq(pt.argmax(self.y_hat, axis=1), self.y_sym)
        self.params = [self.W, self.b]
        self.gradients = pytensor.grad(self.cost, self.params)


def stops(check, *arguments):
    """Return the sentence that a check stops with, which is also what IPython shows."""
    with pytest.raises(Stop) as caught:
        check(*arguments)
    assert caught.value._render_traceback_() == [str(caught.value)]
    assert "\n" not in str(caught.value)
    return str(caught.value)
