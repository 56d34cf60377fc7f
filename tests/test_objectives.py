"""Objectives where a naive formula would overflow."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, objectives
from theano_tutorial.errors import UsageError
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


def weights():
    rng = np.random.default_rng(1)
    values = [rng.normal(size=shape) for shape in ((3, 4), (4, 2, 2))]
    values[0][1] = 0
    return values, [pt.constant(value) for value in values]


@pytest.mark.parametrize("count", [objectives.errors, objectives.accuracy])
@pytest.mark.parametrize("given", [pt.dmatrix("p"), pt.dvector("p"), pt.lmatrix("p")])
def test_predictions_are_a_vector_of_integers(count, given):
    with pytest.raises(TypeError, match="predictions must be a vector of integers"):
        count(given, pt.ivector("y"))


def test_sums_of_weights():
    """Of several tensors together; squares are not halved."""
    values, tensors = weights()
    mode = backends.mode("numpy")
    absolute, squares = (
        term(tensors).eval(mode=mode) for term in (objectives.l1, objectives.l2)
    )
    np.testing.assert_allclose(absolute, sum(np.abs(value).sum() for value in values))
    np.testing.assert_allclose(squares, sum((value**2).sum() for value in values))
    for term in (objectives.l1, objectives.l2):
        with pytest.raises(UsageError, match="there are no weights to regularise"):
            term([])


def test_gradients_of_the_sums():
    W = pytensor.shared(np.array([[2.0, 0.0], [-3.0, -0.0]]), name="W")
    for term, expected in (
        (objectives.l1, [[1, 0], [-1, 0]]),
        (objectives.l2, [[4, 0], [-6, 0]]),
    ):
        gradient = pytensor.grad(term([W]), W)
        np.testing.assert_array_equal(gradient.eval(mode=backends.mode("numpy")), expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_regularised_cost_keeps_its_dtype(dtype):
    W = pytensor.shared(np.array([[2.0, -1.0]], dtype), name="W")
    cost = W.sum()
    assert objectives.regularised(cost, [W], 0, 0) is cost
    total = objectives.regularised(cost, [W], 0.1, 0.01)
    assert total.dtype == dtype
    assert total.eval(mode=backends.mode("numpy")) == pytest.approx(1 + 0.3 + 0.05, rel=1e-6)


def test_only_a_scalar_can_be_regularised():
    with pytest.raises(
        TypeError, match="the cost must be a symbolic scalar, such as a mean; got ndim 1"
    ):
        objectives.regularised(pt.dvector(), [pt.dmatrix()], 0.1, 0.1)
