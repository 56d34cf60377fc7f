"""Convolution and pooling of volumes: every backend against definitions, and derivatives."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad

from theano_tutorial import backends
from theano_tutorial.convolution import (
    conv3d,
    conv3d_grad_wrt_inputs,
    conv3d_grad_wrt_weights,
    pool_2d,
    pool_3d,
)

MODE = backends.mode("numpy")
X, W = pt.tensor5("x"), pt.tensor5("w")
CASES = [
    {},
    {"border_mode": "full", "subsample": (2, 3, 1)},
    {"border_mode": "half", "filter_dilation": (2, 1, 2), "filter_flip": False},
    {"border_mode": (1, 0, 2), "subsample": (1, 2, 2), "num_groups": 2},
    {"border_mode": ((0, 1), 1, (2, 0)), "subsample": (3, 1, 1)},
]


def sides(border, extents):
    """Return the zeros before and after, on all axes."""
    named = {"valid": lambda n: 0, "half": lambda n: n // 2, "full": lambda n: n - 1}
    each = [named[border](n) for n in extents] if border in named else border
    return [(side, side) if isinstance(side, int) else side for side in each]


def definition(
    x,
    w,
    border_mode="valid",
    subsample=(1, 1, 1),
    filter_flip=True,
    filter_dilation=(1, 1, 1),
    num_groups=1,
):
    """Sum over taps, one map entry at a time."""
    if not filter_flip:
        w = w[:, :, ::-1, ::-1, ::-1]
    extents = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], filter_dilation, strict=True)]
    x = np.pad(x, [(0, 0), (0, 0), *sides(border_mode, extents)])
    lengths = zip(x.shape[2:], extents, subsample, strict=True)
    out = np.zeros((len(x), len(w), *((n - extent) // s + 1 for n, extent, s in lengths)))
    for n, o, *at in np.ndindex(*out.shape):
        first = o // (len(w) // num_groups) * w.shape[1]
        for c, *tap in np.ndindex(*w.shape[1:]):
            place = [
                z * s + i * d
                for z, s, i, d in zip(at, subsample, tap, filter_dilation, strict=True)
            ]
            weight = w[o, c, *(-1 - i for i in tap)]
            out[n, o, *at] += weight * x[n, first + c, *place]
    return out


def volumes(groups=1):
    rng = np.random.default_rng(1)
    return rng.standard_normal((2, 2, 4, 5, 4)), rng.standard_normal((4, 2 // groups, 2, 3, 2))


def inner(a, b):
    return (a.astype(float) * b).sum()


def pytest_generate_tests(metafunc):
    """Compile on every backend, but with jax, which takes longest, with --long only."""
    if "compiler" in metafunc.fixturenames:
        left_out = {"auto"} if metafunc.config.getoption("long") else {"auto", "jax"}
        metafunc.parametrize("compiler", [n for n in backends.NAMES if n not in left_out])


def test_convolution(compiler, require_backend):
    backend = require_backend(compiler)
    cases = [(how, "float64") for how in CASES] + [({}, "float32")]
    if backend == "numba":  # which calls what numpy calls, after seconds of compilation
        cases = cases[3:4]
    inputs, outputs = [], []
    for how, dtype in cases:
        values = [value.astype(dtype) for value in volumes(how.get("num_groups", 1))]
        x, w = (pt.tensor(dtype=dtype, shape=value.shape) for value in values)
        maps = conv3d(x, w, **how)
        inputs.append(((x, w), values))
        outputs += [maps, *pytensor.grad((maps**2).sum(), [x, w])]
    function = pytensor.function(
        [v for pair, _ in inputs for v in pair], outputs, mode=backends.mode(backend)
    )
    ours = iter(function(*(value for _, values in inputs for value in values)))
    rng = np.random.default_rng(2)
    for (how, dtype), (_, (x, w)) in zip(cases, inputs, strict=True):
        tolerance = 1e-12 if dtype == "float64" else 1e-5
        result, gx, gw = (next(ours) for _ in range(3))
        assert result.dtype == gx.dtype == gw.dtype == dtype
        maps = definition(x, w, **how)
        np.testing.assert_allclose(result, maps, rtol=0, atol=tolerance)
        # Convolution is linear in volumes and in filters: <2 y, conv(v, w)> = <gx, v>.
        v, u = rng.standard_normal(x.shape), rng.standard_normal(w.shape)
        to_x, to_w = definition(v, w, **how), definition(x, u, **how)
        close = {"rtol": tolerance * 100, "atol": tolerance * 100}
        np.testing.assert_allclose(inner(gx, v), inner(2 * maps, to_x), **close)
        np.testing.assert_allclose(inner(gw, u), inner(2 * maps, to_w), **close)


@pytest.mark.parametrize("how", CASES, ids=str)
def test_second_derivatives_and_gradients_by_name(how):
    x, w = volumes(how.get("num_groups", 1))

    def gradients(x, w):
        maps = conv3d(x, w, **how)
        gx, gw = pytensor.grad((maps**3).sum(), [x, w])
        return (gx**2).sum() + (gw * pt.sin(gw)).sum()

    verify_grad(gradients, [x / 5, w / 5], rng=np.random.default_rng(0), mode=MODE)
    maps = conv3d(X, W, **how)
    G = pt.tensor5("g")
    pairs = [
        *pytensor.grad(None, [X, W], known_grads={maps: G}),
        conv3d_grad_wrt_inputs(G, W, (None, None, 4, 5, 4), **how),
        conv3d_grad_wrt_weights(X, G, (None, None, 2, 3, 2), **how),
    ]
    g = definition(x, w, **how)
    gx, gw, *named = pytensor.function([X, W, G], pairs, mode=MODE)(x, w, g)
    np.testing.assert_array_equal(gx, named[0])
    np.testing.assert_array_equal(gw, named[1])


@pytest.mark.parametrize("mode", ["max", "sum", "average_inc_pad", "average_exc_pad"])
def test_pooling(mode):
    x = np.random.default_rng(1).integers(-2, 3, (2, 5, 4, 6)).astype(float)  # with ties
    how = {"stride": (2, 1, 3), "pad": (1, 0, 1), "ignore_border": True, "mode": mode}
    V = pt.tensor4("v")
    pooled = pool_3d(V, ws=(2, 2, 3), **how)
    gradient = pytensor.grad(pooled.sum(), V)
    ours, gx = pytensor.function([V], [pooled, gradient], mode=MODE)(x)
    wanted, expected = np.zeros(ours.shape), np.zeros(x.shape)
    for n, z, i, j in np.ndindex(*ours.shape):
        firsts = z * 2 - 1, i, j * 3 - 1
        box = (
            n,
            *(slice(max(0, k), k + size) for k, size in zip(firsts, (2, 2, 3), strict=True)),
        )
        seen = x[box]
        count = {"average_inc_pad": 12, "average_exc_pad": seen.size}.get(mode, 1)
        wanted[n, z, i, j] = seen.max() if mode == "max" else seen.sum() / count
        expected[box] += seen == seen.max() if mode == "max" else 1 / count
    np.testing.assert_allclose(ours, wanted, rtol=0, atol=1e-12)
    np.testing.assert_allclose(gx, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: conv3d(pt.tensor4(), W), r"conv3d: images must have 5 dimensions, got"),
        (
            lambda: conv3d(X, W, subsample=(1, 1)),
            r"conv3d: subsample .*\(2, 2, 2\), got \(1, 1\)",
        ),
        (
            lambda: conv3d(X, W, border_mode=(1, 1)),
            r"conv3d: border_mode .* three of .*\(1, 1\)",
        ),
        (lambda: conv3d(X, W, num_groups=0), "conv3d: num_groups must be"),
        (lambda: conv3d(X, W, input_shape=(1, 2, 3, 4)), "input_shape must have 5 entries"),
        (
            lambda: conv3d(
                pt.tensor5(shape=(1, 1, 2, 4, 4)), pt.tensor5(shape=(1, 1, 3, 1, 1))
            ),
            "conv3d: filters 3 pixels deep do not fit into images 2 pixels deep",
        ),
        (
            lambda: conv3d_grad_wrt_inputs(X, W, (1, 1, None, 4, 4)),
            "must have 5 entries, the last three known",
        ),
        (lambda: pool_3d(X, ws=(2, 2)), r"pool_3d: ws must be .*\(2, 2, 2\), got \(2, 2\)"),
        (lambda: pool_3d(pt.matrix(), ws=(2, 2, 2)), "pool_3d: volumes must have 3 dimensions"),
        (
            lambda: pool_3d(X, ws=2, pad=(2, 0, 0), ignore_border=True),
            r"pool_3d: pad must be smaller than ws, got pad \(2, 0, 0\), ws \(2, 2, 2\)",
        ),
        (
            lambda: pool_3d(X, ws=2, pad=(1, 0, 0)),
            r"pool_3d: padding needs .*got pad \(1, 0, 0\)",
        ),
        (lambda: pool_3d(X, ws=2, mode="mean"), "pool_3d: mode must be .*got 'mean'"),
        (
            lambda: pool_3d(pt.tensor5(dtype="int64"), ws=2, mode="average_exc_pad"),
            "pool_3d: a mean needs floats, got int64",
        ),
    ],
)
def test_what_is_refused(make, words):
    with pytest.raises((TypeError, ValueError), match=words) as raised:
        make()
    assert "\n" not in str(raised.value)


def test_windows_one_plane_deep_are_those_of_images(compiler, require_backend):
    backend = require_backend(compiler)
    V = pt.tensor5(shape=(2, 2, 4, 5, 4))
    outputs = [pool_3d(V, ws=(1, 2, 2), ignore_border=False), pool_2d(V, ws=(2, 2))]
    function = pytensor.function([V], outputs, mode=backends.mode(backend))
    boxes, planes = function(volumes()[0])
    np.testing.assert_array_equal(boxes, planes)
