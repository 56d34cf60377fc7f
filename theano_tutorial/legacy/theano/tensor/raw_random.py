"""Draws from a `RandomState` that is passed along: each returns the next state and the draws.

Arguments are the state, `size`, those below, `ndim` and `dtype`. `size` is a tuple of lengths,
numbers or variables, where -1 is the arguments' own length; or a vector, with `ndim` where its
length is not known; or None: the arguments' common shape. Without a `dtype`, floats are of
floatX or the arguments' wider dtype, and counts of int64.
"""

from collections.abc import Callable
from typing import Any

import pytensor
import pytensor.tensor as pt
from pytensor.scalar.basic import upcast
from pytensor.tensor.basic import permute_row_elements
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy.draws.random_function import RandomFunction
from theano_tutorial.legacy.draws.random_state import RandomStateType
from theano_tutorial.legacy.draws.sizes import lengths_of

# A function of this module; it returns the next state and the draws.
Draw = Callable[..., tuple[TensorVariable, TensorVariable]]

random_state_type = RandomStateType()

_SIZE_NEEDED = ("choice", "poisson", "permutation")


def _draws(name: str, dtype: str | None = None, **defaults: object) -> Draw:
    """Return the function that draws by a distribution with these arguments, in their order."""
    names = ("random_state", "size", *defaults, "ndim", "dtype")
    ends = {"size": None, "ndim": None, "dtype": dtype}

    def draw(*args: Any, **kwargs: Any) -> tuple[TensorVariable, TensorVariable]:
        given: dict[str, Any] = defaults | ends | dict(zip(names, args, strict=False)) | kwargs
        if len(args) > len(names) or given.keys() != set(names):
            raise TypeError(f"{name}() takes {', '.join(names)}")
        values = [_variable(given[key]) for key in defaults]
        state, size = given["random_state"], given["size"]
        return _draw(name, values, state, size, given["ndim"], given["dtype"])

    draw.__name__ = name
    return draw


def _variable(value: object) -> TensorVariable:
    if value is None:  # no probabilities: equal ones
        return pt.constant([], dtype="float64")
    return pt.as_tensor(int(value) if isinstance(value, bool) else value)


def _draw(
    name: str,
    args: list[TensorVariable],
    state: TensorVariable,
    size: Any,
    ndim: int | None,
    dtype: str | None,
) -> tuple[TensorVariable, TensorVariable]:
    if name == "permutation" and (size is None or (isinstance(size, tuple) and not size)):
        if ndim not in (None, 1):
            raise TypeError("one permutation has one dimension, not more")
        size, ndim = (), None
    added: tuple[bool, ...] = (False,) if name == "permutation" else ()
    by_size = [] if name in _SIZE_NEEDED else args
    if name == "multinomial":  # the last dimension of its probabilities is each draw's own
        added = args[1].type.broadcastable[-1:]
        by_size = [args[0], args[1][..., 0]]
    lengths, ones = lengths_of(size, ndim, *by_size)
    if name == "binomial":  # Theano never said that a length is 1 there
        ones = (False,) * len(ones)
    shape = tuple(1 if one else None for one in (*ones, *added))
    dtype = dtype or upcast(pytensor.config.floatX, *(arg.dtype for arg in args))
    op = RandomFunction(name, TensorType(dtype, shape), ndim_added=len(added))
    next_state, draws = op(state, lengths, *args)
    return next_state, draws


uniform = _draws("uniform", low=0.0, high=1.0)
normal = _draws("normal", avg=0.0, std=1.0)
binomial = _draws("binomial", "int64", n=1, p=0.5)
random_integers = _draws("random_integers", "int64", low=0, high=1)  # both included
choice = _draws("choice", "int64", a=2, replace=True, p=None)  # of a vector, or below a number
poisson = _draws("poisson", "int64", lam=1.0)
permutation = _draws("permutation", "int64", n=1)  # of integers below it, as one more dimension
multinomial = _draws("multinomial", "int64", n=1, pvals=[0.5, 0.5])  # counts in n trials


def _method(draw: Draw) -> Callable[..., TensorVariable]:
    def method(self: "RandomStreamsBase", *args: object, **kwargs: object) -> TensorVariable:
        return self.gen(draw, *args, **kwargs)

    return method


class RandomStreamsBase:
    """The functions above as methods, without their first argument."""

    def gen(self, op: Draw, *args: object, **kwargs: object) -> TensorVariable:
        """Return the draws of a function such as those above, from a state of their own."""
        raise NotImplementedError

    uniform = _method(uniform)
    normal = _method(normal)
    binomial = _method(binomial)
    random_integers = _method(random_integers)
    choice = _method(choice)
    poisson = _method(poisson)
    permutation = _method(permutation)
    multinomial = _method(multinomial)

    def shuffle_row_elements(self, input: TensorVariable) -> TensorVariable:
        """Shuffle each row, along the last dimension; `permutation` of it is the order."""
        order = self.permutation(size=input.shape[:-1], n=input.shape[-1], ndim=input.ndim - 1)
        shuffled = permute_row_elements(input, order)
        shuffled.permutation = order
        return shuffled
