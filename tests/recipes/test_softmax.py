"""Softmax regression on MNIST: the published trace and real Theano's, on every backend."""

import math

import numpy as np
import pytensor
import pytest

from theano_tutorial import backends, published
from theano_tutorial.recipes import softmax
from theano_tutorial.recipes.training import fit

# Document 2 prints twelve significant digits: half a unit of the last one of 1.83912090251.
PUBLISHED_TOLERANCE = 5e-12
GOLDEN_TOLERANCE = 1e-10
ROUNDING = {"float32": 2.0**-24}


def test_published_and_real_theano(mnist, golden, backend):
    """One run of 100 iterations, held against all there is to hold it against."""
    program = softmax.build(mnist, mode=backends.mode(backend))
    first, rest = fit(program, 10), fit(program, 90)
    check_published_traces(first, golden)
    check_published_classification(first, mnist)
    check_real_theano(first, rest, golden)


def check_published_traces(run, golden):
    """Document 2's first value, -2.302585093, is not ln 0.1 = -2.302585092994 rounded.

    Theano's C code summed 50,000 equal terms one after the other; the golden trace has the
    same error, which comes on top of that of printing.
    """
    theirs = golden["softmax_full_batch"]["log_likelihood_trace"][0]
    summation = abs(theirs - math.log(0.1))
    assert summation < 2e-12
    for trace, tolerance in (
        (published.SOFTMAX_LOG_LIKELIHOOD, PUBLISHED_TOLERANCE),
        (published.SOFTMAX_LOG_LIKELIHOOD_2, PUBLISHED_TOLERANCE + summation),
    ):
        np.testing.assert_allclose(run.records["log_likelihood"], trace, rtol=0, atol=tolerance)


def check_published_classification(run, mnist):
    assert run.test_error == pytest.approx(published.SOFTMAX_TEST_ERROR, abs=1e-12)
    assert tuple(mnist.test.y[:10]) == published.FIRST_TEST_LABELS
    assert tuple(run.y_pred[:10]) == published.SOFTMAX_FIRST_PREDICTIONS


def check_real_theano(first, rest, golden):
    theirs = golden["softmax_full_batch"]
    trace = first.records["log_likelihood"] + rest.records["log_likelihood"]
    np.testing.assert_allclose(
        trace, theirs["log_likelihood_trace"], rtol=0, atol=GOLDEN_TOLERANCE
    )
    for run, iterations in ((first, "10"), (rest, "100")):
        after = theirs["after"][iterations]
        assert round(run.test_error * 10_000) == after["test_wrong"]
        assert round(run.validation_error * 10_000) == after["valid_wrong"]
        assert list(run.y_pred[:100]) == after["first_100_test_predictions"]
        np.testing.assert_allclose(
            run.parameters["b"], after["b"]["values"], atol=GOLDEN_TOLERANCE
        )
        for entry in after["W"]["sample"]:
            ours = run.parameters["W"][tuple(entry["index"])]
            assert ours == pytest.approx(entry["value"], abs=GOLDEN_TOLERANCE)


def test_float32_agrees_with_float64(mnist32, golden, backend):
    """The tolerance is the square root of the worst case of a rounded dot product.

    Summing n products in float32 errs by at most n u sum |x_i w_i|, with u = 2**-24; errors
    that do not conspire add up to about sqrt(n) u sum |x_i w_i|. The log-likelihood moves by
    no more than the largest of the 10 sums of an image, and each gradient is an average of
    such terms.
    """
    with pytensor.config.change_flags(floatX="float32"):
        run = fit(softmax.build(mnist32, mode=backends.mode(backend)), 10)
    assert {value.dtype.name for value in run.parameters.values()} == {"float32"}
    assert np.asarray(run.records["log_likelihood"]).dtype == "float32"
    W = np.abs(run.parameters["W"])
    tolerance = np.sqrt(784) * ROUNDING["float32"] * (mnist32.test.x @ W).max()
    assert 1e-7 < tolerance < 1e-4
    theirs = golden["softmax_full_batch"]
    trace = theirs["log_likelihood_trace"][:10]
    np.testing.assert_allclose(run.records["log_likelihood"], trace, rtol=0, atol=tolerance)
    # An image whose two best classes differ by less than the tolerance may change sides.
    assert abs(round(10_000 * run.test_error) - theirs["after"]["10"]["test_wrong"]) <= 2
