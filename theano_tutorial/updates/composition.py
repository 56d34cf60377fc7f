"""What can be added to any rule: momentum for its updates, a bound on its gradients' norm."""

from collections.abc import Iterable, Mapping, Sequence

import pytensor.tensor as pt
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import entries, listed, tensor
from theano_tutorial._text import shortened
from theano_tutorial.errors import UsageError
from theano_tutorial.updates.steps import Scalar, Updates, as_dtype, checked, zeros_like

Pairs = Mapping[TensorSharedVariable, TensorVariable] | Updates


def apply_momentum(
    updates: Pairs,
    params: Iterable[TensorSharedVariable] | None = None,
    momentum: Scalar = 0.9,
) -> Updates:
    r"""Add classical momentum to the steps of another rule.

    .. math:: v \leftarrow \mu v + (u - \theta), \qquad \theta \leftarrow \theta + v

    Here :math:`u` is the new value that `updates` has for a parameter. State: ``velocity_W``,
    the velocity :math:`v` of a parameter ``W``, initially zero. Momentum is added for `params`;
    None means every variable that `updates` changes, so name the parameters if the rule has
    state of its own. `momentum` is from 0 to below 1. On `sgd`, it gives the rule `momentum`.

    A parameter without an update raises `UsageError`, one that holds no floats `TypeError`.

    Source: as for `momentum`; Lasagne's function of the same name.
    """
    return _with_velocities(updates, params, momentum, is_nesterov=False)


def apply_nesterov_momentum(
    updates: Pairs,
    params: Iterable[TensorSharedVariable] | None = None,
    momentum: Scalar = 0.9,
) -> Updates:
    r"""Add Nesterov's momentum to the steps of another rule.

    .. math:: v \leftarrow \mu v + (u - \theta), \qquad
              \theta \leftarrow \theta + \mu v + (u - \theta)

    The parameter moves by its step plus :math:`\mu` times the *new* velocity. Arguments, state
    and errors are as for `apply_momentum`. On `sgd`, it gives the rule `nesterov_momentum`.

    Source: as for `nesterov_momentum`; Lasagne's function of the same name.
    """
    return _with_velocities(updates, params, momentum, is_nesterov=True)


def _with_velocities(
    updates: Pairs,
    params: Iterable[TensorSharedVariable] | None,
    momentum: Scalar,
    *,
    is_nesterov: bool,
) -> Updates:
    new = _by_variable(updates)
    for param in checked(list(new) if params is None else params):
        if param not in new:
            raise UsageError(f"there is no update of {param}, which momentum could be added to")
        velocity = zeros_like(param, "velocity")
        fraction = as_dtype(param.dtype, momentum, "momentum", below=1)
        step = new[param] - param
        v = new[velocity] = fraction * velocity + step
        new[param] = param + (fraction * v + step if is_nesterov else v)
    return list(new.items())


def _by_variable(updates: Pairs) -> dict[TensorSharedVariable, TensorVariable]:
    """Return new values by what they are of; `TypeError` for what no rule returns."""
    given = updates.items() if isinstance(updates, Mapping) else updates
    pairs = listed(given, "updates", "pairs")
    news = [pair[1] for pair in (entries(pair, 2) for pair in pairs) if pair]
    if len(news) < len(pairs) or not all(isinstance(new, TensorVariable) for new in news):
        got = shortened(repr(updates))
        raise TypeError(f"updates must be pairs, as a rule returns them; got {got}")
    return dict(pairs)


def total_norm_constraint(
    tensor_vars: Sequence[TensorVariable],
    max_norm: Scalar,
    epsilon: Scalar = 1e-7,
    return_norm: bool = False,
) -> list[TensorVariable] | tuple[list[TensorVariable], TensorVariable]:
    r"""Scale tensors, such as gradients, so that their joint norm is at most `max_norm`.

    .. math:: g \leftarrow g \, \frac{\min(n, n_{\max})}{n + \epsilon}, \qquad
              n = \sqrt{\sum_g \sum_i g_i^2}

    The norm is that of all tensors joined into one vector, whose direction is kept; each
    tensor keeps its dtype. With `return_norm`, the norm before scaling, a symbolic scalar, is
    returned too. An empty list, or a negative `max_norm` or `epsilon`, raises `UsageError`.

    >>> import numpy as np
    >>> import pytensor
    >>> from theano_tutorial import backends, updates
    >>> W = pytensor.shared(np.array([3.0, -4.0]), name="W")
    >>> gradients = pytensor.grad((W**2).sum(), [W])  # of norm 10
    >>> gradients = updates.total_norm_constraint(gradients, max_norm=1)
    >>> changes = updates.sgd(gradients, [W], learning_rate=1)
    >>> _ = pytensor.function([], [], updates=changes, mode=backends.mode("numpy"))()
    >>> W.get_value().round(6)
    array([ 2.4, -3.2])

    Source: Sutskever, Vinyals, Le, "Sequence to sequence learning with neural networks"
    (2014); Lasagne's function of the same name.
    """
    several = listed(tensor_vars, "tensor_vars", "tensors")
    tensors = [tensor(some, "each of tensor_vars") for some in several]
    if not tensors:
        raise UsageError("there are no tensors whose norm could be constrained")
    norm = pt.sqrt(sum(pt.sqr(some).sum() for some in tensors))
    most = as_dtype(norm.dtype, max_norm, "max_norm")
    multiplier = pt.clip(norm, 0, most) / (as_dtype(norm.dtype, epsilon, "epsilon") + norm)
    scaled = [some * pt.cast(multiplier, some.dtype) for some in tensors]
    return (scaled, norm) if return_norm else scaled
