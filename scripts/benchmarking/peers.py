"""One training step of the same model, by every library that can take it.

Each contestant takes a `tasks.Task` and returns a function of a minibatch index, which takes
one step and returns the cost before it; or None if it cannot do the task. If the function can
take the first n steps in one call, it offers that as ``step.several(n)``.
"""

import functools
import importlib.util
import subprocess
import sys
import time
import warnings
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    if sys.argv[1].startswith("ours"):
        import theano_tutorial  # noqa: F401  (before NumPy, as the command line does)

from benchmarking import by_hand, tasks


def pytensor_graph(task, mode):
    """Return a step of the graph as the tutorials write it, compiled in a PyTensor mode."""
    import pytensor
    import pytensor.tensor as pt

    from theano_tutorial import data, objectives, updates
    from theano_tutorial.backends import one_call

    with pytensor.config.change_flags(floatX=str(task.x.dtype)):
        split = data.Split(task.x, task.y)
        x_all, y_all = data.shared_dataset(split)
        x, y, index = pt.matrix("x"), pt.ivector("y"), pt.lscalar("index")
        model = _model(task, x)
        likelihood = model.negative_log_likelihood(y)
        cost = objectives.regularised(likelihood, model.weights, 0.0, task.l2)
        changes = updates.sgd(cost, model.params, task.rate)
        if not task.batch:
            step = pytensor.function(
                [], cost, updates=changes, givens={x: x_all, y: y_all}, mode=mode
            )
            return _with_several(lambda index: step(), step, [()] * 1000)
        rows = slice(index * task.batch, (index + 1) * task.batch)
        givens = {x: x_all[rows], y: y_all[rows]}
        step = pytensor.function([index], cost, updates=changes, givens=givens, mode=mode)
        numbers = one_call.indices(len(task.x) // task.batch)
        return _with_several(lambda index: step(*numbers[index]), step, numbers)


def _model(task, x):
    """Return this package's model of a task, with the task's initial parameters."""
    from theano_tutorial import models

    n_in, initial = task.x.shape[1], task.initial()
    if task.maps:
        model = models.LeNet(x, task.maps, task.hidden, task.classes)
        pairs = zip(initial[::2], initial[1::2], strict=True)
        initial = [value for pair in reversed([*pairs]) for value in pair]
    elif task.hidden:
        model = models.MultilayerPerceptron(x, n_in, task.hidden, task.classes)
    else:
        model = models.SoftmaxRegression(x, n_in, task.classes)
    for param, value in zip(model.params, initial, strict=True):
        param.set_value(value)
    return model


def _with_several(take, function, rows):
    """Return `take` with a `several`, which takes steps of a compiled function in one call."""
    from theano_tutorial.backends import one_call

    take.several = lambda n: one_call.call_each(function, rows[:n])
    return take


def pytensor_ml(task):
    """Return a step in pytensor-ml, which is imported only here."""
    from benchmarking import in_pytensor_ml

    return in_pytensor_ml.make(task)


def ours(task, backend, rewrites=True):
    """Return a step on one of our backends; None if that cannot do without rewrites."""
    from theano_tutorial import backends

    if not rewrites and backend in backends.WITH_DEVICE:
        return None
    return pytensor_graph(task, backends.mode(backend, rewrites=rewrites))


class Worker:
    """A contestant in a process of its own, where no other library's threads are in the way.

    Its command, to which the `folder` of `tasks.save` is appended, reads lines ``FIRST LAST``,
    trains on the minibatches from FIRST to before LAST, and prints the last cost and the
    seconds taken.
    """

    def __init__(self, command, folder):
        self._process = subprocess.Popen(
            [*command, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.can = self._process.stdout.readline().strip()
        if self.can not in ("ready", "cannot"):
            sys.exit(f"{command}: {self._process.stderr.read()[-2000:]}")

    def run(self, first, last):
        """Train; return the last cost and the seconds."""
        print(first, last, file=self._process.stdin, flush=True)
        return [float(number) for number in self._process.stdout.readline().split()]

    def close(self):
        """End the process."""
        self._process.kill()
        self._process.communicate()


def serve(make, folder):
    """Act as a worker: train as the lines on stdin say."""
    task = tasks.load(Path(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step = make(task)
        if step is not None:
            step(0)  # compiles, but leaves it a step ahead
            step = make(task)
    print("cannot" if step is None else "ready", flush=True)
    for line in sys.stdin:
        first, last = map(int, line.split())
        started = time.perf_counter()
        for index in range(first, last):
            cost = step(index)
        print(float(cost), time.perf_counter() - started, flush=True)


MAKERS = {
    "numpy": by_hand.in_numpy,
    "pytorch": by_hand.in_pytorch,
    "pytorch-compiled": functools.partial(by_hand.in_pytorch, compiled=True),
    "jax": by_hand.in_jax,
    "scikit-learn": by_hand.scikit_learn,
    "pytensor-ml": pytensor_ml,
    "pytensor": functools.partial(pytensor_graph, mode=None),
}
for _name in ("numpy", "c", "numba", "jax", "pytorch"):
    MAKERS[f"ours-{_name}"] = functools.partial(ours, backend=_name)
    MAKERS[f"ours-{_name}-plain"] = functools.partial(ours, backend=_name, rewrites=False)


def contestants(*, theano=None, full=True):
    """Return, by name, the commands of all contestants that are installed.

    `theano` is an interpreter with real Theano; `full` adds those that take long to compile.
    """
    from theano_tutorial import backends

    there = [name for name in backends.NAMES[1:] if not backends.why_unavailable(name)]
    found = {}
    for name in there if full else [n for n in there if n in ("numpy", "c", "jax", "pytorch")]:
        found[f"ours, {name}"] = f"ours-{name}"
        if full and name not in backends.WITH_DEVICE:
            found[f"ours, {name}, no rewrites"] = f"ours-{name}-plain"
    others = {
        "PyTensor as it comes": ("pytensor", full),
        "NumPy by hand": ("numpy", True),
        "PyTorch": ("pytorch", "pytorch" in there),
        "PyTorch, compiled": ("pytorch-compiled", full and "pytorch" in there),
        "JAX, jit": ("jax", "jax" in there),
        "pytensor-ml": ("pytensor-ml", importlib.util.find_spec("pytensor_ml")),
        "scikit-learn": ("scikit-learn", importlib.util.find_spec("sklearn")),
    }
    found |= {name: spec for name, (spec, is_there) in others.items() if is_there}
    commands = {name: [sys.executable, __file__, spec] for name, spec in found.items()}
    if theano is not None:
        worker = str(Path(__file__).with_name("theano_worker.py"))
        commands["Theano 1.0.5"] = [theano, worker, "step"]
    return commands


if __name__ == "__main__":
    serve(MAKERS[sys.argv[1]], sys.argv[2])
