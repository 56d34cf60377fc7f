"""The same command gives the same bits, on every backend; another seed gives others."""

import json
import random

import numpy as np
import pytest

from faults.processes import DRAWN, left, new_process
from theano_tutorial.train import main

pytestmark = pytest.mark.usefixtures("somewhere_else")

RUNS = {
    "tanh": ["tanh", "--train-size", "400", "--iterations", "4"],
    "sgd": ["sgd", "--train-size", "2000", "--batch-size", "500", "--epochs", "2"],
    "exercise": ["exercise", "--train-size", "400", "--momentum", "0.5", "--iterations", "4"],
}
EVERY = {
    **RUNS,
    "mlp": ["mlp", "--train-size", "400", "--hidden-units", "9", "--epochs", "2"],
    "lenet": [
        "lenet",
        "--train-size",
        "60",
        "--batch-size",
        "20",
        "--hidden-units",
        "9",
        "--epochs",
        "2",
    ],
    "softmax": ["softmax", "--train-size", "400", "--iterations", "4"],
    "cg": ["cg", "--train-size", "1000", "--batch-size", "500", "--epochs", "2"],
}
SEEDED = ["tanh", "exercise"]
# Threads of NumPy, the kernel and PyTorch; and JAX's.
THREADS = {"OMP_NUM_THREADS": "2", "NPROC": "2"}
# Runs several command lines; the digits are read once.
SCRIPT = """
import functools, json, sys
from theano_tutorial import data
from theano_tutorial.train import main
data.load = functools.cache(data.load)
sys.exit(max(main(arguments) for arguments in json.loads(sys.argv[1])))
"""
# Says of how many entries PyTorch computed a tanh, call by call, in a process that does so
# for the first time.
SIZES = """
import json
import numpy as np, pytensor, pytensor.tensor as pt, torch
from torch.utils._python_dispatch import TorchDispatchMode

class Sizes(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.tanh.default:
            sizes.append(args[0].numel())
        return func(*args, **kwargs or {})

sizes = []
with Sizes():
    from theano_tutorial import backends
    x = pt.dmatrix()
    pytensor.function([x], pt.tanh(x), mode=backends.mode("pytorch"))(np.ones((400, 20)))
print(json.dumps(sizes))
"""
# A few steps of a softmax, all by Numba; says where they lead.
STEPS = """
import numpy as np, pytensor, pytensor.tensor as pt
from theano_tutorial import backends, objectives

b, z, y = pytensor.shared(np.zeros(10)), pt.dmatrix(), pt.lvector()
cost = objectives.negative_log_likelihood(pt.special.softmax(z + b, axis=1), y)
updates = [(b, b - 0.13 * pytensor.grad(cost, b))]
step = pytensor.function([z, y], cost, updates=updates, mode=backends.mode("numba"))
rng = np.random.default_rng(0)
for _ in range(10):
    entries = rng.standard_normal((400, 10))
    step(entries, entries.argmax(axis=1))
print(b.get_value().tobytes().hex())
"""


def run_all(lines):
    """Run command lines in one new process."""
    new_process(SCRIPT, json.dumps([[*line, *DRAWN, "--quiet"] for line in lines]), **THREADS)


def numbers(folder, name):
    """Return what was computed, without the seed that a run says it had."""
    trace, _ = left(folder / name)
    del trace["seed"]
    return trace


@pytest.mark.one_python
def test_same_command_same_bits(backend, tmp_path, is_long):
    """Twice in a process, and in another one; then with another seed.

    Without --long, what takes long to compile trains the network only.
    """
    names = RUNS if is_long or backend == "numpy" else ["tanh"]
    seeded = [name for name in SEEDED if name in names]
    common = ["--backend", backend, "--output"]
    twice = [[*RUNS[name], *common, folder] for folder in "ab" for name in names]
    others = [[*RUNS[name], *common, "other", "--seed", "1"] for name in seeded]
    run_all(twice + others)
    run_all([[*RUNS[name], *common, "c"] for name in names])
    for name in names:
        first = left(tmp_path / "a" / name)
        assert first[0]["threads"] == 2
        assert left(tmp_path / "b" / name) == first
        assert left(tmp_path / "c" / name) == first
    for name in seeded:
        ours, theirs = (numbers(tmp_path / folder, name) for folder in ("a", "other"))
        assert ours != theirs


def test_first_tanh_is_not_shared(require_backend):
    """MKL chooses its kernels at the first call; threads that share it may not agree."""
    require_backend("pytorch")
    sizes = json.loads(new_process(SIZES, **THREADS))
    assert sizes[0] == 1
    assert 400 * 20 in sizes


def test_compiled_and_cached_code_agree(tmp_path, require_backend):
    """Numba's code gives the same bits where it was compiled and where it is found."""
    require_backend("numba")
    changes = {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}", **THREADS}
    compiled = new_process(STEPS, **changes)
    assert list(tmp_path.rglob("*.nbc"))
    assert new_process(STEPS, **changes) == compiled


@pytest.mark.parametrize("name", SEEDED)
def test_nothing_random_but_the_seed(name, tmp_path):
    """Neither NumPy's global generator nor Python's has a say."""
    for folder, state in (("a", 1), ("b", 2)):
        random.seed(state)
        np.random.seed(state)  # noqa: NPY002  (the global one is meant)
        assert main([*RUNS[name], *DRAWN, "--quiet", "--seed", "5", "--output", folder]) == 0
    assert left(tmp_path / "a" / name) == left(tmp_path / "b" / name)
