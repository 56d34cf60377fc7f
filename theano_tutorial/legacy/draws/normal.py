"""Normal numbers from uniform ones, by Box and Muller, as `MRG_RandomStreams` orders them."""

from collections.abc import Callable

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy.draws.exact import CosSin, Radius

# Uniform numbers above `low` and below 1, from their number and `low`.
Uniform = Callable[[TensorVariable, TensorVariable | float], TensorVariable]


def standard_normal(
    uniform: Uniform, n: TensorVariable, dtype: str, truncate: bool
) -> TensorVariable:
    """Return `n` normal numbers; if `truncate`, those beyond 2 are drawn anew."""
    even = n + n % 2
    numbers = uniform(even, 0.0)
    radius = Radius()(numbers[: even // 2])
    turns = CosSin()(np.array(2 * np.pi, dtype) * numbers[even // 2 :])
    parts = [radius * turn for turn in turns]
    if truncate:
        parts = _truncated(uniform, parts, turns, dtype)
    return pt.join(0, *parts)[:n]


def _truncated(
    uniform: Uniform, parts: list[TensorVariable], turns: list[TensorVariable], dtype: str
) -> list[TensorVariable]:
    """Return for both parts the numbers that may stay, then those with a new radius below 2."""
    beyond = [(part < -2.0) | (part > 2.0) for part in parts]
    again = [pt.nonzero(far)[0] for far in beyond]
    n_first = again[0].size
    new = Radius()(uniform(n_first + again[1].size, pt.constant(np.exp(-2.0), dtype=dtype)))
    kept = [part[pt.nonzero(~far)[0]] for part, far in zip(parts, beyond, strict=True)]
    first, second = (turn[where] for turn, where in zip(turns, again, strict=True))
    return [kept[0], new[:n_first] * first, kept[1], new[n_first:] * second]
