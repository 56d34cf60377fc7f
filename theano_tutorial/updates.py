"""Update rules: how a training step changes parameters, as pairs for ``pytensor.function``.

Every rule takes symbolic scalars, shared variables and plain numbers alike for its rates, and
gives each parameter an expression of the parameter's own dtype. `RULES` lists the rules that
descend a cost; a function decorated with `_rule` joins them.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._text import shortened
from theano_tutorial._types import Array
from theano_tutorial.errors import UsageError

Updates: TypeAlias = list[tuple[TensorSharedVariable, TensorVariable]]
Scalar: TypeAlias = float | TensorVariable
Rule: TypeAlias = Callable[..., Updates]

# The rules that make a cost small, by name: each is called with the cost, the parameters, and
# its own rates by their names. (`gradient_ascent` climbs, so it is not one of them.)
RULES: dict[str, Rule] = {}

_R = TypeVar("_R", bound=Rule)


def _rule(function: _R) -> _R:
    """Add a rule to `RULES`."""
    RULES[function.__name__] = function
    return function


def gradient_ascent(
    objective: TensorVariable, params: Sequence[TensorSharedVariable], learning_rate: Scalar
) -> Updates:
    r"""Step every parameter up the gradient of an objective.

    .. math:: \theta \leftarrow \theta + \lambda \frac{\partial f}{\partial \theta}

    The objective is a symbolic scalar to be made large, such as a mean log-likelihood; `params`
    are shared variables of floats, at least one. The step :math:`\lambda` is a number of at
    least 0, or a symbolic or shared scalar, whose value can then change between calls (and
    whose sign is not checked). All expressions use the old values: the updates take place
    together.

    No parameters, or a learning rate that is negative or beyond what a parameter's dtype can
    hold, raise `UsageError`; arguments of other types, `TypeError`.

    The learning rate and the gradient are cast to each parameter's dtype. Otherwise the update
    of a ``float32`` parameter would be ``float64`` wherever the data or the rate are, and
    ``pytensor.function`` refuses such an update.

    Source: document 1, section "Gradient ascent".
    """
    steps = _steps(objective, params, learning_rate, "objective")
    return [(param, param + rate * gradient) for param, gradient, rate in steps]


@_rule
def sgd(
    cost: TensorVariable, params: Sequence[TensorSharedVariable], learning_rate: Scalar
) -> Updates:
    r"""Step every parameter down the gradient of a cost.

    .. math:: \theta \leftarrow \theta - \lambda \frac{\partial \ell}{\partial \theta}

    It is *stochastic* gradient descent when the cost, a symbolic scalar to be made small, is
    that of a minibatch. All else, also the errors, is as for `gradient_ascent`.

    Source: document 3, section "Learning the Model".
    """
    steps = _steps(cost, params, learning_rate)
    return [(param, param - rate * gradient) for param, gradient, rate in steps]


@_rule
def momentum(
    cost: TensorVariable,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar,
    momentum: Scalar,
) -> Updates:
    r"""Step down the gradient of a cost with classical momentum.

    .. math:: v \leftarrow \mu v - \lambda \frac{\partial \ell}{\partial \theta}, \qquad
              \theta \leftarrow \theta + v

    Arguments and errors are as for `sgd`; the momentum is checked as the learning rate is.

    The momentum is the fraction :math:`\mu` of the last step that is taken again, from 0 (which
    is `sgd`) to below 1; a number, or a symbolic or shared scalar. Each parameter has two
    pairs: for a velocity :math:`v`, a new shared variable of zeros, and for the parameter
    itself, which moves by the *new* velocity.

    Source: document 4, section "Projects"; B. Polyak, "Some methods of speeding up the
    convergence of iteration methods" (1964).
    """
    pairs: Updates = []
    for param, gradient, rate in _steps(cost, params, learning_rate):
        zeros = np.zeros_like(param.get_value(borrow=True))
        velocity = pytensor.shared(zeros, name=f"v_{param.name}", shape=param.type.shape)
        fraction = _as(param.dtype, momentum, "momentum", below=1)
        v = fraction * velocity - rate * gradient
        pairs += [(velocity, v), (param, param + v)]
    return pairs


def _steps(
    cost: TensorVariable,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar,
    name: str = "cost",
) -> list[tuple[TensorSharedVariable, TensorVariable, Array | TensorVariable]]:
    """Return each parameter with its gradient and the learning rate, both in its dtype."""
    params = _checked(params)
    if not isinstance(cost, TensorVariable) or cost.ndim != 0:
        got = f"ndim {cost.ndim}" if isinstance(cost, TensorVariable) else shortened(repr(cost))
        raise TypeError(f"the {name} must be a symbolic scalar, such as a mean; got {got}")
    rates = [_as(param.dtype, learning_rate, "learning rate") for param in params]
    gradients = pytensor.grad(cost, params)
    return [
        (param, pt.cast(gradient, param.dtype), rate)
        for param, gradient, rate in zip(params, gradients, rates, strict=True)
    ]


def _checked(params: Sequence[TensorSharedVariable]) -> list[TensorSharedVariable]:
    """Return parameters as a list, or say which of them cannot be trained, and why."""
    if isinstance(params, Variable):
        raise TypeError(
            f"params must be a list of shared variables: give [{params}], not {params} alone"
        )
    params = list(params)
    if not params:
        raise UsageError("params is empty: give the shared variables to train, such as [W, b]")
    others = [param for param in params if not isinstance(param, TensorSharedVariable)]
    if others:
        raise TypeError(
            f"params must be shared variables, as pytensor.shared makes them; "
            f"these are not: {shortened(', '.join(map(str, others)))}"
        )
    for param in params:
        if not param.dtype.startswith("float"):
            raise TypeError(f"params must hold floats; {param} holds {param.dtype}")
    return params


def _as(
    dtype: str, value: Scalar, what: str, below: float | None = None
) -> Array | TensorVariable:
    """Return a rate in a dtype; refuse a number that is out of range, there or as given.

    A number must be at least 0 and below `below`, and the dtype must not make it 0 or infinite.
    The value of a symbol is not known here.
    """
    symbol = value if isinstance(value, TensorVariable) else None
    given = np.asarray(value) if symbol is None else symbol
    if given.ndim or np.dtype(given.dtype).kind not in "fiu":
        raise TypeError(
            f"{what} must be a number or a symbolic or shared scalar; got "
            f"{shortened(value)} of {given.dtype} with ndim {given.ndim}"
        )
    if symbol is not None:
        return pt.cast(symbol, dtype)
    with np.errstate(over="ignore", under="ignore"):
        cast = np.asarray(value, dtype)
    if not cast >= 0 or (below is not None and cast >= below):
        accepted = "at least 0" if below is None else f"from 0 to below {below:g}"
        raise UsageError(f"{what} must be {accepted}; got {value:g}")
    if not np.isfinite(cast) or (cast == 0) != (value == 0):
        raise UsageError(
            f"{what} {value:g} is beyond what {dtype} can hold; as {dtype} it is {cast:g}"
        )
    return cast
