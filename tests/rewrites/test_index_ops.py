"""The three operations and the rewrite that puts them into graphs: structure, then numbers."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.gradient import verify_grad
from pytensor.tensor.math import Argmax

from theano_tutorial import backends, models, objectives, updates
from theano_tutorial.backends.inline import add_inlining
from theano_tutorial.backends.numpy_elementwise import NumpyCall
from theano_tutorial.rewrites.index_ops import PickEntries, ScatterEntries, SliceRows
from theano_tutorial.rewrites.index_ops import pick_entries as pick
from theano_tutorial.rewrites.index_ops import scatter_entries as scatter
from theano_tutorial.rewrites.index_rewrites import add_rewrites

OPS = (PickEntries, ScatterEntries, SliceRows)
WITH_REWRITES = ("jax", "pytorch")


def ops_in(outputs, inputs=(), rewritten=True, **more):
    """Return how often each operation is in a compiled graph."""
    mode = Mode("py", "fast_run").excluding("fusion")
    mode = add_rewrites(mode) if rewritten else mode
    more |= {"on_unused_input": "ignore"}
    function = pytensor.function(list(inputs), outputs, mode=mode, **more)
    nodes = function.maker.fgraph.apply_nodes
    return tuple(sum(isinstance(node.op, op) for node in nodes) for op in OPS)


def shared_digits(n=100, k=784, dtype="float64"):
    rng = np.random.default_rng(n)
    x = rng.random((n, k)).astype(dtype)
    y = rng.integers(10, size=n).astype(dtype)
    xs = pytensor.shared(x, name="x", shape=x.shape)
    ys = pytensor.shared(y, name="y", shape=y.shape)
    return xs, pt.cast(ys, "int32"), x, y.astype(int)


# Structure: it is there where it should be ...


def test_a_minibatch_step_has_all_three():
    x, y, index = pt.dmatrix("x"), pt.ivector("y"), pt.lscalar("index")
    model = models.SoftmaxRegression(x, 784, 10)
    cost = model.negative_log_likelihood(y)
    step = updates.sgd(cost, model.params, 0.1)
    xs, ys, _, _ = shared_digits()
    rows = slice(index * 20, (index + 1) * 20)
    given = {"inputs": [index], "givens": {x: xs[rows], y: ys[rows]}}
    picked, scattered, sliced = ops_in(cost, updates=step, **given)
    assert (scattered, sliced) == (1, 2)
    assert picked == 1
    assert ops_in(cost, updates=step, rewritten=False, **given) == (0, 0, 0)


@pytest.mark.parametrize("compile_with", ["tanh", "softmax"])
def test_full_batch_steps_have_the_pair(compile_with):
    x, y = pt.dmatrix("x"), pt.ivector("y")
    make = models.TanhNetwork if compile_with == "tanh" else models.SoftmaxRegression
    model = make(x, 784, 20, 10) if compile_with == "tanh" else make(x, 784, 10)
    objective = objectives.log_likelihood(model.p_y_given_x, y)
    xs, ys, _, _ = shared_digits()
    step = updates.gradient_ascent(objective, model.params, 0.5)
    assert ops_in(objective, updates=step, givens={x: xs, y: ys}) == (1, 1, 0)


P, Y = pt.dmatrix("P"), pt.lvector("y")


@pytest.mark.parametrize(
    "spelling",
    [
        lambda: P[pt.arange(P.shape[0]), Y],
        lambda: P[pt.arange(Y.shape[0]), Y],
        lambda: pt.log(P)[pt.arange(P.shape[0]), Y],
        lambda: pt.log(P[pt.arange(pt.log(P).shape[0]), Y]),
        lambda: pt.special.log_softmax(P, axis=-1)[pt.arange(P.shape[0]), Y],
        lambda: (pt.exp(P) / pt.exp(P).sum(axis=1, keepdims=True))[pt.arange(Y.shape[0]), Y],
        lambda: P[pt.arange(P.shape[0]), pt.cast(Y, "int8")],
    ],
)
def test_spellings_of_one_entry_a_row(spelling):
    assert ops_in(spelling(), [P, Y])[0] == 1


INDEX = pt.lscalar("index")


@pytest.mark.parametrize(
    "rows",
    [
        lambda: slice(INDEX * 20, (INDEX + 1) * 20),
        lambda: slice(20 * INDEX, 20 * INDEX + 20),
        lambda: slice(INDEX, INDEX + 7),
        lambda: slice(INDEX * 20 - 5, INDEX * 20 + 15),
    ],
)
def test_spellings_of_a_minibatch(rows):
    xs, _, _, _ = shared_digits()
    assert ops_in(xs[rows()], [INDEX]) == (0, 0, 1)
    mode = add_rewrites(Mode("py", "fast_run"))
    function = pytensor.function([INDEX], xs[rows()], mode=mode)
    plain = pytensor.function([INDEX], xs[rows()], mode=Mode("py", "fast_run"))
    np.testing.assert_array_equal(function(2), plain(2))


# ... and not where a graph only looks alike.


@pytest.mark.parametrize(
    "lookalike",
    [
        lambda: P[Y, pt.arange(P.shape[0])],  # the other axis
        lambda: P[pt.arange(P.shape[1]), Y],  # as many as columns
        lambda: P[pt.arange(P.shape[0]) + 1, Y],
        lambda: P[pt.arange(1, P.shape[0]), Y],
        lambda: P[pt.arange(0, P.shape[0], 2), Y],
        lambda: P[pt.arange(5), Y],  # a number of rows that nothing is known of
        lambda: P[Y, Y],
        lambda: P[pt.arange(P.shape[0])],
        lambda: P[pt.arange(P.shape[0])[:, None], Y[None, :]],
        lambda: P.T[pt.arange(P.shape[0]), Y],
        lambda: (P[1:])[pt.arange(P.shape[0] - 1), Y],
    ],
)
def test_lookalikes_of_picking_are_left_alone(lookalike):
    assert ops_in(lookalike(), [P, Y])[0] == 0


def test_a_part_without_an_index_is_left_alone(backend, caplog):
    """A rewrite that fails is only logged."""
    x = pt.dscalar("x")
    function = pytensor.function([x], x[...] * 2, mode=backends.mode(backend))
    assert function(3) == 6
    assert not caplog.records


def test_labels_of_another_length_are_left_alone():
    p = pt.tensor("p", dtype="float64", shape=(5, 3))
    y = pt.tensor("y", dtype="int64", shape=(1,))
    assert ops_in(p[pt.arange(p.shape[0]), y], [p, y])[0] == 0


def test_adding_to_something_else_than_zeros_is_left_alone():
    rows = pt.arange(P.shape[0])
    for base in (P, pt.ones_like(P)):
        assert ops_in(pt.inc_subtensor(base[rows, Y], 1.0), [P, Y])[1] == 0


@pytest.mark.parametrize(
    "rows",
    [
        lambda: slice(INDEX * 20, (INDEX + 1) * 30),  # grows
        lambda: slice(INDEX * 20, None),
        lambda: slice(None, INDEX * 20),
        lambda: slice(INDEX * 20, INDEX * 20 + 20, 2),
        lambda: slice(INDEX * INDEX, INDEX * 20),
        lambda: slice(INDEX + 20, INDEX),  # nothing
        lambda: slice(INDEX, INDEX + 200),  # more than there is
    ],
)
def test_lookalikes_of_a_minibatch_are_left_alone(rows):
    xs, _, _, _ = shared_digits()
    assert ops_in(xs[rows()], [INDEX])[2] == 0
    assert ops_in(P[INDEX * 20 : INDEX * 20 + 20], [P, INDEX])[2] == 0  # rows unknown


def test_indices_used_elsewhere_keep_their_other_use():
    rows = pt.arange(P.shape[0])
    both = [P[rows, Y], rows * 2]
    assert ops_in(both, [P, Y])[0] == 1
    function = pytensor.function([P, Y], both, mode=add_rewrites(Mode("py", "fast_run")))
    picked, twice = function(np.eye(3), np.array([0, 1, 0]))
    assert picked.tolist() == [1, 1, 0]
    assert twice.tolist() == [0, 2, 4]


# Numbers.


def mode_of(backend):
    return backends.mode(backend)


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_operations_on_every_backend(backend, n, dtype):
    rng = np.random.default_rng(n)
    x_value = rng.normal(size=(n, 5)).astype(dtype)
    g_value = rng.normal(size=n).astype(dtype)
    y_value = rng.integers(5, size=n)
    x, g, y = pt.matrix("x", dtype=dtype), pt.vector("g", dtype=dtype), pt.lvector("y")
    function = pytensor.function(
        [x, g, y], [pick(x, y), scatter(x, g, y)], mode=mode_of(backend)
    )
    picked, scattered = function(x_value, g_value, y_value)
    np.testing.assert_array_equal(picked, x_value[np.arange(n), y_value])
    expected = np.zeros_like(x_value)
    expected[np.arange(n), y_value] = g_value
    np.testing.assert_array_equal(scattered, expected)
    assert picked.dtype == scattered.dtype == dtype


@pytest.mark.parametrize("backend", backends.WITH_DEVICE)
def test_labels_from_the_end_are_a_devices_too(backend, require_backend):
    require_backend(backend)
    x, y = pt.dmatrix("x"), pt.lvector("y")
    log_p = pt.special.log_softmax(x, axis=-1)[pt.arange(y.shape[0]), y]
    outputs = [log_p, pytensor.grad(log_p.sum(), x)]
    function = pytensor.function([x, y], outputs, mode=mode_of(backend))
    value = np.random.default_rng(0).normal(size=(3, 4))
    for ours, theirs in zip(
        function(value, [-1, -4, 1]), function(value, [3, 0, 1]), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_empty_batches():
    x_value, y_value = np.zeros((0, 4)), np.zeros(0, int)
    x, y = pt.dmatrix("x"), pt.lvector("y")
    mode = Mode("py", "fast_run")
    both = [pick(x, y), scatter(x, pick(x, y), y)]
    picked, scattered = pytensor.function([x, y], both, mode=mode)(x_value, y_value)
    assert picked.shape == (0,)
    assert scattered.shape == (0, 4)


def test_gradients_and_second_derivatives():
    rng = np.random.default_rng(0)
    y_value = np.array([2, 0, 1])
    x_value = rng.normal(size=(3, 4))
    mode = add_inlining(Mode("py", "fast_run"))  # else Numba compiles the softmax
    verify_grad(lambda x: pick(x, y_value), [x_value], rng=rng, mode=mode)
    g_value = rng.normal(size=3)
    verify_grad(lambda g: scatter(x_value, g, y_value), [g_value], rng=rng, mode=mode)
    verify_grad(lambda x: SliceRows(2)(x, 1), [x_value], rng=rng, mode=mode)

    def slope(x):
        log_p = pt.special.log_softmax(x, axis=-1)
        return pytensor.grad(pick(log_p, y_value).sum(), x)

    verify_grad(slope, [x_value], rng=rng, mode=mode)


def test_wrong_lengths_and_types():
    x, y = pt.dmatrix("x"), pt.lvector("y")
    function = pytensor.function([x, y], pick(x, y), mode=Mode("py", "fast_run"))
    with pytest.raises(ValueError, match="a matrix of 3 rows and 2 labels"):
        function(np.zeros((3, 4)), np.array([0, 1]))
    with pytest.raises(TypeError, match="a matrix and a vector of integers"):
        pick(x, pt.dvector("y"))
    with pytest.raises(ValueError, match="a matrix of 3 rows and 2 labels"):
        pick(np.zeros((3, 4)), np.array([0, 1]))


def test_casts_without_a_compiler_are_one_call():
    """In the NumPy backend only, and not if the rewrites are off."""
    labels = pt.dvector("labels")
    for backend, rewrites, expected in (
        ("numpy", True, True),
        ("numpy", False, False),
        ("c", True, False),
    ):
        function = pytensor.function(
            [labels], pt.cast(labels, "int32"), mode=backends.mode(backend, rewrites=rewrites)
        )
        nodes = function.maker.fgraph.apply_nodes
        assert any(isinstance(node.op, NumpyCall) for node in nodes) is expected
        value = function(np.array([3.0, 9.0]))
        assert value.dtype == "int32"
        assert value.tolist() == [3, 9]


def test_operations_that_numpy_lacks_are_left_alone(caplog):
    """A rewrite that fails is only logged, so look there, too."""
    x = pt.dvector("x")
    function = pytensor.function([x], pt.sigmoid(x), mode=backends.mode("numpy"))
    (node,) = function.maker.fgraph.apply_nodes
    assert str(node.op) == "Sigmoid"
    assert not caplog.records
    np.testing.assert_allclose(function(np.array([0.0, 1000.0])), [0.5, 1])


def test_a_minibatch_beyond_the_end(backend):
    """Compilers that know the shapes beforehand refuse it; the others give what there is."""
    index = pt.lscalar("index")
    xs, _, x, _ = shared_digits(50, 3)
    rows = xs[index * 20 : (index + 1) * 20]
    function = pytensor.function([index], rows, mode=mode_of(backend))
    np.testing.assert_array_equal(function(1), x[20:40])
    if backend in WITH_REWRITES:
        for wrong in (2, 3, -1):
            with pytest.raises(IndexError, match=r"rows .* of 50 are not all there"):
                function(wrong)
        np.testing.assert_array_equal(function(0), x[:20])
    else:
        np.testing.assert_array_equal(function(2), x[40:])


def test_the_largest_logit_is_the_most_probable(backend):
    """Ties go to the first; the softmax is computed only where it is asked for."""
    z = pt.dmatrix("z")
    p = pt.special.softmax(z, axis=-1)
    y_pred = pt.argmax(p, axis=1)
    alone = pytensor.function([z], y_pred, mode=mode_of(backend))
    values = np.random.default_rng(0).normal(size=(200, 7)) * np.tile([[1], [1e5]], (100, 1))
    values[3] = values[4, 2:4] = 5.0
    np.testing.assert_array_equal(alone(values), values.argmax(axis=1))
    graph = alone.maker.fgraph
    (argmax,) = (node for node in graph.apply_nodes if isinstance(node.op, Argmax))
    assert argmax.inputs == graph.inputs
    both = pytensor.function([z], [y_pred, p], mode=mode_of(backend))
    found, probabilities = both(values)
    np.testing.assert_array_equal(found, values.argmax(axis=1))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("axes", [(None, 0), (None, 1), (None, None), (0, 1), (1, None)])
def test_the_largest_logit_along_other_axes(axes):
    """Where entries are compared that are not normalized together, logits would not do."""
    z = pt.dmatrix("z")
    of_softmax, of_argmax = axes
    y_pred = pt.argmax(pt.special.softmax(z, axis=of_softmax), axis=of_argmax)
    value = np.random.default_rng(1).normal(size=(9, 7))
    exponentials = np.exp(value)
    p = exponentials / exponentials.sum(axis=of_softmax, keepdims=True)
    function = pytensor.function([z], y_pred, mode=backends.mode("numpy"))
    np.testing.assert_array_equal(function(value), p.argmax(axis=of_argmax))


def test_naive_and_rewritten_graphs_agree(backend):
    """The whole of a minibatch step, on each backend, against NumPy."""
    x, y, index = pt.dmatrix("x"), pt.ivector("y"), pt.lscalar("index")
    model = models.SoftmaxRegression(x, 784, 10)
    cost = model.negative_log_likelihood(y)
    xs, ys, x_value, y_value = shared_digits()
    rows = slice(index * 20, (index + 1) * 20)
    step = pytensor.function(
        [index],
        [cost, model.errors(y)],
        updates=updates.sgd(cost, model.params, 0.1),
        givens={x: xs[rows], y: ys[rows]},
        mode=mode_of(backend),
    )
    W, b = np.zeros((784, 10)), np.zeros(10)
    for i in (0, 1, 4, 0):
        x_batch, y_batch = x_value[20 * i : 20 * i + 20], y_value[20 * i : 20 * i + 20]
        z = x_batch @ W + b
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        cost_value, error = step(i)
        assert cost_value == pytest.approx(-np.log(p[np.arange(20), y_batch]).mean(), abs=1e-12)
        assert error == pytest.approx(np.mean(p.argmax(axis=1) != y_batch))
        dz = (p - np.eye(10)[y_batch]) / 20
        W, b = W - 0.1 * x_batch.T @ dz, b - 0.1 * dz.sum(axis=0)
        np.testing.assert_allclose(model.W.get_value(), W, atol=1e-13)


def test_numba_multiplies_with_a_transpose_without_copying_it(require_backend):
    require_backend("numba")
    import numba
    from pytensor.link.numba.dispatch import numba_funcify

    x, g = pt.dmatrix("x"), pt.dmatrix("g")
    function = pytensor.function([x, g], pt.dot(x.T, g), mode=backends.mode("numba"))
    x_value, g_value = np.arange(12.0).reshape(4, 3), np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(function(x_value, g_value), x_value.T @ g_value)
    transpose = numba_funcify(x.T.owner.op, node=x.T.owner)
    transpose.compile((numba.float64[:, ::1],))
    assert transpose.nopython_signatures[0].return_type.layout == "F"  # column by column


@pytest.mark.parametrize("label", [3, -4, 5_000_000])
@pytest.mark.parametrize("backend", [name for name in backends.NAMES if name != "auto"])
def test_a_label_that_is_no_class_is_never_passed_over(label, backend, require_backend):
    """JAX, which cannot raise an error, makes its cost and its gradient NaN."""
    require_backend(backend)
    x, y = pt.dmatrix("x"), pt.ivector("y")
    cost = objectives.negative_log_likelihood(pt.special.softmax(x, axis=-1), y)
    function = pytensor.function([x, y], [cost, pt.grad(cost, x)], mode=backends.mode(backend))
    given = np.ones((2, 3)), np.array([0, label], "int32")
    if backend != "jax":
        with pytest.raises((IndexError, RuntimeError)):
            function(*given)
        return
    value, gradient = function(*given)
    assert np.isnan(value)
    assert np.isfinite(gradient[0]).all()
    assert np.isnan(gradient[1]).all()
