"""The compiled kernel's functions, and NumPy's in their place, against plain formulas."""

import functools
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from theano_tutorial import kernel
from theano_tutorial.kernel.build import Build
from theano_tutorial.kernel.ops import (
    Affine,
    AffineGradient,
    LogLikelihood,
    Network,
    NetworkStep,
)
from theano_tutorial.kernel.reference import Reference

# The kernel as it is on this machine; with narrow vectors; and with its devices turned off.
VARIANTS = {
    "kernel": "",
    "narrow": "-U__AVX512F__",
    "plain": "-DSKIP_ZEROS=0 -DFETCH_AHEAD=0 -DROWS=1",
}
# Threads share the work out however little there is.
EVERY_SHARE = "-DROWS_A_THREAD=0", "-DVECTORS_A_THREAD=0"
ROUNDING = {"float64": 1e-13, "float32": 2e-6}
LARGEST = {"float64": 1e300, "float32": 1e30}
# Around the widths of vectors, 4 to 16, and of panels, 3 vectors.
CLASSES = (1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 25, 50)
SHAPES = ((0, 1), (1, 15), (7, 16), (8, 17), (9, 1), (33, 16), (1, 17), (33, 15))
SCALE = 0.25
RATES = np.array(0.5), np.array(0.125)  # of a step and of its decay


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """All variants, compiled at the same time."""
    folder = tmp_path_factory.mktemp("libraries")
    folder.chmod(0o700)
    builds = {
        (variant, dtype): Build(dtype, [*flags.split(), *EVERY_SHARE], [folder])
        for variant, flags in VARIANTS.items()
        for dtype in ROUNDING
    }
    return {name: build.wait() for name, build in builds.items()}


@pytest.fixture(params=ROUNDING)
def dtype(request):
    return request.param


@pytest.fixture(params=[*VARIANTS, "reference"])
def functions(request, libraries, dtype):
    """What computes: the kernel in one of its variants, or `Reference`."""
    if request.param == "reference":
        with np.errstate(over="ignore", invalid="ignore"):
            yield Reference()
        return
    library = libraries[request.param, dtype]
    if library is None:
        pytest.skip("it needs a C compiler")
    yield kernel.Kernel(library, dtype)


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """Three threads, however few the rows; the function returned sets another number."""

    def use(count):
        for module in ("call", "reference"):
            monkeypatch.setattr(f"theano_tutorial.kernel.{module}.count", lambda: count)

    monkeypatch.setattr(Reference, "SHARE", 1)
    use(3)
    return use


@functools.cache
def problem(n, n_in, n_out, dtype, density=0.3, n_hidden=6):
    """Return random images with that share of pixels that are not zero, and all else."""
    rng = np.random.default_rng(n + n_in)
    arrays = {
        "x": rng.random((n, n_in)) * (rng.random((n, n_in)) < density),
        "W": rng.normal(size=(n_in, n_out)),
        "b": rng.normal(size=n_out),
        "g": rng.normal(size=(n, n_out)),
        "h": np.tanh(rng.normal(size=(n, n_out))),
        "W_xh": rng.normal(size=(n_in, n_hidden)),
        "b_xh": rng.normal(size=n_hidden),
        "W_hy": rng.normal(size=(n_hidden, n_out)),
    }
    y = rng.integers(n_out, size=n)
    return SimpleNamespace(y=y, **{name: a.astype(dtype) for name, a in arrays.items()})


def run_all(functions, p):
    """Return everything that all functions give."""
    params = p.W_xh, p.b_xh, p.W_hy, p.b
    return [
        *functions.log_likelihood(p.x, p.W, p.b, p.y, SCALE, True),
        *functions.network(p.x, params, p.y, SCALE),
        *step(functions, p),
        functions.affine(p.x, p.W, p.b, False),
        functions.affine(p.x, p.W, p.b, True),
        functions.affine(p.x, p.W, None, False),
        *functions.affine_gradient(p.x, p.g, None),
        *functions.affine_gradient(p.x, p.g, p.h),
    ]


def step(functions, p):
    """Return what a step gives, with the new weights where `network` has their gradient."""
    W_xh = np.array(p.W_xh, order="C")
    params = W_xh, p.b_xh, p.W_hy, p.b
    total, log_p, squares, *others = functions.network_step(p.x, params, p.y, SCALE, *RATES)
    return [squares, total, log_p, W_xh, *others]


def by_formulas(p):
    """Return the same in a longer precision, each with the size of its sums' terms."""
    longer = {k: v if k == "y" else v.astype(np.longdouble) for k, v in vars(p).items()}
    p = SimpleNamespace(**longer)
    n, pixels = len(p.x), largest_sum(p.x)
    a = p.x @ p.W + p.b
    size = 1 + largest_sum(p.W) + largest(p.b)
    log_p, G = softmax(a, p.y)
    found = [(log_p.sum(), n * size), (log_p, size)]
    found += [(p.x.T @ G, pixels * size), (G.sum(axis=0), n * size), (G, size)]

    h = np.tanh(p.x @ p.W_xh + p.b_xh)
    size_z = (1 + largest_sum(p.W_xh) + largest(p.b_xh)) * (1 + largest_sum(p.W_hy))
    log_p, G = softmax(h @ p.W_hy + p.b, p.y)
    gh = G @ p.W_hy.T * (1 - h * h)
    size_g = size_z * (1 + largest_sum(p.W_hy.T))
    network = [(log_p.sum(), n * size_z), (log_p, size_z)]
    network += [(p.x.T @ gh, pixels * size_g), (gh.sum(axis=0), n * size_g)]
    network += [(h.T @ G, n * size_z), (G.sum(axis=0), n * size_z)]
    W, squares = p.W_xh, (p.W_xh**2).sum()
    new = W + RATES[0] * network[2][0] - RATES[1] * W, network[2][1] + largest(W)
    found += [*network, (squares, squares), *network[:2], new, *network[3:]]

    found += [(a, size), (np.tanh(a), size), (p.x @ p.W, size)]
    for g in (p.g, p.g * (1 - p.h * p.h)):
        found += [(p.x.T @ g, largest_sum(g)), (g.sum(axis=0), largest_sum(g))]
    return found


def largest(a):
    return abs(a).max(initial=0)


def largest_sum(a):
    """Return the most that a column adds up to, without signs."""
    return abs(a).sum(axis=0).max(initial=0)


def softmax(z, y):
    """Return the labels' log-likelihoods, and the scaled gradient with respect to z."""
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    label = np.arange(len(y)), y
    G = -SCALE * np.exp(log_p)
    G[label] += SCALE
    return log_p[label], G


@pytest.mark.parametrize("n_out", CLASSES)
def test_every_function_in_odd_shapes(functions, dtype, n_out, threads):
    for i, (n, n_in) in enumerate(SHAPES):
        threads((1, 3, 5)[i % 3])
        p = problem(n, n_in, n_out, dtype, density=(0.3, 1)[i % 2])
        before = {name: value.copy() for name, value in vars(p).items()}
        for ours, (exact, size) in zip(run_all(functions, p), by_formulas(p), strict=True):
            assert ours.shape == exact.shape
            assert ours.dtype == (dtype if ours.ndim else "float64")  # a sum
            rounding = ROUNDING[dtype]
            np.testing.assert_allclose(ours, exact, rtol=rounding, atol=rounding * float(size))
        for name, value in vars(p).items():
            np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("n_hidden", [1, 16, 17, 24, 49, 70])
def test_a_step_of_many_hidden_units(functions, dtype, n_hidden, threads):
    """Whichever panels of columns a thread has."""
    p = problem(21, 9, 4, dtype, n_hidden=n_hidden)
    for n in (1, 2, 5):
        threads(n)
        for ours, (exact, size) in zip(step(functions, p), by_formulas(p)[11:], strict=False):
            rounding = ROUNDING[dtype]
            np.testing.assert_allclose(ours, exact, rtol=rounding, atol=rounding * float(size))


def test_layers_so_large_that_threads_move_them(functions, dtype):
    """Into panels, and when the shares' sums are added up."""
    p = problem(7, 5000, 70, dtype, density=0.01)
    _, log_p, gW, gb, gz = functions.log_likelihood(p.x, p.W, p.b, p.y, SCALE, True)
    exact = [exact for exact, _ in by_formulas(p)][1:5]
    for ours, theirs in zip((log_p, gW, gb, gz), exact, strict=True):
        rounding = 100 * ROUNDING[dtype]
        np.testing.assert_allclose(ours, theirs, rtol=rounding, atol=rounding)


def test_images_without_ink(functions, dtype):
    p = SimpleNamespace(**vars(problem(20, 17, 5, dtype)))
    p.x = np.zeros_like(p.x)
    _, log_p, gW, _, gz = functions.log_likelihood(p.x, p.W, p.b, p.y, 1.0, True)
    assert not gW.any()
    expected = (p.b - np.log(np.exp(p.b).sum()))[p.y]
    np.testing.assert_allclose(log_p, expected, rtol=ROUNDING[dtype], atol=ROUNDING[dtype])
    np.testing.assert_allclose(gz.sum(axis=1), 0, atol=10 * ROUNDING[dtype])
    hidden = functions.affine(p.x, p.W, p.b, True)
    np.testing.assert_allclose(hidden, np.tile(np.tanh(p.b), (20, 1)), rtol=ROUNDING[dtype])


def wide(x):
    return np.hstack([x, x, x])


VIEWS = {
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "reversed": lambda x: x[::-1],
    "columns": lambda x: wide(x)[:, 5 : 5 + x.shape[1]],
    "columns reversed": lambda x: x[:, ::-1],
    "every other column": lambda x: wide(x)[:, ::2],
    "transposed": lambda x: x.T.copy().T,
    "one row for all": lambda x: np.broadcast_to(x[3], x.shape),
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_are_read_where_they_lie(functions, dtype, view):
    p = problem(20, 17, 10, dtype)
    seen = {
        name: VIEWS[view](value) if value.ndim == 2 and name != "x" else value
        for name, value in vars(p).items()
    }
    x = VIEWS[view](p.x)
    if view == "every other column":  # which are more than there were
        seen = vars(p) | {"W": np.repeat(p.W, 3, axis=0)[:26], "W_xh": np.ones((26, 6), dtype)}
    whole = {name: value.copy() for name, value in seen.items()}
    ours = run_all(functions, SimpleNamespace(**seen | {"x": x}))
    expected = run_all(functions, SimpleNamespace(**whole | {"x": x.copy()}))
    for a, b in zip(ours, expected, strict=True):
        # NumPy's products depend on how the matrices lie.
        np.testing.assert_allclose(a, b, rtol=0, atol=1e3 * ROUNDING[dtype])
        if not isinstance(functions, Reference):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("labels", ["int8", "uint8", "int16", "int32", "int64", "uint64"])
def test_labels_of_every_type(functions, dtype, labels):
    p = problem(33, 16, 10, dtype)
    expected = functions.log_likelihood(p.x, p.W, p.b, p.y, 1.0, False)
    y = p.y.astype(labels)
    given = [y, y.repeat(2)[::2]]
    if labels.startswith("i"):  # as NumPy counts from the end
        given.append((p.y - 10 * (np.arange(33) % 2)).astype(labels))
    for some in given:
        for ours, theirs in zip(
            functions.log_likelihood(p.x, p.W, p.b, some, 1.0, False), expected, strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("wrong", "labels"),
    [
        (10, "int32"),
        (-11, "int32"),
        (127, "int8"),
        (-128, "int8"),
        (255, "uint8"),
        (2**32, "int64"),
        (2**32 + 3, "int64"),
        (-(2**32), "int64"),
        (2**63, "uint64"),
    ],
)
@pytest.mark.parametrize("where", [0, 32])
def test_labels_out_of_range(functions, dtype, wrong, labels, where):
    p = problem(33, 16, 10, dtype)
    y = p.y.astype(labels)
    y[where] = wrong
    with pytest.raises(IndexError, match="labels must be from 0 to 9"):
        functions.log_likelihood(p.x, p.W, p.b, y, 1.0, False)
    params = p.W_xh, p.b_xh, p.W_hy, p.b
    before = p.W_xh.copy()
    for function, rates in ((functions.network, ()), (functions.network_step, RATES)):
        with pytest.raises(IndexError, match="labels must be from 0 to 9"):
            function(p.x, params, y, 1.0, *rates)
    np.testing.assert_array_equal(p.W_xh, before)


def test_extreme_logits(functions, dtype):
    """A probability that is 0 in floating point has a logarithm, and a gradient."""
    for most in (1e4, LARGEST[dtype]):
        W = np.array([[most, -most, 0]], dtype)
        x, y = np.ones((9, 1), dtype), np.arange(9) % 3
        _, log_p, gW, gb, gz = functions.log_likelihood(x, W, np.zeros(3, dtype), y, 1.0, True)
        np.testing.assert_array_equal(log_p, np.tile([0, -2 * W[0, 0], -W[0, 0]], 3))
        np.testing.assert_array_equal(gz, np.tile(np.eye(3) - np.eye(3)[[0]], (3, 1)))
        np.testing.assert_array_equal(gb, [-6, 3, 3])
        np.testing.assert_array_equal(gW, [gb])
        hidden = functions.affine(x, W, None, True)
        np.testing.assert_array_equal(hidden, np.tile([1, -1, 0], (9, 1)))


@pytest.mark.parametrize("spoilt", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers(functions, dtype, spoilt):
    """Their image has no likelihood; the others keep theirs."""
    p = problem(20, 35, 5, dtype)
    blank = p.x.copy()
    columns = [0, 2, 9, 17, 25, 34]  # zero in every other image, so that one looks for them
    blank[:, columns] = 0
    x = blank.copy()
    spoilt_rows = np.isin(np.arange(20), [4, 19, 8, 0, 12, 13])
    x[[4, 19, 8, 0, 12, 13], columns] = spoilt
    params = (p.W_xh, p.b_xh, p.W_hy, p.b)
    for W in (p.W, -abs(p.W), abs(p.W), 0 * p.W):
        _, log_p, gW, gb = functions.log_likelihood(x, W, p.b, p.y, 1.0, False)
        clean = functions.log_likelihood(blank, W, p.b, p.y, 1.0, False)[1]
        np.testing.assert_array_equal(np.isnan(log_p), spoilt_rows)
        np.testing.assert_allclose(log_p[~spoilt_rows], clean[~spoilt_rows], rtol=1e-5)
        assert np.isnan(gW[columns]).all()
        assert np.isnan(gb).all()
        hidden = functions.affine(x, W, p.b, True)
        with np.errstate(invalid="ignore"):
            np.testing.assert_allclose(hidden, np.tanh(x @ W + p.b), rtol=1e-4, atol=1e-5)
    _, log_p, *_ = functions.network(x, params, p.y, 1.0)
    assert np.isfinite(log_p[~spoilt_rows]).all()
    assert np.isnan(spoilt) == np.isnan(log_p[spoilt_rows]).all()


def test_tanh(functions, dtype):
    """To the last bits also where it is small, and 1 at most."""
    small = np.array([1e-12, 1e-30, 3e-7, 0.0, np.finfo(dtype).tiny])
    values = np.concatenate([small, np.linspace(0, 30, 4001), [1000, LARGEST[dtype]]])
    W = np.concatenate([values, -values]).astype(dtype)[None]
    out = functions.affine(np.ones((1, 1), dtype), W, None, True)
    rounding = {"float64": 1e-14, "float32": 1e-6}[dtype]
    np.testing.assert_allclose(out, np.tanh(W.astype("float64")), rtol=rounding)
    assert abs(out).max() == 1


def test_the_same_bits_again(functions, dtype):
    """By whichever threads, also where several of Python's call at once."""
    p = problem(100, 17, 25, dtype)
    expected = run_all(functions, p)
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: run_all(functions, p), range(100)))
    for run in runs:
        for ours, theirs in zip(run, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_minibatches_one_after_the_other(functions, dtype, threads):
    """Workers look ahead, to the end and beyond; their number changes, and nothing else."""
    p = problem(240, 40, 10, dtype)
    for name in ("x", "W", "b"):
        value = getattr(p, name).copy()
        value.flags.writeable = False
        setattr(p := SimpleNamespace(**vars(p)), name, value)
    for turn, start in enumerate([*range(0, 240, 24)] * 30):
        rows = slice(start, start + 24)
        arrays = p.x[rows], p.W, p.b, p.y[rows], SCALE, True
        threads(1)
        expected = functions.log_likelihood(p.x[rows].copy(), *arrays[1:])
        threads((4, 2, 3, 5, 7)[turn % 5])
        for ours, alone in zip(functions.log_likelihood(*arrays), expected, strict=True):
            rounding = 10 * ROUNDING[dtype]
            np.testing.assert_allclose(ours, alone, rtol=rounding, atol=rounding)


# The operations around them.


@pytest.fixture
def compile_op(functions, monkeypatch, dtype):
    """Return a function that calls an operation on arrays."""
    monkeypatch.setattr(kernel, "load", lambda dtype: functions)

    def call(op, *arrays):
        inputs = [pt.tensor(dtype=str(a.dtype), shape=(None,) * a.ndim) for a in arrays]
        return pytensor.function(inputs, op(*inputs), mode=Mode("py", None))(*arrays)

    return call


@pytest.mark.parametrize("is_mean", [True, False])
@pytest.mark.parametrize("n", [0, 1, 33])
def test_mean_and_sum(compile_op, functions, dtype, n, is_mean):
    p = problem(n, 16, 10, dtype)
    params = p.W_xh, p.b_xh, p.W_hy, p.b
    copies = [value.copy() for value in params]
    scale = 1 / n if is_mean and n else 1.0
    for ours, theirs in (
        (
            compile_op(LogLikelihood(is_mean, True), p.x, p.W, p.b, p.y),
            functions.log_likelihood(p.x, p.W, p.b, p.y, scale, True),
        ),
        (
            compile_op(Network(is_mean), p.x, *params, p.y),
            functions.network(p.x, params, p.y, scale),
        ),
        (
            compile_op(NetworkStep(is_mean), p.x, *params, p.y, *RATES)[:2],
            functions.network_step(p.x, copies, p.y, scale, *RATES)[:2],
        ),
    ):
        total, *others = ours
        assert total.dtype == dtype
        assert total.shape == ()
        expected = theirs[0] / (max(n, 1) if is_mean else 1)
        assert np.isnan(total) if is_mean and n == 0 else total == expected.astype(dtype)
        for a, b in zip(others, theirs[1:], strict=True):
            np.testing.assert_array_equal(a, b)


def test_what_does_not_fit(compile_op, dtype):
    p = problem(33, 16, 10, dtype)
    params = p.W_xh, p.b_xh, p.W_hy, p.b
    with pytest.raises(ValueError, match="a matrix of 33 rows and 32 labels"):
        compile_op(LogLikelihood(), p.x, p.W, p.b, p.y[:32])
    with pytest.raises(ValueError, match="a matrix of 33 rows and 1 labels"):
        compile_op(Network(), p.x, *params, p.y[:1])
    with pytest.raises(ValueError, match="a matrix of 33 rows and 32 labels"):
        compile_op(AffineGradient(), p.x, p.g[:32])
    with pytest.raises(ValueError, match="shapes do not fit"):
        compile_op(AffineGradient(), p.x, p.g, p.h[:, :9])
    with pytest.raises(ValueError, match="shapes do not fit"):
        compile_op(AffineGradient(), p.x, p.g, p.h[:1])
    for wrong in ((p.W[:15], p.b), (p.W, p.b[:9]), (p.W, p.b[:1])):
        with pytest.raises(ValueError, match=r"shapes do not fit: \(33, 16\) times"):
            compile_op(LogLikelihood(), p.x, *wrong, p.y)
        with pytest.raises(ValueError, match=r"shapes do not fit: \(33, 16\) times"):
            compile_op(Affine(), p.x, *wrong)
    for wrong in ((p.W_xh, p.b_xh, p.W_hy[:5], p.b), (p.W_xh, p.b_xh[:5], p.W_hy, p.b)):
        for op, rates in ((Network(), ()), (NetworkStep(), RATES)):
            with pytest.raises(ValueError, match="shapes do not fit"):
                compile_op(op, p.x, *wrong, p.y, *rates)
