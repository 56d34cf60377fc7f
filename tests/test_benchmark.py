"""The benchmark: everyone trains the same, and its tables say what was measured."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"
TASKS = {
    "softmax": {},
    "sgd": {"batch": 8},
    "tanh": {"hidden": 5},
    "mlp": {"batch": 8, "hidden": 5, "l2": 0.01},
    "lenet": {"batch": 8, "hidden": 5, "maps": (2, 3)},
}


@pytest.fixture(scope="module", autouse=True)
def modules():
    """Let scripts be imported, and leave JAX as it was."""
    sys.path.insert(0, str(SCRIPTS))
    yield
    sys.path.remove(str(SCRIPTS))
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_default_matmul_precision", None)


def make_task(name):
    from benchmarking.tasks import Task

    rng = np.random.default_rng(0)
    x = rng.random((24, 784)) * (rng.random((24, 784)) < 0.2)
    return Task(name, x, rng.integers(10, size=24).astype(np.int32), 0.1, **TASKS[name])


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("library", ["numpy", "jax", "pytorch"])
def test_everyone_takes_the_same_steps(library, name, require_backend):
    from benchmarking import by_hand, peers

    task = make_task(name)
    theirs = getattr(by_hand, f"in_{library}")(task)
    if theirs is None:
        assert (library, name) == ("numpy", "lenet")
        return
    require_backend(library)
    ours = peers.ours(task, "numpy")
    costs = np.array([[float(step(index)) for index in (0, 2, 1)] for step in (ours, theirs)])
    np.testing.assert_allclose(costs[1], costs[0], rtol=1e-10)
    assert costs[0][0] > costs[0][1] or "batch" in TASKS[name]


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_found_as_it_was_left(name, tmp_path):
    from benchmarking import tasks

    task = make_task(name)
    tasks.save(task, tmp_path)
    found = tasks.load(tmp_path)
    for what, value in vars(task).items():
        np.testing.assert_array_equal(getattr(found, what), value)
    initial = [np.load(tmp_path / f"param{i}.npy") for i in range(len(task.initial()))]
    assert [a.shape for a in initial[::2]] == task.shapes()
    assert "x" not in json.loads((tmp_path / "about.json").read_text())


def test_tables_of_steps_and_epochs():
    from benchmarking import report

    ms = {"ours, numpy": 2, "ours, jax": 1, "PyTorch": 3, "JAX, jit": 2, "Theano 1.0.5": 6}
    steps = {
        f"{task}, {dtype}": {
            name: {"ms": value * (2 if dtype == "float64" else 1), "spread": 0.1}
            for name, value in ms.items()
            if (task, name) != ("lenet", "PyTorch")
        }
        for task in ("softmax", "mlp", "lenet")
        for dtype in ("float64", "float32")
    }
    result = {
        "steps": steps,
        "limits": {task: {"read_ms": 0.1, "arithmetic_ms": 0.2} for task in steps},
        "minibatches": {t: 2500 for t in steps if not t.startswith("softmax")},
        "noise": 0.1,
        "versions": {"NumPy": "2"},
        "date": "today",
        "machine": "this one",
    }
    lines = report.markdown(result).splitlines()
    for line in (
        "| ours, numpy | 4 / 2 | 4 / 2 | 4 / 2 |",
        "| PyTorch | 6 / 3 | 6 / 3 |  |",
        "| **fastest other / ours, numpy** | **1 / 1** | **1 / 1** | **1 / 1** |",
        "| seconds an epoch, float64 / float32 | mlp | lenet |",
        "| ours, jax | 5 / 2.5 | 5 / 2.5 |",
        "| **PyTorch / our fastest** | **3 / 3** |  |",
        "| **Theano 1.0.5 / our fastest** | **6 / 6** | **6 / 6** |",
    ):
        assert line in lines
