"""`theano.tensor.nnet.bn`: batch normalisation."""

from collections.abc import Sequence

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.gradient import zero_grad
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy import renames

Axes = str | Sequence[int]

__getattr__ = renames.names_of("theano.tensor.nnet.bn")


def batch_normalization(
    inputs: TensorVariable,
    gamma: TensorVariable,
    beta: TensorVariable,
    mean: TensorVariable,
    std: TensorVariable,
    mode: str = "low_mem",
) -> TensorVariable:
    """Return ``(inputs - mean) / std * gamma + beta``.

    Any `mode` but ``"low_mem"`` and ``"high_mem"``, which both need the same memory now, raises
    a `ValueError`.
    """
    if mode == "low_mem":
        return (inputs - mean) / std * gamma + beta
    if mode == "high_mem":
        return (inputs - mean) * (gamma / std) + beta
    raise ValueError(f"batch_normalization: mode must be low_mem or high_mem, got {mode!r}")


def batch_normalization_train(
    inputs: TensorVariable,
    gamma: TensorVariable,
    beta: TensorVariable,
    axes: Axes = "per-activation",
    epsilon: float = 1e-4,
    running_average_factor: float | TensorVariable = 0.1,
    running_mean: TensorVariable | None = None,
    running_var: TensorVariable | None = None,
) -> tuple[TensorVariable, ...]:
    """Return inputs normalised by their own mean and deviation over `axes`, and more.

    `axes` is ``"per-activation"``, the first; ``"spatial"``, all but the second; or their
    numbers. `gamma` and `beta` have the other axes, or all, those of `axes` of length 1.
    Returns the normalised inputs, the mean and one over the deviation, and where they are
    given, the new running mean and variance. As in Theano, no gradient goes through any but
    the first. Raises `ValueError` for arguments that do not go together, and an `epsilon`
    below 1e-5 in ``floatX``.
    """
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must be given together, or neither")
    running = [v for v in (running_mean, running_var) if v is not None]
    over, (x, scale, shift, *running), to_params = _aligned(
        axes, epsilon, inputs, gamma, beta, *running
    )
    mean = x.mean(over, keepdims=True)
    var = x.var(over, keepdims=True)
    invstd = 1.0 / pt.sqrt(var + _small(epsilon, x))
    out = (x - mean) * (scale * invstd) + shift
    results = [mean, invstd]
    if running:
        factor = pt.as_tensor(running_average_factor)
        n = pt.prod([x.shape[axis] for axis in over]).astype(x.dtype)
        new = [mean, n / (n - 1) * var]
        results += [
            (old * (1.0 - factor) + seen * factor).astype(x.dtype)
            for old, seen in zip(running, new, strict=True)
        ]
        # One Op of Theano's took all: a function of `out` found the averages' default updates.
        out = pt.switch(np.True_, out, (running[0] + running[1]).astype(out.dtype))
    return out, *(zero_grad(result.dimshuffle(to_params)) for result in results)


def batch_normalization_test(
    inputs: TensorVariable,
    gamma: TensorVariable,
    beta: TensorVariable,
    mean: TensorVariable,
    var: TensorVariable,
    axes: Axes = "per-activation",
    epsilon: float = 1e-4,
) -> TensorVariable:
    """Return inputs normalised by a mean and a variance; the rest is as in training."""
    _, aligned, _ = _aligned(axes, epsilon, inputs, gamma, beta, mean, var)
    x, scale, shift, mean, var = aligned
    return (x - mean) * (scale / pt.sqrt(var + _small(epsilon, x))) + shift


def _aligned(
    axes: Axes, epsilon: float, inputs: TensorVariable, *params: TensorVariable
) -> tuple[tuple[int, ...], list[TensorVariable], list[int]]:
    """Return the axes, all variables in one shape and dtype, and how to undo it."""
    inputs, params = pt.as_tensor(inputs), tuple(pt.as_tensor(p) for p in params)
    ndim = inputs.type.ndim
    over = _axes(axes, ndim)
    rest = [axis for axis in range(ndim) if axis not in over]
    if np.asarray(epsilon, pytensor.config.floatX) < 1e-5:
        raise ValueError(f"batch normalisation: epsilon must be 1e-5 or more, got {epsilon}")
    wanted = ndim if params[0].type.ndim == ndim else len(rest)
    if any(p.type.ndim != wanted for p in params):
        raise ValueError(
            f"batch normalisation: parameters must all have {len(rest)} dimensions, those that "
            f"are not normalised over, or all {ndim}; got {[p.type.ndim for p in params]}"
        )
    if wanted == ndim:
        to_params = list(range(ndim))
        params = tuple(pt.specify_broadcastable(p, *over) for p in params)
    else:
        to_params = rest
        order = [rest.index(axis) if axis in rest else "x" for axis in range(ndim)]
        params = tuple(p.dimshuffle(order) for p in params)
    dtype = pytensor.scalar.upcast(*(v.dtype for v in (inputs, *params)))
    return over, [v.astype(dtype) for v in (inputs, *params)], to_params


def _axes(axes: Axes, ndim: int) -> tuple[int, ...]:
    """Return the axes to normalise over, in order, or raise a `ValueError`."""
    named = {"per-activation": (0,), "spatial": (0, *range(2, ndim))}
    if isinstance(axes, str):
        found = named.get(axes, ())
    else:
        found = tuple(sorted(int(axis) for axis in axes))
    if not found or found[0] < 0 or found[-1] >= ndim:
        raise ValueError(
            "batch normalisation: axes must be per-activation, spatial or numbers from 0 to "
            f"{ndim - 1}, got {axes!r}"
        )
    return found


def _small(epsilon: float, x: TensorVariable) -> TensorVariable:
    return pt.constant(epsilon, dtype=x.dtype)
