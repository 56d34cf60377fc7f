"""What the rules share: gradients, rates and state, each in its parameter's dtype."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import listed
from theano_tutorial._text import shortened
from theano_tutorial._types import Array
from theano_tutorial.errors import UsageError

Updates: TypeAlias = list[tuple[TensorSharedVariable, TensorVariable]]
Scalar: TypeAlias = float | TensorVariable
# A cost, or its gradients with respect to the parameters, in their order.
Cost: TypeAlias = TensorVariable | Sequence[TensorVariable]
Rule: TypeAlias = Callable[..., Updates]
# A rate in the dtype of a parameter.
Rate: TypeAlias = Array | TensorVariable


def gradient_steps(
    cost: Cost,
    params: Sequence[TensorSharedVariable],
    learning_rate: Scalar,
    name: str = "cost",
) -> list[tuple[TensorSharedVariable, TensorVariable, Rate]]:
    """Return each parameter with its gradient and the learning rate, both in its dtype."""
    params = checked(params)
    rates = [as_dtype(param.dtype, learning_rate, "learning rate") for param in params]
    return [
        (param, pt.cast(gradient, param.dtype), rate)
        for param, gradient, rate in zip(
            params, _gradients(cost, params, name), rates, strict=True
        )
    ]


def _gradients(
    cost: Cost, params: list[TensorSharedVariable], name: str
) -> Sequence[TensorVariable]:
    """Return the gradients of a cost, or those that were given instead of it."""
    if isinstance(cost, list | tuple):
        if [getattr(g, "ndim", None) for g in cost] != [param.ndim for param in params]:
            raise TypeError(
                f"gradients must be those of {shortened(', '.join(map(str, params)))}, in this "
                f"order; got {shortened(', '.join(map(str, cost))) or 'none'}"
            )
        return cost
    check_scalar(cost, name)
    gradients = pytensor.grad(
        cost, params, disconnected_inputs="ignore", return_disconnected="none"
    )
    missing = [
        str(p) for p, gradient in zip(params, gradients, strict=True) if gradient is None
    ]
    if missing:
        raise UsageError(
            f"the {name} has no gradient with respect to {shortened(', '.join(missing))}: it "
            "does not depend on that, or only by a function like argmax"
        )
    return list(gradients)


def check_scalar(cost: object, name: str) -> None:
    """Raise `TypeError` for a cost or objective that is no symbolic scalar."""
    if not isinstance(cost, TensorVariable) or cost.ndim != 0:
        got = f"ndim {cost.ndim}" if isinstance(cost, TensorVariable) else shortened(repr(cost))
        raise TypeError(f"the {name} must be a symbolic scalar, such as a mean; got {got}")


def checked(params: Iterable[TensorSharedVariable]) -> list[TensorSharedVariable]:
    """Return parameters as a list; raise an error for any that cannot be trained."""
    if isinstance(params, TensorVariable) and params.owner:
        raise TypeError(
            f"params must be a list of shared variables; got the expression {params}: "
            "is the cost the first argument?"
        )
    params = listed(params, "params", "shared variables")
    if not params:
        raise UsageError("params is empty: give the shared variables to train, such as [W, b]")
    others = [param for param in params if not isinstance(param, TensorSharedVariable)]
    if others:
        raise TypeError(
            f"params must be shared variables, as pytensor.shared makes them; "
            f"these are not: {shortened(', '.join(map(str, others)))}"
        )
    for param in params:
        if params.count(param) > 1:
            raise UsageError(f"params has {param} twice: name each once")
        if not param.dtype.startswith("float"):
            raise TypeError(f"params must hold floats; {param} holds {param.dtype}")
    return params


def as_dtype(dtype: str, value: Scalar, what: str, below: float | None = None) -> Rate:
    """Return a rate in a dtype; refuse a number that is out of range, as given or once cast.

    A number must be at least 0 and below `below`, and the cast must not make it 0 or infinite.
    A symbolic rate is not checked, as its value is not known yet.
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


def fraction_and_rest(dtype: str, value: Scalar, what: str) -> tuple[Rate, Rate]:
    """Return a fraction from 0 to below 1, and 1 minus it, both in a dtype.

    The subtraction comes before the cast: in float32, 1 - 0.999 would lose four of its digits.
    """
    return as_dtype(dtype, value, what, below=1), as_dtype(dtype, 1 - value, f"1 - {what}")


def zeros_like(param: TensorSharedVariable, name: str) -> TensorSharedVariable:
    """Return new state of a parameter ``W``: a shared variable ``name_W`` of zeros.

    It has the parameter's static shape, too, so that the new value of a row that broadcasts
    has the type of the row.
    """
    zeros = np.zeros_like(param.get_value(borrow=True))
    return pytensor.shared(zeros, name=f"{name}_{param.name}", shape=param.type.shape)


def running_mean(
    param: TensorSharedVariable, name: str, value: TensorVariable, decay: Scalar, what: str
) -> tuple[TensorSharedVariable, TensorVariable]:
    """Return new state, a running mean of values shaped like a parameter, and its new value."""
    mean = zeros_like(param, name)
    old, new = fraction_and_rest(param.dtype, decay, what)
    return mean, old * mean + new * value


def step_counter(dtype: str) -> TensorSharedVariable:
    """Return new state ``t``, a scalar: the number of steps taken."""
    return pytensor.shared(np.zeros((), dtype), name="t")


def bias_of_zeros(decay: Scalar, t: TensorVariable, what: str) -> TensorVariable:
    """Return ``1 - decay**t``: the part of a running mean that its initial zero does not hold.

    It is in float64, in which 1 - 0.999 keeps its digits. (A float32 `t` stops at 16,777,216,
    when this has long been 1.)
    """
    return 1 - pt.pow(as_dtype("float64", decay, what, below=1), t)
