"""Several steps in one call: the bits of a call a step, however the steps are split."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends
from theano_tutorial.backends.one_call import call_each, calls, indices, most_steps
from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.errors import Diverged
from theano_tutorial.recipes import cg, exercise, sgd, softmax, tanh
from theano_tutorial.recipes.training import fit


@pytest.fixture(params=backends.WITH_DEVICE)
def mode(request, require_backend):
    return backends.mode(require_backend(request.param))


@pytest.fixture
def sizes(monkeypatch):
    """How many steps each call of several took."""
    from theano_tutorial.backends.on_device import DeviceFunction

    taken, steps = [], DeviceFunction.steps
    monkeypatch.setattr(
        DeviceFunction, "steps", lambda self, rows: taken.append(len(rows)) or steps(self, rows)
    )
    return taken


@pytest.fixture
def assert_same(mode):
    """Compare bits; on a GPU, where a library may add in another order in a loop, digits."""
    on_cpu = backends.device_of(mode).startswith("cpu")

    def check(got, expected):
        got, expected = np.asarray(got), np.asarray(expected)
        rtol = 0 if on_cpu else 1e-9 if expected.dtype == np.float64 else 1e-4
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=rtol)

    return check


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("recipe", [softmax, tanh, sgd, exercise], ids=lambda r: r.__name__)
def test_any_split_gives_the_same_bits(recipe, dtype, mnist, mnist32, mode, assert_same):
    digits = mnist if dtype == "float64" else mnist32
    options = {"batch_size": 200} if recipe in (sgd, exercise) else {}
    results = []
    for most in (1, 2, 5, 100):
        with pytensor.config.change_flags(floatX=dtype):
            program = recipe.build(digits, train_size=2000, mode=mode, **options)
        rows = [()] * 10
        if recipe is sgd:
            rows = indices(10)
        elif recipe is exercise:
            rows = [program.judge.batch(7 * k) for k in range(10)]
        outputs = call_each(program.train_model, rows, most)
        results.append((np.array(outputs), *program.parameters().values()))
    for others in results[1:]:
        for got, expected in zip(others, results[0], strict=True):
            assert_same(got, expected)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_judging_and_gradients_in_one_call(dtype, digits, mode, sizes, assert_same):
    digits = digits if dtype == "float64" else as_float32(digits)
    with pytensor.config.change_flags(floatX=dtype):
        program = cg.build(digits, batch_size=20, train_size=100, mode=mode)
    rng = np.random.RandomState(0)
    theta = rng.randn(program.theta().size)
    program.set_theta(theta)
    by_steps = [
        [f(i) for i in range(5)] for f in (program.train_model, program.judge.test_model)
    ]
    assert_same(program.cost(program.theta()), np.mean(by_steps[0]))
    assert program.judge.test_error() == pytest.approx(np.mean(by_steps[1]), abs=1e-15)
    assert sizes == [5, 5]
    total = sum(
        np.concatenate([np.ravel(g) for g in program.batch_gradient(i)]) for i in range(5)
    )
    np.testing.assert_allclose(program.gradient(program.theta()), total / 5, rtol=1e-3)
    assert sizes == [5, 5, 5]


def as_float32(digits):
    from dataclasses import replace

    splits = {k: getattr(digits, k) for k in ("train", "valid", "test")}
    return replace(
        digits, **{k: replace(s, x=s.x.astype("float32")) for k, s in splits.items()}
    )


def test_an_epoch_is_one_call_up_to_where_patience_ends(digits, mode, sizes):
    """Ten epochs of five minibatches; patience ends after the second of the eleventh."""
    program = sgd.build(digits, batch_size=20, train_size=100, mode=mode)
    stopping = EarlyStopping(patience=51, patience_increase=0)
    run = sgd.fit(program, 20, progress=sgd.start(program, stopping))
    assert run.progress.is_over
    assert len(run.progress.epochs) == 11
    training = [n for n in sizes if n != program.judge.n_valid_batches] or sizes
    # Validation and test are calls of five too.
    assert sizes[-1] == 2
    assert set(sizes) == {5, 2}
    assert training.count(2) == 1


def test_epoch_74_of_mnist_is_a_call_of_82(mnist32, require_backend, sizes):
    with pytensor.config.change_flags(floatX="float32"):
        program = sgd.build(mnist32, mode=backends.mode(require_backend("jax")))
    run = sgd.fit(program)
    assert len(run.progress.epochs) == 74
    assert [n for n in sizes if n > 16] == 73 * [83] + [82]


def test_minibatches_of_other_data_are_checked_anew(require_backend):
    mode = backends.mode(require_backend("jax"))  # PyTorch cuts what is there
    x, i = pytensor.shared(np.arange(60.0).reshape(12, 5), name="x"), pt.lscalar("i")
    sums = pytensor.function([i], x[i * 4 : (i + 1) * 4].sum(), mode=mode)
    expected = [float(n) for n in x.get_value().reshape(3, 20).sum(axis=1)]
    for _ in range(2):
        assert call_each(sums, indices(3)) == expected
    x.set_value(x.get_value()[:8])
    assert call_each(sums, indices(2)) == expected[:2]
    with pytest.raises(IndexError, match="rows 8 to 12 of 8 are not all there"):
        call_each(sums, indices(3))


def test_a_resumed_run_has_the_same_bits(digits, mode):
    def build():
        return sgd.build(digits, batch_size=20, train_size=100, mode=mode)

    whole = sgd.fit(build(), 6)
    asked = iter([False] * 2)  # stops after the second epoch
    part = sgd.fit(build(), 6, stop=lambda: next(asked, True))
    assert part.interrupted
    assert len(part.progress.epochs) == 2
    rest = sgd.fit(build(), 6, progress=part.progress)
    assert rest.progress.epochs == whole.progress.epochs
    assert rest.parameters["W"].tobytes() == whole.parameters["W"].tobytes()


@pytest.mark.parametrize("every", [4, 1000])
def test_a_run_that_diverges_within_a_call_is_left_as_step_by_step(
    every, digits, mode, assert_same
):
    def diverge(every):
        program = softmax.build(digits, learning_rate=1e306, train_size=100, mode=mode)
        with pytest.raises(Diverged) as caught:
            fit(program, 20, every=every)
        return str(caught.value), caught.value.run

    (words, run), (expected_words, expected) = diverge(every), diverge(1)
    assert words == expected_words
    assert_same(run.records["log_likelihood"], expected.records["log_likelihood"])
    assert 1 < len(run.records["log_likelihood"]) < 20
    for name, value in expected.parameters.items():
        assert_same(run.parameters[name], value)


def test_exercise_several_minibatches_at_once(digits, mode, sizes, assert_same):
    def train(every):
        program = exercise.build(digits, batch_size=20, train_size=100, momentum=0.5, mode=mode)
        return exercise.fit(program, 25, every=every)

    run, expected = train(10), train(1)
    assert sizes == [9, 9, 4]
    assert len(run.records["cost"]) == 25
    assert_same(run.records["cost"], expected.records["cost"])
    assert run.scores == expected.scores


def test_rows_that_are_not_there_change_nothing(digits, mode):
    program = sgd.build(digits, batch_size=20, train_size=100, mode=mode)
    before = program.parameters()
    with pytest.raises(IndexError, match="rows 100 to 120 of 100 are not all there"):
        call_each(program.train_model, indices(6))
    for name, value in program.parameters().items():
        np.testing.assert_array_equal(value, before[name])


def test_a_counter_that_steps_change_is_checked_step_by_step(mode):
    """A minibatch's number that is itself a shared variable: no row is read beyond the end."""
    data = pytensor.shared(np.arange(6.0), name="data", shape=(6,))
    number = pytensor.shared(np.int64(0), name="number")
    step = pytensor.function(
        [], data[2 * number : 2 * number + 2].sum(), updates=[(number, number + 1)], mode=mode
    )
    assert [float(v) for v in call_each(step, [()] * 3)] == [1, 5, 9]
    assert int(number.get_value()) == 3


def test_several_outputs_and_none(mode):
    total = pytensor.shared(np.zeros(2), name="total")
    x = pt.dvector("x")
    add = pytensor.function([x], [x.sum(), total], updates=[(total, total + x)], mode=mode)
    rows = [(np.array([i, 1.0]),) for i in range(4)]
    outputs = call_each(add, rows)
    assert [float(s) for s, _ in outputs] == [1, 2, 3, 4]
    assert [before.tolist() for _, before in outputs] == [[0, 0], [0, 1], [1, 2], [3, 3]]
    assert total.get_value().tolist() == [6, 4]
    silent = pytensor.function([x], [], updates=[(total, total - x)], mode=mode)
    assert call_each(silent, rows) == [[], [], [], []]
    assert total.get_value().tolist() == [0, 0]
    idle = pytensor.function([], [], mode=mode)
    assert (idle(), call_each(idle, [()] * 3)) == ([], [[], [], []])


def test_inputs_are_checked_as_in_a_call(mode):
    x = pt.dvector("x")
    double = pytensor.function([x], 2 * x, mode=mode)
    with pytest.raises(TypeError):
        call_each(double, [(np.zeros((2, 2)),)] * 2)
    assert call_each(double, [([1.0, 2.0],), (np.array([3, 4]),)])[1].tolist() == [6, 8]


def test_rows_of_several_shapes(mode):
    """As an epoch whose last minibatch is shorter."""
    x, total = pt.dmatrix("x"), pytensor.shared(np.zeros(2), name="total")
    new = total + x.sum(axis=0)
    f = pytensor.function([x], [x.sum(), total], updates=[(total, new)], mode=mode)
    data = np.arange(46.0).reshape(23, 2)
    outputs = call_each(f, [(data[first : first + 5],) for first in range(0, 23, 5)], 2)
    assert [float(s) for s, _ in outputs] == [45, 145, 245, 345, 255]
    assert [before[0] for _, before in outputs] == [0, 20, 90, 210, 380]
    assert total.get_value().tolist() == [506, 529]


def test_outputs_of_several_shapes(require_backend):
    """JAX has to know every shape, so only PyTorch."""
    i, data = pt.lscalar("i"), pytensor.shared(np.arange(6.0), name="data")
    mode = backends.mode(require_backend("pytorch"))
    f = pytensor.function([i], [data[:i], i + 1], mode=mode)
    outputs = call_each(f, [(n,) for n in (2, 0, 1)])
    assert [(rows.tolist(), int(n)) for rows, n in outputs] == [([0, 1], 3), ([], 1), ([0], 2)]


def test_rows_are_taken_or_refused_as_by_the_function(mode):
    x, total = pt.fvector("x"), pytensor.shared(np.float32(0), name="total")
    changes = {"updates": [(total, total + x.sum())], "mode": mode}
    f = pytensor.function([x], total, **changes)
    wide = np.arange(3.0)
    for row in ((), (wide.astype("float32"), wide), ("no numbers",), (wide,)):
        refused = []
        for call in (lambda row: f(*row), lambda row: call_each(f, [([1, 2],), row])):
            with pytest.raises((TypeError, ValueError)) as caught:
                call(row)
            refused.append((caught.type, str(caught.value).splitlines()[0]))
        assert refused[0] == refused[1]
    assert total.get_value() == 4 * 3  # the rows before
    lenient = pytensor.function([x], x.sum(), allow_input_downcast=True, mode=mode)
    assert [float(v) for v in call_each(lenient, [(wide,), (2 * wide,)])] == [3, 6]


def test_calls_that_are_not_asked_for_are_not_made(digits, backend):
    program = sgd.build(digits, batch_size=20, train_size=100, mode=backends.mode(backend))
    before = program.parameters()["b"]
    taken = calls(program.train_model, indices(5), 2)
    first = next(taken)
    assert len(first) == (2 if backend in backends.WITH_DEVICE else 1)
    after = program.parameters()["b"]
    assert not np.array_equal(after, before)
    taken.close()
    np.testing.assert_array_equal(program.parameters()["b"], after)


def test_a_call_sees_at_most_a_second_of_images():
    assert most_steps(600) == 416
    assert most_steps(10**9) == 1
