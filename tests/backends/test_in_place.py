"""New values in the memory of old ones, as JAX and PyTorch's recorded steps put them there."""

import signal
from functools import partial

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from recorded_steps import Alarm, alarms, check_same, count_recordings, make_mode

from theano_tutorial import backends
from theano_tutorial.backends.one_call import call_each


@pytest.fixture(params=["jax", "pytorch", "recorded"])
def mode(request, require_backend, monkeypatch):
    if request.param == "jax":
        mode = backends.mode(require_backend("jax"))
        mode.linker.used_up = (0,)  # as on a GPU
        return mode
    if request.param == "pytorch":
        return backends.mode(require_backend("pytorch"))
    require_backend("pytorch")
    count_recordings(monkeypatch)
    return make_mode(records=True)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("mode", ["jax", "recorded"], indirect=True)
def test_new_values_lie_where_the_old_ones_did(mode, several):
    v = pytensor.shared(np.zeros(1000), name="v")
    step = pytensor.function([], v.sum(), updates=[(v, v + 1)], mode=mode)
    places = []
    for _ in range(8):
        call_each(step, [()] * 2, 2 if several else 1)
        value = v.container.storage[0]
        place = getattr(value, "unsafe_buffer_pointer", None) or value.data_ptr
        places.append(place())
    assert len({*places[2:]}) == 1


@pytest.fixture
def assert_same(mode):
    """Compare what functions give on NumPy and in a mode, called in turn."""
    return partial(check_same, (backends.mode("numpy"), mode))


def test_two_functions_change_the_same_variable(assert_same):
    def make(mode):
        v = pytensor.shared(np.arange(3.0), name="v")
        grow = pytensor.function([], v.sum(), updates=[(v, v + 1)], mode=mode)
        double = pytensor.function([], v.sum(), updates=[(v, 2 * v)], mode=mode)
        read = pytensor.function([], v * 1, mode=mode)
        return (grow, double, read), [v.get_value]

    turns = [0, 0, 0, 2, 1, 1, 1, 2, 0, 2, 1, 0, 2, 2]
    assert_same(make, [(k,) for k in turns])


def test_old_and_swapped_values(assert_same):
    """Results that are a step's own inputs are not overwritten with them."""

    def make(mode):
        a, b = (pytensor.shared(np.full(2, float(n)), name=str(n)) for n in range(2))
        swap = pytensor.function([], [a, b + a], updates=[(a, b), (b, a + 1)], mode=mode)
        old = pytensor.shared(np.zeros(2), name="old")
        keep = pytensor.function([], old, updates=[(old, a), (a, a * 3)], mode=mode)
        return (swap, keep), [a.get_value, b.get_value, old.get_value]

    assert_same(make, [(k,) for k in (0, 0, 0, 1, 1, 1, 0, 1, 0, 0)])


def test_outputs_stay_as_they_were(mode):
    v = pytensor.shared(np.zeros(2))
    f = pytensor.function([], v * 1, updates=[(v, v + 1)], mode=mode)
    outputs = [f() for _ in range(4)] + call_each(f, [()] * 4)
    assert [output.tolist() for output in outputs] == [[n, n] for n in range(8)]


@pytest.mark.parametrize("shape", [(6,), (None,)])
def test_a_minibatch_that_is_returned_is_no_part_of_the_data(mode, shape):
    i, data = pt.lscalar("i"), pytensor.shared(np.arange(6.0), shape=shape, name="data")
    for rows in (data[i * 2 : (i + 1) * 2], data[i * 2 : i * 2 + 2] + 0):
        f = pytensor.function([i], rows, mode=mode)
        for taken in (f(1), *call_each(f, [(1,), (1,)])):
            if taken.flags.writeable:
                taken[:] = -1
        np.testing.assert_array_equal(data.get_value(), np.arange(6))


def test_a_value_that_another_variable_keeps_is_its_own(assert_same):
    """As early stopping keeps the best parameters."""

    def make(mode):
        W = pytensor.shared(np.arange(6.0).reshape(2, 3), name="W")
        best = pytensor.shared(np.zeros((2, 3)), name="best")
        keep = pytensor.function([], updates=[(best, W)], mode=mode)
        step = pytensor.function([], W.sum(), updates=[(W, W * 2)], mode=mode)
        back = pytensor.function([], updates=[(W, best)], mode=mode)
        return (keep, step, back), [W.get_value, best.get_value]

    assert_same(make, [(k,) for k in (1, 0, 1, 1, 1, 2, 1, 0, 2, 1, 1)])


@pytest.mark.parametrize("several", [False, True])
def test_an_array_that_was_lent_does_not_change(mode, several):
    lent = aligned(np.arange(1000.0))
    v = pytensor.shared(np.zeros(1000), name="v")
    step = pytensor.function([], v.sum(), updates=[(v, v + 1)], mode=mode)

    for _ in range(3):
        v.set_value(lent, borrow=True)
        call_each(step, [()] * 3, 3 if several else 1)
        np.testing.assert_array_equal(lent, np.arange(1000.0))
        np.testing.assert_array_equal(v.get_value(), lent + 3)


def aligned(values):
    """Return a copy that begins where JAX need not copy it again."""
    memory = np.empty(values.nbytes + 64, np.uint8)
    begin = -memory.__array_interface__["data"][0] % 64
    copy = memory[begin : begin + values.nbytes].view(values.dtype)
    copy[:] = values
    return copy


@pytest.mark.parametrize("several", [False, True])
def test_ctrl_c_at_any_time_leaves_values_of_some_step(mode, several):
    v = pytensor.shared(np.zeros(3), name="v")
    step = pytensor.function([], v.sum(), updates=[(v, v + 1)], mode=mode)
    n = 5 if several else 1
    call_each(step, [()] * n, n)
    heard = 0
    with alarms():
        for k in range(200):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-4 + 1e-6 * k)
                for _ in range(10_000):
                    call_each(step, [()] * n, n)
            except Alarm:
                heard += 1
            value = v.get_value()
            assert (value == value[0]).all()
    assert heard > 150
    if backends.device_of(mode) == "cpu":  # PyTorch's name for it
        import torch

        assert torch.is_grad_enabled()  # for code that is not ours
