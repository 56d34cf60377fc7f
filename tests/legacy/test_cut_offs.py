"""Sigmoid and softplus are cut off as in Theano's C code, in the door's mode alone."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from theano_tutorial.legacy import mode

# Where sigmoid is 0 and 1, where softplus is 0 and x: first what still is not, then what is.
EDGES = {
    "float64": ((-709.0, -709.1, 19.0, 19.001), (-745.0, -745.1, 16.0, 16.001)),
    "float32": ((-87.0, -88.1, 15.0, 15.001), (-103.0, -103.1, 14.0, 14.001)),
    "int32": ((-30, -31, 30, 31), (-30, -31, 30, 31)),
}


BETWEEN = [-300, -40, -3.0, -0.0, 0.5, 12, np.nan, np.inf, -np.inf]


def test_edges_and_what_lies_between(door, backend):
    mode.use(backend)
    T = door.tensor
    inputs, outputs, values = [], [], []
    for dtype, (sigmoid, softplus) in EDGES.items():
        x, z = T.vector(dtype=dtype), T.vector(dtype=dtype)
        more = BETWEEN if dtype == "float64" else []
        inputs += [x, z]
        values += [np.array([*edges, *more], dtype) for edges in (sigmoid, softplus)]
        outputs += [T.nnet.sigmoid(x), T.nnet.softplus(z)]
    results = door.function(inputs, outputs)(*values)
    for dtype, y, p, (*_, last, beyond) in zip(
        EDGES, results[::2], results[1::2], [edges for _, edges in EDGES.values()], strict=True
    ):
        assert 0 <= y[0] < 1e-12
        assert y[1] == 0
        assert 1 - 1e-6 < y[2] <= 1
        assert y[2] < 1 or dtype == "int32"  # of which 30 has no double above it
        assert y[3] == 1
        assert 0 <= p[0] < 1e-12
        assert p[1] == 0
        assert 0 <= p[2] - p.dtype.type(last) < 1e-5
        assert p[2] > last or dtype != "float64"
        assert p[3] == p.dtype.type(beyond)
    x = np.array(BETWEEN)
    with np.errstate(over="ignore"):
        wanted = 1 / (1 + np.exp(-x)), np.log1p(np.exp(x))
    for ours, expected in zip(results[:2], wanted, strict=True):
        np.testing.assert_allclose(ours[4:], expected, rtol=1e-13, atol=0)


def test_a_saturated_unit_has_no_gradient(door):
    """Not even the little that 1 - sigmoid(x), were it sigmoid(-x), would leave."""
    T = door.tensor
    x = T.vector("x")
    y = T.nnet.sigmoid(x)
    rest, gradient = door.function([x], [1 - y, door.grad(y.sum(), x)])([18.0, 20.0])
    assert rest[0] > 1e-8
    np.testing.assert_allclose(gradient[0], rest[0], rtol=1e-6)
    assert rest[1] == gradient[1] == 0


def test_in_the_steps_of_a_scan(door):
    T = door.tensor
    x = T.vector("x")
    result, updates = door.scan(T.nnet.sigmoid, sequences=[x])
    assert door.function([x], result, updates=updates)([18.0, 20.0]).tolist()[1] == 1


def test_the_logarithm_of_a_sigmoid_is_exact(door):
    T = door.tensor
    x = T.vector("x")
    function = door.function([x], [T.log(T.nnet.sigmoid(x)), T.log(1 - T.nnet.sigmoid(x))])
    for ours, expected in zip(function([-600.0, 600.0]), ([-600, 0], [0, -600]), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-15, atol=1e-15)


def test_other_modes_know_nothing_of_it(door):
    x = pt.vector("x")
    sigmoid, rest = pytensor.function(
        [x], [pt.sigmoid(x), 1 - pt.sigmoid(x)], mode="FAST_COMPILE"
    )([20.0])
    assert sigmoid[0] < 1
    assert rest[0] > 0
