"""Outcomes by given probabilities, from uniform numbers that were drawn."""

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws.base import DrawOp


class MultinomialFromUniform(DrawOp):
    """How often each outcome comes in ``n`` trials: (rows, k).

    Inputs are ``pvals``, the probabilities (rows, k), ``unis``, uniform numbers (n * rows,),
    those of one trial after those of another, and ``n``.

    Parameters
    ----------
    odtype
        The dtype of the output; "auto" is that of ``pvals``, or int64 for indices.
    """

    __props__ = ("odtype",)

    def __init__(self, odtype: str) -> None:
        self.odtype = odtype

    def make_node(self, pvals: object, unis: object, n: object = 1) -> Apply:
        chances, numbers, trials = pt.as_tensor(pvals), pt.as_tensor(unis), pt.as_tensor(n)
        if chances.ndim != 2 or numbers.ndim != 1:
            raise NotImplementedError("pvals must have 2 dimensions, and unis 1")
        known = tuple(1 if one else None for one in chances.type.broadcastable)
        out = pt.tensor(shape=known, dtype=self._dtype(chances.dtype))
        return Apply(self, [chances, numbers, trials], [out])

    def _dtype(self, of_pvals: str) -> str:
        return of_pvals if self.odtype == "auto" else self.odtype

    def run(self, pvals: Array, unis: Array, n: Array) -> tuple[Array, ...]:  # type: ignore[override]
        counts = np.zeros(pvals.shape, self._dtype(str(pvals.dtype)))
        for numbers in unis.reshape(int(n), len(pvals)):
            _, rows, chosen = _first_above(pvals, numbers)
            counts[rows, chosen] += 1
        return (counts,)


class ChoiceFromUniform(MultinomialFromUniform):
    """The indices of ``n`` outcomes, each at most once: (rows, n).

    Where rounding leaves no outcome, the index is -1.
    """

    def _dtype(self, of_pvals: str) -> str:
        return "int64" if self.odtype == "auto" else self.odtype

    def run(self, pvals: Array, unis: Array, n: Array) -> tuple[Array, ...]:  # type: ignore[override]
        if n > pvals.shape[1]:
            raise ValueError(f"{n} outcomes of {pvals.shape[1]}, each at most once")
        pvals = pvals.copy()
        indices = np.full((len(pvals), int(n)), -1, self._dtype(""))
        for i, numbers in enumerate(unis.reshape(int(n), len(pvals))):
            sums, rows, chosen = _first_above(pvals, numbers)
            indices[rows, i] = chosen
            # The rest is divided by its sum, added in order, in the dtype of the probabilities.
            before = (sums[rows, chosen] - pvals[rows, chosen]).astype(pvals.dtype)
            pvals[rows, chosen] = 0
            after = np.where(np.arange(pvals.shape[1]) < chosen[:, None], 0, pvals[rows])
            terms = np.concatenate([before[:, None], after], axis=1)
            with np.errstate(invalid="ignore"):  # after the last outcome, 0 / 0
                pvals[rows] /= np.cumsum(terms, axis=1, dtype=pvals.dtype)[:, -1:]
        return (indices,)


def _first_above(pvals: Array, unis: Array) -> tuple[Array, Array, Array]:
    """Return sums so far, in float64, the rows whose sums come to exceed `unis`, and where."""
    sums = np.cumsum(pvals, axis=1, dtype=np.float64)
    above = sums > unis[:, None]
    rows = np.flatnonzero(above.any(axis=1))
    return sums, rows, above[rows].argmax(axis=1)
