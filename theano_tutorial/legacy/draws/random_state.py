"""NumPy's `RandomState` in graphs: shared variables that hold one, and draws from it.

Graphs see a `RandomState` as words ``(628,)`` of uint32: the Mersenne Twister's 624, its
position among them, whether a normal number is kept for the next call, and that number.
"""

from collections.abc import Sequence

import numpy as np
import pytensor.tensor as pt
from numpy.random import RandomState
from pytensor.gradient import grad_undefined
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.rewrites.index_ops import Storage

Size = tuple[int, ...] | None
# Set before each draw, which is faster than making a new one.
_random = RandomState(0)


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


class RandomStateSharedVariable(TensorSharedVariable):
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

    def __init__(self, *props: object) -> None:
        self.__dict__.update(zip(self.__props__, props, strict=True))

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        """Return the outputs, and leave the inputs unchanged."""
        raise NotImplementedError

    def perform(self, node: Apply, inputs: Sequence[Array], output_storage: Storage) -> None:
        for cell, output in zip(output_storage, self.run(*inputs), strict=True):
            cell[0] = output

    def pullback(self, inputs: Sequence[Variable], *rest: object) -> list[Variable]:
        """Leave gradients undefined, as Theano does: asking for one is an error."""
        why = "no gradient is defined through random draws"
        return [grad_undefined(self, i, v, why) for i, v in enumerate(inputs)]


class RandomFunction(DrawOp):
    """Draws by the function below, or else the method of `RandomState`, that `fn` names.

    Inputs: the state's words, lengths (or none), the arguments. Outputs: new words, draws.
    """

    __props__ = ("fn", "outtype")
    fn: str
    outtype: TensorType

    def make_node(self, state: TensorVariable, size: object, *args: object) -> Apply:
        lengths = pt.cast(pt.as_tensor(size, ndim=1), "int64")
        inputs = [state, lengths, *map(pt.as_tensor, args)]
        return Apply(self, inputs, [state.type(), self.outtype()])

    def run(self, state: Array, lengths: Array, *args: Array) -> tuple[Array, Array]:  # type: ignore[override]
        fn = globals().get(self.fn) or getattr(RandomState, self.fn)
        size = tuple(lengths.tolist()) if len(lengths) else None
        random = unpack(state, _random)
        drawn = np.asarray(fn(random, *args, size), self.outtype.dtype)
        return pack(random), drawn


def random_integers(random: RandomState, low: Array, high: Array, size: Size) -> Array:
    """Draw integers from `low` to `high`, both included."""
    drawn = random.randint(low.astype(np.int64), high.astype(np.int64) + 1, size)
    return np.asarray(drawn, np.float64)  # as in Theano: exact only up to 2 ** 53


def choice(random: RandomState, a: Array, replace: Array, p: Array, size: Size) -> Array:
    """Draw from a vector `a`, or below a number `a`; an empty `p` means equal chances."""
    population = a if a.ndim else int(a)
    return np.asarray(random.choice(population, size, bool(replace), p if p.size else None))


def permutation(random: RandomState, n: Array, size: Size) -> Array:
    """Draw permutations of ``0, ..., n - 1`` in the last dimension."""
    shape = size or ()
    drawn = [random.permutation(int(n)) for _ in np.ndindex(shape)]
    return np.reshape(drawn, (*shape, int(n)))


def multinomial(random: RandomState, n: Array, pvals: Array, size: Size) -> Array:
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
