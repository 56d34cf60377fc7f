"""`theano.tensor.nnet` and `signal` where goldens say nothing: refusals and derivatives."""

import inspect

import numpy as np
import pytest
import test_goldens as goldens
from pytensor.gradient import verify_grad

from theano_tutorial.legacy import mode

REFUSED = {
    "softmax of three dimensions": (
        "N.softmax(T.tensor3())",
        ValueError,
        "a matrix or a vector",
    ),
    "softmax of integers": ("N.softmax(T.imatrix())", ValueError, "of floats, got"),
    "logsoftmax of a scalar": ("N.logsoftmax(T.scalar())", ValueError, "a matrix or a vector"),
    "distributions": (
        "N.categorical_crossentropy(T.matrix(), T.scalar())",
        TypeError,
        "do not go together",
    ),
    "classes that are floats": (
        "N.categorical_crossentropy(T.matrix(), T.vector())",
        TypeError,
        "must be a vector of integers",
    ),
    "three dimensions of classes": (
        "N.categorical_crossentropy(T.tensor3(), T.imatrix())",
        TypeError,
        "probabilities must be a matrix",
    ),
    "unshared": ("N.conv2d(x, w, unshared=True)", NotImplementedError, "unshared=True"),
    "unshared, transposed": (
        "N.conv2d_transpose(x, w, (None, None, 5, 5), unshared=True)",
        NotImplementedError,
        "unshared=True",
    ),
    "unshared, prepared": (
        "N.abstract_conv.AbstractConv2d(unshared=True)(x, w)",
        NotImplementedError,
        "unshared=True",
    ),
    "two names of a shape": (
        "N.conv2d(x, w, input_shape=(1, 1, 2, 2), image_shape=(1, 1, 2, 2))",
        ValueError,
        "not both",
    ),
    "a border": ("N.conv2d(x, w, border_mode='same')", ValueError, "got 'same'"),
    "old logical shapes": (
        "N.conv.conv2d(x, w, imshp_logical=(2, 8, 8))",
        NotImplementedError,
        "imshp_logical",
    ),
    "a matrix of images": ("N.conv2d(T.matrix(), w)", TypeError, "must have 4 dimensions"),
    "images without sizes": (
        "N.conv2d_transpose(x, w, (None, None, None, 5))",
        ValueError,
        "the last two known",
    ),
    "no window": ("S.pool.pool_2d(x)", ValueError, "ws must be whole numbers"),
    "a symbolic window": ("S.pool.pool_2d(x, ws=T.ivector())", ValueError, "ws must be whole"),
    "two windows": ("S.pool.pool_2d(x, (2, 2), ds=(2, 2))", ValueError, "ws or ds"),
    "two strides": ("S.pool.pool_2d(x, (2, 2), stride=(1, 1), st=(1, 1))", ValueError, "or st"),
    "two paddings": (
        "S.pool.pool_3d(x, (2, 2, 2), pad=(1, 1, 1), padding=(1, 1, 1))",
        ValueError,
        "pad or padding",
    ),
    "padding that is not ignored": (
        "S.downsample.max_pool_2d(x, (2, 2), padding=(1, 1))",
        ValueError,
        "ignore_border=True",
    ),
    "an image of a signal": ("S.conv.conv2d(x, T.matrix())", ValueError, "2 or 3 dimensions"),
    "a mode of normalisation": (
        "N.bn.batch_normalization(x, x, x, x, x, mode='mid_mem')",
        ValueError,
        "low_mem or high_mem",
    ),
    "axes by name": (
        "N.bn.batch_normalization_train(x, T.vector(), T.vector(), 'channels')",
        ValueError,
        "got 'channels'",
    ),
    "axes that are not there": (
        "N.bn.batch_normalization_train(x, T.vector(), T.vector(), (0, 4))",
        ValueError,
        r"from 0 to 3, got \(0, 4\)",
    ),
    "half of the running averages": (
        "N.bn.batch_normalization_train(x, T.tensor3(), T.tensor3(), running_mean=T.tensor3())",
        ValueError,
        "together",
    ),
}


def scope(door):
    T = door.tensor
    return {"T": T, "N": T.nnet, "S": T.signal, "x": T.tensor4("x"), "w": T.tensor4("w")}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case, door):
    code, error, words = REFUSED[case]
    names = scope(door)
    with pytest.raises(error, match=words) as raised:
        eval(code, names)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("file", "n"), [("theano_nnet", 59), ("theano_windows", 24)])
def test_what_the_other_goldens_lack(file, n, door, golden):
    """Volumes, prepared Ops, cut-offs, films and others: real Theano's answers."""
    cases = golden[file]["cases"]
    assert len(cases) == n
    differences = {case["name"]: goldens.difference(file, case) for case in cases}
    assert not {name: words for name, words in differences.items() if words}


def test_pooling_whose_settings_come_first(door):
    """Before 1.0, `Pool` was `DownsampleFactorMax`."""
    from theano.tensor.signal.downsample import DownsampleFactorMax

    x, row = door.tensor.tensor4(), np.arange(7.0).reshape(1, 1, 1, 7)
    pooled = DownsampleFactorMax((1, 3), True, st=(1, 2))(x).eval({x: row})
    assert pooled.tolist() == [[[[2, 4, 6]]]]
    assert DownsampleFactorMax.out_shape(row.shape, ds=(1, 3), st=(1, 2)) == [1, 1, 1, 3]


def test_all_but_the_maximum_of_each_window_is_zero(door):
    """Numbers from real Theano 1.0.5."""
    x, images = door.tensor.tensor4(), np.arange(16.0).reshape(1, 1, 4, 4) % 7
    pooled = door.tensor.signal.pool.max_pool_2d_same_size(x, (2, 2)).eval({x: images})
    assert pooled[0, 0].tolist() == [[0, 0, 0, 0], [0, 5, 6, 0], [0, 0, 0, 4], [0, 6, 0, 0]]


def test_images_are_interpolated(door):
    """Numbers from real Theano 1.0.5."""
    x, images = door.tensor.tensor4(), [[[[0.0, 4, 1], [2, 6, 3]]]]
    upsample = door.tensor.nnet.abstract_conv.bilinear_upsampling
    twice = upsample(x, 2, use_1D_kernel=False).eval({x: images})[0, 0]
    rows = [[0, 2, 4, 2.5, 1, 1], [1, 3, 5, 3.5, 2, 2], *[[2, 4, 6, 4.5, 3, 3]] * 2]
    np.testing.assert_allclose(twice, rows, 1e-14)
    thrice = upsample(x, ratio=3, batch_size=1).eval({x: images})[0, 0]
    row = [2 / 3, 2 / 3, 2, 10 / 3, 14 / 3, 11 / 3, 8 / 3, 5 / 3, 5 / 3]
    np.testing.assert_allclose(thrice[2], row, 1e-14)


def test_a_softmax_of_two_levels(door):
    """Numbers from real Theano 1.0.5."""
    T, x, target = door.tensor, door.tensor.matrix(), door.tensor.lvector()
    weights = [np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([0, 0.5])]
    weights += [np.arange(8.0).reshape(2, 2, 2) / 8, np.array([[0.0, 1], [1, 0]])]
    args = (x, 2, 3, 2, 2, *map(door.shared, weights))
    outputs = [T.nnet.h_softmax(*args), T.nnet.h_softmax(*args, target=target)]
    p, p_of_target = door.function([x, target], outputs)([[1.0, 2], [3, -1]], [2, 1])
    first = [0.06256724894658242, 0.24745826992580514, 0.449418234777907]
    second = [0.07389462920208442, 0.2579175986297495, 0.45381890190607893]
    np.testing.assert_allclose(p, [first, second], 1e-14)
    np.testing.assert_allclose(p_of_target, [first[2], second[1]], 1e-14)


def test_classes_that_are_found(door):
    """Numbers from real Theano 1.0.5."""
    T = door.tensor
    x, b, y = T.matrix(), T.vector(), T.lvector()
    found = T.nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias(x, b, y_idx=y)
    xent, p, largest, where = door.function([x, b, y], found)(
        [[1.0, 2, 0], [0, 0, 3]], [0.0, 0, 1], [0, 2]
    )
    np.testing.assert_allclose(xent, [1.551444713932051, 0.03597629974819324], 1e-14)
    np.testing.assert_allclose(p[0, ::2], 0.21194155761708547, 1e-14)
    np.testing.assert_allclose(largest, [0.5761168847658291, 0.9646631559719038], 1e-14)
    assert where.tolist() == [1, 2]
    without = T.nnet.crossentropy_softmax_max_and_argmax_1hot(x, y)
    assert len(without) == 4
    counts, classes = T.nnet.confusion_matrix(y, T.constant([0, 4, 2, 2]))
    counted = door.function([y], [counts, classes])([0, 4, 4, 2])
    assert counted[0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert counted[1].tolist() == [0, 2, 4]


def test_cudnns_names_compute_on_any_device(door):
    """By the lines of dcgan_code's `deconv`; numbers from real Theano 1.0.5, on a CPU."""
    from theano.gpuarray.dnn import dnn_pool
    from theano.sandbox.cuda.basic_ops import gpu_alloc_empty, gpu_contiguous
    from theano.sandbox.cuda.dnn import GpuDnnConvDesc, GpuDnnConvGradI, dnn_conv

    x, w = door.tensor.tensor4(), door.tensor.tensor4()
    values = {x: 1 + np.arange(4.0).reshape(1, 1, 2, 2), w: np.arange(9.0).reshape(1, 1, 3, 3)}
    desc = GpuDnnConvDesc(border_mode=(1, 1), subsample=(2, 2), conv_mode="conv")
    out = gpu_alloc_empty(x.shape[0], w.shape[1], x.shape[2] * 2, x.shape[3] * 2)
    described = desc(out.shape, w.shape)
    back = GpuDnnConvGradI()(gpu_contiguous(w), gpu_contiguous(x), out, described)
    rows = [[4, 13, 8, 6], [22, 54, 30, 24], [12, 29, 16, 12], [3, 8, 4, 0]]
    assert back.eval(values).tolist() == [[rows]]
    assert dnn_conv(x, w, (1, 1)).eval(values).tolist() == [[[[13, 23], [43, 53]]]]
    crossed = dnn_conv(x, w, border_mode=1, conv_mode="cross", algo="small")
    assert crossed.eval(values).tolist() == [[[[67, 57], [37, 27]]]]
    pooled = dnn_pool(w, (2, 2), mode="average_inc_pad")  # windows one pixel apart
    assert pooled.eval({w: values[w]}).tolist() == [[[[2, 3], [5, 6]]]]


def test_softmax_with_a_bias(door):
    """Numbers from real Theano 1.0.5."""
    T = door.tensor
    x = T.matrix("x")
    p = T.nnet.softmax_with_bias(x, T.constant([0.0, 1.0, -1.0]))
    row = np.array([[1.0, 2.0, 4.0]]) / 8
    wanted = [[0.21666226984287765, 0.6673667740948568, 0.11597095606226564]]
    np.testing.assert_allclose(p.eval({x: row}), wanted, 1e-14)
    wanted = [[0.1697197306694097, -0.14459320009311064, -0.025126530576299103]]
    np.testing.assert_allclose(T.grad(p[:, 0].sum(), x).eval({x: row}), wanted, 1e-14)


def test_signatures_are_theanos(door):
    N = door.tensor.nnet
    wanted = [
        *("input", "filters", "input_shape", "filter_shape", "border_mode", "subsample"),
        *("filter_flip", "image_shape", "filter_dilation", "num_groups", "unshared", "kwargs"),
    ]
    assert list(inspect.signature(N.conv2d).parameters) == wanted
    wanted = [
        *("input", "filters", "output_shape", "filter_shape", "border_mode", "input_dilation"),
        *("filter_flip", "filter_dilation", "num_groups", "unshared"),
    ]
    assert list(inspect.signature(N.conv2d_transpose).parameters) == wanted


def test_a_softmax_can_be_recognised(door):
    T = door.tensor
    assert isinstance(T.nnet.softmax(T.matrix()).owner.op, T.nnet.Softmax)
    assert isinstance(T.nnet.logsoftmax(T.vector()).owner.op, T.nnet.nnet.LogSoftmax)


# Functions of x, whose gradients are tried too; and the shape of x.
SMOOTH = {
    "cross-entropy of a sigmoid": ("N.sigmoid_binary_crossentropy(x, 0.3 + 0 * x)", (3, 2)),
    "cross-entropy of probabilities": (
        "N.categorical_crossentropy(N.softmax(x), [0, 2])",
        (2, 3),
    ),
    "cross-entropy of others": ("N.categorical_crossentropy(T.exp(x), [0, 2])", (2, 3)),
    "softmax with cross-entropy": ("N.crossentropy_softmax_1hot(x, [0, 2])[0]", (2, 3)),
    "batch normalisation": ("N.bn.batch_normalization_train(x, x[0], x[1])[0]", (4, 2)),
    "softplus": ("N.softplus(x)", (4,)),
    "softsign": ("N.softsign(x)", (4,)),
    "transposed convolution": (
        "N.conv2d_transpose(x, x[:, :1], (None, None, 5, 5), input_dilation=(2, 2))",
        (2, 2, 2, 2),
    ),
    "pooling of volumes": ("S.pool.pool_3d(x, (2, 2, 2), True, mode='sum')", (3, 2, 4)),
}


@pytest.mark.parametrize("case", SMOOTH)
def test_second_derivatives(case, door):
    code, shape = SMOOTH[case]

    def gradient(x):
        return door.grad((eval(code, {**scope(door), "x": x}) ** 3).sum(), x)

    values = np.random.default_rng(1).standard_normal(shape)
    verify_grad(gradient, [values], rng=np.random.default_rng(0), mode=mode.named())


def test_statistics_of_a_batch_have_no_gradient(door):
    T = door.tensor
    x, gamma, beta = T.matrix(), T.vector(), T.vector()
    results = T.nnet.bn.batch_normalization_train(
        x, gamma, beta, running_mean=gamma, running_var=beta
    )
    gradients = [door.grad(result.sum(), x) for result in results[1:]]
    for gradient in door.function([x, gamma, beta], gradients)(np.eye(3), [1, 2, 3], [1, 1, 1]):
        assert not gradient.any()


def pytest_generate_tests(metafunc):
    """Compile on backends that take half a minute with --long only."""
    if "compiler" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("long")
        metafunc.parametrize("compiler", ["c", "jax", "pytorch"] if is_long else ["c"])


def test_a_network_on_other_backends(door, compiler, require_backend):
    """Convolution, pooling, batch normalisation, rectifiers and a softmax, with gradients."""
    T = door.tensor
    rng = np.random.default_rng(1)
    weights = [rng.standard_normal(shape) for shape in ((3, 1, 3, 3), (3,), (3,), (12, 4))]
    images, labels = rng.standard_normal((5, 1, 7, 7)), np.array([0, 3, 1, 1, 2])

    def computed():
        W, gamma, beta, V = (door.shared(value) for value in weights)
        x, y = T.tensor4("x"), T.lvector("y")
        maps = T.nnet.conv2d(
            x.reshape((5, 1, 7, 7)), W, input_shape=(5, 1, 7, 7), filter_shape=(3, 1, 3, 3)
        )
        normed, *_ = T.nnet.bn.batch_normalization_train(maps, gamma, beta, "spatial")
        active = T.nnet.elu(normed) + T.nnet.relu(normed, 0.1) + T.nnet.ultra_fast_sigmoid(maps)
        pooled = T.signal.pool.pool_2d(active, (2, 2), ignore_border=True)
        p = T.nnet.softmax(T.nnet.hard_sigmoid(pooled.reshape((5, 12)).dot(V)))
        cost = T.nnet.categorical_crossentropy(p, y).mean()
        cost += T.nnet.sigmoid_binary_crossentropy(pooled, 0.2 * T.ones_like(pooled)).mean()
        return door.function([x, y], [p, cost, *T.grad(cost, [W, gamma, beta, V])])(
            images, labels
        )

    wanted = computed()
    mode.use(require_backend(compiler))
    for ours, expected in zip(computed(), wanted, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-13)
