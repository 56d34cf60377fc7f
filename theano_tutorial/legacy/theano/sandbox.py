"""`theano.sandbox`: no GPU, and `MRG_RandomStreams`, draws from many streams at once."""

from collections.abc import Sequence
from functools import partialmethod
from typing import Any, TypeAlias

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.gradient import undefined_grad
from pytensor.graph import Variable
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial._types import Array
from theano_tutorial.legacy.draws import mrg

Value: TypeAlias = Tensor | Array | float
# A state, its update, and the number of streams.
Update = tuple[pytensor.compile.SharedVariable, Tensor, int]
_TRUNCATED_STD = 0.87962566103423978  # of a standard normal distribution cut at -2 and 2

cuda_available = cuda_enabled = pygpu_activated = False


def use(*how: object, **more: object) -> None:
    """Ignore a device, or a lock: computation stays on the CPU, and compiles nothing."""


class MRG_RandomStreams:  # noqa: N801
    """Draws whose states compiled functions advance; a seed is one integer or six."""

    def __init__(self, seed: int | Sequence[int] = 12345) -> None:
        self.state_updates: list[Update] = []
        self.default_instance_seed = seed
        self.rstate = mrg.start_of(seed)

    def updates(self) -> list[Update]:
        """Return each state with the next one and the number of streams."""
        return list(self.state_updates)

    def seed(self, seed: int | Sequence[int] | None = None) -> None:
        """Reseed every state, in order of creation; None stands for the first seed."""
        self.rstate = mrg.start_of(self.default_instance_seed if seed is None else seed)
        for state, _, n in self.state_updates:
            state.set_value(self._next_states(n), borrow=True)

    def _next_states(self, n: int) -> Array:
        """Return the states ``(n, 6)`` of substreams, and move on to the next stream."""
        states = mrg.substreams(self.rstate, n)
        self.rstate = mrg.ahead(self.rstate, mrg.STREAM)
        return np.ascontiguousarray(states.T, np.int32)

    def n_streams(self, size: object) -> int:
        """Return the number of streams: n for n <= 6 numbers, else n // 6, at most 15,360."""
        if not isinstance(size, tuple | list) or any(isinstance(n, Variable) for n in size):
            return 60 * 256
        n = int(np.prod(size))
        return min(n // 6 if n > 6 else n, 60 * 256)

    def _numbers(
        self, size: object, dtype: str, ndim: int | None = None, nstreams: int | None = None
    ) -> Tensor:
        """Draw numbers between 0 and 1 from a state of their own."""
        lengths = pt.as_tensor(size, ndim=1)
        n = self.n_streams(size) if nstreams is None else nstreams
        if n < 1:
            raise ValueError(f"a size must be at least 1, not {size}")
        state = pytensor.shared(self._next_states(n))
        op = mrg.MrgUniform(dtype, pt.get_vector_length(lengths) if ndim is None else ndim)
        next_state, numbers = op(state, lengths)
        state._default_update = next_state
        self.state_updates.append((state, next_state, n))
        return numbers

    def uniform(self, size: object, low: Value = 0.0, high: Value = 1.0, **how: Any) -> Tensor:
        """Draw floats above `low` and below `high`, in floatX, or in their dtype if wider."""
        first, last = _in_one_dtype(how, low, high)
        return mrg.stretch(self._numbers(size, **how), last - first, first)

    def binomial(self, size: object = None, n: int = 1, p: Value = 0.5, **how: Any) -> Tensor:
        """Draw 1 with probability `p`, else 0; as in Theano, `n` must be 1."""
        if n != 1:
            raise NotImplementedError("MRG_RandomStreams.binomial with n > 1")
        dtype, how["dtype"] = how.get("dtype") or "int64", pytensor.config.floatX
        return pt.cast(self._numbers(size, **how) < undefined_grad(pt.as_tensor(p)), dtype)

    def multinomial(
        self, size: None = None, n: Value = 1, pvals: Value = 0.0, **how: Any
    ) -> Tensor:
        """Draw how often each outcome occurs in `n` trials, by each row of probabilities."""
        if size is not None:
            raise ValueError("MRG_RandomStreams.multinomial takes its size from pvals")
        return self._outcomes(pvals, n, how.pop("replace", True), **how)

    multinomial_wo_replacement = partialmethod(multinomial, replace=False)

    def choice(self, size: Value = 1, *, p: Value, replace: bool = True, **how: Any) -> Tensor:
        """Choose `size` different columns by each row of `p`; `replace` must be False."""
        if replace:
            raise NotImplementedError("MRG_RandomStreams.choice with replace=True")
        return self._outcomes(p, size, False, **how)

    def _outcomes(self, p: Value, n: Value, replace: bool, **how: Any) -> Tensor:
        rows = pt.as_tensor(p)
        if rows.ndim != 2:
            raise NotImplementedError(f"probabilities must be a matrix, not {rows.ndim}-d")
        op = mrg.FromUniform(how.get("dtype") or "int64", replace)
        how |= {"dtype": pytensor.config.floatX, "ndim": 1}
        return op(rows, self._numbers(rows.shape[:1] * n, **how), n)

    def normal(
        self, size: Any, avg: Value = 0.0, std: Value = 1.0, truncate: bool = False, **how: Any
    ) -> Tensor:
        """Draw normal floats; with `truncate`, none farther than two `std` from `avg`."""
        mean, deviation = _in_one_dtype(how, avg, std)
        lengths, ndim, dtype = pt.as_tensor(size, ndim=1), how.pop("ndim", None), mean.dtype
        n = pt.prod(lengths, dtype="int64")
        half = (n + 1) // 2  # Box and Muller: half of the numbers give radii, half angles
        numbers = self.uniform((2 * half,), **how)
        radius = mrg.radius(numbers[:half])
        angle = np.array(2 * np.pi, dtype) * numbers[half:]
        turns = [mrg.cosine(angle), mrg.sine(angle)]
        parts = [radius * turn for turn in turns]
        if truncate:  # those beyond 2 get a new radius below 2, and come after those kept
            beyond = [(part < -2.0) | (part > 2.0) for part in parts]
            again = [turn[pt.nonzero(far)[0]] for turn, far in zip(turns, beyond, strict=True)]
            n_new = again[0].size
            low = pt.constant(np.exp(-2.0), dtype=dtype)
            new = mrg.radius(self.uniform((n_new + again[1].size,), low, **how))
            kept = [part[pt.nonzero(~far)[0]] for part, far in zip(parts, beyond, strict=True)]
            parts = [kept[0], new[:n_new] * again[0], kept[1], new[n_new:] * again[1]]
        draws = pt.reshape(pt.join(0, *parts)[:n], lengths, ndim=ndim)
        return mrg.stretch(draws, deviation, mean)

    def truncated_normal(self, size: Any, avg: Value = 0, std: Value = 1, **how: Any) -> Tensor:
        """Draw as `normal` with `truncate`, scaled so that the draws' deviation is `std`."""
        mean, deviation = _in_one_dtype(how, avg, std)
        # Multiplied in this order for Theano's last bit: its optimiser put constants first.
        draws = self.normal(size, 0.0, 1 / _TRUNCATED_STD, truncate=True, **how)
        return mrg.stretch(draws, deviation, mean)


def _in_one_dtype(how: dict[str, Any], *given: Value) -> list[Tensor]:
    """Set ``how["dtype"]``, by default floatX or wider, and return the arguments in it."""
    values = [pt.as_tensor(value) for value in given]
    wider = pytensor.scalar.upcast(pytensor.config.floatX, *(value.dtype for value in values))
    how["dtype"] = how.get("dtype") or wider
    return [pt.cast(value, how["dtype"]) for value in values]
