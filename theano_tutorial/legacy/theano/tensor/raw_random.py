"""Draws from a `RandomState` that is passed along: each returns the next state and the draws.

`size` is a tuple of lengths, numbers or variables, where -1 is the arguments' own length; or a
vector, with `ndim` where its length is not known; or None: the arguments' common shape.
"""

import functools
from collections.abc import Callable

import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.scalar.basic import upcast
from pytensor.tensor.basic import permute_row_elements
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.random_function import RandomFunction
from theano_tutorial.legacy.draws.random_state import RandomStateType
from theano_tutorial.legacy.draws.sizes import Pattern, Size, lengths_of

# What stands for a variable in a graph.
Value = TensorVariable | Array | float | list[float]
# The next state, and the draws.
Drawn = tuple[TensorVariable, TensorVariable]

random_state_type = RandomStateType()


def _draw(
    fn: str, state: Variable, lengths: object, *args: Value, dtype: str, pattern: Pattern
) -> Drawn:
    added = 1 if fn in ("permutation", "multinomial") else 0
    known = tuple(1 if one else None for one in pattern)
    op = RandomFunction(fn, TensorType(dtype, known), ndim_added=added)
    next_state, draws = op(state, lengths, *args)
    return next_state, draws


def _draw_floats(
    fn: str,
    state: Variable,
    size: Size,
    ndim: int | None,
    dtype: str | None,
    *values: Value,
) -> Drawn:
    args = [pt.as_tensor(value) for value in values]
    dtype = dtype or upcast(pytensor.config.floatX, *(arg.dtype for arg in args))
    lengths, pattern = lengths_of(size, ndim, *args)
    return _draw(fn, state, lengths, *args, dtype=dtype, pattern=pattern)


def uniform(
    random_state: Variable,
    size: Size = None,
    low: Value = 0.0,
    high: Value = 1.0,
    ndim: int | None = None,
    dtype: str | None = None,
) -> Drawn:
    """Draw floats from `low` to below `high`, of floatX or the arguments' wider dtype."""
    return _draw_floats("uniform", random_state, size, ndim, dtype, low, high)


def normal(
    random_state: Variable,
    size: Size = None,
    avg: Value = 0.0,
    std: Value = 1.0,
    ndim: int | None = None,
    dtype: str | None = None,
) -> Drawn:
    """Draw normal floats, of floatX or the arguments' wider dtype."""
    return _draw_floats("normal", random_state, size, ndim, dtype, avg, std)


def binomial(
    random_state: Variable,
    size: Size = None,
    n: Value = 1,
    p: Value = 0.5,
    ndim: int | None = None,
    dtype: str = "int64",
    prob: Value | None = None,
) -> Drawn:
    """Draw how many of `n` trials succeed, each with probability `p`, or `prob`, its old name."""
    n, p = pt.as_tensor(n), pt.as_tensor(p if prob is None else prob)
    lengths, pattern = lengths_of(size, ndim, n, p)
    unknown = (False,) * len(pattern)
    return _draw("binomial", random_state, lengths, n, p, dtype=dtype, pattern=unknown)


def random_integers(
    random_state: Variable,
    size: Size = None,
    low: Value = 0,
    high: Value = 1,
    ndim: int | None = None,
    dtype: str = "int64",
) -> Drawn:
    """Draw integers from `low` to `high`, both included."""
    low, high = pt.as_tensor(low), pt.as_tensor(high)
    lengths, pattern = lengths_of(size, ndim, low, high)
    return _draw(
        "random_integers", random_state, lengths, low, high, dtype=dtype, pattern=pattern
    )


def choice(
    random_state: Variable,
    size: Size = None,
    a: Value = 2,
    replace: bool | TensorVariable = True,
    p: Value | None = None,
    ndim: int | None = None,
    dtype: str = "int64",
) -> Drawn:
    """Choose from the vector `a`, or from integers below the number `a`."""
    lengths, pattern = lengths_of(size, ndim)
    again = pt.constant(int(replace), dtype="int8") if isinstance(replace, bool) else replace
    chances = pt.constant([], dtype="float64") if p is None else p
    return _draw(
        "choice", random_state, lengths, a, again, chances, dtype=dtype, pattern=pattern
    )


def poisson(
    random_state: Variable,
    size: Size = None,
    lam: Value = 1.0,
    ndim: int | None = None,
    dtype: str = "int64",
) -> Drawn:
    """Draw counts of mean `lam`; the size is not taken from its shape."""
    lengths, pattern = lengths_of(size, ndim)
    return _draw("poisson", random_state, lengths, lam, dtype=dtype, pattern=pattern)


def permutation(
    random_state: Variable,
    size: Size = None,
    n: Value = 1,
    ndim: int | None = None,
    dtype: str = "int64",
) -> Drawn:
    """Draw permutations of integers below `n`, along one dimension more than the size has."""
    if size is None or (isinstance(size, tuple) and size == ()):
        if ndim not in (None, 1):
            raise TypeError("one permutation has one dimension, not more")
        size, ndim = (), None
    lengths, pattern = lengths_of(size, ndim)
    return _draw(
        "permutation", random_state, lengths, n, dtype=dtype, pattern=(*pattern, False)
    )


def multinomial(
    random_state: Variable,
    size: Size = None,
    n: Value = 1,
    pvals: Value | None = None,
    ndim: int | None = None,
    dtype: str = "int64",
) -> Drawn:
    """Draw how often each outcome comes in `n` trials.

    The last dimension of `pvals` holds the outcomes' probabilities (default: a half each), and
    that of the draws their counts. The size is that of the dimensions before it.
    """
    n, chances = pt.as_tensor(n), pt.as_tensor([0.5, 0.5] if pvals is None else pvals)
    lengths, pattern = lengths_of(size, ndim, n, chances[..., 0])
    pattern = (*pattern, chances.type.broadcastable[-1])
    return _draw("multinomial", random_state, lengths, n, chances, dtype=dtype, pattern=pattern)


def _method(draw: Callable[..., Drawn]) -> Callable[..., TensorVariable]:
    """Return a function of this module as a method that brings the state itself."""

    @functools.wraps(draw)
    def method(self: "RandomStreamsBase", *args: object, **kwargs: object) -> TensorVariable:
        return self.gen(draw, *args, **kwargs)

    return method


class RandomStreamsBase:
    """The functions above as methods, without their first argument."""

    def gen(self, op: Callable[..., Drawn], *args: object, **kwargs: object) -> TensorVariable:
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
