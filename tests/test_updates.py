"""Update rules: their steps, their dtypes, and what they refuse."""

import numpy as np
import pytensor

from theano_tutorial import backends, updates
from theano_tutorial.updates import gradient_ascent


def test_gradient_ascent_steps_all_parameters_from_the_old_values():
    a, b = pytensor.shared(3.0, name="a"), pytensor.shared(4.0, name="b")
    step = pytensor.function(
        [], a * b, updates=gradient_ascent(a * b, [a, b], 0.5), mode=backends.mode("numpy")
    )
    assert step() == 12
    assert (a.get_value(), b.get_value()) == (3 + 0.5 * 4, 4 + 0.5 * 3)


def test_gradient_ascent_keeps_float32_when_floatX_is_float64():
    assert pytensor.config.floatX == "float64"
    a = pytensor.shared(np.float32(3), name="a")
    ((_, expression),) = gradient_ascent(a**2, [a], 0.1)
    assert expression.dtype == "float32"


def test_sgd_descends_where_gradient_ascent_climbs():
    W = pytensor.shared(np.array([1.0, -2.0]), name="W")
    square = (W**2).sum()
    ((_, down),) = updates.sgd(square, [W], 0.1)
    ((_, up),) = updates.gradient_ascent(-square, [W], 0.1)
    np.testing.assert_allclose(down.eval(mode=backends.mode("numpy")), [0.8, -1.6])
    np.testing.assert_allclose(up.eval(mode=backends.mode("numpy")), [0.8, -1.6])
