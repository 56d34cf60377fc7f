"""Objectives where a naive formula would overflow."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from theano_tutorial import backends
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.objectives import log_likelihood


def test_saturated_probabilities_stay_finite():
    """exp(-1000) is 0 in floating point, and its logarithm is still -1000."""
    x = pt.dmatrix("x")
    y = pt.ivector("y")
    model = SoftmaxRegression(x, n_in=1, n_out=2)
    model.W.set_value(np.array([[1000.0, 0.0]]))
    value = pytensor.function(
        [x, y], log_likelihood(model.p_y_given_x, y), mode=backends.mode("numpy")
    )(np.ones((1, 1)), np.array([1], "int32"))
    assert value == -1000
