"""LeNet against the original program under real Theano: initial values, then minibatches."""

import inspect

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, data, updates
from theano_tutorial.backends import one_call
from theano_tutorial.convolution import conv, pool
from theano_tutorial.models import LeNet

BATCH = 500
# How many costs, each after some tenths of a second, and how close. Theano's own, with sums in
# another order, differ by up to 5e-15 in 30 steps; its float32 ones by 4.1e-5 from float64.
STEPS = {"float64": 8, "float32": 8}
CLOSE = {"float64": 1e-10, "float32": 1e-5}


def test_initial_values(golden):
    model = LeNet(pt.matrix("x"))
    expected = golden["lenet"]["float64"]["initial_params"]
    assert [param.name for param in model.params] == [
        f"layer{i}_{name}" for i in (3, 2, 1, 0) for name in "Wb"
    ]
    for param in model.params:
        value, wanted = param.get_value(), expected[param.name]
        assert list(value.shape) == wanted["shape"]
        np.testing.assert_allclose(value.sum(), wanted["sum"], rtol=1e-12)
        for entry in wanted.get("sample", []):
            assert value[tuple(entry["index"])] == entry["value"]
        for one, other in zip(value.flat, wanted.get("values", []), strict=False):
            assert one == other


@pytest.mark.parametrize("dtype", STEPS)
def test_first_costs(dtype, backend, golden, request):
    digits = request.getfixturevalue("mnist" if dtype == "float64" else "mnist32")
    with pytensor.config.change_flags(floatX=dtype):
        xs, ys = data.shared_dataset(digits.train, "train")
        x, y, index = pt.matrix("x"), pt.ivector("y"), pt.lscalar("index")
        model = LeNet(x)
        cost = model.negative_log_likelihood(y)
        rows = slice(index * BATCH, (index + 1) * BATCH)
        step = pytensor.function(
            [index],
            cost,
            updates=updates.sgd(cost, model.params, 0.1),
            givens={x: xs[rows], y: ys[rows]},
            mode=backends.mode(backend),
        )
    costs = [float(step(i)) for i in range(STEPS[dtype])]
    expected = golden["lenet"][dtype]["first_100_costs"]
    np.testing.assert_allclose(costs, expected[: len(costs)], rtol=0, atol=CLOSE[dtype])
    # As it would be if the gradient went to the first tied entry only.
    others = golden["lenet"]["sensitivity"]["pooling_gradient_to_the_first_tied_entry_only"]
    assert abs(others["first_30_costs"][7] - expected[7]) > CLOSE[dtype]


def test_a_step_computes_nothing_twice():
    x, y = pt.matrix("x"), pt.ivector("y")
    model = LeNet(x, nkerns=(2, 3), n_hidden=4)
    cost = model.negative_log_likelihood(y)
    step = pytensor.function(
        [x, y], cost, updates=updates.sgd(cost, model.params, 0.1), mode=backends.mode("numpy")
    )
    counts = {op: 0 for _, op in inspect.getmembers(conv, inspect.isclass)}
    for node in step.maker.fgraph.apply_nodes:
        counts[type(node.op)] = counts.get(type(node.op), 0) + 1
    assert [counts[op] for op in (conv.Convolve, conv.FilterGradient)] == [2, 2]
    assert counts[conv.ImageGradient] == 1  # none for the images themselves
    assert [counts[op] for op in (pool.Pool, pool.SpreadToLargest)] == [2, 2]


def test_maps_of_one_image():
    x = pt.matrix("x")
    model = LeNet(x, nkerns=(2, 3), n_hidden=4)
    outputs = [model.layer0.output, model.layer1.output, model.y_pred]
    function = pytensor.function([x], outputs, mode=backends.mode("numpy"))
    shapes = [array.shape for array in function(np.zeros((1, 784)))]
    assert shapes == [(1, 2, 12, 12), (1, 3, 4, 4), (1,)]


@pytest.mark.parametrize("name", ["jax", "pytorch"])
def test_several_steps_in_one_call_have_the_bits_of_a_call_a_step(name, require_backend):
    rng = np.random.default_rng(0)
    images = pytensor.shared(rng.random((80, 784)), shape=(80, 784))
    labels = pytensor.shared(rng.integers(10, size=80).astype("int32"), shape=(80,))
    x, y, index = pt.matrix("x"), pt.ivector("y"), pt.lscalar("index")
    model = LeNet(x, nkerns=(3, 4), n_hidden=5)
    cost = model.negative_log_likelihood(y)
    rows = slice(index * 20, (index + 1) * 20)
    step = pytensor.function(
        [index],
        cost,
        updates=updates.sgd(cost, model.params, 0.1),
        givens={x: images[rows], y: labels[rows]},
        mode=backends.mode(require_backend(name)),
    )
    initial = [param.get_value() for param in model.params]

    def run(most):
        for param, value in zip(model.params, initial, strict=True):
            param.set_value(value)
        costs = one_call.call_each(step, one_call.indices(4), most)
        return [*map(float, costs), *(param.get_value().tobytes() for param in model.params)]

    assert run(4) == run(1)
