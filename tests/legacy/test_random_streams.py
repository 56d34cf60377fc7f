"""`RandomStreams` and `MRG_RandomStreams` through the door, against real Theano's draws."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.random import RandomState

from theano_tutorial.errors import BackendUnavailable

GOLDEN = Path(__file__).parents[1] / "golden" / "theano_draws.json"
READ = json.loads(GOLDEN.read_text())
MODULES = {
    "RandomStreams": "theano.tensor.shared_randomstreams",
    "MRG_RandomStreams": "theano.sandbox.rng_mrg",
}


def streams_of(kind, seed=3):
    module = __import__(MODULES[kind], fromlist=[kind])
    return getattr(module, kind)(seed)


@pytest.fixture
def random_streams(door):
    return streams_of("RandomStreams")


@pytest.fixture(params=MODULES)
def streams(door, request):
    return streams_of(request.param)


def digest(arrays):
    found = hashlib.sha256()
    for a in arrays:
        found.update(f"{a.dtype}{list(a.shape)}".encode() + a.tobytes())
    return found.hexdigest()[:16]


def name_of(case):
    return f"{case['streams']}-{case['code']}-{case['floatX']}"


@pytest.mark.parametrize("case", READ["cases"], ids=name_of)
def test_draws_are_real_theanos(door, case):
    T = door.tensor
    door.config.floatX = case["floatX"]
    scope = {"T": T, "theano": door, "s": streams_of(case["streams"]), "IV": T.lvector()}
    for name, value in READ["constants"].items():
        dtype = "int64" if name == "NV" else case["floatX"]
        scope[name] = T.constant(np.array(value, dtype))
    drawn = eval(f"s.{case['code']}", scope)
    function = door.function([scope["IV"]], drawn, on_unused_input="ignore")
    arrays = [function([3, 4]) for _ in range(3)]
    for seed in [1] if case["streams"] == "RandomStreams" else [1, [1, 2, 3, 4, 5, 6]]:
        scope["s"].seed(seed)
        arrays += [function([3, 4]) for _ in range(3)]
    assert digest(arrays) == case["digest"]


def test_default_updates_move_states_on(door, streams):
    a = streams.uniform((3,))
    stays = door.function([], a, no_default_updates=True)
    first = stays()
    assert np.array_equal(stays(), first)
    moves = door.function([], [a, a + 1])
    drawn, one_more = moves()
    assert np.array_equal(drawn, first)
    assert np.array_equal(one_more, first + 1)
    assert not np.array_equal(moves()[0], first)
    streams.seed(3)
    assert np.array_equal(stays(), first)  # the state is shared
    state, following, *_ = streams.updates()[0]
    by_hand = door.function([], a, updates=[(state, following)], no_default_updates=True)
    assert np.array_equal(by_hand(), first)
    assert not np.array_equal(stays(), first)


def test_states_are_copied_between_streams(door, streams):
    other = streams_of(type(streams).__name__, 77)
    functions = [door.function([], s.normal((4,))) for s in (streams, other)]
    functions[0]()
    assert not np.array_equal(functions[0](), functions[1]())
    for ours, theirs in zip(streams.state_updates, other.state_updates, strict=True):
        theirs[0].set_value(ours[0].get_value())
    assert np.array_equal(functions[0](), functions[1]())


def test_a_random_state_is_read_and_written(door, random_streams):
    a = random_streams.normal((3,))
    draw = door.function([], a)
    state = a.rng.get_value()
    assert np.array_equal(draw(), state.normal(size=3))
    after = a.rng.get_value().get_state()
    expected = draw()
    state.set_state(after)
    a.rng.set_value(state, borrow=True)
    assert np.array_equal(draw(), expected)
    a.rng.get_value(borrow=True).seed(9)  # a copy
    assert not np.array_equal(draw(), RandomState(9).normal(size=3))


def test_a_shared_random_state(door):
    state = door.shared(RandomState(5), name="state")
    following, numbers = door.tensor.raw_random.normal(state, (3,))
    draw = door.function([], numbers, updates=[(state, following)])
    assert np.array_equal([draw(), draw()], RandomState(5).normal(size=(2, 3)))


@pytest.mark.parametrize(
    ("backend", "kind"),
    [  # those that compile take seconds
        *(("numpy", kind) for kind in MODULES),
        ("c", "MRG_RandomStreams"),
        ("numba", "RandomStreams"),
    ],
)
def test_draws_in_the_steps_of_a_scan(door, require_backend, backend, kind):
    from theano_tutorial.legacy import mode

    mode.use(require_backend(backend))
    streams, T = streams_of(kind), door.tensor
    x = T.vector()

    def step(p):
        return streams.binomial(size=p.shape, n=1, p=p * 0.5 + 0.2, ndim=1, dtype=x.dtype)

    chain, updates = door.scan(step, outputs_info=x, n_steps=4)
    draw = door.function([x], chain, updates=updates)
    found = [draw(np.full(5, 0.5)) for _ in range(2)]
    alone = streams_of(kind)
    p = T.vector()
    one = door.function([p], alone.binomial(size=p.shape, p=p, ndim=1, dtype=x.dtype))
    for rows in found:
        last = np.full(5, 0.5)
        for row in rows:
            last = one(last * 0.5 + 0.2)
            assert np.array_equal(row, last)


# Real Theano's: a draw that is made before a scan, used in its steps or given to them.
OUTSIDE = {
    ("RandomStreams", False): [0.75718064, 0.1130526, 0.00607781, 0.8721389],
    ("RandomStreams", True): [0.75718064] * 4,
    ("MRG_RandomStreams", False): [0.37257111, 0.36046432, 0.14580201, 0.47538503],
    ("MRG_RandomStreams", True): [0.37257111] * 4,
}
AFTER = {  # the second call's first
    ("RandomStreams", False): 0.31027075,
    ("RandomStreams", True): 0.1130526,
    ("MRG_RandomStreams", False): 0.33964272,
    ("MRG_RandomStreams", True): 0.36046432,
}


@pytest.mark.parametrize(("kind", "is_given"), OUTSIDE)
def test_a_draw_from_outside_a_scan(door, kind, is_given):
    T = door.tensor
    drawn = streams_of(kind, 1234).uniform((1,))
    rows, updates = door.scan(
        (lambda zero, d: zero + d) if is_given else (lambda zero: zero + drawn),
        sequences=T.zeros(4),
        non_sequences=drawn if is_given else None,
    )
    draw = door.function([], rows, updates=updates)
    np.testing.assert_allclose(draw().ravel(), OUTSIDE[kind, is_given], atol=6e-9)
    assert draw()[0] == pytest.approx(AFTER[kind, is_given], abs=6e-9)


def test_a_draw_from_outside_a_scan_that_stops(door):
    T = door.tensor
    drawn = streams_of("RandomStreams", 1234).uniform((1,))
    rows, updates = door.scan(
        lambda n: (n * 0 + drawn, {}, door.scan_module.until(n > 1)), sequences=T.arange(9.0)
    )
    draw = door.function([], rows, updates=updates)
    np.testing.assert_allclose(draw().ravel(), [0.75718064, 0.1130526, 0.00607781], atol=6e-9)


@pytest.mark.parametrize(
    ("backend", "kind"), [("jax", "RandomStreams"), ("pytorch", "MRG_RandomStreams")]
)
def test_backends_that_cannot_draw_say_so(door, require_backend, backend, kind):
    from theano_tutorial.legacy import mode

    mode.use(require_backend(backend))
    drawn = streams_of(kind).normal((3,))
    rows, updates = door.scan(lambda: drawn, n_steps=2)
    said = f"^backend '{backend}' cannot compute this [^\n]*; numpy, c and numba can$"
    for draw in (
        lambda: door.function([], drawn),
        lambda: door.function([], rows, updates=updates),
        drawn.eval,
    ):
        with pytest.raises(BackendUnavailable, match=said):
            draw()


UNDEFINED = {
    "RandomStreams": [
        "binomial(p=w)",
        "normal(avg=w)",
        "multinomial(pvals=w.dimshuffle('x', 0))",
    ],
    "MRG_RandomStreams": [
        "binomial((2,), p=w)",
        "uniform((2,), low=w)",
        "normal((2,), std=w)",
        "multinomial(pvals=w.dimshuffle('x', 0))",
    ],
}


@pytest.mark.parametrize(
    ("kind", "code"), [(k, c) for k, codes in UNDEFINED.items() for c in codes]
)
def test_no_gradient_goes_through_draws(door, kind, code):
    w = door.shared(np.array([0.3, 0.6]))
    drawn = eval(f"s.{code}", {"s": streams_of(kind), "w": w})
    with pytest.raises(door.gradient.NullTypeGradError):
        door.grad((drawn * w).sum(), w)
    cost = (door.gradient.disconnected_grad(drawn) * w).sum()
    gradient, values = door.function([], [door.grad(cost, w), drawn])()
    assert np.array_equal(gradient, values.reshape(2))


def test_a_gradient_goes_through_what_is_shuffled(door, random_streams):
    w = door.shared(np.arange(8.0).reshape(2, 4))
    shuffled = random_streams.shuffle_row_elements(w)
    cost = (shuffled * np.arange(4)).sum()
    order, gradient = door.function([], [shuffled.permutation, door.grad(cost, w)])()
    assert np.array_equal(gradient, np.argsort(order, axis=1))


REFUSED = [
    ("RandomStreams", "uniform(3)", TypeError),
    ("RandomStreams", "uniform((2.5,))", TypeError),
    ("RandomStreams", "uniform(T.lvector())", ValueError),
    ("RandomStreams", "uniform((2,), lo=1.0)", TypeError),
    ("RandomStreams", "choice(a=3)", TypeError),
    ("RandomStreams", "poisson(lam=2.0)", TypeError),
    ("MRG_RandomStreams", "uniform((0, 3))", ValueError),
    ("MRG_RandomStreams", "uniform(T.lvector())", ValueError),
    ("MRG_RandomStreams", "binomial((2,), n=2)", NotImplementedError),
    ("MRG_RandomStreams", "multinomial((2,), pvals=[[0.5, 0.5]])", ValueError),
    ("MRG_RandomStreams", "multinomial(pvals=[0.5, 0.5])", NotImplementedError),
    ("MRG_RandomStreams", "choice(p=[[0.5, 0.5]])", NotImplementedError),
    ("MRG_RandomStreams", "choice(a=2, replace=False)", TypeError),
]


@pytest.mark.parametrize(("kind", "code", "error"), REFUSED)
def test_what_theano_refused_is_refused(door, kind, code, error):
    with pytest.raises(error):
        eval(f"s.{code}", {"s": streams_of(kind), "T": door.tensor})


@pytest.mark.parametrize(
    ("seed", "error"),
    [
        *((seed, ValueError) for seed in (0, -5, 2147462579, [0, 0, 0, 1, 1, 1])),
        ([1, 1, 1, 1, 1, 2147462579], ValueError),
        ([1, 2, 3], TypeError),
    ],
)
def test_seeds_that_mrg31k3p_cannot_start_from(door, seed, error):
    with pytest.raises(error, match="seed"):
        streams_of("MRG_RandomStreams", seed)


def test_what_is_drawn_by_another_method(door, random_streams):
    from theano.tensor.raw_random import RandomFunction

    drawn = random_streams.gen(RandomFunction("gamma", door.tensor.dvector), (4,), 2.5, 0.5)
    expected = drawn.rng.get_value().gamma(2.5, 0.5, 4)
    assert np.array_equal(door.function([], drawn)(), expected)


def test_lengths_that_are_not_known(door, random_streams):
    size = door.tensor.lvector()
    draws = random_streams.uniform(size, ndim=2)
    values, shape = door.function([size], [draws, draws.shape])([3, 4])
    assert values.shape == (3, 4)
    assert shape.tolist() == [3, 4]


def test_different_outcomes_under_the_older_name(door):
    """What real Theano 1.0.5 draws."""
    streams = streams_of("MRG_RandomStreams", 3)
    rows = door.tensor.constant(np.tile([0.1, 0.2, 0.3, 0.4], (3, 1)))
    draw = door.function([], streams.multinomial_wo_replacement(pvals=rows, n=2))
    assert draw().tolist() == [[0, 3], [1, 2], [0, 3]]
    assert draw().tolist() == [[0, 1], [1, 2], [3, 1]]
    one = streams.multinomial_wo_replacement(None, 1, rows, dtype="int32")
    assert (one.dtype, one.eval().tolist()) == ("int32", [[1], [2], [3]])
