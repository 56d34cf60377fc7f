"""NumPy's `RandomState` in graphs: shared variables that hold one, and draws from it.

Graphs see a `RandomState` as words ``(628,)`` of uint32: the Mersenne Twister's 624, its
position among them, whether a normal number is kept for the next call, and that number.

This is also `theano.tensor.raw_random`, whose functions return the next state and the draws,
and `shared_randomstreams`, whose `RandomStreams` passes states along by itself. Arguments are
the state, `size`, those listed below, `ndim` and `dtype`. `size` is a tuple of lengths; a
vector, with `ndim` if its length is unknown; or None: the arguments' common shape.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partialmethod
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from numpy.random import RandomState
from pytensor.graph import Apply, Op, Variable
from pytensor.tensor.type import TensorType, integer_dtypes
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial._types import Array
from theano_tutorial.legacy.mode import by_position
from theano_tutorial.rewrites.index_ops import Storage

Size = tuple[int, ...] | None
Drawn = tuple[Tensor, Tensor]  # the next state and the draws
Pattern = tuple[bool, ...]
_random = RandomState(0)  # set before each draw, which is faster than making a new one


def pack(random: RandomState) -> Array:
    """Return a `RandomState` as words."""
    _, key, position, has_normal, normal = random.get_state()
    number = np.array([normal]).view(np.uint32)
    return np.concatenate([key, [position, has_normal], number]).astype(np.uint32)


def unpack(words: Array, random: RandomState) -> RandomState:
    """Return a `RandomState`, set to continue from words."""
    key, (position, has_normal) = words[:624], words[624:626].tolist()
    normal = float(words[626:].view(np.float64)[0])
    random.set_state(("MT19937", key, position, has_normal, normal))
    return random


class RandomStateSharedVariable(pt.sharedvar.TensorSharedVariable):
    """A shared variable whose value is a `RandomState`."""

    def get_value(self, borrow: bool = False, **how: object) -> RandomState:
        """Return a new `RandomState` that continues from here."""
        return unpack(self.container.value, RandomState())

    def set_value(self, new_value: RandomState, borrow: bool = False) -> None:
        self.container.value = pack(new_value)


def share(value: RandomState, name: str | None = None) -> RandomStateSharedVariable:
    """Return a shared variable that starts with a copy of a `RandomState`."""
    words = TensorType("uint32", (None,))
    return RandomStateSharedVariable(words, pack(value), strict=False, name=name)


class DrawOp(Op):
    """An operation that draws numbers, or computes draws from numbers already drawn."""

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        """Return the outputs, and leave the inputs unchanged."""
        raise NotImplementedError

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        for cell, output in zip(output_storage, self.run(*inputs), strict=True):
            cell[0] = output

    def pullback(self, inputs: Sequence[Variable], *rest: object) -> list[Variable]:
        """Leave gradients undefined, as Theano does: asking for one is an error."""
        why = "no gradient is defined through random draws"
        return [pytensor.gradient.grad_undefined(self, i, v, why) for i, v in enumerate(inputs)]


@dataclass(unsafe_hash=True)
class RandomFunction(DrawOp):
    """Draws by the function below, or else the method of `RandomState`, that `fn` names."""

    fn: str
    outtype: TensorType

    def make_node(self, state: Tensor, size: object, *args: object) -> Apply:
        lengths = pt.cast(pt.as_tensor(size, ndim=1), "int64")
        inputs = [state, lengths, *map(pt.as_tensor, args)]
        return Apply(self, inputs, [state.type(), self.outtype()])

    def run(self, state: Array, lengths: Array, *args: Array) -> tuple[Array, Array]:  # type: ignore[override]
        fn = globals().get(f"_{self.fn}") or getattr(RandomState, self.fn)
        size = tuple(lengths.tolist()) if len(lengths) else None
        random = unpack(state, _random)
        drawn = np.asarray(fn(random, *args, size), self.outtype.dtype)
        return pack(random), drawn


def _random_integers(random: RandomState, low: Array, high: Array, size: Size) -> Array:
    """Draw integers from `low` to `high`, both included."""
    drawn = random.randint(low.astype(np.int64), high.astype(np.int64) + 1, size)
    return np.asarray(drawn, np.float64)  # as in Theano: exact only up to 2 ** 53


def _choice(random: RandomState, a: Array, replace: Array, p: Array, size: Size) -> Array:
    """Draw from a vector `a`, or below a number `a`; an empty `p` means equal chances."""
    population = a if a.ndim else int(a)
    return np.asarray(random.choice(population, size, bool(replace), p if p.size else None))


def _permutation(random: RandomState, n: Array, size: Size) -> Array:
    """Draw permutations of ``0, ..., n - 1`` in the last dimension."""
    shape = size or ()
    drawn = [random.permutation(int(n)) for _ in np.ndindex(shape)]
    return np.reshape(drawn, (*shape, int(n)))


def _multinomial(random: RandomState, n: Array, pvals: Array, size: Size) -> Array:
    """Draw the counts of outcomes in `n` trials; probabilities are along the last dimension."""
    shape = np.broadcast_shapes(n.shape, pvals.shape[:-1]) if size is None else size
    total = pvals.sum(axis=-1)
    # Shrunk as in Theano, so that rounding leaves no sum above 1.
    smaller = ((total > 1) & (total < 1 + 1e-5)) | (pvals[..., -1] < 5e-5)
    pvals = np.where(smaller[..., None], pvals * (1 - 5e-5), pvals).astype(np.float64)
    rows = np.broadcast_to(pvals, (*shape, pvals.shape[-1]))
    trials = np.broadcast_to(n, shape)
    drawn = [random.multinomial(int(trials[i]), rows[i]) for i in np.ndindex(shape)]
    return np.reshape(drawn, rows.shape)


def _draws(name: str, dtype: str | None = None, **defaults: object) -> Callable[..., Drawn]:
    """Return a function that draws from a distribution with these arguments, in this order."""

    def draw(
        state: Tensor, size: Any = None, ndim: Any = None, dtype: Any = dtype, **told: Any
    ) -> Any:
        values = {**defaults, **told}.values()
        args = [pt.as_tensor(int(v) if isinstance(v, bool) else v) for v in values]
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
        dtype = dtype or pytensor.scalar.upcast(
            pytensor.config.floatX, *(v.dtype for v in args)
        )
        made = TensorType(dtype, (*ones, *added))
        return RandomFunction(name, made)(state, lengths, *args)

    return by_position(draw, " ".join(["random_state=state size", *defaults, "ndim dtype"]))


def _lengths(size: object, ndim: int | None, args: list[Tensor]) -> tuple[Tensor, Pattern]:
    """Return a vector of lengths, and for each whether it is known to be 1."""
    if size is None:
        if not args:
            raise TypeError("these draws need a size")
        template = sum(args[1:], args[0])
        return template.shape, template.type.broadcastable
    if isinstance(size, tuple | list):
        ones = tuple(not isinstance(n, Variable) and n == 1 for n in size)
        return pt.as_tensor(size or np.zeros(0, int)), ones
    lengths = pt.as_tensor(size)
    n = pt.get_vector_length(lengths) if ndim is None and lengths.ndim else ndim
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
        self.state_updates: list[tuple[RandomStateSharedVariable, Tensor]] = []

    def updates(self) -> list[tuple[RandomStateSharedVariable, Tensor]]:
        """Return each state with the next one, in order of creation."""
        return list(self.state_updates)

    def seed(self, seed: int | Array | None = None) -> None:
        """Reseed every state, in order of creation; None stands for the first seed."""
        seeds = RandomState(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(RandomState(int(seeds.randint(2**30))))

    def gen(self, op: Callable[..., Drawn], *args: object, **kwargs: object) -> Tensor:
        """Return the draws of one of the functions above, from a state of their own."""
        state = share(RandomState(int(self.gen_seedgen.randint(2**30))))
        next_state, draws = op(state, *args, **kwargs)
        draws.rng, draws.update = state, (state, next_state)
        state._default_update = next_state
        self.state_updates.append(draws.update)
        return draws

    def shuffle_row_elements(self, input: Tensor) -> Tensor:
        """Shuffle along the last dimension; the result's `permutation` holds the order."""
        shape, ndim = input.shape, input.ndim - 1
        order = self.gen(permutation, shape[:-1], shape[-1], ndim)
        shuffled = pt.basic.permute_row_elements(input, order)
        shuffled.permutation = order
        return shuffled


for _name, _function in {**globals()}.items():
    if getattr(_function, "__name__", "") == "draw":
        setattr(RandomStreams, _name, partialmethod(RandomStreams.gen, _function))
