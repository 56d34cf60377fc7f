"""Draws from a `RandomState` that is passed along: each returns the next state and the draws.

`RandomStreams` (Theano's `shared_randomstreams`) passes states along by itself.
Arguments are the state, `size`, those listed below, `ndim` and `dtype`. `size` is a tuple of
lengths; a vector, with `ndim` if its length is unknown; or None: the arguments' common shape.
"""

from collections.abc import Callable
from functools import partialmethod, reduce
from operator import add
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from numpy.random import RandomState
from pytensor.graph.basic import Variable
from pytensor.scalar.basic import upcast
from pytensor.tensor.basic import get_vector_length, permute_row_elements
from pytensor.tensor.type import TensorType, integer_dtypes
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws import random_state
from theano_tutorial.legacy.draws.random_state import RandomFunction
from theano_tutorial.legacy.mode import by_position

# The next state and the draws.
Drawn = tuple[Tensor, Tensor]
Pattern = tuple[bool, ...]


def _draws(name: str, dtype: str | None = None, **defaults: object) -> Callable[..., Drawn]:
    """Return a function that draws from a distribution with these arguments, in this order."""

    def draw(
        state: Tensor, size: Any = None, ndim: Any = None, dtype: Any = dtype, **told: Any
    ) -> Drawn:
        values = {**defaults, **told}.values()
        given = [pt.as_tensor(int(v) if isinstance(v, bool) else v) for v in values]
        return _draw(name, state, size, given, ndim, dtype)

    return by_position(draw, " ".join(["random_state=state size", *defaults, "ndim dtype"]))


def _draw(
    name: str, state: Tensor, size: Any, args: list[Tensor], ndim: int | None, dtype: str
) -> Drawn:
    added: Pattern = ()
    # The arguments of these do not determine the size.
    by_size = [] if name in ("choice", "poisson", "permutation") else args
    if name == "permutation":
        size, added = () if size is None else size, (False,)
    if name == "multinomial":  # the probabilities' last dimension is each draw's own
        by_size, added = [args[0], args[1][..., 0]], args[1].type.broadcastable[-1:]
    lengths, ones = _lengths(size, ndim, by_size)
    if lengths.ndim != 1 or lengths.dtype not in integer_dtypes:
        raise TypeError(f"size must be a vector or sequence of integers, got {size!r}")
    if name == "binomial":  # in Theano, none is known to be 1
        ones = (False,) * len(ones)
    shape = tuple(1 if one else None for one in (*ones, *added))
    dtype = dtype or upcast(pytensor.config.floatX, *(arg.dtype for arg in args))
    drawn: Drawn = RandomFunction(name, TensorType(dtype, shape))(state, lengths, *args)
    return drawn


def _lengths(size: object, ndim: int | None, args: list[Tensor]) -> tuple[Tensor, Pattern]:
    """Return a vector of lengths, and for each whether it is known to be 1."""
    if size is None:
        if not args:
            raise TypeError("these draws need a size")
        template = reduce(add, args)
        return template.shape, template.type.broadcastable
    if isinstance(size, tuple | list):
        ones = tuple(not isinstance(n, Variable) and n == 1 for n in size)
        return pt.as_tensor(size or np.zeros(0, int)), ones
    lengths = pt.as_tensor(size)
    n = get_vector_length(lengths) if ndim is None and lengths.ndim else ndim
    return lengths, (False,) * (n or 0)


uniform = _draws("uniform", low=0.0, high=1.0)
normal = _draws("normal", avg=0.0, std=1.0)
binomial = _draws("binomial", "int64", n=1, p=0.5)
random_integers = _draws("random_integers", "int64", low=0, high=1)  # both included
choice = _draws("choice", "int64", a=2, replace=True, p=())  # from a vector, or below a number
poisson = _draws("poisson", "int64", lam=1.0)
permutation = _draws("permutation", "int64", n=1)  # of 0 to n - 1, in one more dimension
multinomial = _draws("multinomial", "int64", n=1, pvals=[0.5, 0.5])  # counts in n trials


class RandomStreams:
    """Draws by the functions above, whose states compiled functions advance."""

    def __init__(self, seed: int | Array | None = None) -> None:
        self.default_instance_seed = seed
        self.gen_seedgen = RandomState(seed)
        self.state_updates: list[tuple[random_state.RandomStateSharedVariable, Tensor]] = []

    def updates(self) -> list[tuple[random_state.RandomStateSharedVariable, Tensor]]:
        """Return each state with the next one, in order of creation."""
        return list(self.state_updates)

    def seed(self, seed: int | Array | None = None) -> None:
        """Reseed every state, in order of creation; None stands for the first seed."""
        seeds = RandomState(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(RandomState(int(seeds.randint(2**30))))

    def gen(self, op: Callable[..., Drawn], *args: object, **kwargs: object) -> Tensor:
        """Return the draws of one of the functions above, from a state of their own."""
        state = random_state.share(RandomState(int(self.gen_seedgen.randint(2**30))))
        next_state, draws = op(state, *args, **kwargs)
        draws.rng, draws.update = state, (state, next_state)
        state._default_update = next_state
        self.state_updates.append(draws.update)
        return draws

    def shuffle_row_elements(self, input: Tensor) -> Tensor:
        """Shuffle along the last dimension; the result's `permutation` holds the order."""
        shape, ndim = input.shape, input.ndim - 1
        order = self.gen(permutation, shape[:-1], shape[-1], ndim)
        shuffled = permute_row_elements(input, order)
        shuffled.permutation = order
        return shuffled


for _name, _function in {**globals()}.items():
    if getattr(_function, "__name__", "") == "draw":
        setattr(RandomStreams, _name, partialmethod(RandomStreams.gen, _function))
