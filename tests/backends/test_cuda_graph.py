"""Steps that PyTorch records on a GPU: the same bits as kernel by kernel.

Where there is no GPU, a stand-in records them on the CPU.
"""

import signal
import time
from contextlib import nullcontext, suppress
from functools import partial

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from recorded_steps import Alarm, alarms, check_same, count_recordings, make_mode

from theano_tutorial.backends.one_call import call_each, indices
from theano_tutorial.errors import Diverged
from theano_tutorial.recipes import cg, exercise, lenet, mlp, sgd, softmax, tanh
from theano_tutorial.recipes.training import fit

RECIPES = (softmax, tanh, sgd, exercise, mlp, lenet)


@pytest.fixture
def record(require_backend, monkeypatch):
    require_backend("pytorch")
    return count_recordings(monkeypatch)


@pytest.fixture
def recorded(record):
    """The mode of PyTorch, as on a GPU."""
    return make_mode(records=True)


@pytest.fixture
def plain(record):
    """The same without recordings."""
    return make_mode(records=False)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: r.__name__.rpartition(".")[2])
def test_recipes(recipe, dtype, mnist, mnist32, plain, recorded, record):
    digits = mnist if dtype == "float64" else mnist32

    def train(mode, *parts):
        options = {} if recipe in (softmax, tanh) else {"batch_size": 20}
        with pytensor.config.change_flags(floatX=dtype):
            program = recipe.build(digits, train_size=200, mode=mode, **options)
        rows = [()] * 10
        if recipe is exercise:
            rows = [program.judge.batch(7 * k) for k in range(10)]
        elif options:
            rows = indices(10)
        outputs, first = [], 0
        for n in parts:
            outputs += call_each(program.train_model, rows[first : first + n], 4)
            first += n
        values = [np.array(outputs), *program.parameters().values()]
        return [value.tobytes() for value in values]

    expected = train(plain, 10)
    assert train(recorded, 10) == expected  # calls of 4, 4 and 2
    assert train(recorded, 1, 1, 1, 1, 4, 1, 1) == expected
    assert record.count == 3


def test_conjugate_gradients_set_parameters_between_calls(mnist, plain, recorded, record):
    """Each evaluation begins with other values, which are no others' afterwards."""

    def cost_and_gradient(mode):
        program = cg.build(mnist, batch_size=20, train_size=100, mode=mode)
        rng = np.random.RandomState(0)
        found = []
        for _ in range(4):
            theta = rng.randn(program.theta().size)
            program.set_theta(theta)
            found += [program.cost(theta), program.gradient(theta), program.judge.test_error()]
            assert program.theta().tobytes() == theta.tobytes()
        return found

    expected = cost_and_gradient(plain)
    for got, wanted in zip(cost_and_gradient(recorded), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert record.count


@pytest.mark.parametrize("every", [1, 4])
def test_a_run_that_diverges_ends_with_its_last_good_parameters(digits, every, plain, recorded):
    """Though each step overwrites those of the one before."""

    def diverge(mode):
        program = softmax.build(digits, learning_rate=1e306, train_size=100, mode=mode)
        with pytest.raises(Diverged) as caught:
            fit(program, 20, every=every)
        return caught.value.run

    expected, got = diverge(plain), diverge(recorded)
    assert got.records == expected.records
    for name, value in expected.parameters.items():
        assert np.isfinite(value).all()
        np.testing.assert_array_equal(got.parameters[name], value)


@pytest.fixture
def assert_same(plain, recorded):
    """Compare what functions give that are made for either mode, and called in turn."""
    return partial(check_same, (plain, recorded))


def test_values_of_other_shapes_and_set_values(assert_same, record, monkeypatch):
    monkeypatch.setattr("theano_tutorial.backends.cuda_graph._DATA", 100)

    def make(mode):
        x, v = pt.dmatrix("x"), pytensor.shared(np.ones((3, 2)), name="v")
        f = pytensor.function([x], (x @ v).mean(axis=0), updates=[(v, v + x[0, 0])], mode=mode)
        g = pytensor.function([], v.sum(axis=0), mode=mode)
        return (f, g, lambda n: v.set_value(np.full((3, n), n * 1.0))), [v.get_value]

    calls = []
    for rows in (2, 2, 2, 4, 2, 4, 4, 4, 2):
        calls += [(0, np.full((rows, 3), 0.5 * rows)), (1,)]
    for columns in (2, 2, 50, 50, 50, 2):
        calls += [(2, columns), (0, np.ones((2, 3))), (1,), (0, np.ones((2, 3))), (1,)]
    assert_same(make, calls)
    assert record.count


def test_data_in_any_order_are_recorded_once(recorded, record, monkeypatch):
    """Large inputs are copied to where they were; large data stay there, also a transpose."""
    monkeypatch.setattr("theano_tutorial.backends.cuda_graph._DATA", 100)
    data, x = pytensor.shared(np.arange(600.0).reshape(30, 20).T, name="data"), pt.dmatrix("x")
    f = pytensor.function([x], (data @ x).sum(), mode=recorded)
    for k in range(5):
        value = np.full((30, 4), float(k))
        assert float(f(value)) == (data.get_value() @ value).sum()
    assert record.count == 1


def test_a_slice_whose_start_python_reads(assert_same):
    def make(mode):
        x, i = pytensor.shared(np.arange(60.0).reshape(12, 5), name="x"), pt.lscalar("i")
        cut = x[i * 4 : (i + 1) * 4]
        f = pytensor.function([i], cut.sum(), updates=[(x, x + cut.mean())], mode=mode)
        return [f], [x.get_value]

    assert_same(make, [(0, k % 3) for k in range(8)])


def test_what_cannot_be_recorded_runs_kernel_by_kernel(recorded, monkeypatch):
    tried = []

    def fail(function, rehearsal, device):
        tried.append(function)
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr("theano_tutorial.backends.cuda_graph.record", fail)
    v = pytensor.shared(np.zeros(2), name="v")
    f = pytensor.function([], v.sum(), updates=[(v, v + 1)], mode=recorded)
    assert [float(f()) for _ in range(5)] == [0, 2, 4, 6, 8]
    assert len(tried) == 1


class Rehearsed(Exception):
    """Ends a recording before it begins."""


def test_ctrl_c_at_any_time_leaves_pytorch_able_to_wait(require_backend, monkeypatch):
    """While a step is rehearsed, PyTorch refuses all that waits for the GPU."""
    require_backend("pytorch")
    import torch

    from theano_tutorial.backends.cuda_graph import record

    modes, seen = ["default"], set()

    def rehearse():
        time.sleep(1e-3)
        seen.add(modes[-1])

    def begin():
        raise Rehearsed

    monkeypatch.setattr(torch.cuda, "device", nullcontext)
    monkeypatch.setattr(torch.cuda, "get_sync_debug_mode", lambda: modes[-1])
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", lambda mode: modes.append(mode))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", begin)
    heard = 0
    with alarms():
        for k in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-5 + 1e-6 * k)
                while True:
                    with suppress(Rehearsed):
                        record(tuple, rehearse, None)
            except Alarm:
                heard += 1
                time.sleep(5e-4)
            assert modes[-1] == "default"
    assert heard == 300
    assert seen == {"error"}
