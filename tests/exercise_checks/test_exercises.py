"""The checks of the exercise notebook: each wrong answer gets its own sentence."""

import re

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from learners import Notebook, stops

from theano_tutorial import backends
from theano_tutorial import exercise_checks as exercises
from theano_tutorial.exercise_checks import EMPTY


@pytest.fixture(autouse=True)
def float32():
    with pytensor.config.change_flags(floatX="float32"):
        yield


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda n: EMPTY, "y_hat: the blank is still empty"),
        (lambda n: np.zeros((3, 10)), "it has the type ndarray; it should be symbolic"),
        (lambda n: pt.special.softmax(n.z), "softmax was taken over the whole matrix at once"),
        (lambda n: pt.special.softmax(n.z, axis=0), "its columns sum to 1"),
        (lambda n: n.z, "below 0 or above 1"),
        (lambda n: pt.sigmoid(n.z), "its rows do not sum to 1"),
        (lambda n: pt.special.softmax(2 * n.z, axis=-1), r"but not the softmax of X W \+ b"),
        (lambda n: pt.special.softmax(pt.dot(n.X_sym, n.W), axis=-1), "does not depend on b"),
        (lambda n: n.y_hat[:, 0], "its ndim is 1; it should be a matrix"),
        (lambda n: n.y_hat[:, :5], r"its shape should be \(7, 10\), not \(7, 5\)"),
        (
            lambda n: pt.special.softmax(pt.dot(n.W, n.X_sym) + n.b, axis=-1),
            "cannot be computed for 7 images",
        ),
        (
            lambda n: pt.exp(n.z) / pt.exp(n.z).sum(axis=1),
            "only for as many images as classes.*sum or maximum that needs keepdims",
        ),
        (
            lambda n: pt.special.softmax(n.z - pt.max(n.z, axis=1), axis=1),
            "only for as many images as classes.*sum or maximum that needs keepdims",
        ),
    ],
)
def test_wrong_y_hat(wrong, message):
    n = Notebook()
    sentence = stops(exercises.check_y_hat, wrong(n), n.X_sym, n.W, n.b)
    assert re.search(message, sentence)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda n: EMPTY, "cost: the blank is still empty"),
        (lambda n: -pt.sum(n.log_p), "a sum over them where there should be a mean"),
        (lambda n: pt.mean(n.log_p), "it has the wrong sign"),
        (lambda n: -n.log_p, "its ndim is 1; it should be a single number"),
        (lambda n: -pt.mean(pt.exp(n.log_p)), "where is the logarithm?"),
        (lambda n: -pt.mean(pt.log(n.y_hat)), "it does not depend on y_sym. Are there numbers"),
        (
            lambda n: (
                -pt.mean(
                    pt.log(n.y_hat) * pt.eq(n.y_sym[:, None], pt.arange(10)).astype("float32")
                )
            ),
            "it is 10 times too small",
        ),
        (lambda n: pt.log(n.cost - n.cost), "it is -inf on images"),
        (lambda n: 3.5, "it has the type float; it should be symbolic"),
    ],
)
def test_wrong_cost(wrong, message):
    n = Notebook()
    assert message in stops(exercises.check_cost, wrong(n), n.X_sym, n.y_sym, n.W, n.b)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda n: EMPTY, "accuracy: the blank is still empty"),
        (lambda n: 1 - pt.mean(n.equal), "counts the images that are labelled wrong"),
        (lambda n: 100 * pt.mean(n.equal), "it is a percentage"),
        (lambda n: pt.sum(n.equal), "it is a number of images"),
        (lambda n: pt.mean(n.y_hat), "it does not depend on y_sym"),
        (lambda n: n.equal, "its ndim is 1"),
        (
            lambda n: pt.mean(pt.eq(pt.argmax(n.y_hat, axis=0), n.y_sym)),
            "only for as many images as classes",
        ),
    ],
)
def test_wrong_accuracy(wrong, message):
    n = Notebook()
    assert message in stops(exercises.check_accuracy, wrong(n), n.X_sym, n.y_sym, n.W, n.b)


def test_right_answers(capsys):
    n = Notebook()
    exercises.check_y_hat(n.y_hat, n.X_sym, n.W, n.b)
    exercises.check_cost(n.cost, n.X_sym, n.y_sym, n.W, n.b)
    # float64, with gradients that are float32 as the parameters are
    exercises.check_cost(-pt.sum(n.log_p) / n.y_sym.shape[0], n.X_sym, n.y_sym, n.W, n.b)
    exercises.check_accuracy(pt.mean(n.equal), n.X_sym, n.y_sym, n.W, n.b)
    exercises.check_updates(sgd(n, 0.001), n.cost, n.params, 0.001)
    exercises.check_updates(dict(sgd(n, 0.001)), n.cost, n.params, 0.001)
    exercises.check_updates(sgd(n, 0.001), n.cost, n.params[::-1], 0.001)
    assert capsys.readouterr().out.count(": right. ") == 7


@pytest.mark.parametrize(
    "right",
    [
        lambda n: -pt.mean(pt.log(n.y_hat[pt.arange(n.y_sym.shape[0]), n.y_sym])),
        lambda n: -pt.mean(pt.sum(pt.log(n.y_hat) * pt.eye(10)[n.y_sym], axis=1)),
        lambda n: (
            -pt.mean(pt.special.log_softmax(n.z, axis=-1)[pt.arange(n.y_sym.shape[0]), n.y_sym])
        ),
        lambda n: pt.mean(
            pt.log(pt.exp(n.z).sum(axis=1)) - n.z[pt.arange(n.y_sym.shape[0]), n.y_sym]
        ),
        lambda n: (
            -pt.mean(
                pt.log(pt.exp(n.z) / pt.exp(n.z).sum(axis=1, keepdims=True))[
                    pt.arange(n.y_sym.shape[0]), n.y_sym
                ]
            )
        ),
    ],
)
def test_costs_written_otherwise_are_right(right, capsys):
    n = Notebook()
    exercises.check_cost(right(n), n.X_sym, n.y_sym, n.W, n.b)
    assert "right" in capsys.readouterr().out


def sgd(n, eps):
    return [(p, p - eps * g) for p, g in zip(n.params, n.gradients, strict=True)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda n: [
                (p, p - np.array(0.001) * g) for p, g in zip(n.params, n.gradients, strict=True)
            ],
            "W is float32 and its new value is float64. A shared variable keeps its type",
        ),
        (lambda n: sgd(n, -0.001), "W climbs the cost"),
        (lambda n: sgd(n, 0.1), "the step of W is not eps times its gradient"),
        (
            lambda n: [
                (p, p.get_value() - 0.001 * g)
                for p, g in zip(n.params, n.gradients, strict=True)
            ],
            "W always steps from the value that it has now",
        ),
        (lambda n: sgd(n, 0.001)[:1], "b should be updated once"),
        (
            lambda n: [n.W, n.b],
            "it should be a list of pairs: [(shared variable, its new value), ...]",
        ),
    ],
)
def test_wrong_updates(wrong, message):
    n = Notebook()
    sentence = stops(exercises.check_updates, wrong(n), n.cost, n.params, 0.001)
    assert message in sentence


@pytest.mark.parametrize("eps", [0, -0.001, float("nan"), float("inf")])
def test_an_eps_that_is_no_size_of_a_step(eps):
    n = Notebook()
    sentence = stops(exercises.check_updates, sgd(n, eps), n.cost, n.params, eps)
    assert f"updates: eps is {eps:g}; the size of a step should be above 0" in sentence


def test_the_direction_of_tiny_steps(capsys):
    n = Notebook()
    assert "climbs" in stops(exercises.check_updates, sgd(n, -1e-9), n.cost, n.params, 1e-9)
    for eps in (1e-9, 0.1, 10.0):
        exercises.check_updates(sgd(n, eps), n.cost, n.params, eps)
    assert capsys.readouterr().out.count("right") == 3


def test_scores(capsys):
    n = Notebook()
    mode = backends.mode("numpy")
    f = pytensor.function([n.X_sym, n.y_sym], [n.cost, pt.mean(n.equal)], mode=mode)
    rng = np.random.RandomState(1)
    X, y = rng.rand(40, 784).astype("float32"), rng.randint(10, size=40)
    train, test = (X[:30], y[:30]), (X[30:], y[30:])
    learned = {param: param.get_value() for param in n.params}

    def check(a, b):
        return stops(exercises.check_scores, a, b, (*train, *test), f, learned)

    assert "train_scores: the blank is still empty" in check(EMPTY, EMPTY)
    assert "test_scores: the blank is still empty" in check(f(*train), EMPTY)
    assert "it should be two numbers" in check(3.0, f(*test))
    assert "these are the scores of the other images" in check(f(*test), f(*train))
    assert "the cost comes first" in check(f(*train)[::-1], f(*test))
    part = f(X[:10], y[:10])
    assert "these are not the scores of all training images" in check(part, f(*test))
    exercises.check_scores(f(*train), f(*test), (*train, *test), f, learned)
    assert "right" in capsys.readouterr().out


def test_sweep(capsys):
    def right(eps):
        return [1.0, 1.0 - eps, 1.0 - 2 * eps]

    def check(train):
        return stops(exercises.check_train, train, right)

    assert "train: the blank is still empty" in check(lambda eps: ...)
    assert "Does each training begin from the same weights" in check(lambda eps: [2, 2, 2])
    assert "Is eps what was given?" in check(lambda eps: right(0.5))
    calls = iter(([1.0, 0.9, 0.8], [0.8, 0.799, 0.798]))
    assert "train(0.001): the first cost is 0.8" in check(lambda eps: next(calls))
    exercises.check_train(right, right)
    assert "right" in capsys.readouterr().out


def test_training_with_another_cost_is_not_the_fault_of_train(capsys):
    def right(eps):
        return [17.92, 17.92 - eps]

    def with_another_cost(eps):
        return [13.47, 13.47 - eps]

    sentence = stops(exercises.check_train, with_another_cost, right, 13.47)
    assert "the training loop above began with a cost of 13.470000, not 17.920000" in sentence
    assert "not in train. Is it in the cost (blank 2)" in sentence
    sentence = stops(exercises.check_train, with_another_cost, right, 17.92)
    assert "Does each training begin from the same weights" in sentence
    assert "still empty" in stops(exercises.check_train, lambda eps: ..., right, 13.47)
    exercises.check_train(right, right, 17.92)
    assert "right" in capsys.readouterr().out


def momentum(n, rule, dtype="float32", start=0.0):
    pairs = []
    for p, g in zip(n.params, n.gradients, strict=True):
        v = pytensor.shared(np.full_like(p.get_value(), start), name=f"v_{p.name}")
        new = rule(v, g)
        pairs += [(v, new.astype(dtype)), (p, p + new)]
    return pairs


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda n: EMPTY, "momentum_updates: the blank is still empty"),
        (lambda n: sgd(n, 0.1), "What remembers the last step between calls?"),
        (lambda n: momentum(n, lambda v, g: 0.9 * v - 0.1 * g)[:3], "b should be updated once"),
        (
            lambda n: momentum(n, lambda v, g: 0.9 * v - 0.1 * g, dtype="float64"),
            "v_W is float32 and its new value is float64",
        ),
        (lambda n: momentum(n, lambda v, g: 0.9 * v - 0.1 * g, start=1.0), "begin at zero"),
        (lambda n: momentum(n, lambda v, g: 0.9 * v + 0.1 * g), "the parameters climb the"),
        (lambda n: momentum(n, lambda v, g: 0.9 * v - 0.2 * g), "the first step, from rest"),
        (
            lambda n: momentum(n, lambda v, g: 0.5 * v - 0.1 * g),
            "the second step should be 0.9",
        ),
        (
            lambda n: [
                pair
                for p, g in zip(n.params, n.gradients, strict=True)
                for v in [pytensor.shared(np.zeros_like(p.get_value()), name=f"v_{p.name}")]
                for pair in ((v, 0.9 * v - 0.1 * g), (p, p + v))
            ],
            "the parameters move by the old velocity, one step late",
        ),
    ],
)
def test_wrong_momentum(wrong, message):
    n = Notebook()
    before = [p.get_value() for p in n.params]
    sentence = stops(exercises.check_momentum, wrong(n), n.cost, n.params, 0.1, 0.9)
    assert message in sentence
    for p, value in zip(n.params, before, strict=True):
        np.testing.assert_array_equal(p.get_value(), value)


def test_the_last_parameters_also_remember_the_last_step(capsys):
    n = Notebook()
    pairs = []
    for p, g in zip(n.params, n.gradients, strict=True):
        last = pytensor.shared(p.get_value(), name=f"last_{p.name}")
        pairs += [(p, p + 0.9 * (p - last) - 0.1 * g), (last, p)]
    exercises.check_momentum(pairs, n.cost, n.params, 0.1, 0.9)
    assert "right" in capsys.readouterr().out


def test_right_momentum_leaves_everything_as_it_was(capsys):
    n = Notebook()
    before = [p.get_value() for p in n.params]
    pairs = momentum(n, lambda v, g: 0.9 * v - 0.1 * g)
    exercises.check_momentum(pairs, n.cost, n.params, 0.1, 0.9)
    assert "right" in capsys.readouterr().out
    for p, value in zip(n.params, before, strict=True):
        np.testing.assert_array_equal(p.get_value(), value)
    assert not any(v.get_value().any() for v, _ in pairs[::2])


def test_no_sentence_gives_the_answer_away():
    """None of the functions that solve a blank is named in a check's sentence."""
    import ast
    import inspect

    from theano_tutorial.exercise_checks import blanks, pairs, projects, support

    sentences = [
        node.value
        for module in (blanks, pairs, projects, support)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for answer in ("axis=-1", "axis=1", "pt.mean", "pt.arange", "pt.argmax", "0.9 *"):
        assert not any(answer in sentence for sentence in sentences)


def test_softmax_by_hand_is_right():
    n = Notebook()
    stable = pt.exp(n.z - n.z.max(axis=1, keepdims=True))
    for e in (pt.exp(n.z), stable, pt.exp(n.z - n.z.max())):
        exercises.check_y_hat(e / e.sum(axis=1, keepdims=True), n.X_sym, n.W, n.b)
        exercises.check_y_hat((e.T / e.sum(axis=1)).T, n.X_sym, n.W, n.b)
