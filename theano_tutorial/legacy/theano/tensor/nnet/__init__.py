"""`theano.tensor.nnet`: rectifiers, sigmoids, softmax, cross-entropies, and `bn`."""

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.math import sigmoid, softplus
from pytensor.tensor.special import LogSoftmax, Softmax  # noqa: F401  (Theano's too)
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial.legacy.mode import by_position

Number: TypeAlias = float | Tensor
Axes = str | Sequence[int]


def relu(x: Tensor, alpha: Number = 0) -> Tensor:
    """Return x if positive, else `alpha` times x; at 0 its slope is ``(1 + alpha) / 2``."""
    if not isinstance(alpha, Tensor) and alpha == 0:
        return 0.5 * (x + abs(x))
    alpha = pt.as_tensor(alpha)
    return 0.5 * (1 + alpha) * x + 0.5 * (1 - alpha) * abs(x)


def elu(x: Tensor, alpha: Number = 1) -> Tensor:
    """Return x where it is positive, and ``alpha * (exp(x) - 1)`` elsewhere."""
    negative = pt.minimum(x, 0)  # keeps the exponential finite in the gradient
    return pt.switch(x > 0, x, alpha * pt.expm1(negative))


def selu(x: Tensor) -> Tensor:
    """Return the scaled `elu` that keeps mean 0 and variance 1."""
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


def _as_float(x: object) -> Tensor:
    """Return a variable in the float dtype that Theano chose: float32 for short integers."""
    variable = pt.as_tensor(x)
    return variable.astype(pt.exp(variable).dtype)


def hard_sigmoid(x: object) -> Tensor:
    """Return ``0.2 * x + 0.5``, clipped to the range from 0 to 1."""
    z = _as_float(x)
    slope, shift = (pt.constant(number, dtype=z.dtype) for number in (0.2, 0.5))
    return pt.clip(z * slope + shift, 0, 1)


def ultra_fast_sigmoid(x: object) -> Tensor:
    """Return Theano's sigmoid without an exponential, which is off by at most 0.03."""
    half = _as_float(x) * 0.5
    size = abs(half)
    line = 0.935409070603099 + 0.0458812946797165 * (size - 1.7)
    curve = 1.5 * size / (1 + size)
    tanh = pt.switch(size < 1.7, curve, pt.switch(size < 3, line, 0.99505475368673))
    return (0.5 * (pt.switch(half >= 0, tanh, -tanh) + 1)).astype(half.dtype)


def softsign(x: object) -> Tensor:
    """Return ``x / (1 + |x|)``."""
    z = _as_float(x)
    return z / (1.0 + abs(z))


def _rows(value: object) -> Tensor:
    """Return a matrix of floats, or a vector as a row, or raise a `ValueError`."""
    c = pt.as_tensor(value)
    if c.type.ndim not in (1, 2) or not c.dtype.startswith("float"):
        raise ValueError(f"softmax needs a matrix or a vector of floats, got {c.type}")
    return c if c.type.ndim == 2 else c.dimshuffle("x", 0)


def softmax(c: object) -> Tensor:
    """Return the softmax of each row; that of a vector is a matrix of one row."""
    return pt.special.softmax(_rows(c), axis=-1)


def logsoftmax(c: object) -> Tensor:
    """Return the logarithm of `softmax`, accurate even where that rounds to 0."""
    return pt.special.log_softmax(_rows(c), axis=-1)


def binary_crossentropy(output: Tensor, target: Number) -> Tensor:
    """Return the cross-entropy of each entry; `output` lies between 0 and 1."""
    return -(target * pt.log(output) + (1.0 - target) * pt.log(1.0 - output))


def sigmoid_binary_crossentropy(output: Tensor, target: Number) -> Tensor:
    """Return the cross-entropy of the sigmoid of each entry, accurate for large entries too."""
    inputs = [pt.as_tensor(output), pt.as_tensor(target)]
    x, t = (v.type() for v in inputs)
    entropy = softplus(-abs(x)) + x * ((x > 0) - t)
    return pytensor.OpFromGraph([x, t], [entropy], inline=True, pullback=_slopes)(*inputs)


def _slopes(inputs: list[Tensor], outputs: object, given: list[Tensor]) -> list[Tensor]:
    x, t = inputs  # defined at 0 too, where |x| has no slope
    return [given[0] * (sigmoid(x) - t), -given[0] * x]


def categorical_crossentropy(coding_dist: Tensor, true_dist: Tensor) -> Tensor:
    """Return the cross-entropy of each row, given its true probabilities or its true class."""
    coding_dist, true_dist = pt.as_tensor(coding_dist), pt.as_tensor(true_dist)
    if true_dist.type.ndim == coding_dist.type.ndim:
        return -pt.sum(true_dist * pt.log(coding_dist), axis=-1)
    if true_dist.type.ndim == coding_dist.type.ndim - 1:
        return crossentropy_categorical_1hot(coding_dist, true_dist)
    types = f"{coding_dist.type} and {true_dist.type}"
    raise TypeError(f"categorical_crossentropy: {types} do not go together")


def crossentropy_categorical_1hot(coding_dist: Tensor, true_one_of_n: Tensor) -> Tensor:
    """Return minus the logarithm of the probability that each row gives the right class."""
    coding_dist, labels = pt.as_tensor(coding_dist), pt.as_tensor(true_one_of_n)
    if coding_dist.type.ndim != 2:
        raise TypeError(f"probabilities must be a matrix, got {coding_dist.type}")
    if labels.type.ndim != 1 or labels.dtype not in map(str, pytensor.scalar.integer_types):
        raise TypeError(f"classes must be a vector of integers, got {labels.type}")
    if coding_dist.owner is not None and isinstance(coding_dist.owner.op, Softmax):
        return -_picked(pt.log(coding_dist), labels)  # becomes a log-softmax
    return -pt.log(_picked(coding_dist, labels))


def _picked(rows: Tensor, labels: Tensor) -> Tensor:
    return rows[pt.arange(rows.shape[0]), labels]


def crossentropy_softmax_argmax_1hot_with_bias(
    x: Tensor, b: Number, y_idx: Tensor, **kwargs: object
) -> list[Tensor]:
    """Return the cross-entropy, softmax and most likely class of each row of ``x + b``."""
    z, labels = pt.as_tensor(x) + b, pt.as_tensor(y_idx)
    largest = pt.argmax(z, axis=1).astype(labels.dtype)
    return [-_picked(logsoftmax(z), labels), softmax(z), largest]


def _found(x: Tensor, y_idx: Tensor, b: Number = 0, n: int = 4, **_: object) -> list[Tensor]:
    """Return the first n of cross-entropies, softmax, its maxima, and where they are."""
    entropy, p, _argmax = crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)
    return [entropy, p, *pt.max_and_argmax(p, axis=-1)][:n]


softmax_with_bias = by_position(lambda x, b: softmax(pt.as_tensor(x) + b), "x b")
crossentropy_softmax_1hot = by_position(partial(_found, n=2), "x y_idx", True)
crossentropy_softmax_1hot_with_bias = by_position(partial(_found, n=2), "x b y_idx", True)
crossentropy_softmax_max_and_argmax_1hot = by_position(_found, "x y_idx", True)
crossentropy_softmax_max_and_argmax_1hot_with_bias = by_position(_found, "x b y_idx", True)


def confusion_matrix(actual: Tensor, pred: Tensor) -> list[Tensor]:
    """Return how often each class was taken for each, and the classes, in order."""
    order = pt.unique(pt.concatenate([actual, pred]))
    is_actual, is_pred = (pt.eq(v[:, None], order).astype("int64") for v in (actual, pred))
    return [pt.dot(is_actual.T, is_pred), order]


def _h_softmax(x: Tensor, n: int, size: int, target: Any = None, **w: Any) -> Tensor:
    """Return probabilities of groups of classes times those within: of all, or of targets."""
    p = softmax(pt.dot(x, w["W1"]) + w["b1"])
    if target is None:
        inner = pt.special.softmax(pt.tensordot(x, w["W2"], [1, 1]) + w["b2"], axis=-1)
        return (p[:, :, None] * inner).reshape((x.shape[0], -1))[:, :n]
    group, member = target.flatten() // size, target.flatten() % size
    inner = softmax((x[:, :, None] * w["W2"][group]).sum(axis=1) + w["b2"][group])
    return _picked(p, group) * _picked(inner, member)


_SIZES = "x batch_size n_outputs=n n_classes n_outputs_per_class=size"
h_softmax = by_position(_h_softmax, f"{_SIZES} W1 b1 W2 b2 target")


def batch_normalization(
    inputs: Tensor,
    gamma: Tensor,
    beta: Tensor,
    mean: Tensor,
    std: Tensor,
    mode: str = "low_mem",
) -> Tensor:
    """Return ``(inputs - mean) / std * gamma + beta``."""
    if mode not in ("low_mem", "high_mem"):
        raise ValueError(f"batch_normalization: mode must be low_mem or high_mem, got {mode!r}")
    centred = inputs - mean
    return (centred / std * gamma if mode == "low_mem" else centred * (gamma / std)) + beta


def batch_normalization_train(
    inputs: Tensor,
    gamma: Tensor,
    beta: Tensor,
    axes: Axes = "per-activation",
    epsilon: float = 1e-4,
    running_average_factor: float | Tensor = 0.1,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
) -> tuple[Tensor, ...]:
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
    return out, *(pytensor.gradient.zero_grad(v.dimshuffle(to_params)) for v in results)


def batch_normalization_test(
    inputs: Tensor,
    gamma: Tensor,
    beta: Tensor,
    mean: Tensor,
    var: Tensor,
    axes: Axes = "per-activation",
    epsilon: float = 1e-4,
) -> Tensor:
    """Return inputs normalised by a given mean and variance; all else is as in training."""
    _, _, (x, scale, shift, mean, var) = _aligned(axes, inputs, gamma, beta, mean, var)
    return (x - mean) * (scale / pt.sqrt(var + pt.constant(epsilon, dtype=x.dtype))) + shift


def _aligned(axes: Axes, *variables: Tensor) -> tuple[tuple[int, ...], list[int], list[Tensor]]:
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
    dtype = pytensor.scalar.upcast(*(v.dtype for v in (x, *params)))
    return over, rest, [v.astype(dtype) for v in (x, *params)]
