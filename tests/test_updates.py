"""Update rules: their steps, their dtypes, and what they refuse."""

import inspect
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, updates
from theano_tutorial.errors import UsageError
from theano_tutorial.updates import gradient_ascent

MODE = backends.mode("numpy")
RULES = {"gradient_ascent": gradient_ascent, **updates.RULES}


def apply(name, cost, params, rate):
    """Call a rule; with momentum 0.5 where it has one."""
    takes_momentum = "momentum" in inspect.signature(RULES[name]).parameters
    return RULES[name](cost, params, rate, **({"momentum": 0.5} if takes_momentum else {}))


@pytest.fixture
def W():
    return pytensor.shared(np.array([1.0, -2.0]), name="W")


def test_gradient_ascent_steps_all_parameters_from_the_old_values():
    a, b = pytensor.shared(3.0, name="a"), pytensor.shared(4.0, name="b")
    step = pytensor.function(
        [], a * b, updates=gradient_ascent(a * b, [a, b], 0.5), mode=backends.mode("numpy")
    )
    assert step() == 12
    assert (a.get_value(), b.get_value()) == (3 + 0.5 * 4, 4 + 0.5 * 3)


def test_sgd_descends_where_gradient_ascent_climbs():
    W = pytensor.shared(np.array([1.0, -2.0]), name="W")
    square = (W**2).sum()
    ((_, down),) = updates.sgd(square, [W], 0.1)
    ((_, up),) = updates.gradient_ascent(-square, [W], 0.1)
    np.testing.assert_allclose(down.eval(mode=backends.mode("numpy")), [0.8, -1.6])
    np.testing.assert_allclose(up.eval(mode=backends.mode("numpy")), [0.8, -1.6])


def test_momentum_takes_a_part_of_the_last_step_again(W):
    changes = updates.momentum((W**2).sum(), [W], 0.1, 0.5)
    step = pytensor.function([], [], updates=changes, mode=MODE)
    w, v = W.get_value(), 0
    for _ in range(3):
        step()
        v = 0.5 * v - 0.1 * (2 * w)
        w = w + v
        np.testing.assert_allclose(W.get_value(), w, rtol=1e-14)


@pytest.mark.parametrize("name", RULES)
def test_a_parameter_that_is_named_twice_is_refused(name):
    W = pytensor.shared(np.ones(2), name="W")
    with pytest.raises(UsageError, match="params has W twice"):
        RULES[name]((W**2).sum(), [W, W], learning_rate=0.1)


def test_the_rules_that_descend_a_cost():
    assert {"sgd", "momentum"} <= set(updates.RULES)
    assert "gradient_ascent" not in updates.RULES
    files = (Path(updates.__file__).parent / "rules").glob("[!_]*.py")
    assert sorted(path.stem for path in files) == list(updates.NAMES)
    assert all(getattr(updates, name) is rule for name, rule in updates.RULES.items())


@pytest.mark.parametrize("name", RULES)
def test_agreeing_dtypes_are_not_cast(name, W):
    """The expression is the plain one, so the bits are those of the plain one."""
    ops = [
        str(node.op)
        for _, expression in apply(name, (W**2).sum(), [W], 0.1)
        for node in pytensor.graph.traversal.toposort([expression])
    ]
    assert not any("Cast" in op for op in ops)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", RULES)
def test_rates_in_the_graph(name, dtype):
    """A shared rate and a symbolic one step just as the number does."""
    symbol = pt.dscalar("rate")
    ends = []
    for rate, inputs in ((0.1, []), (pytensor.shared(0.1), []), (symbol, [symbol])):
        W = pytensor.shared(np.array([1.0, -2.0], dtype), name="W")
        changes = apply(name, (W**2).sum(), [W], rate)
        assert all(expression.dtype == dtype for _, expression in changes)
        step = pytensor.function(inputs, [], updates=changes, mode=MODE)
        step(*[0.1 for _ in inputs])
        ends.append(W.get_value())
    np.testing.assert_array_equal(ends[0], ends[1])
    np.testing.assert_array_equal(ends[0], ends[2])


def test_a_shared_rate_can_change_between_calls(W):
    rate = pytensor.shared(np.float32(0), name="rate")
    changes = updates.sgd((W**2).sum(), [W], rate)
    step = pytensor.function([], [], updates=changes, mode=MODE)
    step()
    np.testing.assert_array_equal(W.get_value(), [1, -2])
    rate.set_value(np.float32(0.25))
    step()
    np.testing.assert_array_equal(W.get_value(), [0.5, -1])


def test_momentum_in_the_graph(W):
    fraction = pt.fscalar("fraction")
    cost = (W**2).sum()
    changes = updates.momentum(cost, [W], pytensor.shared(0.1), fraction)
    step = pytensor.function([fraction], cost, updates=changes, mode=MODE)
    step(0.5)
    step(0.5)
    by_number = pytensor.shared(np.array([1.0, -2.0]), name="W")
    changes = updates.momentum((by_number**2).sum(), [by_number], 0.1, 0.5)
    step = pytensor.function([], [], updates=changes, mode=MODE)
    step()
    step()
    np.testing.assert_array_equal(W.get_value(), by_number.get_value())


def test_a_row_that_broadcasts_keeps_its_type():
    """The velocity has the parameter's static shape, or the new value would not fit."""
    row = pytensor.shared(np.ones((1, 3)), name="row", shape=(1, 3))
    changes = updates.momentum((row**2).sum(), [row], 0.1, 0.9)
    assert [variable.type.shape for variable, _ in changes] == [(1, 3), (1, 3)]
    pytensor.function([], [], updates=changes, mode=MODE)()
    np.testing.assert_allclose(row.get_value(), np.full((1, 3), 0.8))


@pytest.mark.parametrize("name", RULES)
def test_wrong_parameters_are_named(name, W):
    x, V = pt.dmatrix("x"), pytensor.shared(3, name="V")
    cost = (W**2).sum()
    for params, kind, message in (
        (W, TypeError, r"list of shared variables: give \[W\], not W alone"),
        (cost, TypeError, "the expression Sum.*: is the cost the first argument"),
        ([], UsageError, r"params is empty: give .* such as \[W, b\]"),
        ([W, x, 3.5], TypeError, r"pytensor.shared makes them; these are not: x, 3.5$"),
        ([W, W * 2], TypeError, "these are not: Mul.0$"),
        ([W, V], TypeError, "params must hold floats; V holds int64$"),
    ):
        with pytest.raises(kind, match=message):
            apply(name, cost, params, 0.1)


@pytest.mark.parametrize("name", RULES)
def test_a_cost_that_is_no_scalar(name, W):
    what = "objective" if name == "gradient_ascent" else "cost"
    for cost, got in ((W**2, "ndim 1"), (pt.dmatrix(), "ndim 2"), (2.5, "2.5"), (None, "None")):
        with pytest.raises(
            TypeError, match=f"the {what} must be a symbolic scalar.*got {got}$"
        ):
            apply(name, cost, [W], 0.1)


@pytest.mark.parametrize("name", RULES)
def test_wrong_rates(name, W):
    cost = (W**2).sum()
    for rate, kind, message in (
        (-0.1, UsageError, "^learning rate must be at least 0; got -0.1$"),
        (np.float32(-2), UsageError, "must be at least 0; got -2$"),
        (float("nan"), UsageError, "must be at least 0; got nan$"),
        (float("inf"), UsageError, "inf is beyond what float64 can hold"),
        ("0.1", TypeError, "must be a number or a symbolic or shared scalar; got 0.1 of <U3"),
        (None, TypeError, "got None of object"),
        ([0.1, 0.2], TypeError, r"got \[0.1, 0.2\] of float64 with ndim 1"),
        (pt.dvector("rates"), TypeError, "got rates of float64 with ndim 1"),
    ):
        with pytest.raises(kind, match=message):
            apply(name, cost, [W], rate)
    narrow = pytensor.shared(np.float32(3), name="narrow")
    for rate in (1e-50, 1e50):
        with pytest.raises(
            UsageError, match="is beyond what float32 can hold; as float32 it is"
        ):
            apply(name, narrow**2, [narrow], rate)


def test_momentum_out_of_range(W):
    for value in (-0.1, 1, 1.5, float("inf"), float("nan")):
        with pytest.raises(
            UsageError, match=f"momentum must be from 0 to below 1; got {value}$"
        ):
            updates.momentum((W**2).sum(), [W], 0.1, value)
    updates.momentum((W**2).sum(), [W], 0.1, 0)
