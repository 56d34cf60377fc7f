"""What is laid over rules: momentum, a bound on gradients; rules by name; what they say."""

import inspect

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, updates
from theano_tutorial.errors import UsageError

MODE = backends.mode("numpy")


def steps(rule, n=5):
    """Return what a rule makes of two parameters in n steps of a bumpy cost."""
    W = pytensor.shared(np.array([[1.0, -2.0, 0.5]]), name="W", shape=(1, 3))
    b = pytensor.shared(np.array([0.3, 0.2]), name="b")
    cost = (W**2).sum() * pt.cos(b).sum() + (b**4).sum()
    step = pytensor.function([], cost, updates=rule(cost, [W, b]), mode=MODE)
    costs = [float(step()) for _ in range(n)]
    return np.concatenate([costs, W.get_value().ravel(), b.get_value()])


def plain(cost, params):
    return updates.sgd(cost, params, 0.1)


@pytest.mark.parametrize(
    ("rule", "over"),
    [
        (updates.momentum, updates.apply_momentum),
        (updates.nesterov_momentum, updates.apply_nesterov_momentum),
    ],
)
@pytest.mark.parametrize("fraction", [0, 0.5, 0.9])
def test_momentum_over_sgd_is_the_rule(rule, over, fraction):
    composed = steps(lambda cost, params: over(plain(cost, params), momentum=fraction))
    alone = steps(lambda cost, params: rule(cost, params, 0.1, fraction))
    np.testing.assert_allclose(composed, alone, rtol=1e-13, atol=1e-15)
    if fraction == 0:
        np.testing.assert_allclose(composed, steps(plain), rtol=1e-13, atol=1e-15)


def test_nesterov_by_hand():
    """The gradient of w**2 is taken where the parameter is, one momentum ahead."""
    W = pytensor.shared(np.array([1.0, -2.0]), name="W")
    changes = updates.nesterov_momentum((W**2).sum(), [W], 0.1, 0.5)
    step = pytensor.function([], [], updates=changes, mode=MODE)
    w, v = W.get_value(), 0
    for _ in range(4):
        step()
        v = 0.5 * v - 0.1 * (2 * w)
        w = w + 0.5 * v - 0.1 * (2 * w)
        np.testing.assert_allclose(W.get_value(), w, rtol=1e-14)


def test_momentum_over_a_rule_with_state():
    """It goes to the parameters named; AdaGrad's sums are left as they were."""

    def rule(cost, params):
        below = dict(updates.adagrad(cost, params, 0.1))
        above = dict(updates.apply_momentum(below, params, 0.5))
        sums = [variable for variable in below if variable not in params]
        assert len(sums) == 2
        assert all(above[variable] is below[variable] for variable in sums)
        assert {v.name for v in above} == {v.name for v in below} | {"velocity_W", "velocity_b"}
        return list(above.items())

    without = steps(lambda cost, params: updates.adagrad(cost, params, 0.1))
    assert not np.allclose(steps(rule), without)
    first = steps(lambda cost, params: updates.adagrad(cost, params, 0.1), 1)
    np.testing.assert_allclose(steps(rule, 1), first, rtol=1e-15)


@pytest.mark.parametrize("over", [updates.apply_momentum, updates.apply_nesterov_momentum])
def test_what_momentum_cannot_be_added_to(over):
    W, V = (pytensor.shared(np.ones(2), name=name) for name in "WV")
    changes = updates.sgd((W**2).sum(), [W], 0.1)
    with pytest.raises(UsageError, match="there is no update of V"):
        over(changes, [V])
    with pytest.raises(UsageError, match="momentum must be from 0 to below 1; got 1"):
        over(changes, momentum=1)
    with pytest.raises(UsageError, match="params is empty"):
        over([])
    count = pytensor.shared(0, name="count")
    with pytest.raises(TypeError, match="params must hold floats; count holds int64"):
        over([*changes, (count, count + 1)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bound", [0.0, 1.0, 3.0, 1e3])
def test_a_bound_on_the_norm(dtype, bound):
    rng = np.random.default_rng(2)
    values = [rng.normal(size=shape).astype(dtype) for shape in ((3, 4), (5,), ())]
    tensors = [pt.constant(value) for value in values]
    scaled, norm = updates.total_norm_constraint(tensors, bound, return_norm=True)
    assert all(
        s.dtype == dtype and s.ndim == t.ndim for s, t in zip(scaled, tensors, strict=True)
    )
    *found, n = pytensor.function([], [*scaled, norm], mode=MODE)()
    joined = np.concatenate([value.ravel() for value in values])
    accuracy = 8 * float(np.finfo(dtype).eps)
    assert n == pytest.approx(np.linalg.norm(joined), rel=accuracy)
    factor = min(n, bound) / (1e-7 + n)
    for ours, value in zip(found, values, strict=True):
        np.testing.assert_allclose(ours, value * factor, rtol=accuracy)
    alone = updates.total_norm_constraint(tensors, pytensor.shared(bound))
    np.testing.assert_allclose(alone[0].eval(mode=MODE), found[0], rtol=accuracy)


def test_a_bound_keeps_a_step_short():
    W = pytensor.shared(np.array([3.0, -4.0]), name="W")
    gradients = updates.total_norm_constraint(pytensor.grad((W**2).sum(), [W]), 1)
    pytensor.function([], [], updates=updates.sgd(gradients, [W], 1), mode=MODE)()
    np.testing.assert_allclose(W.get_value(), [2.4, -3.2], atol=1e-7)


def test_bounds_that_cannot_be():
    with pytest.raises(UsageError, match="there are no tensors"):
        updates.total_norm_constraint([], 1)
    with pytest.raises(UsageError, match="max_norm must be at least 0; got -1"):
        updates.total_norm_constraint([pt.dvector()], -1)


@pytest.mark.parametrize("name", updates.RULES)
def test_gradients_in_place_of_a_cost(name):
    rule = updates.RULES[name]

    def by_gradients(cost, params):
        return rule(pytensor.grad(cost, params), params, learning_rate=0.1)

    by_cost = steps(lambda cost, params: rule(cost, params, learning_rate=0.1))
    np.testing.assert_array_equal(steps(by_gradients), by_cost)


@pytest.mark.parametrize("name", updates.RULES)
def test_gradients_of_something_else(name):
    W = pytensor.shared(np.ones((2, 2)), name="W")
    b = pytensor.shared(np.ones(2), name="b")
    cost = (W**2).sum() * b.sum()
    of_W, of_b = pytensor.grad(cost, [W, b])
    for gradients in ([of_b, of_W], [of_W], [], [of_W, 0.5]):
        with pytest.raises(TypeError, match="gradients must be those of W, b, in this order"):
            updates.RULES[name](gradients, [W, b], learning_rate=0.1)


@pytest.mark.parametrize("name", updates.RULES)
def test_rates_of_a_rules_own(name):
    """Each is checked, may be a symbol, and is cast to the parameter's dtype."""
    W = pytensor.shared(np.float32([1, -2]), name="W")
    cost = (W**2).sum()
    rule = updates.RULES[name]
    own = dict(inspect.signature(rule).parameters)
    for taken in ("cost", "params", "learning_rate"):
        del own[taken]
    for rate, parameter in own.items():
        with pytest.raises(UsageError, match=f"^{rate} must be .*; got -0.5"):
            rule(cost, [W], 0.1, **{rate: -0.5})
        with pytest.raises(TypeError, match=f"^{rate} must be a number or a symbolic"):
            rule(cost, [W], 0.1, **{rate: "fast"})
        if rate != "epsilon":
            with pytest.raises(UsageError, match=f"^{rate} must be from 0 to below 1; got 1"):
                rule(cost, [W], 0.1, **{rate: 1})
        ends = []
        for value in (parameter.default, pytensor.shared(float(parameter.default))):
            W.set_value(np.float32([1, -2]))
            changes = rule(cost, [W], 0.1, **{rate: value})
            assert all(new.dtype == "float32" for _, new in changes)
            step = pytensor.function([], [], updates=changes, mode=MODE)
            step()
            step()
            ends.append(W.get_value())
        np.testing.assert_allclose(ends[0], ends[1], rtol=1e-6)


def test_the_default_rates_are_lasagnes():
    theirs = {
        "sgd": None,
        "momentum": None,
        "nesterov_momentum": None,
        "adagrad": 1.0,
        "rmsprop": 1.0,
        "adadelta": 1.0,
        "adam": 0.001,
        "adamax": 0.002,
        "amsgrad": 0.001,
    }
    assert {name: updates.customary_rate(name) for name in theirs} == theirs
    assert set(theirs) <= set(updates.NAMES)


def test_rules_by_name():
    W = pytensor.shared(np.array([1.0, -2.0]), name="W")
    assert updates.ascending("sgd") is updates.gradient_ascent
    for name in updates.NAMES:
        assert updates.descending(name) is updates.RULES[name]
        ((down, *_), (up, *_)) = (
            [new for v, new in rule(objective, [W], 0.1) if v is W]
            for rule, objective in (
                (updates.descending(name), (W**2).sum()),
                (updates.ascending(name), -(W**2).sum()),
            )
        )
        np.testing.assert_array_equal(down.eval(mode=MODE), up.eval(mode=MODE))
        assert (abs(down.eval(mode=MODE)) < abs(W.get_value())).all()
    for wrong in ("adamw", "gradient_ascent", ""):
        for by_name in (updates.ascending, updates.descending):
            with pytest.raises(
                UsageError, match=f"unknown update rule '{wrong}'; accepted: ad"
            ):
                by_name(wrong)


@pytest.mark.parametrize("name", updates.NAMES)
def test_a_rule_says_what_it_computes(name):
    """Its direction first, then its equation, its source and the variables it adds."""
    rule = updates.RULES[name]
    text = inspect.getdoc(rule)
    assert "down" in text.splitlines()[0]
    assert ".. math::" in text
    assert "Source: " in text
    W = pytensor.shared(np.ones(2), name="W")
    for variable, _ in rule((W**2).sum(), [W], 0.1):
        assert variable is W or f"``{variable.name}``" in text
