"""Parameters keep their dtype, whatever the data, the rates and the other parameters have."""

import functools
import itertools

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, updates
from theano_tutorial.updates.steps import fraction_and_rest

MODE = backends.mode("numpy")
RULES = {"gradient_ascent": updates.gradient_ascent, **updates.RULES}
DTYPES = ["float32", "float64"]
# How a rate may come: what is in the graph, and its inputs with their values.
RATES = {
    "a number": lambda dtype: (np.dtype(dtype).type(0.25), {}),
    "shared": lambda dtype: (pytensor.shared(np.array(0.25, dtype)), {}),
    "a symbol": lambda dtype: (rate := pt.scalar("rate", dtype=dtype), {rate: 0.25}),
    "a schedule": lambda dtype: (updates.Schedule(0.25, decay=0.5).rate, {}),  # in floatX
}


def trained(rule, dtypes, data, rate, inputs):
    """Take three steps; return all shared variables after them."""
    x = pt.matrix("x", dtype=data)
    W = pytensor.shared(np.ones((3, 2), dtypes[0]), name="W")
    b = pytensor.shared(np.zeros(2, dtypes[1]), name="b")
    cost = pt.sqr(pt.dot(x, W) + b - 1).mean()
    changes = rule(cost, [W, b], rate)
    before = {variable: variable.dtype for variable, _ in changes}
    step = pytensor.function([x, *inputs], cost, updates=changes, mode=MODE)
    for _ in range(3):
        step(np.linspace(-1, 1, 12, dtype=data).reshape(4, 3), *inputs.values())
    assert {variable: variable.get_value().dtype for variable in before} == before
    return W.get_value(), b.get_value()


@functools.cache
def in_float64(name):
    return trained(RULES[name], ("float64", "float64"), "float64", 0.25, {})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "shared") for name in RULES),
        *(("adam", kind) for kind in RATES if kind != "shared"),
    ],
)
def test_every_mixture(name, kind):
    """Of weights, biases, data and rate in float32 or float64; the steps are the same."""
    dtypes = "float32", "float64"
    for data, of_rate in itertools.product(DTYPES, DTYPES):
        got = trained(RULES[name], dtypes, data, *RATES[kind](of_rate))
        assert tuple(value.dtype for value in got) == dtypes
        for value, expected in zip(got, in_float64(name), strict=True):
            np.testing.assert_allclose(value, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("over", [updates.apply_momentum, updates.apply_nesterov_momentum])
@pytest.mark.parametrize("name", updates.RULES)
def test_momentum_over_any_rule(name, over):
    """The velocity has the parameter's dtype, too."""

    def rule(cost, params, rate):
        fraction = pytensor.shared(np.float64(0.5))
        return over(RULES[name](cost, params, rate), params, fraction)

    (W_32, _), (W_64, _) = (
        trained(rule, (dtype, "float32"), "float64", pytensor.shared(0.25), {})
        for dtype in DTYPES
    )
    assert (W_32.dtype, W_64.dtype) == ("float32", "float64")
    np.testing.assert_allclose(W_32, W_64, rtol=1e-3, atol=1e-5)


def test_the_rest_of_a_fraction_keeps_its_digits():
    """In float32, 1 - 0.999 is 0.00099998713."""
    assert fraction_and_rest("float32", 0.999, "rho")[1] == np.float32(0.001)
