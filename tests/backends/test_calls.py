"""Calls on a device with inputs that were seen before, which PyTensor does not check again."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.link.basic import Container

from theano_tutorial import backends


@pytest.fixture(params=backends.WITH_DEVICE)
def mode(request, require_backend):
    require_backend(request.param)
    return backends.mode(request.param)


def steps(mode, length=20):
    """Return a function of a minibatch's number, its data, and the total that it adds to."""
    data = pytensor.shared(np.arange(20.0), shape=(length,), name="data")
    total = pytensor.shared(0.0, name="total")
    index = pt.lscalar("index")
    batch = data[index * 2 : index * 2 + 2].sum()
    function = pytensor.function([index], batch, updates=[(total, total + batch)], mode=mode)
    return function, data, total


def long_ways(function, monkeypatch):
    """Return a list that grows by one entry whenever a call is checked in full."""
    ways = []
    on_device = function.vm.jit_fn
    stored = on_device._there
    monkeypatch.setattr(on_device, "_there", lambda i, v: ways.append(i) or stored(i, v))
    return ways


def test_a_number_is_checked_once(mode, monkeypatch):
    function, _, total = steps(mode)
    ways = long_ways(function, monkeypatch)
    for index in (3, 4, 3, np.array(4), 3):
        assert function(index) == 4 * int(index) + 1
    assert total.get_value() == 13 + 17 + 13 + 17 + 13
    assert ways[-1] == 0  # get_value leaves the total where it is
    n = len(ways)
    function(3)
    function(np.array(4))
    assert len(ways) == n
    function(5)
    assert len(ways) == n + 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ((3.5,), TypeError),
        (("3",), TypeError),
        ((np.array([3]),), TypeError),
        ((3, 3), TypeError),
        ((), TypeError),
        ((10,), IndexError),
        ((2**70,), OverflowError),
    ],
)
def test_other_inputs_are_still_checked(mode, wrong, error):
    function, _, total = steps(mode)
    function(3)
    function(3)
    with pytest.raises(error):
        function(*wrong)
    assert total.get_value() == 26
    assert function(index=3) == 13


def test_new_values_are_seen(mode):
    function, data, total = steps(mode)
    assert [function(3), function(3)] == [13, 13]
    total.set_value(1.0)
    assert function(3) == 13
    assert total.get_value() == 14
    data.set_value(-data.get_value())
    assert [function(3), function(3)] == [-13, -13]


def test_rows_that_are_gone(mode):
    function, data, total = steps(mode, length=None)
    assert [function(4), function(4)] == [17, 17]
    data.set_value(np.arange(4.0))
    assert function(1) == 5
    if backends.device_of(mode) == "cpu":  # PyTorch returns the rows that exist
        assert function(4) == 0
    else:
        with pytest.raises(IndexError):
            function(4)
    assert total.get_value() == 39


def test_rows_that_a_step_itself_takes_away(mode):
    index, data = pt.lscalar("index"), pytensor.shared(np.arange(6.0), name="data")
    batch = data[index * 2 : index * 2 + 2]
    function = pytensor.function([index], batch, updates=[(data, data[:-2])], mode=mode)
    assert [function(1).tolist(), function(1).tolist()] == [[2, 3], [2, 3]]
    if backends.device_of(mode) == "cpu":  # PyTorch returns the rows that exist
        assert function(1).size == 0
    else:
        with pytest.raises(IndexError):
            function(1)


def test_an_input_with_an_update_is_not_taken_for_another(mode):
    """Given one number, PyTensor takes it for the first input, here the one with an update."""
    count, index = pt.lscalar("count"), pt.lscalar("index")
    default = Container(count, storage=[np.array(100)])
    counted = pytensor.In(count, value=default, update=count + index, implicit=False)
    function = pytensor.function([counted, index], count * index, mode=mode)
    assert [function(index=5), function(index=5)] == [500, 525]
    assert [function(2, 5), function(2, 5)] == [10, 10]
    with pytest.raises(TypeError, match="Missing input: index"):
        function(5)
    assert function(index=5) == 25  # PyTensor has stored the 5 by then, as on every backend


def test_functions_of_every_form_of_output(mode):
    w = pytensor.shared(np.zeros(2), name="w")
    n = pt.lscalar("n")
    one = pytensor.function([n], w + n, updates=[(w, w + 1)], mode=mode)
    listed = pytensor.function([n], [w + n], updates=[(w, w + 1)], mode=mode)
    none = pytensor.function([n], updates=[(w, w + n)], mode=mode)
    for k in range(3):
        np.testing.assert_array_equal(one(2), [3 * k + k + 2 - k] * 2)
        (found,) = listed(2)
        np.testing.assert_array_equal(found, [3 * k + 3] * 2)
        assert none(1) == []
    np.testing.assert_array_equal(w.get_value(), [9, 9])


def test_a_profile_counts_every_call(mode):
    n = pt.lscalar("n")
    function = pytensor.function([n], n + 1, mode=mode, profile=True)
    for _ in range(4):
        assert function(2) == 3
    assert function.profile.fct_callcount >= 3  # the first may be left out
