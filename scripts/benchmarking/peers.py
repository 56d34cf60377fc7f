"""One training step of the same model, by everyone who could be asked to do it.

Each contestant takes a `Task` and returns a function of a minibatch's index, which trains one
step and returns the mean negative log-likelihood before it; or None where it cannot.
"""

import functools
import importlib.util
import json
import subprocess
from dataclasses import asdict, dataclass
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
            return lambda index: step()
        rows = slice(index * task.batch, (index + 1) * task.batch)
        givens = {x: x_all[rows], y: y_all[rows]}
        return pytensor.function([index], cost, updates=changes, givens=givens, mode=mode)


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

    return step


def by_hand_pytorch(task, compiled=False):
    """Train in PyTorch, on the CPU, eagerly or compiled."""
    import torch

    x_all, y_all = torch.from_numpy(task.x), torch.from_numpy(task.y).long()
    params = [torch.from_numpy(value).requires_grad_() for value in task.initial()]

    def cost(x, y, *params):
        if task.hidden:
            x = torch.tanh(x @ params[0] + params[1])
        return torch.nn.functional.cross_entropy(x @ params[-2] + params[-1], y)

    if compiled:
        cost = torch.compile(cost)

    def step(index):
        rows = task.rows(index)
        value = cost(x_all[rows], y_all[rows], *params)
        gradients = torch.autograd.grad(value, params)
        with torch.no_grad():
            for param, gradient in zip(params, gradients, strict=True):
                param -= task.rate * gradient
        return float(value.detach())

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


class Theano:
    """Real Theano, in an interpreter of its own; see theano_worker.py."""

    def __init__(self, python, folder):
        self.python, self.folder = python, Path(folder)

    def __call__(self, task):
        """Start a process that holds the compiled function, and return a step of it."""
        file = self.folder / f"task-{id(task)}.npz"
        about = {k: v for k, v in asdict(task).items() if k not in ("x", "y")}
        np.savez(file, x=task.x, y=task.y, about=json.dumps(about))
        worker = subprocess.Popen(
            [self.python, str(Path(__file__).with_name("theano_worker.py")), "step", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        worker.stdout.readline()  # it is ready
        file.unlink()

        def run(first, last):
            print(first, last, file=worker.stdin, flush=True)
            return [float(number) for number in worker.stdout.readline().split()]

        def step(index):
            return run(index, index + 1)[0]

        # Without the pipe between, which a minibatch would notice.
        step.seconds = lambda steps: run(0, steps)[1]
        step.close = worker.kill
        return step


def contestants(task_kind, *, theano=None, full=True):
    """Return the contestants by name, as far as they are installed.

    Parameters
    ----------
    task_kind
        ``"growth"`` leaves out those that are only compared once.
    theano
        A `Theano`, or None.
    full
        Whether to include those that take minutes to compile.
    """
    from theano_tutorial import backends

    there = [name for name in backends.NAMES[1:] if not backends.why_unavailable(name)]
    quick = [name for name in there if name in ("numpy", "jax", "pytorch")]
    found = {}
    for name in there if full else quick:
        found[f"ours, {name}"] = functools.partial(ours, backend=name)
        if full and task_kind != "growth" and name not in backends.WITH_DEVICE:
            without = functools.partial(ours, backend=name, rewrites=False)
            found[f"ours, {name}, no rewrites"] = without
    if full and task_kind != "growth":
        found["PyTensor as it comes"] = functools.partial(pytensor_graph, mode=None)
    found["NumPy by hand"] = by_hand_numpy
    if "pytorch" in there:
        found["PyTorch"] = by_hand_pytorch
        if full and task_kind != "growth":
            found["PyTorch, compiled"] = functools.partial(by_hand_pytorch, compiled=True)
    if "jax" in there:
        found["JAX, jit"] = by_hand_jax
    if _has("sklearn"):
        found["scikit-learn"] = scikit_learn
    if theano is not None:
        found["Theano 1.0.5"] = theano
    return found


def _has(package):
    return importlib.util.find_spec(package) is not None
