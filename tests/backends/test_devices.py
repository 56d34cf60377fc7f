"""JAX and PyTorch: data sent once, parameters that stay, nothing compiled twice."""

import copy
import subprocess
import sys
import threading

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from faults.processes import new_process

from theano_tutorial import backends
from theano_tutorial.backends.one_call import call_each
from theano_tutorial.errors import BackendUnavailable, UsageError
from theano_tutorial.recipes import sgd
from theano_tutorial.train import main


@pytest.fixture(params=backends.WITH_DEVICE)
def device_backend(request, require_backend):
    return require_backend(request.param)


def build(digits, backend):
    return sgd.build(digits, batch_size=20, train_size=100, mode=backends.mode(backend))


def shared_of(function):
    return {v.name: v for v in function.get_shared()}


def test_data_is_sent_once_and_parameters_stay(digits, device_backend):
    program = build(digits, device_backend)
    shared = shared_of(program.train_model)
    assert set(shared) == {"training_x", "training_y", "W", "b"}
    program.train_model(0)
    there = {name: v.container.storage[0] for name, v in shared.items()}
    assert not any(isinstance(value, np.ndarray) for value in there.values())
    for i in (1, 2, 3):
        program.train_model(i)
    for name in ("training_x", "training_y"):
        assert shared[name].container.storage[0] is there[name]
    assert not isinstance(shared["W"].container.storage[0], np.ndarray)


def test_no_step_moves_anything_implicitly(digits, require_backend):
    """JAX refuses every transfer that was not asked for, around the training loop."""
    require_backend("jax")
    import jax

    program = build(digits, "jax")
    with jax.transfer_guard("disallow"):
        costs = [float(program.train_model(i)) for i in range(5)]
    assert np.isfinite(costs).all()


@pytest.mark.filterwarnings("ignore:The RandomType SharedVariables")  # a copy goes to JAX
def test_random_streams_go_on_from_call_to_call(require_backend):
    """As for dropout: other numbers at each step, in whatever calls the steps are taken."""
    mode = backends.mode(require_backend("jax"))

    def draw(*calls):
        rng, total = pt.random.shared_rng(seed=3), pytensor.shared(np.zeros(2), name="total")
        following, noise = rng.uniform(0, 1, size=(2,))
        changes = {rng: following, total: total + noise}
        f = pytensor.function([], noise, updates=changes, mode=mode)
        drawn = np.array([v for n in calls for v in call_each(f, [()] * n)])
        np.testing.assert_allclose(total.get_value(), drawn.sum(axis=0), rtol=1e-15)
        return drawn

    by_steps = draw(1, 1, 1, 1, 1)
    assert len(np.unique(by_steps)) == 10
    assert ((by_steps > 0) & (by_steps < 1)).all()
    np.testing.assert_array_equal(draw(2, 1, 2), by_steps)


def test_pytorch_draws_no_random_numbers(require_backend):
    mode = backends.mode(require_backend("pytorch"))
    _, noise = pt.random.shared_rng(seed=3).uniform(0, 1, size=(2,))
    with pytest.raises(UsageError, match="no random numbers on PyTorch: compile this graph"):
        pytensor.function([], noise, mode=mode)


def test_other_threads_may_read_what_is_trained(device_backend):
    w = pytensor.shared(np.zeros((50, 50)), name="w")
    mode = backends.mode(device_backend, device="cpu")
    step = pytensor.function([], w.sum(), updates=[(w, w + 1)], mode=mode)
    look = pytensor.function([], w.max() - w.min(), mode=mode)
    step(), look()

    def read():
        for _ in range(1000):
            seen.append(np.ptp(w.get_value()) + float(look()))

    seen, reader = [], threading.Thread(target=read)
    reader.start()
    while reader.is_alive():
        step()
    assert seen == [0] * 1000


def test_inputs_that_are_written_into_after_the_call(device_backend):
    """Though nothing is returned that a function would have to wait for."""
    W, x = pytensor.shared(np.zeros((300, 300)), name="W"), pt.dmatrix("x")
    mode = backends.mode(device_backend)
    f = pytensor.function([x], [], updates=[(W, W + x @ x @ x @ x)], mode=mode)
    value = np.zeros((300, 300))
    for _ in range(8):
        value[:] = np.eye(300)
        f(value)
        value[:] = 0
    np.testing.assert_array_equal(W.get_value(), 8 * np.eye(300))


def test_arrays_in_any_order(device_backend):
    x, v = pt.dmatrix("x"), pytensor.shared(np.zeros((2, 3)), name="v")
    mode = backends.mode(device_backend)
    f = pytensor.function([x], [x, v], updates=[(v, v + x)], mode=mode)
    value = np.arange(6.0).reshape(2, 3)
    read_only = np.broadcast_to(1.0, (2, 3))
    for given in (value[::-1], value[:, ::-2][:, [0, 1, 1]][::-1], read_only, value.T[::-1].T):
        v.set_value(given, borrow=True)
        for found in f(given):
            np.testing.assert_array_equal(found, given)
        np.testing.assert_array_equal(v.get_value(), 2 * given)
    assert len(call_each(f, [(value[::-1],), (value,)])) == 2


def test_starts_that_depend_on_a_shape_keep_no_data(require_backend):
    x = pt.dmatrix("x")
    mode = backends.mode(require_backend("jax"))
    f = pytensor.function([x], x[x.shape[0] - 10 : x.shape[0]].sum(), mode=mode)
    for n in (10, 20, 20):
        assert f(np.ones((n, 3))) == 30
    (rows,) = f.vm.jit_fn._minibatches
    assert len(rows._starts) == 2
    with pytest.raises(IndexError, match="rows -5 to 5 of 5 are not all there"):
        f(np.ones((5, 3)))
    many = pt.lvector("many")
    mean = pytensor.function([x, many], x[many[0] : many[0] + 2].mean(), mode=mode)
    assert mean(np.ones((5, 3)), np.arange(100)) == 1
    (rows,) = mean.vm.jit_fn._minibatches
    assert not rows._starts


def test_a_shared_variable_is_copied(device_backend):
    w = pytensor.shared(np.zeros(3), name="w")
    mode = backends.mode(device_backend)
    step = pytensor.function([], w.sum(), updates=[(w, w + 1)], mode=mode)
    step()
    other = copy.deepcopy(w)
    step()
    assert other.get_value().tolist() == [1, 1, 1]
    assert w.get_value().tolist() == [2, 2, 2]


def test_numpy_arrays_go_in_and_come_out(digits, device_backend):
    program = build(digits, device_backend)
    for _ in range(2):
        program.train_model(0)
        W = program.model.W.get_value()
        assert isinstance(W, np.ndarray)
        assert W.dtype == np.float64
        W[:] = 7  # a copy: the model does not see it
        assert program.model.W.get_value().max() < 7
    program.model.W.set_value(np.zeros((784, 10)))
    program.model.b.set_value(np.zeros(10))
    first = float(program.train_model(0))
    assert first == pytest.approx(np.log(10))
    outputs = program.judge.classify()
    assert isinstance(outputs, np.ndarray)
    assert isinstance(program.train_model(1), np.ndarray | np.generic)


def test_a_later_function_shares_what_an_earlier_one_changed(device_backend):
    W = pytensor.shared(np.zeros(3), name="W")
    mode = backends.mode(device_backend)
    add = pytensor.function([], W.sum(), updates=[(W, W + 1)], mode=mode)
    assert float(add()) == 0
    twice = pytensor.function([], 2 * W, mode=mode)
    np.testing.assert_array_equal(twice(), [2, 2, 2])
    add()
    np.testing.assert_array_equal(twice(), [4, 4, 4])


def test_nothing_is_compiled_twice(digits, device_backend):
    """Each function is traced or made once, and the loop makes no new one."""
    program = build(digits, device_backend)
    if device_backend == "pytorch":
        # Run operation by operation: there is nothing to compile, and Dynamo was not asked.
        from torch._dynamo.utils import counters

        counters.clear()
        sgd.fit(program, 3)
        assert not counters["frames"]
        return
    import jax

    with jax.log_compiles(), pytest.MonkeyPatch.context() as patch:
        seen = []
        logger = __import__("logging").getLogger("jax._src.dispatch")
        patch.setattr(logger, "handle", lambda record: seen.append(record.getMessage()))
        for name in ("jax._src.interpreters.pxla", "jax._src.compiler"):
            other = __import__("logging").getLogger(name)
            patch.setattr(other, "handle", lambda record: seen.append(record.getMessage()))
        for i in range(5):
            program.train_model(i)
            program.judge.validate_model(i)
    assert not [line for line in seen if "Compiling" in line or "compilation" in line]


def test_what_one_device_holds_another_can_use(require_backend):
    W = pytensor.shared(np.zeros(3), name="W")
    for count, name in enumerate(("jax", "pytorch", "jax", "numpy")):
        require_backend(name)
        if name == "numpy":
            W.set_value(W.get_value())  # the others bring it back themselves
        add = pytensor.function([], W.sum(), updates=[(W, W + 1)], mode=backends.mode(name))
        assert float(add()) == 3 * count
    assert W.get_value().tolist() == [4, 4, 4]


def test_training_compiles_no_further_function(digits, backend, monkeypatch):
    """On any backend: a function a role, made when the program is built."""
    program = sgd.build(digits, batch_size=20, train_size=100, mode=backends.mode(backend))
    made = []
    monkeypatch.setattr(
        "pytensor.compile.maker.FunctionMaker.__init__",
        lambda self, *args, **kwargs: made.append(self),
        raising=True,
    )
    run = sgd.fit(program, 3)
    assert len(run.progress.epochs) == 3
    assert made == []


def test_without_rewrites_a_minibatch_is_refused_in_one_line(device_backend, capsys):
    small = ["sgd", "--dataset", "rendered", "--epochs", "1", "--train-size", "700"]
    code = main([*small, "--backend", device_backend, "--no-rewrites"])
    err = capsys.readouterr().err
    if code:  # JAX needs to know the length of a slice; PyTorch may not
        assert code == 2
        assert err.count("\n") == 1
        assert "without this package's rewrites" in err
    if device_backend == "jax":
        assert code == 2


def test_devices_by_name(device_backend):
    x = pt.dvector("x")
    mode = backends.mode(device_backend, device="cpu")
    assert float(pytensor.function([x], x.sum(), mode=mode)(np.ones(3))) == 3
    for wrong in ("", "moon", "cpu:77" if device_backend == "jax" else "cuda:77"):
        with pytest.raises(BackendUnavailable, match=f"no device '{wrong}'; .* has .*cpu"):
            backends.mode(device_backend, device=wrong)


@pytest.mark.parametrize("name", ["numpy", "c", "numba"])
def test_other_backends_take_no_device(name, one_line_error):
    error = one_line_error(main, ["softmax", "--backend", name, "--device", "cpu"])
    assert f"backend '{name}' takes no device; jax and pytorch do" in error


@pytest.mark.parametrize(("package", "name"), [("jax", "jax"), ("torch", "pytorch")])
def test_without_the_package(package, name):
    """Everything else works; asking for the backend is an error of one line."""
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        f"u.find_spec = lambda n, *a: None if n == {package!r} else find(n, *a)\n"
        "from theano_tutorial.train import main\n"
        "small = ['softmax', '--dataset', 'rendered', '--iterations', '1',"
        " '--train-size', '50', '--quiet']\n"
        "assert main(small) == 0\n"
        f"sys.exit(main([*small, '--backend', {name!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert f"it needs the package {package}, which is not installed" in done.stderr
    assert f"pip install {package}, or EXTRAS={name} scripts/train" in done.stderr


def test_neither_is_imported_until_chosen():
    program = (
        "import sys, theano_tutorial\n"
        "from theano_tutorial import backends, guard, kernel, recipes, rewrites\n"
        "backends.mode('auto'), backends.why_unavailable('jax')\n"
        "assert not {'jax', 'torch'} & set(sys.modules)"
    )
    new_process(program)
