"""MRG31k3p, the generator of L'Ecuyer and Touzin (2000), many streams at once, in NumPy.

A state has six numbers: the last three of x and y, newest first, where::

    x[n] = 2 ** 22 * x[n - 2] + (2 ** 7 + 1) * x[n - 3]    modulo M1 = 2 ** 31 - 1
    y[n] = 2 ** 15 * y[n - 1] + (2 ** 15 + 1) * y[n - 3]    modulo M2 = 2 ** 31 - 21069

The number drawn is x[n] - y[n], from 1 to M1, times 2 ** -31. States here are arrays
``(6, ...)`` of int64, and draws of stream i stand in ``out[:, i]``.
"""

from collections.abc import Sequence

import numpy as np

from theano_tutorial._types import Array

M1, M2 = 2**31 - 1, 2**31 - 21069
_MODULI = np.array([M1, M2])[:, None, None]


def start_of(seed: int | Sequence[int] | Array) -> Array:
    """Return a seed as a state ``(6,)``; an integer stands for six."""
    numbers = [seed] * 6 if isinstance(seed, int | np.integer) else list(seed)
    if len(numbers) != 6:
        raise TypeError("seed should be 1 integer or 6 integers")
    for half, modulus in ((numbers[:3], M1), (numbers[3:], M2)):
        if not any(half) or min(half) < 0 or max(half) >= modulus:
            raise ValueError(f"seed should be from 1 to below {modulus}, not {seed}")
    return np.array(numbers, np.int64)


def _product(a: Array, b: Array) -> Array:
    """Multiply matrices ``(2, 3, 3)`` and ``(2, 3, n)``, each modulo its modulus."""
    terms = a[..., None] * b[:, None] % _MODULI[..., None]
    total: Array = terms.sum(axis=2) % _MODULI
    return total


def steps(doublings: int) -> Array:
    """Return the matrices ``(2, 3, 3)`` of 2 ** `doublings` steps of both recurrences."""
    matrices = np.array(
        [
            [[0, 2**22, 2**7 + 1], [1, 0, 0], [0, 1, 0]],
            [[2**15, 0, 2**15 + 1], [1, 0, 0], [0, 1, 0]],
        ]
    )
    for _ in range(doublings):
        matrices = _product(matrices, matrices)
    return matrices


# From one stream's start to the next one's, and between its substreams.
STREAM, SUBSTREAM = steps(134), steps(72)


def ahead(state: Array, matrices: Array) -> Array:
    """Return states ``(6, ...)`` after the steps of `matrices`."""
    return _product(matrices, state.reshape(2, 3, -1)).reshape(state.shape)


def substreams(state: Array, n: int) -> Array:
    """Return the starts ``(6, n)`` of `n` substreams, the first of them `state`."""
    states, jump = state[:, None], SUBSTREAM
    while states.shape[1] < n:
        states = np.concatenate([states, ahead(states, jump)], axis=1)
        jump = _product(jump, jump)
    return states[:, :n]


def draw(state: Array, n: int) -> tuple[Array, Array]:
    """Draw `n` numbers from each stream of ``(6, width)``, from 1 to M1.

    Return the states after them, and the numbers ``(n, width)``.
    """
    x1, x2, x3, y1, y2, y3 = state.astype(np.int64)
    out = np.empty((n, state.shape[1]), np.int64)
    for row in out:
        x1, x2, x3 = _modulo(x2 * 2**22 + x3 * (2**7 + 1), M1), x1, x2
        y1, y2, y3 = _modulo(y1 * 2**15 + y3 * (2**15 + 1), M2), y1, y2
        np.subtract(x1, y1, row)
        row += M1 * (row <= 0)
    return np.stack([x1, x2, x3, y1, y2, y3]), out


def _modulo(values: Array, modulus: int) -> Array:
    # NumPy's own takes ten times as long as its division.
    values -= values // modulus * modulus
    return values
