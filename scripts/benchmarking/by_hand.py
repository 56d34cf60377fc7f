"""A training step written by hand in other libraries; `peers` defines what a step is."""

import functools
import itertools

import numpy as np

from benchmarking.tasks import SIDE


def in_numpy(task):
    """Return a step in plain NumPy; None for convolutions, which are not written by hand."""
    if task.maps:
        return None
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
        if task.l2:
            cost += task.l2 * sum((W**2).sum() for W in params[::2])
            for W, gradient in zip(params[::2], gradients[::2], strict=True):
                gradient += 2 * task.l2 * W
        for param, gradient in zip(params, gradients, strict=True):
            param -= task.rate * gradient
        return cost

    return step


def logits(params, x, conv_pool, tanh):
    """Return the logits, computed with another library's functions."""
    if params[0].ndim == 4:
        x = x.reshape((-1, 1, SIDE, SIDE))
    for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
        if W.ndim == 4:
            x = tanh(conv_pool(x, W) + b[:, None, None])
        else:
            x = tanh(x.reshape((len(x), -1)) @ W + b)
    return x @ params[-2] + params[-1]


def in_jax(task):
    """Return a jitted step in JAX, with the parameters and images on the device."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "highest")  # float32, not TF32
    x_all, y_all = jax.device_put(task.x), jax.device_put(task.y)
    params = [jnp.asarray(value) for value in task.initial()]

    def conv_pool(x, W):
        maps = jax.lax.conv(x, W[:, :, ::-1, ::-1], (1, 1), "VALID")
        window = (1, 1, 2, 2)
        return jax.lax.reduce_window(maps, -jnp.inf, jax.lax.max, window, window, "VALID")

    def cost(params, x, y):
        log_p = jax.nn.log_softmax(logits(params, x, conv_pool, jnp.tanh))
        value = -jnp.mean(jnp.take_along_axis(log_p, y[:, None], axis=1))
        return value + task.l2 * sum(jnp.sum(W**2) for W in params[::2]) if task.l2 else value

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


def in_pytorch(task, compiled=False, device="cpu"):
    """Return a step in PyTorch, eager or compiled."""
    import torch

    x_all = torch.from_numpy(task.x).to(device)
    y_all = torch.from_numpy(task.y).long().to(device)
    params = [torch.from_numpy(v).to(device).requires_grad_() for v in task.initial()]

    def conv_pool(x, W):
        maps = torch.nn.functional.conv2d(x, W.flip(2, 3))
        return torch.nn.functional.max_pool2d(maps, 2)

    def cost(x, y, *params):
        z = logits(params, x, conv_pool, torch.tanh)
        value = torch.nn.functional.cross_entropy(z, y)
        return value + task.l2 * sum((W**2).sum() for W in params[::2]) if task.l2 else value

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
    """Return a step of scikit-learn's network; None for a task it cannot do."""
    if not task.hidden or task.batch or task.maps:
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
    layers = zip(model.coefs_, model.intercepts_, strict=True)
    for ours, theirs in zip(params, itertools.chain(*layers), strict=True):
        theirs[:] = ours

    def step(index):
        model.partial_fit(task.x, task.y)
        return model.loss_

    return step
