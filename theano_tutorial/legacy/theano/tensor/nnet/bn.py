"""`theano.tensor.nnet.bn`: batch normalisation."""

from collections.abc import Sequence

import numpy as np
import pytensor.scalar as ps
import pytensor.tensor as pt
from pytensor.gradient import zero_grad
from pytensor.tensor.variable import TensorVariable as Var

Axes = str | Sequence[int]


def batch_normalization(
    inputs: Var, gamma: Var, beta: Var, mean: Var, std: Var, mode: str = "low_mem"
) -> Var:
    """Return ``(inputs - mean) / std * gamma + beta``."""
    if mode not in ("low_mem", "high_mem"):
        raise ValueError(f"batch_normalization: mode must be low_mem or high_mem, got {mode!r}")
    centred = inputs - mean
    return (centred / std * gamma if mode == "low_mem" else centred * (gamma / std)) + beta


def batch_normalization_train(
    inputs: Var,
    gamma: Var,
    beta: Var,
    axes: Axes = "per-activation",
    epsilon: float = 1e-4,
    running_average_factor: float | Var = 0.1,
    running_mean: Var | None = None,
    running_var: Var | None = None,
) -> tuple[Var, ...]:
    """Return normalised inputs and, without gradients, mean, 1 / deviation and new averages."""
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must be given together, or neither")
    running = [v for v in (running_mean, running_var) if v is not None]
    over, to_params, (x, scale, shift, *running) = _aligned(axes, inputs, gamma, beta, *running)
    mean, var = x.mean(over, keepdims=True), x.var(over, keepdims=True)
    invstd = 1.0 / pt.sqrt(var + pt.constant(epsilon, dtype=x.dtype))
    out = (x - mean) * (scale * invstd) + shift
    results = [mean, invstd]
    if running:
        factor = pt.as_tensor(running_average_factor)
        n = pt.prod([x.shape[axis] for axis in over]).astype(x.dtype)
        for old, seen in zip(running, (mean, n / (n - 1) * var), strict=True):
            results.append((old * (1.0 - factor) + seen * factor).astype(x.dtype))
        # Theano's Op took the averages too, so a function of `out` found their default updates.
        out = pt.switch(np.True_, out, (running[0] + running[1]).astype(out.dtype))
    return out, *(zero_grad(result.dimshuffle(to_params)) for result in results)


def batch_normalization_test(
    inputs: Var,
    gamma: Var,
    beta: Var,
    mean: Var,
    var: Var,
    axes: Axes = "per-activation",
    epsilon: float = 1e-4,
) -> Var:
    """Return inputs normalised by a given mean and variance; all else is as in training."""
    _, _, (x, scale, shift, mean, var) = _aligned(axes, inputs, gamma, beta, mean, var)
    return (x - mean) * (scale / pt.sqrt(var + pt.constant(epsilon, dtype=x.dtype))) + shift


def _aligned(axes: Axes, *variables: Var) -> tuple[tuple[int, ...], list[int], list[Var]]:
    """Return the averaged axes, the parameters' axes, and variables of one rank and dtype."""
    x, *params = (pt.as_tensor(v) for v in variables)
    ndim = x.type.ndim
    named = {"per-activation": (0,), "spatial": (0, *range(2, ndim))}
    over = named.get(axes, ()) if isinstance(axes, str) else tuple(sorted(map(int, axes)))
    if not over or over[0] < 0 or over[-1] >= ndim:
        known = f"per-activation, spatial or numbers from 0 to {ndim - 1}"
        raise ValueError(f"batch normalisation: axes must be {known}, got {axes!r}")
    rest = [axis for axis in range(ndim) if axis not in over]
    if all(p.type.ndim == ndim for p in params):
        rest = list(range(ndim))
        params = [pt.specify_broadcastable(p, *over) for p in params]
    else:
        order = [rest.index(axis) if axis in rest else "x" for axis in range(ndim)]
        params = [p.dimshuffle(order) for p in params]
    dtype = ps.upcast(*(v.dtype for v in (x, *params)))
    return over, rest, [v.astype(dtype) for v in (x, *params)]
