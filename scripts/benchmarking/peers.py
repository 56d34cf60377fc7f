"""One training step of the same model, by everyone who could be asked to do it.

Each contestant takes a `Task` and returns a function of a minibatch's index, which trains one
step and returns the mean negative log-likelihood before it; or None where it cannot. Where the
function can take the first n steps in one call, it does so as ``step.several(n)``.
"""

import functools
import importlib.util
import json
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Task:
    """What is to be trained.

    Attributes
    ----------
    name
        For people.
    x, y
        Images and int32 labels.
    rate
        Learning rate.
    batch
        Images in a minibatch; 0 for all at once.
    hidden
        Hidden tanh units; 0 for softmax regression.
    classes
        How many.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    rate: float
    batch: int = 0
    hidden: int = 0
    classes: int = 10

    @property
    def size(self):
        """Images in a step."""
        return self.batch or len(self.y)

    def rows(self, index):
        """Return the rows of minibatch number `index`."""
        start = index * self.batch
        return slice(start, start + self.size)

    def initial(self):
        """Return the parameters to begin with: W, b or W_xh, b_xh, W_hy, b_hy."""
        n_in, dtype = self.x.shape[1], self.x.dtype
        zeros = functools.partial(np.zeros, dtype=dtype)
        if not self.hidden:
            return [zeros((n_in, self.classes)), zeros(self.classes)]
        weights = 0.01 * np.random.RandomState(0).randn(n_in, self.hidden)
        output = [zeros((self.hidden, self.classes)), zeros(self.classes)]
        return [weights.astype(dtype), zeros(self.hidden), *output]


def pytensor_graph(task, mode):
    """Train the graph as the tutorials write it, compiled by a PyTensor mode."""
    import pytensor
    import pytensor.tensor as pt

    from theano_tutorial import data, models, updates
    from theano_tutorial.backends import one_call

    with pytensor.config.change_flags(floatX=str(task.x.dtype)):
        split = data.Split(task.x, task.y)
        x_all, y_all = data.shared_dataset(split)
        x, y, index = pt.matrix("x"), pt.ivector("y"), pt.lscalar("index")
        n_in = task.x.shape[1]
        if task.hidden:
            model = models.TanhNetwork(x, n_in, task.hidden, task.classes)
        else:
            model = models.SoftmaxRegression(x, n_in, task.classes)
        cost = model.negative_log_likelihood(y)
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


def _with_several(take, function, rows):
    """Return `take`, with a compiled function's way to take several steps in one call."""
    from theano_tutorial.backends import one_call

    take.several = lambda n: one_call.call_each(function, rows[:n])
    return take


def ours(task, backend, rewrites=True):
    """Train with one of this package's backends."""
    from theano_tutorial import backends

    if not rewrites and backend in backends.WITH_DEVICE:
        return None
    return pytensor_graph(task, backends.mode(backend, rewrites=rewrites))


def by_hand_numpy(task):
    """Train in NumPy, as one writes it."""
    params = task.initial()

    def step(index):
        x, y = task.x[task.rows(index)], task.y[task.rows(index)]
        inputs = [x]
        if task.hidden:
            inputs.append(np.tanh(x @ params[0] + params[1]))
        z = inputs[-1] @ params[-2] + params[-1]
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        cost = -np.log(p[rows, y]).mean()
        p[rows, y] -= 1
        g = p / len(y)
        gradients = [inputs[-1].T @ g, g.sum(axis=0)]
        if task.hidden:
            g = (g @ params[-2].T) * (1 - inputs[1] ** 2)
            gradients = [x.T @ g, g.sum(axis=0), *gradients]
        for param, gradient in zip(params, gradients, strict=True):
            param -= task.rate * gradient
        return cost

    return step


def by_hand_jax(task):
    """Train in JAX, jitted, parameters and images on the device."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "highest")  # float32, not TF32
    x_all, y_all = jax.device_put(task.x), jax.device_put(task.y)
    params = [jnp.asarray(value) for value in task.initial()]

    def cost(params, x, y):
        if task.hidden:
            x = jnp.tanh(x @ params[0] + params[1])
        log_p = jax.nn.log_softmax(x @ params[-2] + params[-1])
        return -jnp.mean(jnp.take_along_axis(log_p, y[:, None], axis=1))

    @functools.partial(jax.jit, donate_argnums=0)
    def update(params, x, y, index):
        if task.batch:
            x = jax.lax.dynamic_slice_in_dim(x, index * task.batch, task.batch)
            y = jax.lax.dynamic_slice_in_dim(y, index * task.batch, task.batch)
        value, gradients = jax.value_and_grad(cost)(params, x, y)
        return value, [p - task.rate * g for p, g in zip(params, gradients, strict=True)]

    def step(index):
        nonlocal params
        value, params = update(params, x_all, y_all, index)
        return float(value)

    @functools.partial(jax.jit, donate_argnums=0, static_argnames="n")
    def scan(params, x, y, n):
        def body(params, index):
            value, params = update.__wrapped__(params, x, y, index)
            return params, value

        return jax.lax.scan(body, params, jnp.arange(n))

    def several(n):
        nonlocal params
        params, values = scan(params, x_all, y_all, n=n)
        return np.asarray(values)

    step.several = several
    return step


def by_hand_pytorch(task, compiled=False, device="cpu"):
    """Train in PyTorch, eagerly or compiled."""
    import torch

    x_all = torch.from_numpy(task.x).to(device)
    y_all = torch.from_numpy(task.y).long().to(device)
    params = [torch.from_numpy(v).to(device).requires_grad_() for v in task.initial()]

    def cost(x, y, *params):
        if task.hidden:
            x = torch.tanh(x @ params[0] + params[1])
        return torch.nn.functional.cross_entropy(x @ params[-2] + params[-1], y)

    if compiled:
        cost = torch.compile(cost)

    def take(index):
        rows = task.rows(index)
        value = cost(x_all[rows], y_all[rows], *params)
        gradients = torch.autograd.grad(value, params)
        with torch.no_grad():
            for param, gradient in zip(params, gradients, strict=True):
                param -= task.rate * gradient
        return value.detach()

    def step(index):
        return float(take(index))

    step.several = lambda n: torch.stack([take(index) for index in range(n)]).cpu().numpy()
    return step


def scikit_learn(task):
    """Train scikit-learn's network; it has no model without a hidden layer."""
    if not task.hidden or task.batch:
        return None
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (task.hidden,),
        activation="tanh",
        solver="sgd",
        alpha=0,
        batch_size=len(task.y),
        learning_rate_init=task.rate,
        momentum=0,
        shuffle=False,
    )
    model.partial_fit(task.x, task.y, classes=np.arange(task.classes))
    params = task.initial()
    for ours, theirs in zip(params[0::2], model.coefs_, strict=True):
        theirs[:] = ours
    for ours, theirs in zip(params[1::2], model.intercepts_, strict=True):
        theirs[:] = ours

    def step(index):
        model.partial_fit(task.x, task.y)
        return model.loss_

    return step


class Worker:
    """Somebody in a process of their own, where no other library's threads are in the way.

    Parameters
    ----------
    command
        What to run; the folder of the task is appended. It reads lines ``FIRST LAST``, trains
        those minibatches, and prints the last one's cost and the seconds they took.
    folder
        See `save`.
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


def save(task, folder):
    """Put a task where workers find it."""
    np.save(folder / "x.npy", task.x)
    np.save(folder / "y.npy", task.y)
    about = {k: v for k, v in vars(task).items() if k not in ("x", "y")}
    (folder / "about.json").write_text(json.dumps(about))


def serve(make, folder):
    """Be a worker."""
    folder = Path(folder)
    about = json.loads((folder / "about.json").read_text())
    task = Task(x=np.load(folder / "x.npy"), y=np.load(folder / "y.npy"), **about)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step = make(task)
        if step is not None:
            step(0)  # compiles; but then it is a step ahead
            step = make(task)
    print("cannot" if step is None else "ready", flush=True)
    for line in sys.stdin:
        first, last = map(int, line.split())
        started = time.perf_counter()
        for index in range(first, last):
            cost = step(index)
        print(float(cost), time.perf_counter() - started, flush=True)


MAKERS = {
    "numpy": by_hand_numpy,
    "pytorch": by_hand_pytorch,
    "pytorch-compiled": functools.partial(by_hand_pytorch, compiled=True),
    "jax": by_hand_jax,
    "scikit-learn": scikit_learn,
    "pytensor": functools.partial(pytensor_graph, mode=None),
}
for _name in ("numpy", "c", "numba", "jax", "pytorch"):
    MAKERS[f"ours-{_name}"] = functools.partial(ours, backend=_name)
    MAKERS[f"ours-{_name}-plain"] = functools.partial(ours, backend=_name, rewrites=False)


def contestants(*, theano=None, full=True):
    """Return everyone's command by name, as far as they are installed.

    Parameters
    ----------
    theano
        An interpreter with real Theano, or None.
    full
        Whether to include those that take long to compile.
    """
    from theano_tutorial import backends

    there = [name for name in backends.NAMES[1:] if not backends.why_unavailable(name)]
    found = {}
    for name in there if full else [n for n in there if n in ("numpy", "c", "jax", "pytorch")]:
        found[f"ours, {name}"] = f"ours-{name}"
        if full and name not in backends.WITH_DEVICE:
            found[f"ours, {name}, no rewrites"] = f"ours-{name}-plain"
    if full:
        found["PyTensor as it comes"] = "pytensor"
    found["NumPy by hand"] = "numpy"
    if "pytorch" in there:
        found["PyTorch"] = "pytorch"
        if full:
            found["PyTorch, compiled"] = "pytorch-compiled"
    if "jax" in there:
        found["JAX, jit"] = "jax"
    if importlib.util.find_spec("sklearn"):
        found["scikit-learn"] = "scikit-learn"
    commands = {name: [sys.executable, __file__, spec] for name, spec in found.items()}
    if theano is not None:
        worker = str(Path(__file__).with_name("theano_worker.py"))
        commands["Theano 1.0.5"] = [theano, worker, "step"]
    return commands


if __name__ == "__main__":
    serve(MAKERS[sys.argv[1]], sys.argv[2])
