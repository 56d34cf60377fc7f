"""`theano.config.compute_test_value`: what real Theano 1.0.5 computed, and where it refused."""

import warnings

import numpy as np
import pytest

X = np.arange(6.0).reshape(2, 3)


@pytest.fixture
def T(door):
    with door.change_flags(compute_test_value="raise"):
        yield door.tensor


@pytest.fixture
def x(T):
    variable = T.matrix("x")
    variable.tag.test_value = X
    return variable


@pytest.fixture
def w(door):
    return door.shared(np.ones((3, 4)), "w")


def test_values_are_computed_as_a_graph_is_built(door, T, x, w):
    b = door.shared(np.zeros(4), "b")
    hidden = T.nnet.sigmoid(T.dot(x, w) + b)
    cost = (hidden**2).sum()
    np.testing.assert_allclose(hidden.tag.test_value[:, 0], [0.95257413, 0.99999386], 1e-8)
    assert cost.tag.test_value == pytest.approx(7.629540715120271, 1e-14)
    sums = [g.tag.test_value.sum() for g in T.grad(cost, [w, b, x])]
    np.testing.assert_allclose(
        sums, [1.0334086462159295, 0.34432209036022693, 1.0329662710806808], 1e-13
    )
    train = door.function([x], cost, updates=[(w, w - 0.1 * T.grad(cost, w))])
    assert train(np.ones((2, 3))) == pytest.approx(7.259179736732171, 1e-14)


def test_values_that_are_asked_for(door, T, x, w):
    from theano.gof.op import get_test_value

    assert door.gof.op.get_test_value is get_test_value
    assert get_test_value(x * 2).tolist() == (X * 2).tolist()
    assert get_test_value(w) is w.get_value(borrow=True)
    assert [get_test_value(given).tolist() for given in ([1, 2], 3.0)] == [[1, 2], 3]
    y = T.matrix("y")
    with pytest.raises(AttributeError, match="y has no test value"):
        get_test_value(y)
    y.tag.test_value = [[1, 2]]
    assert (y + 1).tag.test_value.tolist() == [[2, 3]]
    y.tag.test_value = np.ones(5)
    with pytest.raises(ValueError, match=r"y: .*[Ww]rong number of dimensions"):
        y + 1


def test_values_to_check(door, T, x):
    from theano.gof.op import get_debug_values

    (value,), ((one, two),) = get_debug_values(x), get_debug_values(x, x * 2)
    assert (value.tolist(), one.tolist(), two.tolist()) == (*[X.tolist()] * 2, (2 * X).tolist())
    assert get_debug_values(x, T.scalar()) == []
    door.config.compute_test_value = "off"
    assert get_debug_values(x) == []


def test_a_wrong_shape_is_an_error_where_it_is_written(door, T, x, w):
    for wrong in (lambda: T.dot(w, x), lambda: x + w, lambda: T.concatenate([x, w])):
        for setting in ("raise", "warn", "ignore"):
            door.config.compute_test_value = setting
            with pytest.raises(ValueError):
                wrong()
        door.config.compute_test_value = "off"
        assert not hasattr(wrong().tag, "test_value")


def test_an_input_without_a_value(door, T, x):
    v = T.vector("v")
    with pytest.raises(ValueError, match=r"Cannot compute test value: input 0 \(v\) of Op"):
        v + 1
    door.config.compute_test_value = "warn"
    with pytest.warns(UserWarning, match=r"Cannot compute test value: input 0 \(v\)"):
        v + 1
    for setting in ("ignore", "off"):
        door.config.compute_test_value = setting
        assert not hasattr((v + 1).tag, "test_value")


def test_scans_gradients_and_draws(door, T, x, w):
    states, _ = door.scan(lambda row, state, w: T.tanh(T.dot(row, w) + state), x, T.zeros(4), w)
    np.testing.assert_allclose(states.tag.test_value[0], [0.9950547536867305] * 4, 1e-14)
    assert states[-1].sum().tag.test_value == pytest.approx(3.999999999958721, 1e-14)
    taps, _ = door.scan(
        lambda now, before, two_ago, one_ago: (now * before).sum() + two_ago * one_ago,
        sequences={"input": x.T, "taps": [-1, 0]},
        outputs_info={"initial": T.as_tensor_variable([2.0, 3.0]), "taps": [-2, -1]},
    )
    assert taps.tag.test_value.tolist() == [18, 76]
    with pytest.raises(ValueError, match="broadcast"):
        door.scan(lambda row, state: T.dot(row, w) + state, x, T.zeros(5))
    draws = T.shared_randomstreams.RandomStreams(1).uniform((2,))
    np.testing.assert_allclose(draws.tag.test_value, [0.83879119, 0.19762788], atol=5e-9)
    assert draws.tag.test_value.tolist() == draws.eval().tolist()


def test_values_in_the_first_step_of_a_scan(door, T, x, w):
    """As real Theano 1.0.5 computed them."""
    seen = []

    def step(*given):
        seen.append([v.tag.test_value.tolist() for v in (*given, given[0] * 2)])
        return given[-1] + given[0].sum()

    sequences = [x, {"input": x[:, 0], "taps": [-1, 0]}]
    door.scan(step, sequences, T.ones(4))
    assert seen.pop() == [X[0].tolist(), X[0, 0], X[1, 0], [1] * 4, (2 * X[0]).tolist()]
    pair = {"initial": x[:2, 0], "taps": [-2, -1]}
    door.scan(lambda a, b: (step(a, b), a)[1], outputs_info=pair, n_steps=2)
    assert seen.pop() == [X[0, 0], X[1, 0], 2 * X[0, 0]]


def test_operations_that_pytensor_builds_from_variables_of_its_own(door, T):
    """Without a value of these, which is no fault of the script's."""
    from theano.tensor import slinalg

    k, v = T.dmatrix("k"), T.dvector("v")
    k.tag.test_value, v.tag.test_value = np.diag([4.0, 9.0]), np.array([1.0, 2.0])
    factor = slinalg.cholesky(k)
    assert factor.tag.test_value.tolist() == [[2, 0], [0, 3]]
    assert T.grad(factor[1, 1], k).tag.test_value[1, 1] == pytest.approx(1 / 6, 1e-14)
    assert T.hessian((v**3).sum(), v).tag.test_value.tolist() == [[6, 0], [0, 12]]
    assert T.batched_dot(k, k).tag.test_value.tolist() == [16, 81]
    entropy = T.nnet.sigmoid_binary_crossentropy(v, v)
    assert T.grad(entropy.sum(), v).tag.test_value.shape == (2,)


def test_a_step_with_its_own_ops_changes_nothing_later(door, T, x):
    """Computing a scan leaves it as it was: it can be differentiated and compiled."""
    v = T.vector("v")
    v.tag.test_value = np.array([0.3, 0.7])
    slopes = T.jacobian(T.tanh(v), v)
    with warnings.catch_warnings(action="error"):
        again = T.grad(slopes.sum(), v)
    at = np.array([0.3, 0.7])
    np.testing.assert_allclose(
        door.function([v], again)(at), -2 * np.tanh(at) * (1 - np.tanh(at) ** 2), 1e-13
    )
