"""Elementwise operations as single calls of NumPy, where nothing is compiled."""

import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.tensor.elemwise import Elemwise

from theano_tutorial import backends, updates
from theano_tutorial.backends.numpy_elementwise import NumpyCall

OPERATIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "floor_divide": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "power": lambda a, b: a**b,
    "equal": pt.eq,
    "less": pt.lt,
    "maximum": pt.maximum,
    "and": pt.bitwise_and,
    "exp": lambda a, b: pt.exp(a),
    "log": lambda a, b: pt.log(a),
    "tanh": lambda a, b: pt.tanh(a),
    "sqrt": lambda a, b: pt.sqrt(a),
    "square": lambda a, b: pt.sqr(a),
    "negative": lambda a, b: -a,
    "absolute": lambda a, b: abs(a),
    "sign": lambda a, b: pt.sign(a),
    "arctanh": lambda a, b: pt.arctanh(a),
    "isnan": lambda a, b: pt.isnan(a),
    "invert": lambda a, b: pt.invert(a),
    "three": lambda a, b: pt.add(a, b, a),
    "three factors": lambda a, b: pt.mul(a, b, a),
    # These NumPy does not have, or not under that name, or not as PyTensor has them.
    "softplus": lambda a, b: pt.softplus(a),
    "sigmoid": lambda a, b: pt.sigmoid(a),
    "clip": lambda a, b: pt.clip(a, 0, 1),
    "switch": lambda a, b: pt.switch(a > b, a, b),
}
ALWAYS_OURS = {"add", "multiply", "equal", "less", "maximum", "three", "clip", "softplus"}
NEVER_OURS = {"sigmoid"}
TYPES = (
    ("float64", "float64"),
    ("float32", "float32"),
    ("float32", "int32"),
    ("int64", "int64"),
    ("int8", "int8"),
    ("int64", "uint64"),
    ("bool", "bool"),
)


def compiled(inputs, outputs, rewrites=True):
    mode = backends.mode("numpy", rewrites=rewrites)
    return pytensor.function(inputs, outputs, mode=mode, on_unused_input="ignore")


def numpy_calls(function):
    return sum(isinstance(node.op, NumpyCall) for node in function.maker.fgraph.apply_nodes)


@pytest.mark.parametrize("name", OPERATIONS)
def test_numpy_calls_equal_elementwise_operations(name):
    """Bit for bit and silently, in every type that PyTensor has the operation for.

    Softplus, which PyTensor has from four expressions, may differ in its last bit; of int8,
    PyTensor in Python takes it in float16.
    """
    values = [-2, 0, 1, 3], [0, 2, 1, 3]
    for types in TYPES:
        inputs = [pt.vector(dtype=dtype) for dtype in types]
        given = [np.array(v).astype(dtype) for v, dtype in zip(values, types, strict=True)]
        try:
            output = OPERATIONS[name](*inputs)
            theirs = compiled(inputs, output, rewrites=False)
            expected = theirs(*given)
        except (TypeError, NotImplementedError):
            continue  # it has it not
        with pytensor.config.change_flags(on_opt_error="raise"):
            ours = compiled(inputs, output)
        value = ours(*given)
        assert value.dtype == expected.dtype
        if name == "softplus" and types[0] in ("int8", "bool"):
            np.testing.assert_allclose(value, expected, rtol=1e-3)
            np.testing.assert_allclose(value, np.logaddexp(0, given[0].astype(float)), 1e-6)
        elif name == "softplus":
            np.testing.assert_array_max_ulp(value, expected, 1)
        else:
            np.testing.assert_array_equal(value, expected)
        assert numpy_calls(theirs) == 0
        assert numpy_calls(ours) or name not in ALWAYS_OURS
        assert not numpy_calls(ours) or name not in NEVER_OURS


@pytest.mark.parametrize("shapes", [((3, 4), (1, 4)), ((3, 1), (3, 4)), ((1, 4), (3, 1))])
def test_arrays_are_repeated_only_where_their_types_say_so(shapes):
    """As PyTensor does; NumPy would repeat them all."""
    values = [np.arange(float(np.prod(shape))).reshape(shape) for shape in shapes]
    for static in (False, True):
        known = [tuple(1 if n == 1 and static else None for n in shape) for shape in shapes]
        a, b = (pt.tensor(dtype="float64", shape=shape) for shape in known)
        for rewrites in (True, False):
            add = compiled([a, b], a + b, rewrites)
            assert numpy_calls(add) == rewrites
            if static:
                np.testing.assert_array_equal(add(*values), values[0] + values[1])
                assert tuple(compiled([a, b], (a + b).shape, rewrites)(*values)) == (3, 4)
            else:
                with pytest.raises(ValueError):
                    add(*values)


def test_a_shared_rate_is_not_multiplied_entry_by_entry_in_python():
    """PyTensor makes one product of ``-1``, the rate and the gradient."""
    W = pytensor.shared(np.ones((2, 3), "float32"), name="W")
    rate = pytensor.shared(np.float32(0.5), name="rate")
    step = pytensor.function(
        [], [], updates=updates.sgd((W**2).sum(), [W], rate), mode=backends.mode("numpy")
    )
    assert not any(isinstance(node.op, Elemwise) for node in step.maker.fgraph.apply_nodes)
    step()
    np.testing.assert_array_equal(W.get_value(), np.zeros((2, 3)))


def test_what_is_said_of_shapes_that_differ():
    a, b = pt.dmatrix("a"), pt.dmatrix("b")
    with pytest.raises(
        ValueError, match=r"an array of shape \(1, 4\) where \(3, 4\) is needed"
    ):
        compiled([a, b], a + b)(np.ones((3, 4)), np.ones((1, 4)))


def test_a_function_of_them_can_be_pickled():
    x = pt.dvector("x")
    function = compiled([x], [pt.softplus(x), pt.add(x, x, x)])
    again = pickle.loads(pickle.dumps(function))  # noqa: S301  (made here)
    np.testing.assert_array_equal(again(np.ones(2)), function(np.ones(2)))


def test_a_number_and_a_matrix():
    a, m = pt.dscalar("a"), pt.dmatrix("m")
    scaled, twice = compiled([a, m], [a * m, a + a])(2.0, np.ones((0, 3)))
    assert scaled.shape == (0, 3)
    assert isinstance(twice, np.ndarray)
    assert (twice.shape, twice) == ((), 4)
