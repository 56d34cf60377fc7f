"""Variables that hold a `RandomState`: users read and write one, graphs see its words."""

from typing import Any

import numpy as np
from numpy.random import RandomState
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.type import TensorType

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.mt19937 import pack, unpack

WORDS = TensorType("uint32", (None,))


class RandomStateType(TensorType):
    """The type of a state that is given to a function, as a `RandomState` or as its words."""

    def __init__(
        self, dtype: str = "uint32", shape: tuple[None] = (None,), name: str | None = None
    ) -> None:
        super().__init__(dtype, shape, name)

    def filter(
        self, data: object, strict: bool = False, allow_downcast: bool | None = None
    ) -> Array:
        words = pack(data) if isinstance(data, RandomState) else data
        filtered: Array = super().filter(words, strict, allow_downcast)
        return filtered


class _Borrowed(RandomState):
    """A state lent by a shared variable: to seed it seeds the variable."""

    lender: "RandomStateSharedVariable"

    def seed(self, seed: Any = None) -> None:
        super().seed(seed)
        self.lender.set_value(self)


class RandomStateSharedVariable(TensorSharedVariable):
    """A shared variable whose value is a `RandomState`."""

    def get_value(
        self, borrow: bool = False, return_internal_type: bool = False
    ) -> RandomState:
        """Return a `RandomState` that goes on from here.

        To seed one that is borrowed seeds this variable too, but its draws leave this variable
        where it is.
        """
        random = _Borrowed() if borrow else RandomState()
        unpack(self.container.value, random)
        if isinstance(random, _Borrowed):
            random.lender = self
        return random

    def set_value(self, new_value: RandomState | Array, borrow: bool = False) -> None:
        self.container.value = (
            pack(new_value) if isinstance(new_value, RandomState) else np.array(new_value)
        )


def share(value: RandomState, name: str | None = None) -> RandomStateSharedVariable:
    """Return a shared variable that starts as a `RandomState`, which it copies."""
    return RandomStateSharedVariable(WORDS, pack(value), strict=False, name=name)
