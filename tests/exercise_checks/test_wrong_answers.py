"""Answers that students give, each with the sentence that it deserves."""

import re
from types import SimpleNamespace

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from learners import Notebook, stops

from theano_tutorial import backends
from theano_tutorial import exercise_checks as exercises
from theano_tutorial.exercise_checks import EMPTY, plainly
from theano_tutorial.exercise_checks.plainly import HINTS, sentence
from theano_tutorial.exercise_checks.support import N, World

DATA = np.random.RandomState(0).rand(12, 784).astype("float32")
LABELS = np.arange(12) % 10


def answer(n, code):
    """Return what a line of the notebook gives."""
    names = {"pt": pt, "np": np, "pytensor": pytensor, "X": DATA, "y": LABELS}
    return eval(code, names | vars(n))


@pytest.fixture(scope="module")
def n():
    return Notebook()


SHAPES = r"Do the shapes fit.*X_sym is \(7, 784\), W \(784, 10\), b \(10,\) and y_sym \(7,\)"
NO_X = "does not depend on X_sym. Are there numbers"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("pt.special.softmax(X_sym * W + b, axis=-1)", SHAPES),
        ("pt.special.softmax(pt.dot(W, X_sym) + b, axis=-1)", SHAPES),
        ("pt.special.softmax(np.dot(X_sym, W) + b, axis=-1)", SHAPES),
        ("pt.special.softmax(pt.dot(X_sym.T, W) + b, axis=-1)", SHAPES),
        ("pt.special.softmax(pt.dot(X, W) + b, axis=-1)", NO_X),
        ("pt.special.log_softmax(z, axis=-1)", "these are the logarithms"),
        ("pt.exp(z)", "proportional to the probabilities, but do not sum to 1"),
        ("pt.special.softmax(pt.dot(X_sym, W), axis=-1) + b", "nothing after it"),
        ("pt.argmax(z, axis=1)", "ndim is 1; it should be a matrix"),
        ("pytensor.function([X_sym], z, mode='FAST_COMPILE')", "it has the type Function"),
        ("z / z.sum(axis=1, keepdims=True)", "below 0 or above 1"),
        ("0 * z", "its rows do not sum to 1"),
        ("1e30 * z", "below 0 or above 1"),
        ("z / z.sum()", "all its entries together sum to 1"),
        ("'softmax'", "it has the type str; it should be symbolic, made from X_sym, W and b"),
        ("pt.special.softmax(z, axis=-1).T", r"its shape should be \(7, 10\), not \(10, 7\)"),
        (
            "None",
            "it is None. A call that only prints or changes .* In its place put a symbolic",
        ),
        ("pt.special.softmax(pt.dot(X_sym[:200], W) + b, axis=-1)", r"not \(200, 10\)"),
        (
            "y_hat + 1e-8",
            "near 0 or 1 are wrong: 1e-08 where it should be .* Is something added",
        ),
        ("pt.clip(y_hat, 1e-7, 1)", "1e-07 where it should be .*or are they clipped"),
        ("pt.minimum(y_hat, 0.99)", "0.99 where it should be 1. .*or are they clipped"),
    ],
)
def test_probabilities(n, code, message):
    assert re.search(message, stops(exercises.check_y_hat, answer(n, code), n.X_sym, n.W, n.b))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("-pt.mean(pt.log(y_hat[:, y_sym]))", "every label's column for each image: 7 x 7"),
        ("-pt.mean(pt.log(y_hat)[:, y_sym])", "every label's column for each image: 7 x 7"),
        ("-pt.mean(pt.log(y_hat)[y_sym])", "takes whole rows"),
        ("-pt.mean(pt.log(y_hat)[y_sym, rows])", "they belong in the other order"),
        ("cost + 0 * pt.dscalar('spare')", "it depends on spare, which has no value here"),
        ("-pt.mean(pt.log(y_hat)[pt.arange(7), y[:7]])", "it does not depend on y_sym"),
        ("-pt.log(pt.mean(y_hat[rows, y_sym]))", "the mean is taken before the logarithm"),
        ("-pt.mean(pt.log10(y_hat)[rows, y_sym])", "another base"),
        ("-pt.mean(pt.log2(y_hat)[rows, y_sym])", "base 2"),
        ("-pt.mean(pt.log(1 - y_hat[rows, y_sym]))", "when the labels are .probable"),
        ("-pt.mean(pt.log(y_hat)[pt.arange(100), y_sym])", SHAPES),
        ("-pt.mean(y_sym * pt.log(y_hat))", "only for as many images as classes"),
        ("-pt.mean(pt.log(y_hat)[pt.arange(10), y_sym])", "or a 10 where the number of images"),
        ("-pt.mean(log_p[1:])", "the first image is left out"),
        ("-pt.mean(pt.log(y_hat)[rows[:-1], y_sym[:-1]])", "the last image is left out"),
        ("-pt.mean(pt.log(y_hat)[rows, y_sym - 1])", "each label is one too small"),
        ("-pt.sum(log_p) / np.float32(100)", "it divides by 100, however many"),
        ("-pt.sum(log_p) / np.float32(60000)", "it divides by 60,000, however many"),
        ("pt.mean((y_hat - pt.eye(10)[y_sym]) ** 2)", "squared differences"),
        ("pt.mean(pt.sum((y_hat - pt.eye(10)[y_sym]) ** 2, axis=1))", "squared differences"),
        ("log_p", "a single number for all images"),
        ("-pt.mean(y_hat[rows, y_sym])", "where is the logarithm"),
        ("-2 * pt.mean(log_p)", "on invented images it is .*Is y_hat right"),
        ("-pt.mean(pt.log(z)[rows, y_sym])", "it is nan on images .*Is y_hat right"),
        ("-pt.mean(pt.log(y_hat)[pt.arange(7), y_sym])", "cannot be computed for 307 images"),
        ("-pt.sum(log_p) / 7", "it divides by 7, however many"),
        ("-pt.sum(log_p) * np.float32(0.01)", "it divides by 100, however many"),
        ("[cost]", "it has the type list; it should be symbolic, made from X_sym, y_sym, W"),
        ("-pt.mean(pt.log(y_hat + 1e-8)[rows, y_sym])", "below 1e-08. Is something added"),
        ("-pt.mean(pt.log(y_hat[rows, y_sym] + 1e-15))", "below 1e-15. Is something added"),
        (
            "-pt.mean(pt.log(pt.clip(y_hat, 1e-7, 1))[rows, y_sym])",
            "1e-07.*or is something clip",
        ),
        (
            "-pt.mean(pt.log(pt.maximum(y_hat, 1e-12))[rows, y_sym])",
            "below 1e-12. Is something",
        ),
        ("-pt.mean(pt.clip(log_p, -20, 0))", "below 2e-09.*or is something clipped"),
        ("-pt.mean(pt.log(y_hat + 0.01)[rows, y_sym])", "below 1e-02. Is something added"),
        ("-pt.mean(pt.log(pt.maximum(y_hat, 0.1))[rows, y_sym])", "below 1e-01. Is something"),
        (
            "-pt.log(pt.prod(y_hat[rows, y_sym])) / y_sym.shape[0]",
            "inf on .* of each probability",
        ),
    ],
)
def test_cost(n, code, message):
    arguments = answer(n, code), n.X_sym, n.y_sym, n.W, n.b
    assert re.search(message, stops(exercises.check_cost, *arguments))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("pt.mean(pt.eq(pt.argmax(y_hat), y_sym))", "it is 0, and 3 of 7 images are right"),
        ("pt.mean(pt.eq(pt.max(y_hat, axis=1), y_sym))", "it is 0, and 3 of 7 images"),
        ("pt.mean(pt.eq(y_hat, y_sym))", "only for as many images as classes"),
        ("pt.mean(pt.eq(pt.argmax(y_hat, axis=1), y))", "it does not depend on y_sym"),
        ("pt.mean(y_hat[rows, y_sym])", "it is the mean probability of the labels"),
        ("pt.sum(pt.eq(pt.argmax(y_hat, axis=1), y_sym)) / 100", "it divides by 100, however"),
        ("pt.eq(pt.argmax(y_hat, axis=1), y_sym)", "a single number for all images"),
        ("1 - cost", "it is not the fraction"),
        ("pt.mean(pt.argmax(y_hat, axis=1) - y_sym)", "it is not the fraction"),
        ("pt.mean(pt.argmax(y_hat, 1)) - pt.mean(y_sym)", "it is not the fraction"),
        ("pt.mean(pt.lt(pt.argmax(y_hat, axis=1), y_sym))", "it is not the fraction"),
        ("pt.mean(pt.eq(pt.argmax(cost), y_sym))", "it is not the fraction"),
        ("pt.mean(pt.gt(y_hat[rows, y_sym], 0.5))", "it is not the fraction"),
        ("pt.mean(pt.eq(pt.max(y_hat, axis=1), y_hat[:, y_sym]))", "it is not the fraction"),
        ("0.9", "it has the type float"),
    ],
)
def test_accuracy(n, code, message):
    arguments = answer(n, code), n.X_sym, n.y_sym, n.W, n.b
    assert re.search(message, stops(exercises.check_accuracy, *arguments))


def test_every_label_is_also_a_row(n):
    """So that labels in the place of rows can be computed, and named."""
    world = World(n.W, n.b)
    assert world.y.max() < N
    assert (world.p.argmax(axis=1) == world.y).sum() == 3


def test_scores_that_moved_the_weights(n):
    mode = backends.mode("numpy")
    outputs = [n.cost, pt.mean(n.equal)]
    f = pytensor.function([n.X_sym, n.y_sym], outputs, mode=mode)
    updates = [(n.W, n.W - np.float32(0.001) * n.gradients[0])]
    f_updates = pytensor.function([n.X_sym, n.y_sym], outputs, updates=updates, mode=mode)
    learned = {param: param.get_value() for param in n.params}
    labels = (DATA @ n.W.get_value()).argmax(axis=1)
    train, test = (DATA[:8], labels[:8]), (DATA[8:], labels[8:])

    def check(train_scores, test_scores):
        arguments = train_scores, test_scores, (*train, *test), f, learned
        return stops(exercises.check_scores, *arguments)

    cost, accuracy = f(*train)
    assert "not a percentage" in check([cost, 100 * accuracy], f(*test))
    assert "should be two numbers" in check([f(*train), 3], f(*test))
    assert "Does one of the functions train, or is" in check(f(*train), f_updates(*test))
    for param, value in learned.items():  # as the notebook's cell does
        param.set_value(value)
    exercises.check_scores(f(*train), f(*test), (*train, *test), f, learned)


def true_costs(eps):
    return [1.0, 1.0 - eps, 1.0 - 2 * eps]


def nothing(eps):
    true_costs(eps)


def pairs(eps):
    return [(cost, 0.5) for cost in true_costs(eps)]


def one_by_one(eps):
    yield from true_costs(eps)


def another_W(eps):
    n = Notebook()
    W = pytensor.shared(n.W.get_value(), name="W")
    return pytensor.grad(n.cost, W)


def of_nothing():
    return true_costs(0.1)


def words(eps):
    return ["many", "good", "costs"]


def misspelt(eps):
    return costz  # noqa: F821  (a slip of the keyboard)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ([1.0, 0.9, 0.8], "a function of eps, not a list"),
        (nothing, "it returns None. Is there a return"),
        (pairs, "it returns pairs, of cost and accuracy"),
        (one_by_one, "return a list"),
        (another_W, "does not depend on this variable. Is it the very variable"),
        (of_nothing, "train: TypeError: too many positional arguments"),
        (lambda eps: [Notebook().cost] * 3, "Is there an expression where a number should"),
        (words, "train: ValueError: could not convert string to float"),
        (misspelt, r"train\(0.1\): NameError: name 'costz' is not defined. Has the cell"),
        (lambda eps: true_costs(eps)[:2], "3 minibatches have as many costs, not 2"),
        (lambda eps: true_costs(eps)[0], "not 1: collect them .* and return it after the loop"),
        (lambda eps: true_costs(0.1), "Is eps what was given"),
        (lambda eps: true_costs(-eps), "Do both parameters step down"),
        (lambda eps: [0.1, 0.2, 0.3], "is 0.100000, not 1.000000. Is it the cost"),
    ],
)
def test_train(train, message):
    assert re.search(message, stops(exercises.check_train, train, true_costs))


def momentum(n, velocity):
    """Return right updates, but for what their velocities are at the start."""
    pairs = []
    for param, gradient in zip(n.params, n.gradients, strict=True):
        v = pytensor.shared(velocity(param), name="v")
        new = (0.9 * v - 0.1 * gradient).astype("float32")
        pairs += [(v, new), (param, param + new)]
    return pairs


def zeros(param):
    return np.zeros_like(param.get_value())


def with_velocities(n, made, eps=0.1):
    """Return right updates, but for the velocities, made of the parameters' zeros."""
    pairs = []
    for param, gradient in zip(n.params, n.gradients, strict=True):
        v = made(zeros(param))
        new = (0.0 if isinstance(v, list) else 0.9 * v) - eps * gradient
        pairs += [(v, new), (param, param + new)]
    return pairs


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda n: 5, "it should be a list of pairs"),
        (lambda n: "W", "it should be a list of pairs"),
        (lambda n: n.W.set_value(n.W.get_value()), "it is None. A call that only"),
        (lambda n: [(n.W, n.W), 3], "it should be a list of pairs"),
        (lambda n: [momentum(n, zeros)[:2], momentum(n, zeros)[2:]], "be a list of pairs"),
        (lambda n: (pair for pair in momentum(n, zeros)), "make it a list"),
        (lambda n: momentum(n, lambda p: np.float32(0)), "ndim 0 and its new value 2"),
        (lambda n: momentum(n, lambda p: np.zeros(10, "float32")), "v has ndim 1"),
        (
            lambda n: momentum(n, lambda p: np.zeros(p.get_value().T.shape, "float32")),
            "momentum_updates: ValueError: .* Do the shapes fit",
        ),
        (
            lambda n: momentum(n, lambda p: np.zeros(p.get_value().shape)),
            "v is float64, and W is float32. It should begin",
        ),
        (
            lambda n: momentum(n, lambda p: np.zeros(p.get_value().shape, int)),
            "v is int64, and W is float32. It should begin",
        ),
        (
            lambda n: with_velocities(n, lambda p: pytensor.shared(np.zeros(p.shape)))[::-1],
            r"a velocity of shape \(10,\) is float64, and W is float32. It should begin",
        ),
        (
            lambda n: with_velocities(n, pytensor.shared, pytensor.shared(0.1)),
            "a shared number is float64, and W is float32",
        ),
        (
            lambda n: with_velocities(n, np.zeros_like),
            r": a NumPy array \(float32, of shape \(784, 10\)\) is updated, but",
        ),
        (
            lambda n: with_velocities(n, np.ndarray.tolist),
            r": \[\[0.0, 0.0, .*\.\.\. is updated, but",
        ),
        (lambda n: [(n.W, 3.0)], "the new value of W should be an expression"),
        (
            lambda n: [(pytensor.shared(zeros(n.W)), 0.9)],
            "the new value of a velocity should be an expression",
        ),
        (lambda n: [*momentum(n, zeros)[:2], (n.b, n.b)], "one velocity: 2 in all, not 1"),
        (lambda n: 2 * momentum(n, zeros), "W should be updated once"),
    ],
)
def test_momentum(n, make, message):
    before = n.W.get_value()
    arguments = make(n), n.cost, n.params, 0.1, 0.9
    sentence = stops(exercises.check_momentum, *arguments)
    assert re.search(message, sentence)
    assert len(sentence) < 400
    np.testing.assert_array_equal(n.W.get_value(), before)


class First:
    """The names of the first notebook."""

    def __init__(self):
        self.v, self.w, self.x = pt.dvector("v"), pt.dvector("w"), pt.dscalar("x")
        self.cost = (2 * self.x - 6) ** 2
        self.theta = pytensor.shared(10.0, name="theta")
        self.hill = (self.theta - 2) ** 2
        self.down = 0.25 * pytensor.grad(self.hill, self.theta)


FIRST = {
    "check_distance": [
        ("pt.sum((v - w) ** 2)", None),
        ("pt.dot(v - w, v - w)", None),
        ("...", None),
        ("(v - w) ** 2", "it should be a single number for both vectors."),
        ("pt.sqrt(pt.sum((v - w) ** 2))", "its square needs no root"),
        ("pt.sum(v - w) ** 2", "added before they are squared"),
        ("pt.sum(v - w)", "the differences are not squared"),
        ("pt.sum(abs(v - w))", "their squares should be"),
        ("pt.mean((v - w) ** 2)", "that is a mean"),
        ("pt.dot(v, w)", "v and w are multiplied"),
        ("pt.sum((v + w) ** 2)", "they should be subtracted"),
        ("-pt.sum((v - w) ** 2)", "a square is not negative"),
        ("pt.sum(v ** 2)", "does not depend on w"),
        ("25.0", "it has the type float; it should be symbolic, made from v and w"),
        ("sum((v[i] - w[i]) ** 2 for i in range(3))", "IndexError: index 2 is out of bounds"),
        ("pt.sum((v - w) ** 4)", r"for \(1, 2, 3\) and \(4, 6, 2\) it is 338, not 26"),
    ],
    "check_slope": [
        ("pytensor.grad(cost, x)", None),
        ("4 * (2 * x - 6)", None),
        ("...", None),
        ("cost", "that is the cost itself"),
        ("2 * (2 * x - 6)", "the inner derivative is missing"),
        ("-pytensor.grad(cost, x)", "wrong sign"),
        ("24.0", "it has the type float; it should be symbolic, made from x"),
        ("8 * x", "at x = 6 it is 48, not 24"),
        ("4 * x", "at x = 1 it is 4, not -16"),
        ("x ** 2 - 12", "at x = 1 it is -11, not -16"),
        ("pytensor.grad(x ** 2 + 1, x)", "that is the derivative of y"),
    ],
    "check_downhill": [
        ("[(theta, theta - down)]", None),
        ("{theta: theta - down}", None),
        ("...", None),
        ("[(theta, theta + down)]", "theta climbs"),
        ("[(theta, -down)]", "where does it start from"),
        ("[(theta, down)]", "where does it start from"),
        ("[(theta, 4 * down)]", "the slope alone"),
        ("[(theta, theta - 4 * down)]", "not a quarter of it"),
        ("[(theta, theta + 0)]", "stays where it is"),
        ("[(theta, theta.get_value() - down)]", "there is a number where theta should be"),
        ("[(theta, theta - 0.1)]", "from 10, theta goes to 9.9, not 6"),
        ("[(theta, theta - 4)]", "from 1, theta goes to -3, not 1.5"),
        ("[(theta, 0.6 * theta)]", "from 1, theta goes to 0.6, not 1.5"),
        ("[(theta, theta - 0.25 * hill)]", "a quarter of the cost, not of its slope"),
        (
            "[(theta, theta - 0.25 * pytensor.grad(cost, x))]",
            "it depends on x, which has no value here. It should be made from theta",
        ),
        ("theta - down", "it should be a list of pairs"),
        ("(theta, theta - down)", "it should be a list of pairs"),
        ("[]", "theta should be updated once"),
        ("[(theta, 6.0)]", "the new value of theta should be an expression"),
        ("[(x, theta - down)]", "x is updated, but it is not a shared variable"),
        ("[('theta', theta - down)]", "'theta' is updated, but it is not a shared variable"),
        ("iter([(theta, theta - down)])", "make it a list"),
    ],
}


@pytest.mark.parametrize(
    ("check", "code", "message"),
    [(check, *case) for check, cases in FIRST.items() for case in cases],
)
def test_the_first_notebook(check, code, message, capsys):
    n = First()
    value = eval(code, {"pt": pt, "pytensor": pytensor} | vars(n))
    given = {
        "check_distance": [value, n.v, n.w],
        "check_slope": [value, n.x],
        "check_downhill": [value, n.hill, n.theta],
    }[check]
    if message:
        assert re.search(message, stops(getattr(exercises, check), *given))
    else:
        getattr(exercises, check)(*given)
        wanted = "still empty" if value is EMPTY else " of 3\n"
        assert wanted in capsys.readouterr().out
    assert n.theta.get_value() == 10


RAISED = {
    "pt.nnet.softmax(z)": "Names have moved",
    "T.dot(X_sym, W)": "Names have moved",
    "pt.softmax(z)": "Is it in pt.special",
    "softmax(z)": "Has the cell that defines it been run",
    "__import__('theano')": "Names have moved",
    "np.mean(cost)": "use pt's of this name",
    "1 if cost > 0 else 2": "pt.switch",
    "float(cost)": "cannot count with it",
    "range(y_sym.shape[0])": "cannot count with it",
    "pt.mean(pt.argmax(y_hat, axis=1) == y_sym)": "compares the symbols themselves",
    "(pt.argmax(y_hat, axis=1) == y_sym).mean()": "compares the symbols themselves",
    "np.argmax(y_hat, axis=1)": "use pt's function, not NumPy's",
    "np.zeros_like(W) + W": "use pt's of this name",
    "pt.log(y_hat)[pt.arange(y_sym), y_sym]": "Does each operation get what it expects",
    "len(X_sym)": "count or loop over it",
    "list(y_sym)": "count or loop over it",
    "list(W.set_value(W.get_value()))": "does a function lack its return",
    "pytensor.grad(z, W)": "of a single number",
    "pytensor.grad(b[0], cost)": "Is the cost the first of the two",
    "pytensor.grad(3.0, W)": "A gradient is of an expression",
    "pytensor.grad(cost, 'W')": "with respect to one of its variables",
    "0.1 * pytensor.grad(cost, [W])": "take one of its entries",
    "float(f_pair(X))": "A function with a list of outputs",
    "f_pair([X, y])": "Were several inputs given as one",
    "np.asarray([cost, cost], float)": "an expression where a number should be",
    "list(sorted)": "Are its parentheses missing",
    "list(f.__call__)": "Are its parentheses missing",
    "(...).type": "A blank above is still empty",
    "len(...)": "A blank above is still empty",
    "pt.log(...)": "A blank above is still empty",
    "pytensor.function([X_sym], [z, ...])": "A blank above is still empty",
    "X_sym - W[0] ^ 2": "A power is written **",
    "sum(y_sym)": "use pt.sum",
    "pytensor.function([], cost)": "name it among the inputs",
    "pytensor.function([X_sym, y_sym], z)": "not needed for the outputs",
    "pytensor.function(X_sym, z)": "also for one",
    "f(X_sym)": "this is a symbol",
    "f(X[0])": "more or fewer dimensions",
    "f(X[:, :5])": "Do the shapes fit",
    "f(X.astype('float64') / 255)": "a wider type than the symbol. Are the inputs in",
    "cost(X, y)": "must be compiled to be called",
    "z.__setitem__(0, 1)": "An expression never changes",
    "z[0, 0, 0]": "fewer dimensions than there are indices",
    "W.set_value(X.astype('float64') / 3)": "a wider type than the symbol",
    "pytensor.function([], W, updates=[W, W])": "Write updates=",
    "pytensor.function([], b, updates=[(b, b + 1), (b, b + 2)])": "is updated once",
    "pytensor.function([], b, updates=[(b, b.sum())])": "keeps its type, also its dimensions",
    "pytensor.function([X_sym], z, updates=[(X_sym, X_sym)])": "Only a shared variable keeps",
}


@pytest.mark.parametrize("code", RAISED)
def test_what_a_students_code_raises_is_one_sentence(n, code):
    n.f = pytensor.function([n.X_sym], n.z, mode=backends.mode("numpy"))
    n.f_pair = pytensor.function([n.X_sym], [n.z, n.z], mode=backends.mode("numpy"))
    with pytest.raises(Exception) as caught:  # of any kind
        answer(n, code)
    told = sentence(caught.value)
    assert "\n" not in told
    assert "Use the PyTensor flag" not in told
    assert len(told) < 700
    assert RAISED[code] in told


TIMED = "exec(compile('a = 1\\n\\nfirst(a)', '<timed exec>', 'exec'), names)"  # as %%time does


@pytest.mark.parametrize(("cell", "line"), [("a = 1\nfirst(a)\n", 2), (TIMED, 3)])
def test_the_line_is_one_of_the_cell_that_was_run(cell, line):
    """Not of the cell that defines a function in which the error arose."""
    names, shown = {}, []
    exec(compile("\n\n\ndef first(x):\n    return x[0]\n", "a cell", "exec"), names)
    names["names"] = names
    with pytest.raises(TypeError) as caught:
        exec(compile(cell, "another cell", "exec"), names)
    shell = SimpleNamespace(user_ns=names, showtraceback=lambda error, _: shown.append(error))
    plainly._show(shell, caught.type, caught.value, caught.tb)
    (told,) = caught.value._render_traceback_()
    message = f"Line {line} of this cell: TypeError: 'int' object is not subscriptable"
    assert told.startswith(message)
    assert len(shown) == 1


def test_every_hint_is_used():
    hints = set(HINTS.values())
    used = {hint for hint in hints if any(part in hint for part in RAISED.values())}
    assert hints - used == {"Is it installed where this notebook runs?"}
