"""LeNet as a graph: the original program's initial values, what a step computes, the maps."""

import inspect

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, updates
from theano_tutorial.backends import one_call
from theano_tutorial.convolution import conv, pool
from theano_tutorial.models import LeNet


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
