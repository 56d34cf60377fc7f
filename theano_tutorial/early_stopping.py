"""Early stopping by patience: when to validate, what counts as better, when to stop."""

import math
from dataclasses import dataclass
from numbers import Real

from theano_tutorial._arguments import whole
from theano_tutorial._text import shortened
from theano_tutorial.errors import UsageError

# The tutorial's values; patience is counted in iterations.
PATIENCE = 5000
PATIENCE_INCREASE = 2
IMPROVEMENT_THRESHOLD = 0.995


def validation_frequency(n_train_batches: int, patience: int) -> int:
    """Return how many iterations pass between validations: an epoch, or half of `patience`.

    The smaller counts, but at least 1; the tutorial divides by zero if the patience is 1.
    """
    return max(1, min(whole(n_train_batches, "n_train_batches"), patience // 2))


@dataclass
class EarlyStopping:
    """The patience rule: wait for a better model, and longer after each clear improvement.

    An *iteration* is one minibatch, counted from 0 over all epochs. Training continues while
    the iteration is below `patience`. A validation error clearly better than the best so far
    raises `patience` to `patience_increase` times the current iteration, if that is more.

    "Clearly better" means below `improvement_threshold` times the best so far.
    `best_validation_error` is a fraction from 0 to 1; infinity before the first validation. (A
    comment in the tutorial counts `patience` in examples; its code counts minibatches.)

    `patience` is from 1, `patience_increase` from 0 (up to 1, it changes nothing), and
    `improvement_threshold` from 0 to 1; other values, and NaN, raise `UsageError`.

    Source: document 3, section "Putting it All Together"; deeplearning.net's "Getting
    Started", section "Early-Stopping".
    """

    patience: float = PATIENCE
    patience_increase: float = PATIENCE_INCREASE
    improvement_threshold: float = IMPROVEMENT_THRESHOLD
    best_validation_error: float = math.inf

    def __post_init__(self) -> None:
        _check("patience", self.patience, 1)
        _check("patience_increase", self.patience_increase, 0)
        _check("improvement_threshold", self.improvement_threshold, 0, 1)

    def is_improved(self, iteration: int, validation_error: float) -> bool:
        """Record a validation error; return whether it is a new best.

        Any lower error is a new best, and NaN never is; only a clearly better one can extend
        `patience`.
        """
        if not validation_error < self.best_validation_error:
            return False
        if validation_error < self.best_validation_error * self.improvement_threshold:
            self.patience = max(self.patience, iteration * self.patience_increase)
        self.best_validation_error = validation_error
        return True

    def is_over(self, iteration: int) -> bool:
        """Return whether patience has run out at this iteration."""
        return self.patience <= iteration


def _check(name: str, value: float, least: float, most: float = math.inf) -> None:
    if not (isinstance(value, Real) and least <= value <= most):
        to = f" to {most}" if most < math.inf else ""
        raise UsageError(
            f"{name} must be a number from {least}{to}; got {shortened(repr(value))}"
        )
