"""Functions of several backends that share variables, and pickled functions."""

import copy
import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, models, updates
from theano_tutorial.backends.on_host import ResidentContainer

HOST = [name for name in backends.NAMES if name not in ("auto", *backends.WITH_DEVICE)]
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(30, 12)), rng.integers(0, 5, 30)


def steps(names):
    """Return a training step for each backend, on the same parameters and images."""
    x, y = pt.dmatrix("x"), pt.ivector("y")
    model = models.SoftmaxRegression(x, 12, 5)
    cost = model.negative_log_likelihood(y)
    shared = {x: pytensor.shared(X, shape=X.shape), y: pytensor.shared(Y.astype("int32"))}
    changes = updates.sgd(cost, model.params, 0.5)
    return model, {
        name: pytensor.function(
            [], cost, updates=changes, givens=shared, mode=backends.mode(name)
        )
        for name in names
    }


@pytest.mark.parametrize("first", ["host", "device"])
@pytest.mark.parametrize("host", HOST)
@pytest.mark.parametrize("device", backends.WITH_DEVICE)
def test_backends_take_turns_on_the_same_variables(device, host, first, require_backend):
    require_backend(device)
    require_backend(host)
    _, alone = steps([host])
    expected = [float(alone[host]()) for _ in range(8)]
    model, taken = steps([host, device] if first == "host" else [device, host])
    costs = [float(step()) for _ in range(4) for step in taken.values()]
    assert isinstance(model.W.container, ResidentContainer)
    np.testing.assert_allclose(costs, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("device", backends.WITH_DEVICE)
def test_what_the_host_changes_in_place_is_not_the_devices_own(device, require_backend):
    """A NumPy view of JAX's memory must not be written into, and could not be."""
    require_backend(device)
    W = pytensor.shared(np.zeros((3, 3)), name="W")
    x = pt.dmatrix("x")
    on_device = pytensor.function([], W * 2, updates=[(W, W + 1)], mode=backends.mode(device))
    in_place = pytensor.function(
        [x], [], updates=[(W, W + pt.dot(x, x))], mode=backends.mode("numpy")
    )
    on_device()
    before = W.get_value(borrow=True)
    in_place(np.eye(3))
    np.testing.assert_array_equal(before, 1)
    np.testing.assert_array_equal(on_device(), 2 * (1 + np.eye(3)))
    np.testing.assert_array_equal(W.get_value(), 2 + np.eye(3))


@pytest.mark.parametrize("made", ["pickled", "copied"])
@pytest.mark.parametrize("name", [*HOST, *backends.WITH_DEVICE])
def test_a_function_can_be_pickled_and_copied(name, made, require_backend):
    require_backend(name)
    _, taken = steps([name])
    step = taken[name]
    step()
    again = copy.deepcopy(step) if made == "copied" else pickle.loads(pickle.dumps(step))  # noqa: S301  (made here)
    assert [float(again()) for _ in range(3)] == [float(step()) for _ in range(3)]
    mode = again.maker.mode
    assert type(mode) is type(step.maker.mode)
    assert mode.made_by() is not mode


@pytest.mark.parametrize("name", backends.WITH_DEVICE)
def test_a_copy_computes_on_the_same_device(name, require_backend):
    require_backend(name)
    x = pt.dvector("x")
    function = pytensor.function([x], x + 1, mode=backends.mode(name, device="cpu:0"))
    again = pickle.loads(pickle.dumps(function))  # noqa: S301  (made here)
    np.testing.assert_array_equal(again(np.zeros(2)), 1)
    assert backends.device_of(again.maker.mode) == backends.device_of(function.maker.mode)
    assert again.maker.linker.device == function.maker.linker.device


def test_a_mode_that_a_user_changed_is_not_pickled_as_the_original():
    mode = backends.mode("numpy", rewrites=False).excluding("blas")
    assert mode.made_by is None
    assert "blas" in pickle.loads(pickle.dumps(mode)).provided_optimizer.exclude  # noqa: S301  (made here)
