"""Gradients and second derivatives by finite differences, and where they are zero."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad

from convolution.reference import pool_2d as plain_pool_2d
from theano_tutorial import backends
from theano_tutorial.convolution import (
    conv2d,
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    pool_2d,
)

MODE = backends.mode("numpy")
CONVOLUTIONS = [
    {},
    {"border_mode": "full", "subsample": (2, 3)},
    {"border_mode": "half", "filter_dilation": (2, 1), "filter_flip": False},
    {"border_mode": ((1, 0), 2), "subsample": (3, 1)},
    {"num_groups": 2, "border_mode": 1},
]
POOLINGS = [
    {"ws": (2, 2), "ignore_border": True},
    {"ws": (3, 2), "stride": (1, 3), "ignore_border": False},
    {"ws": (2, 3), "stride": (2, 1), "pad": (1, 2), "ignore_border": True},
]
MODES = ["max", "sum", "average_inc_pad", "average_exc_pad"]


def verify(function, *values):
    verify_grad(function, values, rng=np.random.default_rng(0), mode=MODE)


def images(*shape, seed=1):
    """Numbers far enough apart that no small step makes another one the largest."""
    rng = np.random.default_rng(seed)
    return rng.permutation(np.linspace(-2, 2, int(np.prod(shape)))).reshape(shape)


@pytest.mark.parametrize("how", CONVOLUTIONS, ids=str)
def test_convolution(how):
    groups = how.get("num_groups", 1)
    x, w = images(2, 2, 6, 5), images(4, 2 // groups, 3, 2, seed=2)

    def convolved(x, w):
        return conv2d(x, w, **how)

    def gradients(x, w):
        gx, gw = pytensor.grad((conv2d(x, w, **how) ** 3).sum(), [x, w])
        return (gx**2).sum() + (gw * pt.sin(gw)).sum()

    verify(convolved, x, w)
    verify(gradients, x / 3, w / 3)


@pytest.mark.parametrize("how", CONVOLUTIONS, ids=str)
def test_gradients_by_name_are_those_of_conv2d(how):
    x, w = pt.tensor4("x"), pt.tensor4("w")
    maps = conv2d(x, w, **how)
    g = pt.tensor4("g")
    expected = pytensor.grad(None, [x, w], known_grads={maps: g})
    ours = [
        conv2d_grad_wrt_inputs(g, w, (None, None, 6, 5), **how),
        conv2d_grad_wrt_weights(x, g, (None, None, 3, 2), **how),
    ]
    groups = how.get("num_groups", 1)
    values = images(2, 2, 6, 5), images(4, 2 // groups, 3, 2)
    shape = pytensor.function([x, w], maps.shape, mode=MODE)(*values)
    results = pytensor.function([x, w, g], expected + ours, mode=MODE)(*values, images(*shape))
    for one, other in zip(results[:2], results[2:], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("how", POOLINGS, ids=str)
def test_pooling(how, mode):
    x = images(2, 2, 5, 6)

    def pooled(x):
        return pool_2d(x, mode=mode, **how)

    def gradient(x):
        return pytensor.grad((pool_2d(x, mode=mode, **how) ** 3).sum(), x)

    verify(pooled, x)
    verify(gradient, x)


def test_third_derivatives_of_a_maximum():
    verify(
        lambda x: pytensor.grad(
            (pytensor.grad((pool_2d(x, ws=(2, 2), stride=(1, 1)) ** 4).sum(), x) ** 2).sum(), x
        ),
        images(1, 1, 3, 4),
    )


def test_whole_numbers_have_no_gradient():
    x = pt.tensor4("x", dtype="int64")
    cost = pool_2d(x, ws=(2, 2)).astype("float64").sum()
    gradient = pytensor.function([x], pytensor.grad(cost, x), mode=MODE)
    values = np.arange(16).reshape(1, 1, 4, 4)
    assert not gradient(values).any()
    pooled = pytensor.function([x], pool_2d(x, ws=(2, 2)), mode=MODE)(values)
    np.testing.assert_array_equal(pooled, plain_pool_2d(values, ws=(2, 2)))
    assert pooled.dtype == "int64"


@pytest.mark.parametrize("backend", ["c", *backends.WITH_DEVICE])
@pytest.mark.parametrize("of", ["mean", "flatten", "pool", "sum"])
def test_gradients_where_no_shape_is_written(of, backend, require_backend):
    """Of Theano's `tensor4`, whose lengths are known when it is given."""
    require_backend(backend)
    x, w = pt.dtensor4("x"), pt.dtensor4("w")
    maps = conv2d(x, w)
    cost = {
        "mean": maps.mean(),
        "flatten": (maps.flatten(2) ** 2).sum(),
        "pool": (pool_2d(maps, (2, 2), ignore_border=True) ** 2).sum(),
        "sum": (maps.sum((2, 3)) ** 2).sum(),
    }[of]
    given = images(2, 1, 6, 6), images(3, 1, 3, 3, seed=2)
    found, expected = (
        pytensor.function([x, w], pytensor.grad(cost, [x, w]), mode=backends.mode(name))(*given)
        for name in (backend, "numpy")
    )
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-14)
