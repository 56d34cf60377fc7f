"""What `RandomStreams` draws: functions of words, which they move on, arguments and a size.

The size is a tuple of lengths, or None: as the arguments' shapes have it. `RandomFunction`
turns the result into its own dtype.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import RandomState

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.mt19937 import (
    drawing,
    keep_normal,
    kept_normal,
    pack,
    unpack,
)

Size = tuple[int, ...] | None
# Nearer to a threshold than this, the last bit of a logarithm might decide.
_CLOSE = 1e-12


def draw_by(function: Callable[..., Array], words: Array, *args: Array | Size) -> Array:
    """Draw by a function of a `RandomState`, arguments and a size."""
    random = RandomState()
    unpack(words, random)
    drawn = function(random, *args)
    words[:] = pack(random)
    return drawn


def _shape(size: Size, *args: Array) -> tuple[int, ...]:
    """Return the shape of the draws, or raise a `ValueError` if the arguments do not fit."""
    shape = np.broadcast_shapes(*(arg.shape for arg in args))
    if size is not None and np.broadcast_shapes(size, shape) != size:
        raise ValueError(f"draws of shape {size} for arguments of shape {shape}")
    return shape if size is None else size


def _uniform(words: Array, low: Array, high: Array, size: Size) -> Array:
    with drawing(words) as random:
        return np.asarray(random.uniform(low, high, size))


def _poisson(words: Array, lam: Array, size: Size) -> Array:
    with drawing(words) as random:
        return np.asarray(random.poisson(lam, size))


def _normal(words: Array, avg: Array, std: Array, size: Size) -> Array:
    if np.any(std < 0):
        raise ValueError("normal: a standard deviation below 0")
    shape = _shape(size, avg, std)
    n = int(np.prod(shape))
    kept = kept_normal(words)
    missing = max(n - len(kept), 0)
    with drawing(words) as random:  # they come in pairs
        fresh = random.standard_normal(missing + missing % 2)
    numbers = np.concatenate([kept, fresh])
    keep_normal(words, numbers[n:])
    drawn: Array = avg + std * numbers[:n].reshape(shape)
    return drawn


def _binomial(words: Array, n: Array, p: Array, size: Size) -> Array:
    if n.size and np.all(n == 1) and np.all((p >= 0) & (p <= 1)):
        drawn = _bernoulli(words, p.astype(np.float64), _shape(size, n, p))
        if drawn is not None:
            return drawn
    with drawing(words) as random:
        return np.asarray(random.binomial(n, p, size))


def _bernoulli(words: Array, p: Array, shape: tuple[int, ...]) -> Array | None:
    """Draw 1 with probability `p`, else 0: what `RandomState` does entry by entry.

    The less likely outcome comes if a uniform number is above the other's probability. If
    rounding might decide, draw nothing and return None.
    """
    likely = np.exp(np.log(1 - np.minimum(p, 1 - p)))
    after = words.copy()
    with drawing(after) as random:
        numbers = random.random_sample(shape)
    if np.any(np.abs(numbers - likely) < _CLOSE) or np.any(numbers > 1 - _CLOSE):
        return None
    words[:] = after
    outcome: Array = (numbers > likely) != (p > 0.5)
    return outcome


def _random_integers(words: Array, low: Array, high: Array, size: Size) -> Array:
    low, above = low.astype(np.int64), high.astype(np.int64) + 1
    with drawing(words) as random:
        drawn = random.randint(low, above, _shape(size, low, high))
    return np.asarray(drawn, np.float64)  # as Theano, which loses digits beyond 2 ** 53


def _choice(words: Array, a: Array, replace: Array, p: Array, size: Size) -> Array:
    """Draw from `a`, or below it; a `p` of length 0 stands for equal chances."""
    population = a if a.ndim else int(a)
    with drawing(words) as random:
        return np.asarray(random.choice(population, size, bool(replace), p if p.size else None))


def _permutation(words: Array, n: Array, size: Size) -> Array:
    """Draw permutations of ``0, ..., n - 1`` in the last dimension."""
    shape = (*(size or ()), int(n))
    out = np.broadcast_to(np.arange(shape[-1]), shape).copy()
    with drawing(words) as random:
        for index in np.ndindex(shape[:-1]):
            random.shuffle(out[index])
    return out


def _multinomial(words: Array, n: Array, pvals: Array, size: Size) -> Array:
    """Draw counts of `n` trials each, with the probabilities of the last dimension.

    A sum slightly above 1, or a last probability below 5e-5, has all of them made smaller by
    5e-5, as Theano does. If a sum stays above 1 or a probability is negative, raise a
    `ValueError`.
    """
    shape, k = _shape(size, n, pvals[..., 0]), pvals.shape[-1]
    total = pvals.sum(axis=-1)
    smaller = ((total > 1) & (total < 1 + 1e-5)) | (pvals[..., -1] < 5e-5)
    pvals = np.where(smaller[..., None], pvals * (1 - 5e-5), pvals)
    if np.any(pvals < 0) or np.any(pvals.sum(axis=-1) > 1):
        raise ValueError("multinomial: probabilities below 0, or their sum above 1")
    rows = np.broadcast_to(pvals, (*shape, k)).reshape(-1, k).astype(np.float64)
    trials = np.broadcast_to(n, shape).ravel().tolist()
    with drawing(words) as random:
        drawn = [random.multinomial(*each) for each in zip(trials, rows, strict=True)]
    return np.reshape(drawn, (*shape, k))


BY_NAME: dict[object, Callable[..., Array]] = {
    "uniform": _uniform,
    "normal": _normal,
    "binomial": _binomial,
    "random_integers": _random_integers,
    "choice": _choice,
    "poisson": _poisson,
    "permutation": _permutation,
    "multinomial": _multinomial,
}
