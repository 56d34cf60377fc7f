"""`theano.function`, shared variables and `scan`: what they take, and what real Theano gave."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from theano_tutorial import backends

X = np.arange(6.0).reshape(2, 3) - 2


@pytest.fixture
def T(door):
    return door.tensor


@pytest.fixture
def w(door):
    return door.shared(np.ones((2, 3)), "w")


def test_defaults_of_inputs(door, T):
    x, s = T.matrix("x"), T.scalar("s")
    for given in (door.In(s, value=3.0, name="k"), door.Param(s, default=3.0, name="k")):
        f = door.function([x, given], x.sum() * s)
        assert (f(X), f(X, 5.0), f(X, k=2.0), f(X)) == (9, 15, 6, 9)
    with pytest.raises(TypeError, match="Missing input"):
        f()


def test_inputs_as_theano_01_took_them(door, T):
    """Numbers from real Theano 1.0.5, in which a set default lasts for one call, too."""
    s, k, total = T.scalar("s"), T.scalar("k"), T.scalar("total")
    f = door.function([s, (k, 2.0)], s * k)
    assert (f(3), f(3, 5), f(3), f["k"], f[k], f.value["k"], f.container["k"].value) == (
        *(6, 15, 6),
        *(2, 2, 2, 2),
    )
    f["k"] = 7
    assert (f(3), f(3)) == (21, 6)
    f = door.function([s, ((total, total + s), 10.0)], total)
    assert (f(1), f(2), f["total"]) == (10, 11, 13)
    f[total] = 1.0
    assert (f(4), f.value[total]) == (1, 5)
    assert door.function([s, ("other", k, 2.0)], s * k)(3, other=4) == 12


def test_a_masked_array_loses_its_mask(door):
    """As in real Theano 1.0.5."""
    shared = door.shared(np.ma.masked_array([1.0, 2], [0, 1]))
    assert type(shared.get_value()) is np.ndarray
    assert (shared * 2).eval().tolist() == [2, 4]


@pytest.mark.parametrize("backend", ["numpy", "jax", "pytorch"])
def test_an_input_that_each_call_changes(backend, door, T, require_backend):
    mode = backends.mode(require_backend(backend))
    state, step = T.scalar("state"), T.iscalar("step")
    changes = door.In(state, value=0.0, update=state + step)
    f = door.function([step, changes], state, mode=mode)
    assert [f(1), f(2), f(3)] == [0, 1, 3]
    assert (f(1), f(1, 10.0), f(0)) == (6, 10, 11)
    nothing = door.function([door.In(state, value=0.0, update=state + 1)], mode=mode)
    assert nothing() == []


def test_forms_of_updates_and_givens(door, T, w):
    x = T.matrix("x")
    for updates in ({w: w + x}, [(w, w + x)], OrderedDict([(w, w + x)])):
        before = w.get_value()
        for givens in ({x: door.shared(X)}, [(x, door.shared(X))]):
            f = door.function([], x.sum(), updates=updates, givens=givens)
            assert f() == 3
        np.testing.assert_array_equal(w.get_value(), before + 2 * X)
    with pytest.raises(TypeError, match="same type"):
        door.function([], updates=[(w, w.astype("int32"))])


def test_default_updates(door, T, w):
    w.default_update = w + 1
    f = door.function([], w.sum())
    assert (f(), f()) == (6, 12)
    assert door.function([], w.sum(), no_default_updates=True)() == 18
    assert w.get_value().sum() == 18
    row = door.shared(np.ones(3))
    row.default_update = T.concatenate([row[1:], T.zeros(1)])  # PyTensor may know its length
    known = door.shared(np.ones(3))
    known.default_update = T.as_tensor_variable(np.zeros(3))
    assert door.function([], row + known)().tolist() == [2, 2, 2]
    assert (row.get_value().tolist(), known.get_value().tolist()) == ([1, 1, 0], [0, 0, 0])


def test_other_arguments(door, T):
    x, f32 = T.matrix("x"), T.fvector("f")
    assert door.function([x], x, name="hello").name == "hello"
    assert door.function([x, f32], x.sum(), on_unused_input="ignore")(X, [1]) == 3
    down = door.function([f32], f32 * 2, allow_input_downcast=True)
    assert down(np.ones(2)).dtype == "float32"
    for wrong in (lambda: door.function([f32], f32)(np.ones(2)), lambda: door.function(x, x)):
        with pytest.raises(TypeError):
            wrong()


@pytest.mark.parametrize("name", [None, "FAST_RUN", "FAST_COMPILE", "DebugMode", "Mode"])
def test_names_of_modes(name, door, T):
    x = T.matrix("x")
    assert door.function([x], x.sum(), mode=name)(X) == 3
    if name:
        assert door.function([x], x.sum(), mode=door.compile.get_mode(name))(X) == 3
    with pytest.raises(ValueError, match="no mode is called 'NOPE'"):
        door.function([x], x, mode="NOPE")


def test_modes_of_ones_own(door, T):
    x = T.vector("x")
    plain = door.Mode(linker="py", optimizer="fast_compile").including("fusion")
    assert door.function([x], T.exp(x), mode=plain)([0.0]) == 1


def test_shared_variables(door):
    array = np.ones((1, 2), "float32")
    shared = door.shared(
        array, "s", borrow=True, broadcastable=(True, False), target="cpu", allow_downcast=True
    )
    array += 1
    assert shared.get_value(borrow=True).sum() == 4
    assert shared.broadcastable == (True, False)
    assert shared.container.value.dtype == "float32"
    with pytest.raises(TypeError):
        door.shared(array, strict=True).set_value(np.ones((1, 2)))
    assert door.shared(np.ones((1, 2))).broadcastable == (False, False)


def test_eval_compiles_by_the_door(door, T):
    x, s = T.matrix("x"), T.scalar("s")
    assert (x.sum() * s).eval({x: X, s: 2.0}) == 6
    assert T.arange(3).eval().tolist() == [0, 1, 2]
    assert (x.sum() * s).eval({x: X, s: 2.0}, mode="FAST_COMPILE") == 6


def test_booleans(T):
    x = T.matrix("x")
    assert x
    assert x is not None
    with pytest.raises(TypeError, match="boolean"):
        bool(x > 0)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_matrices_of_numpy_are_arrays(door, T):
    """SciPy's ``todense()`` makes them; their rows are matrices, too."""
    x, matrix = T.matrix(), np.asmatrix(np.arange(6.0).reshape(2, 3))
    kept = door.shared(np.zeros((2, 3)))
    kept.set_value(matrix)
    assert type(kept.get_value()) is np.ndarray
    for value in (x, kept, T.as_tensor_variable(matrix)):
        outputs = [value[0], value.flatten(), T.tile(value, (1, 2))[1], T.cumsum(value)]
        got = door.function([x], outputs, on_unused_input="ignore")(matrix)
        # real Theano's, of an argument and a shared variable; it refused a constant
        assert [each.tolist() for each in got] == [
            [0, 1, 2],
            [0, 1, 2, 3, 4, 5],
            [3, 4, 5, 3, 4, 5],
            [0, 1, 3, 6, 10, 15],
        ]


def test_a_scan_shows_its_graph_as_blocks_looks_for_it(door, T):
    sums, _ = door.scan(lambda x, s: x + s, T.vector(), T.zeros(()))
    op = sums.owner.inputs[0].owner.op
    assert (len(op.inputs), len(op.outputs)) == (2, 1)  # as in real Theano


def test_scan_returns_updates_that_add_up(door, w):
    _, updates = door.scan(lambda: {w: w + 1}, n_steps=3)
    other = door.shared(0.0)
    both = updates + door.OrderedUpdates([(other, other + 1)])
    assert type(updates) is type(both) is door.OrderedUpdates
    door.function([], updates=both)()
    assert (w.get_value()[0, 0], other.get_value()) == (4, 1)


def test_scan_takes_values_that_are_no_variables_yet(door, T):
    """Arrays, lists, and lists of variables, as Keras's masks; numbers are real Theano's."""
    x = T.dmatrix()
    given = [np.ones(2)], [[1.0, 2.0]], np.ones(2), [[x[0, 0] + 1, 2.0]], 3.0, None
    for fixed, total in zip(given, [2, 3, 2, 4, 6, 2], strict=True):
        step = (lambda a: a.sum()) if fixed is None else (lambda a, b: (a * b).sum())
        sums, _ = door.scan(step, sequences=x, non_sequences=fixed)
        assert door.function([x], sums)(np.ones((3, 2))).tolist() == [total] * 3
    sums, _ = door.map(lambda a, b: (a * b).sum(), x, [[1.0, 2.0]])
    assert door.function([x], sums)(np.ones((3, 2))).tolist() == [3] * 3


def test_updates_of_a_scan_beside_a_list_of_others(door, w):
    other = door.shared(0.0)
    _, updates = door.scan(lambda: {w: w + 1}, n_steps=3)
    joined = [(other, other + 1)]
    joined += updates
    assert list(joined) == list([(other, other + 1)] + updates)  # noqa: RUF005  (as written then)
    assert list(joined) == [other, w]
    door.function([], updates=joined)()
    assert (w.get_value()[0, 0], other.get_value()) == (4, 1)


def test_a_none_in_an_index_drops_what_the_index_does_not_name(T):
    """Dimensions of length 1 alone; as in one-step samplers with masks."""
    column, x = T.col(), T.vector()
    assert [v.ndim for v in (column[:, None], column[:, None, :], column[0, None])] == [2, 3, 1]
    assert column[:, None].eval({column: np.ones((4, 1))}).shape == (4, 1)
    assert [v.ndim for v in (x[:, None], x[None, :], x[[0, 1], None], x[None, ...])] == [2] * 4


def test_products_with_a_jacobian(door, T):
    """By each operation's own rule, so that parameters may drop out or not be used."""
    x, W, V, b = T.matrix(), T.matrix(), T.matrix(), T.vector()
    values = np.full((3, 2), 0.1), np.arange(6.0).reshape(3, 2), X
    f = door.function([W, V, x], T.Rop(T.dot(x, W), W, V))
    np.testing.assert_array_equal(f(*values), X @ values[1])
    f = door.function(
        [W, V, x], T.Rop(T.dot(x, W), [W, b], [V, T.ones(2)]), on_unused_input="ignore"
    )
    np.testing.assert_array_equal(f(*values), X @ values[1])
    images, filters, v = T.tensor4s("images", "filters", "v")  # convolution has no such rule
    product = T.Rop(T.nnet.conv2d(images, filters), filters, v)
    f = door.function(
        [images, filters, v], product - T.nnet.conv2d(images, v), on_unused_input="ignore"
    )
    rng = np.random.RandomState(0)
    values = rng.randn(2, 3, 5, 4), rng.randn(2, 3, 2, 2), rng.randn(2, 3, 2, 2)
    np.testing.assert_allclose(f(*values), 0, atol=1e-12)


def test_a_state_whose_length_only_pytensor_knows(door, T):
    x = T.matrix("x")
    sums, _ = door.scan(lambda row, so_far: so_far + row, x, T.zeros((3,)))
    states, _ = door.scan(lambda row, p: T.concatenate([p[1:], row[:1]]), x, T.zeros((3,)))
    f = door.function([x], [sums, states, T.grad(sums.sum(), x)])
    results = f(X)
    assert results[0].tolist() == [[-2, -1, 0], [-1, 1, 3]]
    assert results[1].tolist() == [[0, 0, -2], [0, -2, 1]]
    assert results[2].tolist() == [[2, 2, 2], [1, 1, 1]]


def test_an_update_whose_length_only_pytensor_knows(door, T, w):
    v, m = door.shared(np.zeros(1)), door.shared(np.zeros((1, 2)))
    updates = [(v, T.stack([w.sum()])), (m, w.sum(0)[None, :])]
    for given in (updates, dict(updates)):
        f = door.function([], [], updates=given)
        f()
        assert v.get_value().tolist() == [w.get_value().sum()]
        assert m.get_value().tolist() == [w.get_value().sum(0).tolist()]
    with pytest.raises(TypeError, match="type"):
        door.function([], [], None, {v: w.sum()})


def test_a_mode_that_looks_on(door, T):
    seen = []
    x = T.vector("x")
    looks = {"pre_func": lambda i, node, fn: seen.append((i, fn.inputs[0][0].tolist()))}
    looks["post_func"] = lambda i, node, fn: seen.append((node.op, fn.outputs[0][0].tolist()))
    f = door.function([x], T.exp(x), mode=door.compile.MonitorMode(**looks))
    assert f([0.0]).tolist() == [1.0]
    assert seen == [(0, [0.0]), (f.maker.fgraph.toposort()[0].op, [1.0])]
    with pytest.raises(AssertionError, match="NaN"):
        guard = door.compile.nanguardmode.NanGuardMode(nan_is_error=True)
        door.function([x], T.log(x), mode=guard)([-1.0, 1.0])


def pickled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301  (our own)


@pytest.mark.parametrize("again", [copy.deepcopy, pickled])
def test_functions_are_pickled_and_copied(again, door, T, w):
    """Real Theano's answers, but for the cross-entropy, whose Op it could not pickle."""
    x, s = T.matrix("x"), T.scalar("s")
    outputs = [(x * w).sum() * s, T.nnet.sigmoid(x)]
    f = door.function([x, door.In(s, value=2.0)], outputs, updates=[(w, w + 1)])
    g = again(f)
    assert [float(g(X)[0]) for _ in range(3)] == [6, 12, 18]
    assert (w.get_value()[0, 0], float(f(X, s=1.0)[0])) == (1, 3)
    cost = T.nnet.sigmoid_binary_crossentropy(x, 0.5 * x).sum() + w.sum()
    for made in ([T.grad(cost, x)], {"cost": cost}):
        f = door.function([x], made, mode="FAST_COMPILE")
        np.testing.assert_equal(again(f)(X), f(X))
    model, same = again((w, door.function([], w.sum())))
    model.set_value(np.zeros((2, 3)))
    assert same() == 0  # what is pickled together stays together


def test_copies(door, T, w):
    x = T.matrix("x")
    f = door.function([x], {"a": (x * w).sum(), "b": x.sum()}, updates=[(w, w + 1)])
    other = door.shared(np.full((2, 3), 10.0))
    swapped = f.copy(swap={w: other})
    assert swapped(X) == [30, 3]  # a list, as Theano's was
    assert copy.deepcopy(swapped)(X) == [33, 3]
    assert copy.copy(f)(X) == [3, 3]
    s = T.scalar("s")
    f = door.function([x, door.In(s, value=2.0)], x.sum() * s)
    for g in (f.copy(), f.copy(share_memory=True), copy.copy(f), pickled(f.copy())):
        assert [g(X), g(X, 3.0), g(X)] == [[6], [9], [6]]  # a list, even of one
    assert f(X) == 6


def test_clone_and_ifelse(door, T):
    from theano.ifelse import ifelse

    x, s = T.matrix("x"), T.scalar("s")
    doubled = door.clone(x.sum() * s, replace={s: s * 2})
    assert door.function([x, s], doubled)(X, 1.0) == 6
    either = door.function([x, s], ifelse(T.gt(s, 0), x.sum(), T.dot(x, x).sum()))
    assert either(X, 1.0) == 3  # the other branch cannot be computed
