"""A `RandomState` as an array of 628 words, and draws from such an array.

Words 0 to 623 are the Mersenne Twister's, 624 is its position among them, 625 says whether a
normal number is kept for the next call, and 626 and 627 are that number, a float64.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.random import MT19937, RandomState

from theano_tutorial._types import Array

N_WORDS = 628
_KEY, _POSITION, _HAS_NORMAL, _NORMAL = slice(624), 624, 625, slice(626, 628)
_TWISTER = slice(625)


def pack(random: RandomState) -> Array:
    """Return a `RandomState` as words ``(628,)`` of uint32.

    If it draws from another generator than MT19937, raise a `TypeError`.
    """
    state = random.get_state(legacy=False)
    if state["bit_generator"] != "MT19937":
        raise TypeError(f"a RandomState of MT19937 is needed, not of {state['bit_generator']}")
    words = np.empty(N_WORDS, np.uint32)
    words[_KEY] = state["state"]["key"]
    words[_POSITION] = state["state"]["pos"]
    keep_normal(words, [state["gauss"]] if state["has_gauss"] else [])
    return words


def unpack(words: Array, random: RandomState) -> None:
    """Set a `RandomState`, so that it goes on from words."""
    kept = kept_normal(words)
    random.set_state(
        (
            "MT19937",
            words[_KEY],
            int(words[_POSITION]),
            len(kept),
            kept[0] if len(kept) else 0.0,
        )
    )


def kept_normal(words: Array) -> Array:
    """Return the normal number kept for the next call, as an array of one or none."""
    found: Array = words[_NORMAL].view(np.float64)[: words[_HAS_NORMAL]].copy()
    return found


def keep_normal(words: Array, numbers: Array | list[float]) -> None:
    """Keep one normal number for the next call, or none."""
    words[_HAS_NORMAL] = len(numbers)
    words[_NORMAL].view(np.float64)[:] = numbers if len(numbers) else 0.0


class _Twister(threading.local):
    """The thread's own `RandomState`, and the memory of its Mersenne Twister as an array.

    `set_state`, `get_state` and a deep copy each take longer than hundreds of draws.
    """

    def __init__(self) -> None:
        self.random = RandomState(MT19937(0))
        address = self.random._bit_generator.ctypes.state_address
        self.memory = np.ctypeslib.as_array((ctypes.c_uint32 * 625).from_address(address))


_twister = _Twister()


@contextmanager
def drawing(words: Array) -> Iterator[RandomState]:
    """Lend a `RandomState` to draw from words, which then hold the state after the draws.

    It has no normal number kept, and must be left without one. If what is done with it raises
    an error, the words stay.
    """
    _twister.memory[:] = words[_TWISTER]
    yield _twister.random
    words[_TWISTER] = _twister.memory
