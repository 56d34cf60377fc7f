"""Every backend against the definitions written as loops, on shapes and settings at random."""

import re

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convolution import reference
from theano_tutorial import backends
from theano_tutorial.convolution import conv2d, pool_2d

# Each example compiles: little on numpy, seconds on numba.
EXAMPLES = {"numpy": 100, "c": 20, "numba": 3, "jax": 10, "pytorch": 30}
TOLERANCE = {"float64": 1e-12, "float32": 2e-5}  # some hundred products of numbers around 1
BORDERS = st.one_of(
    st.sampled_from(["valid", "full", "half"]),
    st.integers(0, 3),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.tuples(st.integers(0, 2), st.integers(0, 3)), st.integers(0, 2)),
)


def two(least, most):
    return st.tuples(st.integers(least, most), st.integers(least, most))


@st.composite
def convolutions(draw):
    groups = draw(st.sampled_from([1, 1, 1, 2]))
    channels, filters = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    how = {
        "border": draw(BORDERS),
        "stride": draw(two(1, 4)),
        "flip": draw(st.booleans()),
        "dilation": draw(two(1, 3)),
        "groups": groups,
    }
    images = draw(st.integers(0, 3)), channels * groups, *draw(two(1, 8))
    kernels = filters * groups, channels, *draw(two(1, 4))
    extents = [(k - 1) * d + 1 for k, d in zip(kernels[2:], how["dilation"], strict=True)]
    padding = reference.padding(how["border"], extents)
    for n, extent, sides in zip(images[2:], extents, padding, strict=True):
        assume(extent <= n + sum(sides))
    return images, kernels, how


@st.composite
def poolings(draw):
    ws, mode = draw(two(1, 4)), draw(st.sampled_from(["max", "sum", "inc", "exc"]))
    ignore_border = draw(st.booleans())
    pad = tuple(draw(st.integers(0, n - 1)) for n in ws) if ignore_border else (0, 0)
    stride = draw(st.one_of(st.none(), two(1, 6)))
    shape = (*draw(st.lists(st.integers(0, 3), max_size=3)), *draw(two(1, 9)))
    mode = f"average_{mode}_pad" if mode in ("inc", "exc") else mode
    how = {"ws": ws, "ignore_border": ignore_border, "stride": stride, "pad": pad, "mode": mode}
    return shape, how


def tried(backend, function):
    """Run a test on examples, as many as a backend compiles in some seconds."""
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run = settings(
        max_examples=EXAMPLES[backend],
        deadline=None,
        derandomize=True,
        suppress_health_check=checks,
    )
    run(function)()


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_convolution(backend, dtype):
    @given(convolutions(), st.integers(0, 2**16))
    def on(found, seed):
        images, kernels, how = found
        rng = np.random.default_rng(seed)
        x, w = (rng.standard_normal(shape).astype(dtype) for shape in (images, kernels))
        wanted = reference.conv2d(x.astype(float), w.astype(float), **how)
        g = rng.standard_normal(wanted.shape).astype(dtype)
        X, W, G = (pt.tensor4(name, dtype=dtype) for name in "xwg")
        maps = conv2d(
            X,
            W,
            border_mode=how["border"],
            subsample=how["stride"],
            filter_flip=how["flip"],
            filter_dilation=how["dilation"],
            num_groups=how["groups"],
        )
        gradients = pytensor.grad(None, [X, W], known_grads={maps: G})
        function = pytensor.function([X, W, G], [maps, *gradients], mode=backends.mode(backend))
        ours, gx, gw = function(x, w, g)
        assert ours.dtype == gx.dtype == gw.dtype == dtype
        assert (gx.shape, gw.shape) == (x.shape, w.shape)
        close = {"rtol": 0, "atol": TOLERANCE[dtype] * 10}
        np.testing.assert_allclose(ours, wanted, **close)
        # Convolution is linear in images and in filters: <g, conv(v, w)> = <gx, v>.
        v, u = rng.standard_normal(x.shape), rng.standard_normal(w.shape)
        scale = {"rtol": 0, "atol": TOLERANCE[dtype] * 10 * max(1, v.size + u.size)}
        to_x = (g * reference.conv2d(v, w.astype(float), **how)).sum()
        np.testing.assert_allclose((gx * v).sum(), to_x, **scale)
        to_w = (g * reference.conv2d(x.astype(float), u, **how)).sum()
        np.testing.assert_allclose((gw * u).sum(), to_w, **scale)

    tried(backend, on)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_pooling(backend, dtype):
    @given(poolings(), st.integers(0, 2**16))
    def on(found, seed):
        shape, how = found
        rng = np.random.default_rng(seed)
        x = rng.integers(-3, 3, shape).astype(dtype)  # with ties
        wanted = reference.pool_2d(x.astype(float), **how)
        g = rng.standard_normal(wanted.shape).astype(dtype)
        X, G = (pt.tensor(name, dtype=dtype, shape=(None,) * x.ndim) for name in "xg")
        maps = pool_2d(X, **how)
        gradient = pytensor.grad(None, X, known_grads={maps: G})
        function = pytensor.function([X, G], [maps, gradient], mode=backends.mode(backend))
        ours, gx = function(x, g)
        assert ours.dtype == gx.dtype == dtype
        close = {"rtol": 0, "atol": TOLERANCE[dtype]}
        np.testing.assert_allclose(ours, wanted, **close)
        np.testing.assert_allclose(gx, reference.pool_gradient(x, g, **how), **close)

    tried(backend, on)


@pytest.mark.parametrize(
    ("images", "kernels", "how"),
    [
        ((1, 1, 1, 1), (1, 1, 1, 1), {}),
        ((3, 2, 4, 4), (2, 2, 4, 4), {}),  # one window
        ((2, 1, 5, 5), (3, 1, 2, 2), {"subsample": (9, 9)}),  # beyond the images
        ((0, 2, 5, 5), (3, 2, 2, 2), {}),  # no image
        ((2, 2, 5, 5), (0, 2, 2, 2), {}),  # no filter
        ((1, 1, 2, 2), (1, 1, 3, 3), {"border_mode": "full", "filter_dilation": (2, 3)}),
        ((1, 2, 3, 40), (2, 2, 3, 1), {"border_mode": (0, 5), "subsample": (1, 7)}),
        # Windows of two pixels that touch: XLA ends the process where nothing is padded.
        ((2, 2, 10, 4), (3, 2, 2, 3), {"border_mode": "full", "subsample": (2, 5)}),
        ((2, 2, 10, 8), (3, 2, 3, 2), {"border_mode": "half", "subsample": (5, 2)}),
    ],
    ids=str,
)
def test_odd_convolutions(images, kernels, how, backend):
    rng = np.random.default_rng(3)
    x, w = rng.standard_normal(images), rng.standard_normal(kernels)
    X, W = pt.tensor4("x", shape=images), pt.tensor4("w", shape=kernels)
    maps = conv2d(X, W, **how)
    gradients = pytensor.grad(maps.sum(), [X, W])
    function = pytensor.function([X, W], [maps, *gradients], mode=backends.mode(backend))
    ours, gx, gw = function(x, w)
    names = {"border_mode": "border", "subsample": "stride", "filter_dilation": "dilation"}
    wanted = reference.conv2d(x, w, **{names[name]: value for name, value in how.items()})
    assert maps.type.shape == ours.shape
    np.testing.assert_allclose(ours, wanted, rtol=0, atol=1e-12)
    assert (gx.shape, gw.shape) == (images, kernels)


@pytest.mark.parametrize(
    ("shape", "how"),
    [
        ((1, 1, 1, 1), {"ws": (1, 1)}),
        ((1, 1, 1, 1), {"ws": (3, 3)}),  # larger than the image
        ((2, 1, 5, 5), {"ws": (2, 2), "stride": (9, 9), "ignore_border": True}),
        ((0, 2, 5, 5), {"ws": (2, 2)}),  # no image
        ((5, 4), {"ws": (2, 2)}),
        (
            (2, 1, 3, 4, 5),
            {"ws": (3, 3), "stride": (1, 1), "pad": (1, 1), "ignore_border": True},
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["max", "average_exc_pad"])
def test_odd_poolings(shape, how, mode, backend):
    x = np.random.default_rng(3).standard_normal(shape)
    X = pt.tensor("x", dtype="float64", shape=shape)
    maps = pool_2d(X, mode=mode, **how)
    gradient = pytensor.grad(maps.sum(), X)
    function = pytensor.function([X], [maps, gradient], mode=backends.mode(backend))
    ours, gx = function(x)
    assert maps.type.shape == ours.shape
    np.testing.assert_allclose(ours, reference.pool_2d(x, mode=mode, **how), atol=1e-14)
    wanted = reference.pool_gradient(x, np.ones(ours.shape), mode=mode, **how)
    np.testing.assert_allclose(gx, wanted, atol=1e-14)


@pytest.mark.parametrize("ignore_border", [True, False])
def test_windows_larger_than_an_image_that_is_cut_off(ignore_border, backend):
    X = pt.tensor4("x")
    maps = pool_2d(X, ws=(4, 2), stride=(2, 2), ignore_border=ignore_border)
    function = pytensor.function([X], maps, mode=backends.mode(backend))
    assert function(np.zeros((2, 3, 3, 4))).shape == (2, 3, 0 if ignore_border else 1, 2)


@pytest.mark.parametrize("mode", ["max", "sum"])
def test_what_is_not_a_number_stays_so(mode, backend):
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, 1, 1], x[0, 0, 3, 3] = np.nan, -np.inf
    X = pt.tensor4("x")
    function = pytensor.function(
        [X], pool_2d(X, ws=(2, 2), mode=mode), mode=backends.mode(backend)
    )
    lower = -np.inf if mode == "sum" else 0
    np.testing.assert_array_equal(function(x)[0, 0], [[np.nan, 0], [0, lower]])


@pytest.mark.parametrize("stride", [1, 2])
def test_what_is_infinite_goes_to_the_largest_entry_alone(stride, backend):
    rng = np.random.RandomState(0)
    x, wanted = rng.permutation(32).reshape(1, 2, 4, 4) / 1.0, np.zeros((1, 2, 4, 4))
    n = (4 - 2) // stride + 1
    g = rng.randn(1, 2, n, n)
    g[0, 0, 0, 0], g[0, 1, 0, 1], g[0, 1, -1, -1] = np.inf, np.nan, -np.inf
    for index, value in np.ndenumerate(g):
        window = *index[:2], *(slice(stride * i, stride * i + 2) for i in index[2:])
        wanted[window][x[window] == x[window].max()] += value
    X, G = pt.tensor4("x"), pt.tensor4("g")
    maps = pool_2d(X, ws=(2, 2), stride=(stride, stride))
    gradient = pt.grad(None, X, known_grads={maps: G})
    function = pytensor.function([X, G], gradient, mode=backends.mode(backend))
    np.testing.assert_array_equal(function(x, g), wanted)


def test_xla_does_not_see_that_filters_are_reversed(require_backend):
    """On a GPU, it would take the convolution for a gradient, whose sums do not tie."""
    x, w = pt.tensor4("x"), pt.tensor4("w")
    mode = backends.mode(require_backend("jax"))
    on_device = pytensor.function([x, w], conv2d(x, w), mode=mode).vm.jit_fn
    arrays = np.zeros((2, 1, 6, 6)), np.zeros((3, 1, 5, 5))
    program = on_device._compiled.lower((), (), arrays).as_text()
    made = dict(re.findall(r"(%\w+) = (\S.*)", program))
    (convolution,) = [what for what in made.values() if "stablehlo.convolution(" in what]
    source = made[re.search(r"\(%\w+, (%\w+)\)", convolution)[1]]
    while "stablehlo.transpose" in source:
        source = made[re.search(r"%\w+", source)[0]]
    assert source.startswith("stablehlo.optimization_barrier")
    assert made[re.search(r"%\w+", source)[0]].startswith("stablehlo.reverse")
