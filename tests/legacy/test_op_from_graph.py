"""`OpFromGraph` and overrides of its derivatives, with numbers from real Theano 1.0.5."""

import pickle

import numpy as np
import pytest


@pytest.fixture
def T(door):
    return door.tensor


@pytest.fixture
def x(T):
    return T.dvector("x")


@pytest.fixture
def values(door, x):
    """Return a function that returns the values of variables."""

    def of(*variables):
        results = door.function([x], list(variables))(np.array([1.0, -2.0, 25.0]))
        return [result.tolist() for result in results]

    return of


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        (lambda: {}, [3, -3, 51]),
        (lambda: {"grad_overrides": lambda i, g: [g[0] * 10, g[0] * 20]}, [30, 30, 30]),
        (lambda: {"lop_overrides": lambda i, o, g: [g[0] * 10, g[0] * 20]}, [30, 30, 30]),
        (lambda: {"grad_overrides": ["default", lambda i, g: g[0] * 20]}, [22, 19, 46]),
        (lambda: {"lop_overrides": ["default", lambda i, o, g: g[0] * 20]}, [22, 19, 46]),
        (lambda: {"inline": True, "grad_overrides": "default"}, [3, -3, 51]),
    ],
)
def test_overrides(how, wanted, door, T, x, values):
    a, b = T.dvectors("a", "b")
    for make in (door.OpFromGraph, door.compile.OpFromGraph, door.compile.builders.OpFromGraph):
        product = make([a, b], [a * b], **how())(x, x + 1)
        assert values(door.grad(product.sum(), x)) == [wanted]


def test_arguments_by_position(door, T, x, values):
    a, b = T.dvectors("a", "b")
    given = ("default", ["default", lambda i, g: g[0] * 20], "default", None, "times")
    op = door.OpFromGraph([a, b], [a * b], False, *given)
    assert str(op).startswith("times{")
    assert values(door.grad(op(x, x + 1).sum(), x)) == [[22, 19, 46]]
    with pytest.raises(ValueError, match="mutually exclusive"):
        door.OpFromGraph([a], [a], False, lambda i, o, g: g, lambda i, g: g)


def test_an_operation_as_an_override(door, T, x, values):
    a, b, g = T.dvectors("a", "b", "g")
    slopes = door.OpFromGraph([a, b, g], [g * 10, g * 20])
    op = door.OpFromGraph([a, b], [a * b], grad_overrides=slopes)
    assert values(door.grad(op(x, x + 1).sum(), x)) == [[30, 30, 30]]


def test_overrides_of_products_with_a_jacobian(door, T, x, values):
    a, b = T.dvectors("a", "b")
    both = ["default", lambda i, points: points[0] * 100]
    results = door.OpFromGraph([a, b], [a * b, a + b], rop_overrides=both)(x, x * 2)
    products = [T.Rop(result, x, x) for result in results]
    assert values(*products) == [[4, 16, 2500], [100, -200, 2500]]
    for how, wanted in (
        ("default", [2, 8, 1250]),
        (lambda i, e: [e[0] * 100], [100, -200, 2500]),
    ):
        squared = door.OpFromGraph([a], [a**2], rop_overrides=how)(x)
        assert values(T.Rop(squared, x, x)) == [wanted]


def test_clipped_gradients(door, T, x, values):
    clips = door.OpFromGraph(
        [x], [x * 1], grad_overrides=lambda i, g: [T.clip(g[0], -0.5, 0.5)]
    )
    weighted = clips(x) * T.as_tensor_variable([5.0, 0.25, -7.0])
    assert values(door.grad(weighted.sum(), x)) == [[0.5, 0.25, -0.5]]
    states, _ = door.scan(lambda h: clips(h) * 2.0, outputs_info=x, n_steps=3)
    last = states[-1]
    assert values(last, door.grad(last.sum(), x)) == [[8, -16, 200], [0.5, 0.5, 0.5]]


@pytest.mark.parametrize("inline", [False, True])
def test_a_straight_through_estimator(inline, door, T, x, values):
    def near(inputs, gradients):
        return [gradients[0] * (abs(inputs[0]) < 3)]

    step = T.cast(x > 0, "float64")
    steps = door.OpFromGraph([x], [step], inline=inline, grad_overrides=near)
    assert values(steps(x), door.grad((steps(x) * 3).sum(), x)) == [[1, 0, 1], [3, 3, 0]]


def test_shared_variables_in_a_graph_and_in_an_override(door, T, x, values):
    s = door.shared(np.array([1.0, 2.0, 3.0]), "s")
    scaled = door.OpFromGraph([x], [x * s**2])(x)
    assert values(scaled, *door.grad(scaled.sum(), [x, s])) == [
        *([1, -8, 225], [1, 4, 9]),
        [2, -8, 150],
    ]
    times = [door.shared(2.0), door.shared(3.0)]
    ops = [
        door.OpFromGraph([x], [x * 1], grad_overrides=lambda i, g, by=by: [g[0] * by])
        for by in times
    ]
    total = sum(op(x) for op in ops)
    assert values(door.grad(total.sum(), x), total) == [[5, 5, 5], [2, -4, 50]]


def clipped(inputs, gradients):
    return [gradients[0].clip(-1, 1)]


def test_an_operation_and_its_functions_are_pickled(door, x, values):
    op = door.OpFromGraph([x], [x**2], grad_overrides=clipped)
    for each in (op, pickle.loads(pickle.dumps(op))):  # noqa: S301  (our own)
        assert values(door.grad((each(x) * 3).sum(), x)) == [[1, 1, 1]]
    f = door.function([x], [op(x), door.grad((op(x) * 3).sum(), x)])
    again = pickle.loads(pickle.dumps(f))  # noqa: S301  (our own)
    assert [result.tolist() for result in again([1.0, 2.0])] == [[1, 4], [1, 1]]
