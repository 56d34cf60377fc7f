"""A learning rate that changes as training goes on."""

from collections.abc import Callable
from numbers import Real

import numpy as np
import pytensor
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._text import shortened
from theano_tutorial.errors import UsageError
from theano_tutorial.updates.steps import Scalar, as_dtype


class Schedule:
    """A learning rate that is multiplied by `decay` after each epoch.

    `decay` is from 0 to 1, or None for no decay. Give `rate` to a rule: it is a shared scalar
    in ``floatX`` or, without a decay, `initial` itself. With a decay, `initial` must be a
    number; otherwise `UsageError` is raised.

    >>> schedule = Schedule(0.5, decay=0.9)
    >>> schedule.rate
    learning_rate
    >>> schedule.begin_epoch(2)  # two have been done
    >>> float(schedule.rate.get_value().round(6))
    0.405
    """

    def __init__(self, initial: Scalar, decay: float | None = None) -> None:
        self.rate = initial
        self._set: Callable[[int], None] = lambda done: None
        if decay is None:
            return
        if isinstance(initial, TensorVariable):
            raise UsageError(f"a learning rate that decays must be a number; got {initial}")
        if not (isinstance(decay, Real) and 0 <= decay <= 1):
            raise UsageError(f"rate decay must be from 0 to 1; got {shortened(repr(decay))}")
        dtype = pytensor.config.floatX
        value = as_dtype(dtype, initial, "learning rate")
        self.rate = shared = pytensor.shared(value, name="learning_rate")
        self._set = lambda done: shared.set_value(np.asarray(initial * decay**done, dtype))

    def begin_epoch(self, done: int) -> None:
        """Set the rate for the epoch that follows `done` epochs."""
        self._set(done)
