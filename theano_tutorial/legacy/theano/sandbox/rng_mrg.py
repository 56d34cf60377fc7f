"""`MRG_RandomStreams`: draws from MRG31k3p, from many streams at once."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.gradient import undefined_grad
from pytensor.scalar.basic import upcast
from pytensor.tensor.basic import get_vector_length
from pytensor.tensor.variable import TensorConstant, TensorVariable

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws import mrg31k3p
from theano_tutorial.legacy.draws.exact import Stretch
from theano_tutorial.legacy.draws.from_uniform import ChoiceFromUniform, MultinomialFromUniform
from theano_tutorial.legacy.draws.mrg_uniform import MrgUniform
from theano_tutorial.legacy.draws.normal import standard_normal
from theano_tutorial.legacy.draws.sizes import INTEGERS, as_lengths

Value: TypeAlias = TensorVariable | Array | float
# A state, its update, the size that was asked for, and the number of streams, if asked for.
Update = tuple[SharedVariable, TensorVariable, object, int | None]

_MOST_STREAMS = 60 * 256
# The standard deviation of a standard normal number that is not beyond 2.
_TRUNCATED_STD = 0.87962566103423978


def guess_n_streams(size: object, warn: bool = False) -> int:
    """Return how many streams to draw from: a sixth of the numbers, and at most 15,360."""
    if isinstance(size, tuple | list) and all(isinstance(n, INTEGERS) for n in size):
        n = int(np.prod(size, dtype=object))
        return min(n // 6 if n > 6 else n, _MOST_STREAMS)
    return _MOST_STREAMS


class MRG_RandomStreams:  # noqa: N801
    """Draws whose states functions move on by themselves, by default updates.

    Sizes are a tuple of lengths, numbers or variables, or a vector; `ndim` says how many there
    are where that is not known. `nstreams` says how many streams to draw from.

    Parameters
    ----------
    seed
        Six integers, the first three below 2147483647 and the others below 2147462579, and
        neither three all 0; or one, which stands for six.
    """

    def __init__(self, seed: int | Sequence[int] = 12345) -> None:
        self.state_updates: list[Update] = []
        self.default_instance_seed = seed
        self.set_rstate(seed)

    def updates(self) -> list[Update]:
        """Return each state with the next one, the size and the number of streams."""
        return list(self.state_updates)

    def set_rstate(self, seed: int | Sequence[int]) -> None:
        """Set the state that the next draws start from."""
        self.rstate = mrg31k3p.start_of(seed)

    def seed(self, seed: int | Sequence[int] | None = None) -> None:
        """Seed every state anew, in the order of their making; None: by the first seed."""
        self.set_rstate(self.default_instance_seed if seed is None else seed)
        for state, _, size, nstreams in self.state_updates:
            n = self.n_streams(size) if nstreams is None else nstreams
            state.set_value(self.get_substream_rstates(n, "float64"), borrow=True)

    def inc_rstate(self) -> None:
        """Go on to the next stream, 2 ** 134 numbers ahead."""
        start = self.rstate.astype(np.uint32)
        self.rstate = mrg31k3p.ahead(start, mrg31k3p.STREAM).astype(np.int32)

    def get_substream_rstates(
        self, n_streams: int, dtype: str, inc_rstate: bool = True
    ) -> Array:
        """Return states ``(n_streams, 6)`` that are 2 ** 72 numbers apart.

        `dtype`, of the draws, has no effect. Then go on to the next stream, if `inc_rstate`.
        """
        start = self.rstate.astype(np.uint32)
        states = mrg31k3p.spaced(start, n_streams, mrg31k3p.SUBSTREAM).T.astype(np.int32)
        if inc_rstate:
            self.inc_rstate()
        return np.ascontiguousarray(states)

    def n_streams(self, size: object) -> int:
        """Return how many streams to draw from."""
        return guess_n_streams(size)

    def uniform(
        self,
        size: object,
        low: Value = 0.0,
        high: Value = 1.0,
        ndim: int | None = None,
        dtype: str | None = None,
        nstreams: int | None = None,
    ) -> TensorVariable:
        """Draw floats above `low` and below `high`, of floatX or the arguments' wider dtype."""
        bounds = pt.as_tensor(low), pt.as_tensor(high)
        dtype = dtype or upcast(pytensor.config.floatX, *(bound.dtype for bound in bounds))
        first, last = (pt.cast(bound, dtype) for bound in bounds)
        numbers = self._numbers(size, ndim, dtype, nstreams)
        draws = Stretch()(numbers, last - first, first)
        if draws.type.broadcastable != numbers.type.broadcastable:
            raise NotImplementedError("low and high have more entries than the size")
        return draws

    def _numbers(
        self, size: object, ndim: int | None, dtype: str, nstreams: int | None
    ) -> TensorVariable:
        """Draw numbers between 0 and 1 from a state of their own."""
        lengths = as_lengths(size)
        n = self.n_streams(size) if nstreams is None else nstreams
        state = pytensor.shared(self.get_substream_rstates(n, dtype))
        state.tag.is_rng = True
        op = MrgUniform(dtype, get_vector_length(lengths) if ndim is None else ndim)
        next_state, numbers = op(state, lengths)
        state._default_update = next_state
        self.state_updates.append((state, next_state, size, nstreams))
        return numbers

    def binomial(
        self,
        size: object = None,
        n: int = 1,
        p: Value = 0.5,
        ndim: int | None = None,
        dtype: str = "int64",
        nstreams: int | None = None,
    ) -> TensorVariable:
        """Draw 1 with probability `p`, else 0; only `n` = 1 was ever built."""
        if n != 1:
            raise NotImplementedError("MRG_RandomStreams.binomial with n > 1")
        numbers = self._numbers(size, ndim, pytensor.config.floatX, nstreams)
        return pt.cast(numbers < undefined_grad(pt.as_tensor(p)), dtype)

    def multinomial(
        self,
        size: None = None,
        n: int | TensorVariable = 1,
        pvals: Value | None = None,
        ndim: None = None,
        dtype: str = "int64",
        nstreams: int | None = None,
    ) -> TensorVariable:
        """Draw how often each outcome comes in `n` trials, by each row of `pvals`."""
        if size is not None or ndim is not None:
            raise ValueError("MRG_RandomStreams.multinomial takes its size from pvals")
        return MultinomialFromUniform(dtype)(*self._for_rows(pvals, n, nstreams), n)

    def choice(
        self,
        size: int | TensorVariable = 1,
        a: None = None,
        replace: bool = True,
        p: Value | None = None,
        ndim: None = None,
        dtype: str = "int64",
        nstreams: int | None = None,
    ) -> TensorVariable:
        """Choose `size` different columns by each row of the matrix `p`.

        Only ``replace=False`` was ever built, and only without `a`.
        """
        if replace:
            raise NotImplementedError("MRG_RandomStreams.choice works only with replace=False")
        if a is not None or ndim is not None:
            raise TypeError("MRG_RandomStreams.choice takes neither a nor ndim")
        return ChoiceFromUniform(dtype)(*self._for_rows(p, size, nstreams), size)

    def multinomial_wo_replacement(
        self, size: None = None, n: Any = 1, pvals: Any = None, **how: Any
    ) -> TensorVariable:
        """Choose `n` different columns: the old name of `choice`."""
        return self.choice(n, replace=False, p=pvals, **how)

    def _for_rows(
        self, chances: Value | None, n: int | TensorVariable, nstreams: int | None
    ) -> tuple[TensorVariable, TensorVariable]:
        """Return a matrix of probabilities, and `n` uniform numbers for each of its rows."""
        if chances is None:
            raise TypeError("draws of outcomes need their probabilities")
        rows = pt.as_tensor(chances)
        if rows.ndim != 2:
            raise NotImplementedError(f"probabilities must be a matrix, not {rows.ndim}-d")
        floatx = pytensor.config.floatX
        return rows, self._numbers(rows.shape[:1] * n, 1, floatx, nstreams)

    def normal(
        self,
        size: object,
        avg: Value = 0.0,
        std: Value = 1.0,
        ndim: int | None = None,
        dtype: str | None = None,
        nstreams: int | None = None,
        truncate: bool = False,
    ) -> TensorVariable:
        """Draw normal floats, of floatX or the arguments' wider dtype.

        With `truncate`, none is further than two `std` from `avg`.
        """
        lengths, given = as_lengths(size), (pt.as_tensor(avg), pt.as_tensor(std))
        dtype = dtype or upcast(pytensor.config.floatX, *(value.dtype for value in given))
        mean, deviation = (pt.cast(value, dtype) for value in given)

        def uniform(n: TensorVariable, low: TensorVariable | float) -> TensorVariable:
            return self.uniform((n,), low, 1.0, ndim=1, dtype=dtype, nstreams=nstreams)

        numbers = standard_normal(uniform, pt.prod(lengths, dtype="int64"), dtype, truncate)
        return Stretch()(pt.reshape(numbers, lengths, ndim=ndim), deviation, mean)

    def truncated_normal(
        self,
        size: object,
        avg: Value = 0.0,
        std: Value = 1.0,
        ndim: int | None = None,
        dtype: str | None = None,
        nstreams: int | None = None,
    ) -> TensorVariable:
        """Draw as `normal` with `truncate`, but so that the result's deviation is `std`."""
        given, by = pt.as_tensor(std), pt.constant(_TRUNCATED_STD)
        if isinstance(given, TensorConstant) and given.ndim == 0:
            wider = pt.constant(given.data / by.data)
            return self.normal(size, avg, wider, ndim, dtype, nstreams, truncate=True)
        # In this order, to the last bit: Theano's optimiser put numbers first.
        mean, wider = pt.as_tensor(avg), pt.constant(1 / by.data)
        dtype = dtype or upcast(pytensor.config.floatX, mean.dtype, given.dtype)
        draws = self.normal(size, 0.0, wider, ndim, dtype, nstreams, truncate=True)
        return Stretch()(draws, pt.cast(given, dtype), pt.cast(mean, dtype))
