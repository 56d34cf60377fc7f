"""What a backend's mode makes of a graph, and what it needs."""

from importlib.util import find_spec

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from faults.processes import new_process
from pytensor.compile.mode import Mode
from pytensor.tensor.special import LogSoftmax, Softmax

from theano_tutorial import backends
from theano_tutorial.errors import BackendUnavailable, UsageError
from theano_tutorial.models import SoftmaxRegression


@pytest.mark.parametrize("name", ["numpy", "c"])
def test_softmax_is_inlined(name, require_backend):
    require_backend(name)
    x = pt.dmatrix("x")
    model = SoftmaxRegression(x, n_in=3, n_out=2)
    f = pytensor.function([x], pt.log(model.p_y_given_x), mode=backends.mode(name))
    ops = [node.op for node in f.maker.fgraph.apply_nodes]
    assert not any(isinstance(op, Softmax | LogSoftmax) for op in ops)
    without = pytensor.function(
        [x], pt.log(model.p_y_given_x), mode=backends.mode("numpy", rewrites=False)
    )
    kept = [node.op for node in without.maker.fgraph.apply_nodes]
    assert any(isinstance(op, LogSoftmax) for op in kept)


def test_the_numpy_backend_needs_neither_numba_nor_a_compiler():
    program = """
import subprocess, sys
import numpy as np, pytensor, pytensor.tensor as pt
from theano_tutorial import backends
from theano_tutorial.models import SoftmaxRegression
pytensor.config.cxx = ""
x = pt.dmatrix("x")
f = pytensor.function([x], SoftmaxRegression(x, 3, 2).p_y_given_x, mode=backends.mode("auto"))
print(f(np.ones((1, 3))), "numba" in sys.modules)
"""
    assert new_process(program) == "[[0.5 0.5]] False\n"


def test_unknown_backend():
    with pytest.raises(BackendUnavailable, match="unknown backend 'gpu'; accepted: auto, "):
        backends.mode("gpu")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_powers(backend, dtype):
    """With any exponent: Adam raises its decays to the number of the step."""
    x, y = pt.dvector("x"), pt.vector("y", dtype=dtype)
    base, exponent = np.array([0.9, 0.999, 2.0]), np.array([3, 0, 5], dtype)
    power = pytensor.function([x, y], x**y, mode=backends.mode(backend))
    np.testing.assert_allclose(
        power(base, exponent), base ** exponent.astype(float), rtol=1e-14
    )


def test_what_is_true_is_counted_in_the_graphs_dtype(backend):
    """PyTorch counts in integers, which it refuses to multiply with others."""
    x, v = pt.dmatrix("x"), pt.dvector("v")
    counts = pt.gt(x, 0).sum(axis=0, dtype="float64")
    outputs = [counts, pt.dot(counts, v)]
    function = pytensor.function([x, v], outputs, mode=backends.mode(backend))
    found, product = function(np.array([[1.0, -1.0], [2.0, 3.0]]), np.array([0.5, 2.0]))
    assert (found.dtype, found.tolist(), float(product)) == ("float64", [2, 1], 3)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_gradient_of_a_concatenation(axis, backend):
    """It is cut by lengths, which JAX has to know when it compiles."""
    x, w = pt.matrix("x"), pytensor.shared(np.ones((2, 3)))
    cost = (pt.concatenate([x, 2 * w, x], axis=axis) ** 2).sum()
    function = pytensor.function([x], pt.grad(cost, [x, w]), mode=backends.mode(backend))
    given = np.arange(6.0).reshape(2, 3)
    for ours, expected in zip(function(given), (4 * given, 8 * np.ones((2, 3))), strict=True):
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int64"])
def test_indices_of_any_integers(dtype, backend):
    """PyTorch would take some for a mask, and refuse others."""
    y, weights = pt.vector("y", dtype=dtype), pytensor.shared(np.arange(3.0), name="weights")
    chosen = weights[y]
    table = pt.outer(weights, weights)[pt.arange(3), y]
    outputs = [chosen, pt.grad((chosen**2).sum(), weights), table.sum()]
    outputs += [pt.set_subtensor(weights[y], 5.0), pt.inc_subtensor(weights[y], 1.0)]
    function = pytensor.function([y], outputs, mode=backends.mode(backend))
    found = [output.tolist() for output in function(np.array([1, 0, 1], dtype))]
    assert found == [[1, 0, 1], [0, 4, 0], 2, [5, 5, 2], [1, 3, 2]]


def test_mixed_dtypes(backend):
    """JAX and PyTorch would compute some of this in float32, or in int32."""
    v, w = pt.fvector("v"), pt.ivector("w")
    rate, n = pt.dscalar("rate"), pt.lscalar("n")
    outputs = [v * n, v * rate, w + n, v - w, w / n, pt.exp(w), pt.maximum(v, n), pt.prod(v)]
    outputs += [pt.switch(pt.gt(w, 1), v, n), pt.clip(v, 0, rate), w**v, pt.sqrt(n) * v]
    function = pytensor.function([v, w, rate, n], outputs, mode=backends.mode(backend))
    plain = pytensor.function([v, w, rate, n], outputs, mode=Mode("py", None))
    given = np.array([1.1, 2, 3], "float32"), np.array([1, 2, 3], "int32"), 0.1, 2**40 + 1
    for ours, expected in zip(function(*given), plain(*given), strict=True):
        assert ours.dtype == expected.dtype
        np.testing.assert_allclose(ours, expected, rtol=1e-15 if ours.itemsize > 4 else 1e-6)


def test_integers_of_few_bits(backend):
    """Those of PyTensor's rewrites that square or invert them did so in their own dtype.

    Its conversion to PyTorch adds or multiplies more than two in int64.
    """
    x, i, u = pt.bvector("x"), pt.ivector("i"), pt.vector("u", dtype="uint8")
    outputs = [u**2, u**3, 1 / x, i**2.0, i**-1.0, pt.prod(u), i // 7, u // 7, pt.eq(u, i)]
    outputs += [pt.eq(i, pt.cast(u, "uint16")), pt.arctan2(i, pt.cast(x, "float32"))]
    outputs += [i + u + x, u[0] + u[1] + u[2], i * u * x, pt.cast(u, "uint16") & x]
    function = pytensor.function([x, i, u], outputs, mode=backends.mode(backend))
    plain = pytensor.function([x, i, u], outputs, mode=Mode("py", None))
    values = ([9, 3, 1], x), ([100_000, 3, 1], i), ([100, 3, 200], u)
    given = [np.array(value, v.type.dtype) for value, v in values]
    for ours, expected in zip(function(*given), plain(*given), strict=True):
        assert ours.dtype == expected.dtype
        np.testing.assert_allclose(ours, expected, rtol=1e-14)


def test_an_integer_by_0_on_jax(require_backend):
    """It is 0, as in NumPy; C and PyTorch refuse it."""
    i, mode = pt.lvector("i"), backends.mode(require_backend("jax"))
    function = pytensor.function([i], [i // 0, 7 // i, i[0] // i[1]], mode=mode)
    assert [v.tolist() for v in function([5, 0])] == [[0, 0], [1, 0], 0]


def test_nan_is_not_equal_to_itself(backend):
    x = pt.dvector("x")
    outputs = [pt.eq(x, x), pt.neq(x, x), pt.le(x, x), pt.ge(x, x), pt.lt(x, x)]
    function = pytensor.function([x], outputs, mode=backends.mode(backend))
    found = [v.tolist() for v in function([np.nan, np.inf])]
    assert found == [[False, True], [True, False], [False, True], [False, True], [False] * 2]


def test_outputs_have_the_graphs_dtypes(backend):
    x, state = pt.fvector(), pytensor.shared(np.array(0, "int8"))
    constants = [pt.constant(2, dtype=dtype) for dtype in ("int8", "float32", "float64")]
    outputs = [*constants, x.sum(), x.prod(), x.max(), pt.eq(x, 2)]
    mode = backends.mode(backend)
    function = pytensor.function([x], outputs, updates=[(state, constants[0])], mode=mode)
    for _ in range(2):
        given = function(np.array([2, 1], "float32"))
        assert [v.dtype for v in given] == [v.dtype for v in outputs]
        assert [v.tolist() for v in given] == [2, 2, 2, 3, 2, 2, [True, False]]
        assert state.get_value().dtype == "int8"


def test_parts_backwards(backend):
    x, j = pt.dmatrix("x"), pt.scalar("j", dtype="uint8")
    parts = [x[::-1], x[j, ::-2], x[2:0:-1, 1:], x[:0:-1, j]]
    outputs = [*parts, *(pt.set_subtensor(part, 0.5) for part in parts)]
    outputs += [pt.grad((part**2).sum(), x) for part in parts]
    function = pytensor.function([x, j], outputs, mode=backends.mode(backend))
    plain = pytensor.function([x, j], outputs, mode=Mode("py", None))
    given = np.arange(12.0).reshape(4, 3), np.uint8(1)
    for ours, expected in zip(function(*given), plain(*given), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_parts_backwards_with_repeated_indices(backend):
    """PyTorch has no slice that goes backwards, and adds up no part with a slice."""
    x, i = pt.dtensor3("x"), pt.lvector("i")
    parts = [x[::-1, i], x[1:, i], x[i, :, ::-2], x[i, 1:, i], x[2:0:-1, 0, i], x[0][i, :0:-1]]
    outputs = [*parts, *(pt.grad((part**2).sum(), x) for part in parts)]
    outputs += [pt.set_subtensor(part, 7.0) for part in parts]
    outputs += [pt.inc_subtensor(part, part[:1]) for part in parts]
    function = pytensor.function([x, i], outputs, mode=backends.mode(backend))
    plain = pytensor.function([x, i], outputs, mode=Mode("py", None))
    given = np.arange(36.0).reshape(3, 4, 3), [1, 0, 1]
    for ours, expected in zip(function(*given), plain(*given), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_diagonals_and_counting_to_less(backend):
    x = pt.dmatrix("x")
    outputs = [pt.diag(x), pt.diagonal(x, offset=1), pt.grad((pt.diag(x) ** 2).sum(), x)]
    outputs += [pt.arange(x.shape[0] - 9), pt.arange(2.0, 1.0), pt.arange(3, 0, -2)]
    function = pytensor.function([x], outputs, mode=backends.mode(backend))
    found = [v.tolist() for v in function(np.array([[1.0, 2], [3, 4]]))]
    assert found == [[1, 4], [2], [[2, 0], [0, 8]], [], [], [3, 1]]


def test_counting_to_a_length(backend):
    """JAX knows it only when it compiles."""
    x, y = pt.dmatrix("x"), pt.ivector("y")
    n, k = pt.arange(x.shape[0]), pt.arange(1, x.shape[1] + 1, 2)
    outputs = [n, k, pt.eq(pt.arange(x.shape[1]), y[:, None]), (x + x)[1:][pt.arange(1), y[:1]]]
    function = pytensor.function([x, y], outputs, mode=backends.mode(backend))
    for given in (np.arange(6.0).reshape(2, 3), np.arange(4.0).reshape(2, 2)):
        counted, odd, is_label, chosen = function(given, np.array([1, 0], "int32"))
        assert (counted.tolist(), odd.tolist()) == ([0, 1], [1, 3][: given.shape[1] - 1])
        assert is_label.tolist() == np.eye(given.shape[1], dtype=bool)[[1, 0]].tolist()
        assert chosen.tolist() == [2 * given[1, 1]]


def test_an_entry_that_does_not_exist_is_nan_on_jax(require_backend):
    """Not another entry or row: JAX cannot raise an error."""
    x, i, j = pt.dmatrix("x"), pt.ivector("i"), pt.ivector("j")
    mode = backends.mode(require_backend("jax"))
    function = pytensor.function([x, i, j], [x[i, j], x.T[j].sum(axis=1)], mode=mode)
    given, rows = np.arange(6.0).reshape(2, 3), np.array([0, 1], "int32")
    for columns, expected in (([2, -3], [2, 3]), ([2, 3], [2, np.nan])):
        entries, of_rows = function(given, rows, np.array(columns, "int32"))
        np.testing.assert_array_equal(entries, expected)
        np.testing.assert_array_equal(of_rows, [7, 3 if columns[1] < 0 else np.nan])


PARTS = {
    "a row": lambda x, k, i, j: x[k],
    "an entry": lambda x, k, i, j: x[0, k],
    "rows": lambda x, k, i, j: x[i],
    "entries": lambda x, k, i, j: x[i, j],
    "backwards": lambda x, k, i, j: x[k, ::-1],
    "a column of rows": lambda x, k, i, j: x[i, k],
}


@pytest.mark.parametrize("name", PARTS)
def test_what_does_not_exist_is_neither_read_nor_written(name, backend):
    """It is an error or, on JAX, NaN: neither another entry nor nothing."""
    inputs = pt.dmatrix("x"), pt.lscalar("k"), pt.lvector("i"), pt.lvector("j")
    chosen = PARTS[name](*inputs)
    outputs = [chosen, pt.set_subtensor(chosen, 7.0), pt.inc_subtensor(chosen, 7.0)]
    outputs += [pt.grad((chosen**2).sum(), inputs[0])]
    plain = pytensor.function(inputs, outputs, mode=Mode("py", None), on_unused_input="ignore")
    x, mode = np.arange(9.0).reshape(3, 3), backends.mode(backend)
    for i, output in enumerate(outputs):
        function = pytensor.function(inputs, output, mode=mode, on_unused_input="ignore")
        there = x, 2, [0, 0, 2], [-3, -3, 1]
        np.testing.assert_array_equal(function(*there), plain(*there)[i])
        for k, rows in ((3, [0, 3, 0]), (-4, [0, 0, -4])):
            if backend == "jax":
                assert np.isnan(function(x, k, rows, [0, 0, 0])).any()
            else:
                with pytest.raises(IndexError):
                    function(x, k, rows, [0, 0, 0])


def test_an_index_that_is_known_beforehand_on_jax(require_backend):
    x, i, mode = pt.dvector("x"), pt.lvector("i"), backends.mode(require_backend("jax"))
    for part in (x[5], pt.set_subtensor(x[-5], 1.0)):
        with pytest.raises(IndexError, match="out of bounds for axis 0 with size 3"):
            pytensor.function([x], part, mode=mode)(np.arange(3.0))
    # Of integers, the lowest is no index: what it chooses is NaN in turn.
    assert np.isnan(pytensor.function([x, i], x[i[i[0]]], mode=mode)(np.arange(3.0), [7, 1]))


def test_masks_of_rows(backend):
    """PyTensor would take them for masks of columns on JAX."""
    x, m = pt.dmatrix("x"), pt.vector("m", dtype="bool")
    outputs = [pt.set_subtensor(x[m], 7.0), pt.inc_subtensor(x[m], 7.0)]
    outputs += [pt.set_subtensor(x[:, m], 7.0), x[0][m].sum()]
    function = pytensor.function([x, m], outputs, mode=backends.mode(backend))
    found = function(np.array([[1.0, 2], [3, 4]]), np.array([True, False]))
    assert [v.tolist() for v in found] == [
        [[7, 7], [3, 4]],
        [[8, 9], [3, 4]],
        [[7, 2], [7, 4]],
        1,
    ]


@pytest.mark.parametrize("n", [1, 3])
def test_masks_of_another_length(n, backend):
    """Numba masked the entries that the mask has."""
    x, m = pt.dmatrix("x"), pt.vector("m", dtype="bool")
    for output in (pt.set_subtensor(x[m], 7.0), pt.inc_subtensor(x[:, m], 7.0), x[m], x[:, m]):
        function = pytensor.function([x, m], output, mode=backends.mode(backend))
        with pytest.raises((IndexError, ValueError, UsageError)):
            function(np.ones((2, 2)), np.ones(n, bool))


def test_the_largest_of_nothing(backend):
    """Numba found -inf."""
    x = pt.dmatrix("x")
    for largest in (x.max(), x.max(axis=1), x.min(axis=1)):
        function = pytensor.function([x], largest, mode=backends.mode(backend))
        with pytest.raises((ValueError, IndexError)):
            function(np.ones((3, 0)))
    function = pytensor.function([x], x.max(axis=1), mode=backends.mode(backend))
    assert function(np.ones((0, 3))).shape == (0,)


def test_the_sum_of_masked_rows_on_jax(require_backend):
    x, m = pt.dmatrix("x"), pt.vector("m", dtype="bool")
    function = pytensor.function([x, m], x[m].sum(), mode=backends.mode(require_backend("jax")))
    with pytest.raises(UsageError, match=r"write pt\.where for a mask"):
        function(np.ones((2, 2)), np.array([True, False]))


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_the_largest_of_nan_and_booleans(axis, backend):
    x, b = pt.dmatrix("x"), pt.matrix("b", dtype="bool")
    outputs = [f(v, axis=axis) for v in (x, b) for f in (pt.max, pt.min, pt.argmax, pt.argmin)]
    function = pytensor.function([x, b], outputs, mode=backends.mode(backend))
    plain = pytensor.function([x, b], outputs, mode=Mode("py", None))
    values = np.array([[1, np.nan, 3], [2, 2, -1]]), np.array([[0, 0, 0], [0, 1, 1]], bool)
    for given in (values, (values[0][1:], values[1][:1])):
        for ours, expected in zip(function(*given), plain(*given), strict=True):
            np.testing.assert_array_equal(ours, expected)


def test_the_largest_along_several_axes(backend):
    x = pt.dtensor3("x")
    outputs = [pt.argmax(x, axis=(0, 1)), pt.argmax(x, axis=(0, 2)), pt.argmax(x[0, 0, 0])]
    function = pytensor.function([x], outputs, mode=backends.mode(backend))
    given = np.sin(np.arange(24.0)).reshape(2, 3, 4)
    by_numpy = [given.reshape(6, 4).argmax(0), given.swapaxes(0, 1).reshape(3, 8).argmax(1), 0]
    assert [v.tolist() for v in function(given)] == [np.asarray(v).tolist() for v in by_numpy]


def test_mixed_dtypes_compared_joined_and_added_up(backend):
    """Libraries compare and join in float32, and C takes -1 for a large number."""
    v, w, u = pt.fvector("v"), pt.lvector("w"), pt.vector("u", dtype="uint64")
    outputs = [
        pt.lt(v, w),
        pt.eq(v, w),
        pt.lt(w, u),
        pt.concatenate([v, w]),
        pt.switch(w, v, 0),
    ]
    outputs += [v.sum(dtype="float64"), v.prod(dtype="float64")]
    function = pytensor.function([v, w, u], outputs, mode=backends.mode(backend))
    plain = pytensor.function([v, w, u], outputs, mode=Mode("py", None))
    given = (
        np.array([2**24, 1, 0.1], "float32"),
        [2**24 + 1, -1, 0],
        np.array([1, 2, 3], "uint64"),
    )
    for ours, expected in zip(function(*given), plain(*given), strict=True):
        assert ours.dtype == expected.dtype
        np.testing.assert_allclose(ours, expected, rtol=1e-15)


def test_a_scan_over_nothing_on_jax(require_backend):
    """XLA ended the process."""
    x = pt.dvector("x")
    sums = pytensor.scan(
        lambda x_t, s: s + x_t, sequences=x, outputs_info=[pt.zeros(())], return_updates=False
    )
    function = pytensor.function([x], sums, mode=backends.mode(require_backend("jax")))
    assert [function(np.ones(n)).tolist() for n in (0, 2)] == [[], [1, 2]]


def test_second_derivatives_of_parts(backend):
    """They put numbers into zeros, which JAX and PyTorch were given as such."""
    x, y = pt.dvector("x"), pt.dvector("y")
    cost = (pt.concatenate([x, y[1:]]) ** 3).sum()
    outputs = pt.grad((pt.grad(cost, x) ** 2).sum(), [x, y], disconnected_inputs="ignore")
    function = pytensor.function([x, y], outputs, mode=backends.mode(backend))
    given = np.array([1.0, 2]), np.array([3.0, 4])
    assert [v.tolist() for v in function(*given)] == [[36, 288], [0, 0]]


@pytest.mark.parametrize("name", ["jax", "pytorch"])
def test_an_operation_that_a_library_lacks(name, require_backend):
    x, mode = pt.dvector("x"), backends.mode(require_backend(name))
    said = f"^backend '{name}' cannot compute this [^\n]*; numpy, c and numba can$"
    lacks = [pt.round(x, mode="half_away_from_zero"), pt.j0(x), pt.unique(x, return_index=True)]
    for output in lacks:  # the second has no function there, the third depends on values
        with pytest.raises(BackendUnavailable, match=said):
            pytensor.function([x], output, mode=mode)


def test_a_dtype_that_a_library_lacks(require_backend):
    x, h = pt.vector("x", dtype="uint64"), pt.vector("h", dtype="float16")
    function = pytensor.function([x], x + x, mode=backends.mode(require_backend("pytorch")))
    with pytest.raises(BackendUnavailable, match=r"^backend 'pytorch' cannot compute this \("):
        function(np.array([1], "uint64"))
    with pytest.raises(BackendUnavailable, match="backend 'numba' has no float16; numpy, c"):
        pytensor.function([h], h + h, mode=backends.mode(require_backend("numba")))


def test_words_as_rows_of_a_table(backend):
    """JAX has to know the lengths, though some are also used as numbers."""
    table, words = pt.dmatrix("table"), pt.imatrix("words")
    found = table[words]
    outputs = [found, found.mean(axis=1), found.reshape((words.shape[0], -1))]
    outputs += [table[[[0, 1], [1, 0]]], pt.grad((found.mean(axis=1) ** 2).sum(), table)]
    function = pytensor.function([table, words], outputs, mode=backends.mode(backend))
    plain = pytensor.function([table, words], outputs, mode=Mode("py", None))
    given = np.arange(9.0).reshape(3, 3), np.array([[0, 2], [2, -1]], "int32")
    for ours, expected in zip(function(*given), plain(*given), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-14)


@pytest.mark.parametrize("truncated", [-1, 2])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_recurrent_networks_gradient_on_jax(truncated, backwards, require_backend):
    x, W, h0 = pt.dmatrix("x"), pt.dmatrix("W"), pt.dvector("h0")
    h = pytensor.scan(
        lambda x_t, h, W: pt.tanh(x_t + pt.dot(h, W)),
        sequences=x,
        outputs_info=[h0],
        non_sequences=[W],
        go_backwards=backwards,
        truncate_gradient=truncated,
        return_updates=False,
    )
    outputs = [h, *pt.grad((h**2).sum() + h[-1].sum(), [x, W, h0])]
    mode = backends.mode(require_backend("jax"))
    function = pytensor.function([x, W, h0], outputs, mode=mode)
    plain = pytensor.function([x, W, h0], outputs, mode=Mode("py", None))
    for n in (1, 2, 4):
        given = np.linspace(-1, 1, 2 * n).reshape(n, 2), np.eye(2) / 2, np.array([0.1, -0.5])
        for ours, expected in zip(function(*given), plain(*given), strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-12)


def test_lengths_that_depend_on_values_on_jax(require_backend):
    x, n = pt.dvector("x"), pt.iscalar("n")
    two_lengths = pytensor.ifelse(pt.gt(n, 1), x, x[1:])
    parts = [x[:n], x[x > 0].sum() + x[pt.gt(x, n)], x.reshape((n, -1)), pt.zeros(n)]
    for part in (*parts, two_lengths):
        mode = backends.mode(require_backend("jax"))
        function = pytensor.function([x, n], part, mode=mode, on_unused_input="ignore")
        with pytest.raises(UsageError, match="JAX cannot compile a shape or length that"):
            function(np.arange(4.0), 2)


def test_an_assertion_about_values_on_jax(require_backend):
    """JAX cannot check it, and does not skip it silently."""
    x = pt.dvector("x")
    checked = pytensor.raise_op.Assert("a negative number")(x, pt.ge(x, 0).all())
    with pytest.warns(UserWarning, match="Skipping .*a negative number"):
        pytensor.function([x], checked, mode=backends.mode(require_backend("jax")))


def test_masks_drawn_on_jax(require_backend):
    x, rng = pt.dmatrix("x"), pt.random.shared_rng(seed=3)
    after, mask = rng.binomial(n=1, p=0.25, size=x.shape)
    mode = backends.mode(require_backend("jax"))
    with pytest.warns(UserWarning, match="will not be used in the compiled JAX graph"):
        function = pytensor.function([x], mask, updates={rng: after}, mode=mode)
    drawn = function(np.ones((100, 100)))
    assert (drawn.dtype, set(drawn.ravel())) == ("int64", {0, 1})
    assert abs(drawn.mean() - 0.25) < 0.02  # more than four standard deviations
    assert (function(np.ones((100, 100))) != drawn).any()


def test_what_libraries_have_no_function_for(backend):
    """For a power, PyTensor writes one of its own; of NaN, PyTorch's sign is 0."""
    x, z = pt.dvector("x"), pt.zvector("z")
    outputs = [x**3, x**-5.0, pt.grad(x.prod(), x), pt.sign(x), pt.conj(z)]
    function = pytensor.function([x, z], outputs, mode=backends.mode(backend))
    *powers, gradient, sign, conjugate = function([2, 0, -2], [1j])
    assert [power.tolist() for power in powers] == [[8, 0, -8], [1 / 32, np.inf, -1 / 32]]
    assert (gradient.tolist(), sign.tolist()) == ([0, -4, 0], [1, 0, -1])
    assert conjugate.tolist() == [-1j]
    assert np.isnan(function([np.nan], [1j])[3])


def test_one_of_two_values_or_pairs(backend):
    x = pt.dvector("x")
    one = pytensor.ifelse(pt.gt(x.sum(), 0), x, -x)
    first, second = pytensor.ifelse(pt.gt(x.sum(), 0), (x, 2 * x), (-x, 3 * x))
    function = pytensor.function([x], [one * 1, first + second], mode=backends.mode(backend))
    assert [v.tolist() for v in function(np.array([1.0, 2]))] == [[1, 2], [3, 6]]
    assert [v.tolist() for v in function(np.array([1.0, -2]))] == [[-1, 2], [2, -4]]


if find_spec("pytensor.conditional") is None:  # since 3.3, JAX knows no length in a branch

    def test_the_gradient_of_one_of_two_values(backend):
        x = pt.dvector("x")
        one = pytensor.ifelse(pt.gt(x.sum(), 0), x, -x)
        gradient = pt.grad(3 * one.sum(), x)
        function = pytensor.function([x], gradient, mode=backends.mode(backend))
        assert function(np.array([-1.0, 0])).tolist() == [-3, -3]
