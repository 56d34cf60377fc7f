"""MRG31k3p, the generator of L'Ecuyer and Touzin (2000), for many streams at once, in NumPy.

A state has six numbers: the last three of x, then those of y, newest first, where::

    x[n] = 2 ** 22 * x[n - 2] + (2 ** 7 + 1) * x[n - 3]    modulo M1 = 2 ** 31 - 1
    y[n] = 2 ** 15 * y[n - 1] + (2 ** 15 + 1) * y[n - 3]    modulo M2 = 2 ** 31 - 21069

The number drawn is x[n] - y[n], plus M1 unless that is positive, times 2 ** -31. States here
are int64 arrays ``(6, ...)``, and the draws of stream i are ``out[:, i]``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.tensor.variable import TensorVariable
from scipy.special import xlogy

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.random_state import DrawOp

M1, M2 = 2**31 - 1, 2**31 - 21069
_MODULI = np.array([M1, M2])[:, None, None]
# The factor from integers to draws: 2 ** -31, in float32 a little less, to stay below 1.
_UNIT = {"float64": np.float64(2.0**-31), "float32": np.float32(4.6566126e-10)}


def start_of(seed: int | Sequence[int] | Array) -> Array:
    """Return a seed as a state ``(6,)``; an integer is repeated six times."""
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
    return np.asarray(terms.sum(axis=2) % _MODULI)


def steps(doublings: int) -> Array:
    """Return the matrices ``(2, 3, 3)`` of 2 ** `doublings` steps of both recurrences."""
    first = [[0, 2**22, 2**7 + 1], [2**15, 0, 2**15 + 1]]
    matrices = np.array([[row, [1, 0, 0], [0, 1, 0]] for row in first])
    for _ in range(doublings):
        matrices = _product(matrices, matrices)
    return matrices


# The steps from one stream's start to the next one's, and from a substream's to the next.
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
    """Return states ``(6, width)`` after `n` draws from each, and the draws ``(n, width)``."""
    x1, x2, x3, y1, y2, y3 = state.astype(np.int64)
    out = np.empty((n, state.shape[1]), np.int64)
    for row in out:
        x1, x2, x3 = _modulo(x2 * 2**22 + x3 * (2**7 + 1), M1), x1, x2
        y1, y2, y3 = _modulo(y1 * 2**15 + y3 * (2**15 + 1), M2), y1, y2
        np.subtract(x1, y1, row)
        row += M1 * (row <= 0)
    return np.stack([x1, x2, x3, y1, y2, y3]), out


def _modulo(values: Array, modulus: int) -> Array:
    # NumPy's own modulo takes ten times as long as its division.
    values -= values // modulus * modulus
    return values


@dataclass(unsafe_hash=True)
class MrgUniform(DrawOp):
    """Numbers between 0 and 1, drawn from each stream in turn; states are int32 ``(n, 6)``."""

    dtype: str
    ndim: int

    def make_node(self, states: TensorVariable, size: TensorVariable) -> Apply:
        _, lengths = pt.basic.infer_static_shape([size[i] for i in range(self.ndim)])
        numbers = pt.tensor(shape=[n == 1 for n in lengths], dtype=self.dtype)
        return Apply(self, [states, size], [states.type(), numbers])

    def run(self, states: Array, lengths: Array) -> tuple[Array, Array]:  # type: ignore[override]
        size = tuple(lengths.tolist())
        rounds, rest = divmod(int(np.prod(size)), len(states))
        new = states.copy()
        used = new if rounds else new[:rest]
        columns, numbers = draw(used.T, rounds)
        if rest:
            columns[:, :rest], last = draw(columns[:, :rest], 1)
            numbers = np.concatenate([numbers.ravel(), last.ravel()])
        used[:] = columns.T
        return new, (numbers.astype(self.dtype) * _UNIT[self.dtype]).reshape(size)


# Formulas that match Theano to the last bit on every backend. It called the C library; NumPy
# computes log, cos and sin with vector instructions, which differ for one float32 in five. But
# SciPy's ``x * log(y)`` and NumPy's complex exponential call the library, in either precision.
# The last formula is here because a C compiler may round ``x * y + z`` once, not twice.
_FORMULAS: dict[str, Callable[..., Array]] = {
    "sqrt(-2 log(x))": lambda x: np.sqrt(-2 * xlogy(x.dtype.type(1), x)),
    "cos(x)": lambda x: np.exp(x * np.complex64(1j)).real.copy(),
    "sin(x)": lambda x: np.exp(x * np.complex64(1j)).imag.copy(),
    "x * y + z": lambda x, y, z: np.asarray(x * y + z),
}


@dataclass(unsafe_hash=True)
class Formula(DrawOp):
    """One of the formulas above, entry by entry."""

    formula: str

    def make_node(self, *inputs: TensorVariable) -> Apply:
        return Apply(self, list(inputs), [sum(inputs[1:], inputs[0]).type()])

    def run(self, *inputs: Array) -> tuple[Array, ...]:
        return (_FORMULAS[self.formula](*inputs),)


radius, cosine, sine, stretch = map(Formula, _FORMULAS)


@dataclass(unsafe_hash=True)
class FromUniform(DrawOp):
    """How often each outcome occurs in ``n`` trials, by probabilities ``(rows, k)``.

    Without `replace`, ``n`` different outcomes ``(rows, n)``, with -1 where rounding left none.
    """

    odtype: str
    replace: bool

    def make_node(self, pvals: TensorVariable, unis: TensorVariable, n: object) -> Apply:
        out = pt.tensor(shape=pvals.type.broadcastable, dtype=self.odtype)
        return Apply(self, [pvals, unis, pt.as_tensor(n)], [out])

    def run(self, pvals: Array, unis: Array, n: Array) -> tuple[Array, ...]:  # type: ignore[override]
        if not self.replace and n > pvals.shape[1]:
            raise ValueError(f"{n} outcomes of {pvals.shape[1]}, each at most once")
        pvals = pvals.copy()
        counts = np.zeros(pvals.shape, self.odtype)
        indices = np.full((len(pvals), int(n)), -1, self.odtype)
        for i, numbers in enumerate(unis.reshape(int(n), len(pvals))):
            sums = np.cumsum(pvals, axis=1, dtype=np.float64)
            above = sums > numbers[:, None]
            rows = np.flatnonzero(above.any(axis=1))
            chosen = above[rows].argmax(axis=1)
            counts[rows, chosen] += 1
            indices[rows, i] = chosen
            if self.replace:
                continue
            # Divide the rest by its sum, added in order, in the probabilities' dtype.
            before = (sums[rows, chosen] - pvals[rows, chosen]).astype(pvals.dtype)
            pvals[rows, chosen] = 0
            after = np.where(np.arange(pvals.shape[1]) < chosen[:, None], 0, pvals[rows])
            terms = np.concatenate([before[:, None], after], axis=1)
            with np.errstate(invalid="ignore"):  # after the last outcome, 0 / 0
                pvals[rows] /= np.cumsum(terms, axis=1, dtype=pvals.dtype)[:, -1:]
        return (counts if self.replace else indices,)
