"""Outcomes by given probabilities, from uniform numbers that were drawn."""

from collections.abc import Sequence

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor.type import discrete_dtypes

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.base import DrawOp
from theano_tutorial.rewrites.index_ops import Storage


class _FromUniform(DrawOp):
    """Inputs: ``pvals`` (rows, k), ``unis`` (rows * n,), all rows of a trial together; ``n``."""

    __props__ = ("odtype",)
    automatic: str | None = None  # what "auto" stands for; None: the dtype of `pvals`

    def __init__(self, odtype: str) -> None:
        self.odtype = odtype

    def make_node(self, pvals: object, unis: object, n: object = 1) -> Apply:
        chances, numbers, trials = pt.as_tensor(pvals), pt.as_tensor(unis), pt.as_tensor(n)
        if chances.ndim != 2 or numbers.ndim != 1:
            raise NotImplementedError(
                f"pvals needs 2 dimensions and unis 1; they have {chances.ndim} and {numbers.ndim}"
            )
        automatic = self.automatic or chances.dtype
        dtype = automatic if self.odtype == "auto" else self.odtype
        known = tuple(1 if one else None for one in chances.type.broadcastable)
        return Apply(self, [chances, numbers, trials], [pt.tensor(shape=known, dtype=dtype)])

    def pullback(
        self, inputs: Sequence[Variable], outputs: object, cotangents: object
    ) -> list[Variable]:
        """Return zeros: an outcome stays the same if probabilities change a little."""
        floatx = pytensor.config.floatX
        return [
            pt.zeros_like(v, dtype=floatx if v.dtype in discrete_dtypes else v.dtype)
            for v in inputs
        ]

    # PyTensor's name for it before version 3.
    L_op = pullback


def _first_above(pvals: Array, unis: Array) -> tuple[Array, Array, Array]:
    """Return sums so far, in float64, and the rows whose sum comes to exceed `unis`, and where."""
    sums = np.cumsum(pvals, axis=1, dtype=np.float64)
    above = sums > unis[:, None]
    rows = np.flatnonzero(above.any(axis=1))
    return sums, rows, above[rows].argmax(axis=1)


def _by_trial(pvals: Array, unis: Array, n: int) -> Array:
    if len(unis) != len(pvals) * n:
        raise ValueError(f"{len(unis)} numbers for {len(pvals)} rows of {n} trials")
    return unis.reshape(n, len(pvals))


class MultinomialFromUniform(_FromUniform):
    """How often each outcome comes in ``n`` trials: (rows, k)."""

    def perform(
        self, node: Apply | None, inputs: Sequence[Array], output_storage: Storage
    ) -> None:
        pvals, unis, n = inputs
        dtype = pvals.dtype if self.odtype == "auto" else self.odtype
        counts = np.zeros(pvals.shape, dtype)
        for numbers in _by_trial(pvals, unis, int(n)):
            _, rows, chosen = _first_above(pvals, numbers)
            counts[rows, chosen] += 1
        output_storage[0][0] = counts


class ChoiceFromUniform(_FromUniform):
    """The indices of ``n`` outcomes, each at most once, or again and again: (rows, n).

    Where rounding leaves no outcome, the index is -1.
    """

    __props__ = ("odtype", "replace")
    automatic = "int64"

    def __init__(self, odtype: str, replace: bool = False) -> None:
        super().__init__(odtype)
        self.replace = replace

    def perform(
        self, node: Apply | None, inputs: Sequence[Array], output_storage: Storage
    ) -> None:
        pvals, unis, n = inputs[0].copy(), inputs[1], int(inputs[2])
        if n > pvals.shape[1]:
            raise ValueError(f"{n} outcomes of {pvals.shape[1]}, each at most once")
        dtype = self.automatic if self.odtype == "auto" else self.odtype
        indices = np.full((len(pvals), n), -1, dtype)
        for i, numbers in enumerate(_by_trial(pvals, unis, n)):
            sums, rows, chosen = _first_above(pvals, numbers)
            indices[rows, i] = chosen
            if not self.replace:
                _take_out(pvals, sums, rows, chosen)
        output_storage[0][0] = indices


def _take_out(pvals: Array, sums: Array, rows: Array, chosen: Array) -> None:
    """Set chosen probabilities to 0, and divide the rows by their sums, added in order."""
    before = (sums[rows, chosen] - pvals[rows, chosen]).astype(pvals.dtype)
    pvals[rows, chosen] = 0
    after = np.where(np.arange(pvals.shape[1]) < chosen[:, None], 0, pvals[rows])
    terms = np.concatenate([before[:, None], after], axis=1)
    pvals[rows] /= np.cumsum(terms, axis=1, dtype=pvals.dtype)[:, -1:]
