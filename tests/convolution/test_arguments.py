"""What users may say to conv2d and pool_2d, and how they are told what they may not."""

import inspect
import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends
from theano_tutorial.convolution import (
    conv2d,
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    get_conv_output_shape,
    pool_2d,
)
from theano_tutorial.convolution.conv import Convolve
from theano_tutorial.convolution.pool import Pool

MODE = backends.mode("numpy")
X, W = pt.tensor4("x"), pt.tensor4("w")


def test_signatures_begin_as_theanos():
    ours = list(inspect.signature(conv2d).parameters)
    assert ours == [
        *("input", "filters", "input_shape", "filter_shape", "border_mode", "subsample"),
        *("filter_flip", "filter_dilation", "num_groups"),
    ]
    assert list(inspect.signature(pool_2d).parameters) == [
        *("input", "ws", "ignore_border", "stride", "pad", "mode")
    ]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (((None, 3, 7, 9), (4, 3, 3, 2), "valid", (1, 1)), (None, 4, 5, 8)),
        (((2, 3, 7, 9), (4, 3, 3, 2), "half", (2, 3)), (2, 4, 4, 4)),
        (((2, 3, 7, None), (4, 3, 3, 2), "full", (2, 1), (2, 2)), (2, 4, 6, None)),
        (((2, 3, 7, 9), (4, 3, None, 2), (1, 2), (2, 2)), (2, 4, None, 6)),
        (((2, 3, 7, 9), (4, 3, 3, 2), ((1, 2), (0, 1)), (1, 1)), (2, 4, 8, 9)),
        (((2, 1, 5, 7, 9), (4, 1, 3, 3, 3), "valid", (1, 2, 1)), (2, 4, 3, 3, 7)),
    ],
)
def test_shapes_of_maps_are_real_theanos(given, wanted):
    assert get_conv_output_shape(*given) == wanted


def test_sizes_may_be_constants():
    pooled = pool_2d(X, (pt.constant(2), 2), True, pt.constant([1, 3]))
    images = np.arange(8.0).reshape(1, 1, 2, 4)
    assert pooled.eval({X: images}, mode=MODE).tolist() == [[[[5]]]]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"border_mode": "same"}, "border_mode must be valid, full, half.*got 'same'"),
        ({"border_mode": -1}, "border_mode must be .*got -1"),
        ({"border_mode": 1.5}, r"border_mode must be .*got 1\.5"),
        ({"border_mode": (1, 2, 3)}, r"border_mode must be .*got \(1, 2, 3\)"),
        ({"border_mode": (1, (2, -1))}, r"border_mode must be .*got \(1, \(2, -1\)\)"),
        ({"border_mode": None}, "border_mode must be .*got None"),
        ({"subsample": (0, 1)}, r"subsample must be whole numbers from 1.*got \(0, 1\)"),
        ({"subsample": (-1, 1)}, r"subsample must be whole numbers from 1.*got \(-1, 1\)"),
        ({"subsample": (1.0, 1)}, r"subsample must be .*got \(1\.0, 1\)"),
        ({"subsample": "ab"}, "subsample must be .*got 'ab'"),
        ({"subsample": (True, 1)}, r"subsample must be .*got \(True, 1\)"),
        ({"filter_dilation": (2, 0)}, r"filter_dilation must be .*got \(2, 0\)"),
        ({"num_groups": 0}, "num_groups must be a whole number from 1, got 0"),
        ({"input_shape": (1, 2, 3)}, r"input_shape must have 4 entries.*got \(1, 2, 3\)"),
        ({"input_shape": (1, 1, -3, 3)}, r"whole numbers from 0 or None, got \(1, 1, -3, 3\)"),
        ({"filter_shape": (1, 1, 2.5, 3)}, r"filter_shape .*got \(1, 1, 2\.5, 3\)"),
        ({"input_shape": 3}, "input_shape must have 4 entries, .*got 3"),
        ({"input_shape": X.shape}, "input_shape must have 4 entries, .*got Shape"),
    ],
    ids=str,
)
def test_bad_settings_of_conv2d(how, words):
    with pytest.raises(ValueError, match=words) as raised:
        conv2d(X, W, **how)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({}, r"ws must be whole numbers from 1, as in \(2, 2\), got None"),
        ({"ws": (2.0, 2)}, r"ws must be .*got \(2\.0, 2\)"),
        ({"ws": (2, 2, 2)}, r"ws must be .*got \(2, 2, 2\)"),
        ({"ws": (0, 2)}, r"ws must be .*got \(0, 2\)"),
        ({"ws": (2, 2), "stride": (1, -1)}, r"stride must be .*got \(1, -1\)"),
        ({"ws": (2, 2), "mode": "mean"}, "mode must be max, sum, .*got 'mean'"),
        ({"ws": (2, 2), "pad": (1, 1)}, r"needs ignore_border=True, got pad \(1, 1\)"),
        (
            {"ws": (2, 2), "pad": (2, 0), "ignore_border": True},
            r"pad must be smaller than ws, got pad \(2, 0\), ws \(2, 2\)",
        ),
    ],
    ids=str,
)
def test_bad_settings_of_pool_2d(how, words):
    with pytest.raises(ValueError, match=words) as raised:
        pool_2d(X, **how)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: conv2d(pt.matrix(), W),
            r"images must have 4 dimensions, got shape \(\?, \?\)",
        ),
        (lambda: conv2d(X, np.zeros((2, 3))), r"filters must have 4 dimensions.*\(2, 3\)"),
        (
            lambda: conv2d(pt.tensor4(dtype="int64"), pt.tensor4(dtype="int8")),
            "needs floats.*int64",
        ),
        (lambda: conv2d(pt.tensor4(dtype="complex128"), W), "needs floats, got complex128"),
        (lambda: pool_2d(pt.vector(), ws=(2, 2)), "2 dimensions or more"),
        (
            lambda: pool_2d(pt.tensor4(dtype="int64"), (2, 2), mode="average_inc_pad"),
            "a mean needs floats, got int64",
        ),
    ],
)
def test_bad_inputs(make, words):
    with pytest.raises(TypeError, match=words) as raised:
        make()
    assert "\n" not in str(raised.value)


MISFITS = [
    ((2, 3, 5, 5), (2, 2, 2, 2), {}, "3 channels, and the filters take 2"),
    (
        (2, 2, 3, 9),
        (2, 2, 4, 2),
        {},
        "filters 4 pixels high do not fit into images 3 pixels high",
    ),
    (
        (2, 2, 9, 3),
        (2, 2, 1, 3),
        {"filter_dilation": (1, 2), "border_mode": (0, 1)},
        None,  # it fits
    ),
    (
        (2, 2, 9, 3),
        (2, 2, 1, 4),
        {"filter_dilation": (1, 2), "border_mode": (0, 1)},
        "filters 7 pixels wide after dilation do not fit into images 5 pixels wide",
    ),
    ((2, 4, 5, 5), (3, 2, 2, 2), {"num_groups": 2}, "3 filters make no 2 groups"),
    ((2, 4, 5, 5), (2, 4, 2, 2), {"num_groups": 2}, "4 channels, and the filters take 8 in 2"),
    ((2, 4, 5, 5), (2, 4, 0, 2), {}, "filters 0 pixels high"),
]


@pytest.mark.parametrize(("images", "filters", "how", "words"), MISFITS, ids=str)
def test_shapes_that_do_not_fit(images, filters, how, words, backend):
    function = pytensor.function([X, W], conv2d(X, W, **how), mode=backends.mode(backend))
    if words is None:
        assert function(np.zeros(images), np.zeros(filters)).shape[3] == 1
        return
    with pytest.raises(ValueError, match=words) as raised:
        function(np.zeros(images), np.zeros(filters))
    sentence = str(raised.value).splitlines()[0]
    assert f"(images {images}, filters {filters})" in sentence
    with pytest.raises(ValueError, match=words) as raised:  # known before
        conv2d(pt.tensor4(shape=images), pt.tensor4(shape=filters), **how)
    assert str(raised.value) == sentence


def test_gradients_of_the_wrong_shape():
    g = pt.tensor4("g")
    images = conv2d_grad_wrt_inputs(g, W, (None, None, 5, 5))
    function = pytensor.function([g, W], images, mode=MODE)
    words = r"a gradient of shape \(1, 2, 3, 4\) for maps of \(1, 2, 4, 4\)"
    with pytest.raises(ValueError, match=words):
        function(np.zeros((1, 2, 3, 4)), np.zeros((2, 1, 2, 2)))
    filters = conv2d_grad_wrt_weights(X, g, (None, None, 2, 2))
    function = pytensor.function([X, g], filters, mode=MODE)
    with pytest.raises(ValueError, match=words):
        function(np.zeros((1, 1, 5, 5)), np.zeros((1, 2, 3, 4)))
    for shape in ((None, None, None, 5), (None, None, -5, 5), (1, 1, 5.0, 5), None, 5):
        with pytest.raises(
            ValueError, match="input_shape must have 4 entries, the last two known"
        ):
            conv2d_grad_wrt_inputs(g, W, shape)


def test_promised_shapes(backend):
    maps = conv2d(
        X, W, input_shape=(np.int64(2), None, 5, 6), filter_shape=(3, 1, pt.constant(2), 2)
    )
    assert maps.type.shape == (2, 3, 4, 5)
    function = pytensor.function([X, W], maps, mode=backends.mode(backend))
    assert function(np.zeros((2, 1, 5, 6)), np.zeros((3, 1, 2, 2))).shape == (2, 3, 4, 5)
    with pytest.raises((AssertionError, ValueError), match=r"(?i)expected \(?2"):
        function(np.zeros((3, 1, 5, 6)), np.zeros((3, 1, 2, 2)))
    with pytest.raises(
        ValueError, match=r"input_shape is \(1, \?, \?, \?\), but .* \(2, 1, 5, 6\)"
    ):
        conv2d(pt.tensor4(shape=(2, 1, 5, 6)), W, input_shape=(1, None, None, None))


@pytest.mark.parametrize(
    ("images", "filters", "result"),
    [
        ("float32", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("uint8", "float32", "float32"),
        ("float64", "float32", "float64"),
    ],
)
def test_dtypes(images, filters, result):
    x, w = pt.tensor4(dtype=images), pt.tensor4(dtype=filters)
    maps = conv2d(x, w)
    function = pytensor.function([x, w], maps, mode=MODE)
    values = np.ones((1, 1, 3, 3), images), np.ones((1, 1, 2, 2), filters)
    assert maps.dtype == function(*values).dtype == result


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"border_mode": "half", "subsample": (2, 3)},
        {"border_mode": "full", "filter_dilation": (2, 1)},
        {"border_mode": ((1, 2), 0)},
    ],
    ids=str,
)
def test_shapes_are_known_without_computing(how):
    maps = conv2d(X, W, **how)
    pooled = [
        pool_2d(maps, ws=(2, 3), stride=stride, ignore_border=ignore_border)
        for stride in (None, (1, 2), (4, 4))
        for ignore_border in (True, False)
    ]
    gradients = pytensor.grad(sum(p.sum() for p in pooled), [X, W])
    outputs = [maps, *pooled, *gradients]
    shapes = pytensor.function([X, W], [output.shape for output in outputs], mode=MODE)
    ops = {type(node.op) for node in shapes.maker.fgraph.apply_nodes}
    assert not ops & {Convolve, Pool}
    for batch, height, width in ((0, 5, 7), (2, 9, 6), (1, 4, 4)):
        values = np.zeros((batch, 2, height, width)), np.zeros((3, 2, 2, 3))
        there = pytensor.function([X, W], outputs, mode=MODE)(*values)
        assert [tuple(shape) for shape in shapes(*values)] == [a.shape for a in there]
        fixed = conv2d(*(pt.tensor4(shape=value.shape) for value in values), **how)
        assert fixed.type.shape == there[0].shape


def test_a_function_with_all_of_them_can_be_pickled(backend):
    pooled = pool_2d(conv2d(X, W), ws=2)
    outputs = [pooled, *pytensor.grad((pooled**2).sum(), [X, W])]
    function = pytensor.function([X, W], outputs, mode=backends.mode(backend))
    given = np.ones((1, 1, 5, 5)), np.ones((1, 1, 2, 2))
    again = pickle.loads(pickle.dumps(function))  # noqa: S301  (made here)
    for ours, theirs in zip(again(*given), function(*given), strict=True):
        np.testing.assert_array_equal(ours, theirs)
