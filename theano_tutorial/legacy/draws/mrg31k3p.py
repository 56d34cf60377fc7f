"""MRG31k3p, the generator of L'Ecuyer and Touzin (2000), many streams at once, in NumPy.

A state has six numbers: the last three of x and y, newest first, where::

    x[n] = 2 ** 22 * x[n - 2] + (2 ** 7 + 1) * x[n - 3]    modulo M1 = 2 ** 31 - 1
    y[n] = 2 ** 15 * y[n - 1] + (2 ** 15 + 1) * y[n - 3]    modulo M2 = 2 ** 31 - 21069

The number drawn is x[n] - y[n], from 1 to M1, times 2 ** -31. States here are arrays
``(6, ...)`` of uint32, and draws of stream i stand in ``out[:, i]``.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import isqrt

import numpy as np

from theano_tutorial._types import Array

M1, M2 = 2**31 - 1, 2**31 - 21069
_MODULI = np.array([M1, M2])[:, None, None]
# One step of both recurrences, as matrices (2, 3, 3) for columns of three numbers.
_STEP = np.array(
    [
        [[0, 2**22, 2**7 + 1], [1, 0, 0], [0, 1, 0]],
        [[2**15, 0, 2**15 + 1], [1, 0, 0], [0, 1, 0]],
    ]
)
# Streams start 2 ** 134 numbers apart, and their substreams 2 ** 72.
STREAM, SUBSTREAM = 2**134, 2**72
# NumPy has its full speed on arrays of about this length.
_WIDTH = 2048


def start_of(seed: int | Sequence[int] | Array) -> Array:
    """Return a seed as a state ``(6,)`` of int32; an integer stands for six.

    Raise a `ValueError` if the generator cannot start there.
    """
    numbers = [seed] * 6 if isinstance(seed, int | np.integer) else list(seed)
    if len(numbers) != 6:
        raise TypeError("seed should be 1 integer or 6 integers")
    for half, modulus in ((numbers[:3], M1), (numbers[3:], M2)):
        if not any(half):
            raise ValueError(f"seed should not be 0, nor three of six numbers: {seed}")
        if min(half) < 0 or max(half) >= modulus:
            raise ValueError(f"seed should be from 0 to below {modulus}: {seed}")
    return np.array(numbers, np.int32)


def _product(a: Array, b: Array) -> Array:
    """Multiply matrices ``(2, 3, 3)`` and ``(2, 3, n)``, each modulo its modulus."""
    terms = a[..., None] * b[:, None] % _MODULI[..., None]
    total: Array = terms.sum(axis=2) % _MODULI
    return total


@lru_cache(maxsize=64)
def _jump(n: int) -> Array:
    """Return the matrices of `n` steps at once."""
    if n == 1:
        return _STEP
    half = _jump(n // 2)
    double = _product(half, half)
    return _product(_STEP, double) if n % 2 else double


def ahead(state: Array, n: int) -> Array:
    """Return states ``(6, ...)`` of uint32 after `n` steps, `n` at least 1."""
    columns = state.reshape(2, 3, -1).astype(np.int64)
    return _product(_jump(n), columns).astype(np.uint32).reshape(state.shape)


def spaced(state: Array, n: int, distance: int) -> Array:
    """Return `n` states ``(6, n, ...)``: the state, and those every `distance` steps after."""
    states = state[:, None]
    while states.shape[1] < n:
        states = np.concatenate([states, ahead(states, distance * states.shape[1])], axis=1)
    return states[:, :n]


def draw(state: Array, n: int) -> tuple[Array, Array]:
    """Draw `n` numbers from each stream of ``(6, width)``, from 1 to M1, as uint32.

    Return the states after them, and the numbers ``(n, width)``.
    """
    width = state.shape[1]
    parts = min(isqrt(n), _WIDTH // max(width, 1))
    if parts < 8:
        out = np.empty((n, width), np.uint32)
        return _step_by_step(state, out), out
    # Few streams: cut each into parts that are drawn side by side, and then what is left.
    length = n // parts
    out = np.empty((length, parts * width), np.uint32)
    starts = spaced(state, parts, length)
    ends = _step_by_step(starts.reshape(6, -1), out).reshape(6, parts, width)
    in_order = out.reshape(length, parts, width).swapaxes(0, 1).reshape(-1, width)
    end, rest = draw(ends[:, -1], n - parts * length)
    return end, np.concatenate([in_order, rest])


def _step_by_step(state: Array, out: Array) -> Array:
    """Fill each row of `out` with the next number of each stream; return the states then."""
    x1, x2, x3, y1, y2, y3 = state.copy()
    spare = np.empty_like(x1)
    # y[n - 3] times 2 ** 15 was computed two steps before, as y[n - 1] times that.
    scaled2, scaled3 = _times_2_to_15(y2, spare), _times_2_to_15(y3, spare)
    for row in out:
        scaled1 = _times_2_to_15(y1, spare)
        x1, x2, x3 = _next_x(x2, x3, spare), x1, x2
        y1, y2, y3 = _next_y(scaled1, scaled3, y3, spare), y1, y2
        scaled2, scaled3 = scaled1, scaled2
        # x - y, plus M1 where that is not above 0; unsigned numbers wrap around.
        np.subtract(x1, y1, row)
        row -= 1
        np.add(row, M1, spare)
        np.minimum(row, spare, out=row)
        row += 1
    return np.stack([x1, x2, x3, y1, y2, y3])


def _reduce(value: Array, modulus: int, spare: Array) -> None:
    """Subtract the modulus, in place, where that leaves a number of at least 0."""
    np.subtract(value, modulus, spare)
    np.minimum(value, spare, out=value)


def _next_x(x2: Array, x3: Array, spare: Array) -> Array:
    # A product with 2 ** k, modulo 2 ** 31 - 1, turns the 31 bits by k.
    value = x2 << 22
    value &= M1
    value += np.right_shift(x2, 9, spare)
    np.left_shift(x3, 7, spare)
    value += np.bitwise_and(spare, M1, spare)
    value += np.right_shift(x3, 24, spare)
    _reduce(value, M1, spare)
    value += x3
    _reduce(value, M1, spare)
    return value


def _times_2_to_15(y: Array, spare: Array) -> Array:
    # The bits above the 31st count 21069 each, modulo 2 ** 31 - 21069.
    value = y >> 16
    value *= 21069
    np.left_shift(y, 15, spare)
    value += np.bitwise_and(spare, M1, spare)
    _reduce(value, M2, spare)
    return value


def _next_y(scaled1: Array, scaled3: Array, y3: Array, spare: Array) -> Array:
    value = scaled3 + y3
    _reduce(value, M2, spare)
    value += scaled1
    _reduce(value, M2, spare)
    return value
