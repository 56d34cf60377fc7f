"""Draws in NumPy, against definitions written out entry by entry; no graph is compiled."""

import ctypes
import ctypes.util
import math

import numpy as np
import pytest
from numpy.random import PCG64, RandomState

from theano_tutorial.legacy.draws import mrg31k3p
from theano_tutorial.legacy.draws.distributions import BY_NAME, draw_by
from theano_tutorial.legacy.draws.exact import CosSin, Radius, Stretch
from theano_tutorial.legacy.draws.from_uniform import ChoiceFromUniform, MultinomialFromUniform
from theano_tutorial.legacy.draws.mrg_uniform import MrgUniform
from theano_tutorial.legacy.draws.mt19937 import drawing, pack, unpack

SEEDS = [0, 1, 234, 902340, 2**30 - 1]
V = np.array([0.1, 0.5, 0.9, 0.3, 0.62])
M = np.array([[0.1, 0.5, 0.9, 0.3, 0.62], [0, 1, 0.45, 0.55, 0.5], [1e-9, 0.7, 1, 0.4, 0.05]])
N = np.array([1, 3, 2, 8, 5])
ROWS = np.array([[0.2, 0.3, 0.5], [0.05, 0.9, 0.05], [0.34, 0.33, 0.33]])


def array(value):
    return np.asarray(value)


def unpacked(words):
    random = RandomState()
    unpack(words, random)
    return random


def same_state(first, second):
    return all(
        np.array_equal(a, b) for a, b in zip(first.get_state(), second.get_state(), strict=True)
    )


# Theano's definitions: loops over entries, each with a call of its own.


def integers(random, low, high, size):
    pairs = np.broadcast_arrays(low, high)
    if size is not None:
        pairs = [np.broadcast_to(each, size) for each in pairs]
    out = np.empty(pairs[0].shape)
    for i in np.ndindex(out.shape):
        out[i] = random.randint(pairs[0][i], pairs[1][i] + 1)
    return out


def permutations(random, n, size):
    out = np.empty((*(size or ()), int(n)), int)
    for i in np.ndindex(out.shape[:-1]):
        out[i] = random.permutation(int(n))
    return out


def counts(random, n, pvals, size):
    size = size or np.broadcast_shapes(n.shape, pvals.shape[:-1])
    n, pvals = np.broadcast_to(n, size), np.broadcast_to(pvals, (*size, pvals.shape[-1]))
    out = np.empty(pvals.shape)
    for i in np.ndindex(size):
        row = pvals[i]
        if 1 < row.sum() < 1 + 1e-5 or row[-1] < 5e-5:
            row = row * (1 - 5e-5)
        out[i] = random.multinomial(n[i], row.astype("float64"))
    return out


def chosen(random, a, replace, p, size):
    return random.choice(a if a.ndim else int(a), size, bool(replace), p if p.size else None)


DEFINED = {
    "uniform": RandomState.uniform,
    "normal": RandomState.normal,
    "binomial": RandomState.binomial,
    "poisson": RandomState.poisson,
    "random_integers": integers,
    "permutation": permutations,
    "multinomial": counts,
    "choice": chosen,
}
DRAWS = [
    *(("uniform", (0.0, 1.0), size) for size in [(), (1,), (7,), (2, 1, 4)]),
    ("uniform", (V, M + 2), None),
    ("uniform", (V, 3.0), (4, 5)),
    *(("normal", (0.0, 1.0), size) for size in [(), (1,), (7,), (0,), (3, 5)]),
    ("normal", (V, M), None),
    ("normal", (0.7, M), (3, 5)),
    *(("binomial", (1, p), (40, 30)) for p in (0.0, 1e-3, 0.3, 0.5, 0.7, 0.999, 1.0)),
    ("binomial", (1, M), None),
    ("binomial", (1, V.astype("float32")), (8, 5)),
    ("binomial", (np.ones(5, int), M), (3, 5)),
    ("binomial", (N, M), (3, 5)),
    ("binomial", (40, 0.45), (9, 9)),
    ("poisson", (2.7,), (3, 5)),
    ("poisson", (M * 30,), (3, 5)),
    *(("random_integers", (0, high), (300,)) for high in (0, 1, 255, 2**16, 2**32 - 1, 2**40)),
    ("random_integers", (-(2**60), 2**60), (9,)),
    ("random_integers", (N, N * 4), (3, 5)),
    ("permutation", (13,), None),
    ("permutation", (5,), (2, 3)),
    ("multinomial", (1, ROWS), None),
    ("multinomial", (np.array([1, 5, 2]), ROWS.astype("float32")), None),
    ("multinomial", (4, ROWS), (2, 3)),
    ("multinomial", (4, np.array([0.5, 0.5, 0])), (5,)),
    ("choice", (9, 1, []), (4, 3)),
    ("choice", (V, 0, []), (2, 2)),
    ("choice", (3, 1, [0.1, 0.6, 0.3]), (7,)),
]


@pytest.mark.parametrize(("name", "args", "size"), DRAWS)
def test_draws_are_those_of_the_definition(name, args, size):
    args = [array(arg) for arg in args]
    for seed in SEEDS:
        random = RandomState(seed)
        words = pack(random)
        for _ in range(3):
            drawn = BY_NAME[name](words, *args, size)
            assert np.array_equal(drawn, DEFINED[name](random, *args, size))
        assert same_state(unpacked(words), random)


def test_a_kept_normal_number_comes_next():
    random = RandomState(3)
    random.normal()
    words = pack(random)
    assert words.dtype == np.uint32
    assert same_state(unpacked(words), random)
    for size in [(0,), (1,), (2,), (3,), (1,), (4,)]:
        drawn = BY_NAME["normal"](words, array(1.0), array(2.0), size)
        assert np.array_equal(drawn, random.normal(1.0, 2.0, size))
        # Numbers of another kind go around the one that is kept.
        assert BY_NAME["uniform"](words, array(0.0), array(1.0), ()) == random.uniform()
        assert same_state(unpacked(words), random)


def test_any_function_of_a_random_state_draws():
    random = RandomState(3)
    words = pack(random)
    for _ in range(3):
        drawn = draw_by(RandomState.gamma, words, array(2.5), array(1.0), (5,))
        assert np.array_equal(drawn, random.gamma(2.5, 1.0, 5))
    assert same_state(unpacked(words), random)


def test_bernoulli_leaves_to_numpy_what_rounding_might_decide():
    with drawing(words := pack(RandomState(3))) as random:
        number = random.random_sample()
    for p in (1 - number, np.nextafter(1 - number, 0), np.nextafter(1 - number, 1)):
        random, words = RandomState(3), pack(RandomState(3))
        drawn = BY_NAME["binomial"](words, array(1), array([p]), None)
        assert drawn.dtype.kind == "i"  # NumPy's own
        assert np.array_equal(drawn, random.binomial(1, [p]))
        assert same_state(unpacked(words), random)


def test_an_error_leaves_the_state():
    words = pack(RandomState(5))
    before = words.copy()
    for name, args in {
        "uniform": (array(0.0), array([np.inf])),
        "normal": (array(0.0), array(-1.0)),
        "binomial": (array(1), array([0.5, 1.5])),
        "multinomial": (array(1), array([0.7, 0.6])),
        "random_integers": (array(3), array(1)),
    }.items():
        with pytest.raises((ValueError, OverflowError)):
            BY_NAME[name](words, *args, None)
        assert np.array_equal(words, before)


def test_only_the_mersenne_twister_is_a_state():
    with pytest.raises(TypeError, match="not of PCG64"):
        pack(RandomState(PCG64(1)))


def numbers_of(state, n):
    """Draw from MRG31k3p as its authors define it, in Python's integers."""
    x, y, out = [int(v) for v in state[:3]], [int(v) for v in state[3:]], []
    for _ in range(n):
        x = [(2**22 * x[1] + 129 * x[2]) % mrg31k3p.M1, x[0], x[1]]
        y = [(2**15 * y[0] + 32769 * y[2]) % mrg31k3p.M2, y[0], y[1]]
        out.append((x[0] - y[0] - 1) % mrg31k3p.M1 + 1)
    return [*x, *y], out


EXTREME = [2**31 - 2, 0, 2**31 - 2, 0, 2147462578, 1]


@pytest.mark.parametrize("seed", [1, 12345, [1, 2, 3, 4, 5, 6], EXTREME])
@pytest.mark.parametrize("width", [1, 3, 40])
def test_mrg31k3p_is_the_recurrence(seed, width):
    start = mrg31k3p.start_of(seed).astype(np.uint32)
    states = mrg31k3p.spaced(start, width, mrg31k3p.SUBSTREAM)
    for n in (0, 1, 7, 63, 64, 1000, 4097):
        end, drawn = mrg31k3p.draw(states, n)
        for i in (0, width - 1):
            after, numbers = numbers_of(states[:, i], n)
            assert end[:, i].tolist() == after
            assert drawn[:, i].tolist() == numbers


def test_jumps_are_steps():
    state = mrg31k3p.start_of(EXTREME).astype(np.uint32)
    for n in (1, 2, 5, 64, 1001):
        assert mrg31k3p.ahead(state, n).tolist() == numbers_of(state, n)[0]
    far = mrg31k3p.ahead(mrg31k3p.ahead(state, 2**71), 2**71)
    assert np.array_equal(far, mrg31k3p.ahead(state, mrg31k3p.SUBSTREAM))
    assert np.array_equal(mrg31k3p.spaced(state, 3, 2**71)[:, 2], far)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [0, 1, 4, 9, 10, 23, 400])
def test_streams_take_turns(n, dtype):
    unit = {"float64": 2.0**-31, "float32": np.float32(4.6566126e-10)}[dtype]
    start = mrg31k3p.start_of(77).astype(np.uint32)
    states = mrg31k3p.spaced(start, 10, mrg31k3p.SUBSTREAM).T.astype(np.int32)
    before = states.copy()
    after, drawn = MrgUniform(dtype, 2).run(states, array([1, n]))
    streams = [numbers_of(state, 41) for state in states]
    expected = [streams[i % 10][1][i // 10] for i in range(n)]
    assert drawn.dtype == dtype
    assert np.array_equal(drawn, np.array([expected], dtype).reshape(1, n) * unit)
    assert np.array_equal(states, before)
    rounds = [(n - i + 9) // 10 for i in range(10)]
    assert after.tolist() == [numbers_of(s, k)[0] for s, k in zip(states, rounds, strict=True)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("scale", [1, 0.6])
def test_outcomes_of_uniform_numbers(dtype, scale):
    pvals = (np.tile(ROWS, (20, 1)) * scale).astype(dtype)
    unis = RandomState(1).rand(180).astype(dtype)
    counted = np.zeros(pvals.shape, int)
    taken, left = np.full((60, 3), -1), pvals.copy()
    for trial in range(3):
        for row in range(60):
            u = unis[trial * 60 + row]
            above = np.flatnonzero(np.cumsum(pvals[row], dtype=float) > u)
            counted[row, above[:1]] += 1
            sums = np.cumsum(left[row], dtype=float)
            for m in np.flatnonzero(sums > u)[:1]:
                taken[row, trial] = m
                total = np.asarray(sums[m] - left[row, m], dtype)
                left[row, m] = 0
                for p in left[row, m:]:
                    total = total + p
                left[row] /= total or 1
    inputs = pvals, unis, array(3)
    assert np.array_equal(MultinomialFromUniform("int64").run(*inputs)[0], counted)
    assert np.array_equal(ChoiceFromUniform("int64").run(*inputs)[0], taken)


def test_numbers_are_the_c_librarys():
    numbers = RandomState(2).rand(20_000) + 2.0**-32
    turns = 2 * np.pi * numbers
    cosines, sines = CosSin().run(turns)
    assert Radius().run(numbers)[0].tolist() == [math.sqrt(-2 * math.log(x)) for x in numbers]
    assert cosines.tolist() == [math.cos(x) for x in turns]
    assert sines.tolist() == [math.sin(x) for x in turns]


def test_numbers_are_the_c_librarys_in_float32():
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    numbers = RandomState(2).rand(20_000).astype("float32")
    for name, ours in {
        "logf": Radius().run(numbers)[0],
        "cosf": CosSin().run(numbers)[0],
        "sinf": CosSin().run(numbers)[1],
    }.items():
        function = getattr(library, name)
        function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
        theirs = np.array([function(x) for x in numbers], "float32")
        assert ours.dtype == np.float32
        assert np.array_equal(ours, np.sqrt(-2 * theirs) if name == "logf" else theirs)


def test_a_product_is_rounded_before_its_sum():
    x, y, z = RandomState(0).randn(3, 10_000)
    product = x * y
    assert np.array_equal(Stretch().run(x, y, z)[0], product + z)
