"""Arguments that are easily got wrong: what is wrong is said in one line."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from matplotlib.figure import Figure

from theano_tutorial import backends, data, guard, models, objectives, plots, updates
from theano_tutorial.convolution import conv2d, pool_2d
from theano_tutorial.errors import BackendUnavailable, BadData, UsageError
from theano_tutorial.recipes import cg, sgd, softmax, tanh

W = pytensor.shared(np.ones((4, 3)), name="W")
x, v, y = pt.dmatrix("x"), pt.dvector("v"), pt.ivector("y")
p = pt.special.softmax(pt.dot(x, W), axis=-1)
cost = (W**2).sum()
rng = np.random.RandomState(0)
split = data.Split(np.full((20, 784), 0.5), np.arange(20, dtype=np.int32) % 10)
digits = data.Dataset(split, split, split, "rendered", "a test")
mode = backends.mode("numpy")
ax = Figure().subplots()

WRONG = [
    (
        lambda: objectives.log_likelihood(None, y),
        TypeError,
        "p_y_given_x .*symbolic.*None",
    ),
    (
        lambda: objectives.log_likelihood(v, y),
        TypeError,
        "p_y_given_x must be a matrix of f",
    ),
    (lambda: objectives.log_likelihood(pt.imatrix(), y), TypeError, "of floats; got int32"),
    (lambda: objectives.errors(y, "y"), TypeError, "labels must be a symbolic.* got 'y'"),
    (lambda: objectives.l1(W), TypeError, r"list of variables: give \[W\], not W alone"),
    (lambda: objectives.l2(None), TypeError, "weights must be a list of variables; got None"),
    (lambda: objectives.l1(W.get_value()), TypeError, "a list of variables; got array"),
    (lambda: objectives.l2([None]), TypeError, "each of the weights must be a symbolic"),
    (lambda: objectives.regularised(x, [W], 1, 1), TypeError, "symbolic scalar.*got ndim 2"),
    (lambda: objectives.regularised(None, [W], 1, 1), TypeError, "symbolic scalar.*got None"),
    (lambda: updates.adam(cost, None), TypeError, "list of shared variables; got None"),
    (lambda: updates.sgd(cost, 0.1, [W]), TypeError, r"list of shared variables; got 0\.1"),
    (lambda: updates.adam((x**2).sum(), [W]), UsageError, "cost has no gradient .* to W: it"),
    (lambda: updates.ascending("adam")(None, [W], 1), TypeError, "the objective must be"),
    (lambda: updates.ascending(["adam"]), UsageError, "unknown update rule"),
    (lambda: updates.customary_rate("adamm"), UsageError, "unknown update rule 'adamm'"),
    (lambda: updates.apply_momentum(None), TypeError, "updates must be a list .*got None"),
    (lambda: updates.apply_momentum(W), TypeError, "updates must be a list of pairs: give"),
    (lambda: updates.apply_momentum([W]), TypeError, r"updates must be pairs.*got \[W\]"),
    (lambda: updates.apply_momentum([(W, None)]), TypeError, "updates must be pairs"),
    (lambda: updates.total_norm_constraint(W, 1), TypeError, "tensor_vars must be a list"),
    (lambda: updates.total_norm_constraint([None], 1), TypeError, "each of tensor_vars must"),
    (lambda: updates.Schedule(0.1, "0.5"), UsageError, "rate decay must be from 0 to 1; got '"),
    (lambda: models.SoftmaxRegression(v, 4, 3), TypeError, "x must be a matrix; got float64"),
    (lambda: models.SoftmaxRegression(pt.dtensor3(), 4, 3), TypeError, "x must be a matrix"),
    (lambda: models.SoftmaxRegression("x", 4, 3), TypeError, "x must be a symbolic variable"),
    (lambda: models.SoftmaxRegression(x, -4, 3), UsageError, "n_in must be .* from 1; got -4"),
    (lambda: models.SoftmaxRegression(4, 3, x), UsageError, "n_out must be .* got x"),
    (lambda: models.TanhNetwork(x, 4, 2.5, 3), UsageError, r"n_hidden must be .* got 2\.5"),
    (lambda: models.MultilayerPerceptron(x, 4, 0, 3), UsageError, "n_hidden must be .* got 0"),
    (lambda: models.LeNet(v), TypeError, "x must be a matrix"),
    (lambda: models.LeNet(x, (20, -5)), ValueError, r"nkerns must be .*got \(20, -5\)"),
    (lambda: models.HiddenLayer(0, x, 4, 2), TypeError, "rng must be such as .*; got 0"),
    (lambda: models.HiddenLayer(rng, v, 4, 2), TypeError, "x must be a matrix"),
    (lambda: models.ConvPoolLayer(rng, x, (2, 1, 3)), ValueError, "filter_shape must be"),
    (lambda: models.ConvPoolLayer(rng, x, (2, 1, 3, 3), (0, 2)), ValueError, "poolsize must"),
    (lambda: models.restore(x, [W]), TypeError, r"params must be arrays by name; got \[W\]"),
    (lambda: models.restore(x, {"W": W}), TypeError, "W must be an array; W is symbolic"),
    (lambda: data.shared_dataset(digits), TypeError, "a Split is wanted.* got Dataset"),
    (lambda: data.shared_dataset((split.x, split.y)), TypeError, r"data.Split\(images, labels"),
    (lambda: data.shared_dataset(split.x, split.y), TypeError, "a Split.* got ndarray"),
    (lambda: data.checked(data.Split(split.x, None)), BadData, "labels must be 20 numbers"),
    (lambda: split.first("3"), UsageError, "must be a whole number from 1 to 20, .*; got '3'"),
    (
        lambda: split.first(True),
        UsageError,
        "must be a whole number from 1 to 20, .*; got True",
    ),
    (
        lambda: split.first(21),
        UsageError,
        "train_size must be from 1 to 20, the number of images; got 21",
    ),
    (lambda: data.make_dataset((1, 2), name="", source=""), TypeError, "must be Digits; got t"),
    (lambda: guard.dependence(cost, W), TypeError, r"shared variables: give \[W\]"),
    (lambda: guard.require(lambda: 1, [W]), TypeError, "compiled function or symbolic outputs"),
    (lambda: conv2d(None, pt.tensor4()), TypeError, "conv2d: images must be a symbolic"),
    (lambda: pool_2d("x", 2), TypeError, "pool_2d: images must be a symbolic .*got 'x'"),
    (lambda: plots.weights([ax], W, [""]), TypeError, "W is symbolic: give its value"),
    (
        lambda: plots.digits([ax], split.x, [""]),
        ValueError,
        r"1 axes, 1 titles.*\(20",
    ),
    (lambda: plots.digits([ax], split.x[0], [""]), ValueError, r"images \(784,\)"),
    (lambda: plots.probabilities(ax, np.ones((1, 10))), ValueError, r"one image.*\(1, 10\)"),
    (lambda: plots.confusion_matrix(ax, [1, -1], [1, 2]), BadData, "found -1 at row 1"),
    (lambda: plots.confusion_matrix(ax, [1, 2], [1]), BadData, "must be 2 numbers"),
    (lambda: plots.outputs_of(cost), TypeError, "a compiled function .*wanted; got Sum"),
    (lambda: plots.tile_raster_images(W, (2, 2), (1, 1)), TypeError, "W is symbolic"),
    (lambda: plots.tile_raster_images(split.x, (28, 28), None), ValueError, "tile_shape must"),
    (lambda: sgd.build(digits, train_size=20, batch_size=2.5), UsageError, "batch size must"),
    (lambda: tanh.build(digits, train_size=20, hidden_units=0), UsageError, "n_hidden must be"),
]


@pytest.mark.parametrize(("make", "kind", "words"), WRONG)
def test_what_is_wrong_is_said(make, kind, words):
    with pytest.raises(kind, match=words) as raised:
        make()
    assert type(raised.value) is kind
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("n", [-3, 2.5, "3", None])
def test_how_long_to_train(n):
    """A number below 0 is not without end, and half an epoch not a whole one."""
    for recipe, size in ((softmax, {}), (sgd, {"batch_size": 10}), (cg, {"batch_size": 10})):
        program = recipe.build(digits, train_size=20, mode=mode, **size)
        with pytest.raises(UsageError, match=rf"must be a whole number from 0; got '?{n}'?$"):
            recipe.fit(program, n)


def test_a_run_that_is_longer_than_asked_for():
    """It is over: no steps are taken, rather than ever more."""
    program = softmax.build(digits, train_size=20, mode=mode)
    longer = softmax.fit(program, 5)
    assert softmax.fit(program, 3, progress=longer.progress).progress.steps_done == 5


def test_what_is_accepted_beside_the_usual():
    assert len(data.checked(data.Split(split.x.tolist(), split.y.tolist()))) == 20
    assert plots.digits(ax, split.x[:1], ["one"]) is ax
    layer = models.HiddenLayer(rng, x, 4, 2, activation=None)
    values = rng.randn(5, 4)
    linear = pytensor.function([x], layer.output, mode=mode)(values)
    np.testing.assert_allclose(linear, values @ layer.W.get_value(), rtol=1e-12)


def test_no_curve_is_left_out():
    axes = Figure().subplots()
    plots.sweep(axes, {str(k): [k, k] for k in range(12)}, "cost")
    looks = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
    assert len(looks) == 12


@pytest.mark.parametrize("backend", backends.WITH_DEVICE)
def test_a_device_that_is_a_number(backend, require_backend):
    with pytest.raises(BackendUnavailable, match=f"backend '{backend}': .*7"):
        backends.mode(require_backend(backend), device=7)
