"""`RandomStreams`: draws from NumPy's `RandomState`, each from a state of its own."""

from functools import partialmethod

from numpy.random import RandomState
from pytensor.tensor.basic import permute_row_elements
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.random_state import RandomStateSharedVariable, share

from . import raw_random


class RandomStreams:
    """Draws by the functions of `raw_random`, whose states compiled functions advance."""

    def __init__(self, seed: int | Array | None = None) -> None:
        self.default_instance_seed = seed
        self.gen_seedgen = RandomState(seed)
        self.state_updates: list[tuple[RandomStateSharedVariable, TensorVariable]] = []

    def updates(self) -> list[tuple[RandomStateSharedVariable, TensorVariable]]:
        """Return each state with the next one, in order of creation."""
        return list(self.state_updates)

    def seed(self, seed: int | Array | None = None) -> None:
        """Reseed every state, in order of creation; None stands for the first seed."""
        seeds = RandomState(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(RandomState(int(seeds.randint(2**30))))

    def gen(self, op: raw_random.Draw, *args: object, **kwargs: object) -> TensorVariable:
        """Return the draws of a function of `raw_random`, from a state of their own."""
        state = share(RandomState(int(self.gen_seedgen.randint(2**30))))
        next_state, draws = op(state, *args, **kwargs)
        draws.rng, draws.update = state, (state, next_state)
        state._default_update = next_state
        self.state_updates.append(draws.update)
        return draws

    def shuffle_row_elements(self, input: TensorVariable) -> TensorVariable:
        """Shuffle along the last dimension; the result's `permutation` holds the order."""
        shape, ndim = input.shape, input.ndim - 1
        order = self.gen(raw_random.permutation, shape[:-1], shape[-1], ndim)
        shuffled = permute_row_elements(input, order)
        shuffled.permutation = order
        return shuffled


for _name, _draw in vars(raw_random).items():
    if getattr(_draw, "__name__", "") == "draw":
        setattr(RandomStreams, _name, partialmethod(RandomStreams.gen, _draw))
