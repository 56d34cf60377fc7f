"""`RandomStreams`: draws from NumPy's `RandomState`, a state of its own for each use."""

from numpy.random import RandomState
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.random_state import RandomStateSharedVariable, share

from .raw_random import Draw, RandomStreamsBase

__all__ = ["RandomStateSharedVariable", "RandomStreams"]
_N_SEEDS = 2**30


class RandomStreams(RandomStreamsBase):
    """Draws whose states functions move on by themselves, by default updates.

    Draws `v` have their state, a shared variable, in `v.rng`, and ``(v.rng, next state)`` in
    `v.update`.

    Parameters
    ----------
    seed
        Of the seeds of the states: a number or array below 2 ** 32, or None for any.
    """

    def __init__(self, seed: int | Array | None = None) -> None:
        self.default_instance_seed = seed
        self.gen_seedgen = RandomState(seed)
        self.state_updates: list[tuple[RandomStateSharedVariable, TensorVariable]] = []

    def updates(self) -> list[tuple[RandomStateSharedVariable, TensorVariable]]:
        """Return each state with the next one, in the order of their making."""
        return list(self.state_updates)

    def seed(self, seed: int | Array | None = None) -> None:
        """Seed every state anew, in the order of their making; None: by the first seed."""
        seeds = RandomState(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(RandomState(int(seeds.randint(_N_SEEDS))))

    def __getitem__(self, item: RandomStateSharedVariable) -> RandomState:
        return item.get_value(borrow=True)

    def __setitem__(self, item: RandomStateSharedVariable, val: RandomState) -> None:
        item.set_value(val)

    def gen(self, op: Draw, *args: object, **kwargs: object) -> TensorVariable:
        """Return the draws of a function of `raw_random`, from a state of their own."""
        state = share(RandomState(int(self.gen_seedgen.randint(_N_SEEDS))))
        state.tag.is_rng = True
        next_state, draws = op(state, *args, **kwargs)
        draws.rng = state
        draws.update = (state, next_state)
        state._default_update = next_state
        self.state_updates.append(draws.update)
        return draws
