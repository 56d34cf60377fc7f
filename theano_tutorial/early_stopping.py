"""Early stopping by patience: when to validate, whether it is a new best, when to give up.

Knows neither PyTensor nor NumPy: numbers go in, decisions come out.
"""

import math
from dataclasses import dataclass

PATIENCE = 5000
PATIENCE_INCREASE = 2
IMPROVEMENT_THRESHOLD = 0.995


def validation_frequency(n_train_batches: int, patience: int) -> int:
    """Return after how many iterations to validate: an epoch, or half of `patience` if less.

    Notes
    -----
    Differs from the tutorial: a patience of 1 gives 1, where the page would divide by zero.
    """
    return max(1, min(n_train_batches, patience // 2))


@dataclass
class EarlyStopping:
    """The patience rule of document 3.

    An *iteration* is one minibatch, counted from 0 over all epochs. Training goes on as long
    as its iteration is below `patience`; a validation error that is clearly better than the
    best so far extends that to `patience_increase` times the iteration at which it came.

    Attributes
    ----------
    patience
        Iterations to train at least. (The page's comment calls them examples; its code
        counts minibatches.)
    patience_increase
        Factor by which patience outlasts a clear improvement.
    improvement_threshold
        An improvement is clear if the new error is below this fraction of the best.
    best_validation_error
        Fraction; infinity before the first validation.

    References
    ----------
    Document 3, "Putting it All Together"; the deep learning tutorials' "Early-Stopping".
    """

    patience: float = PATIENCE
    patience_increase: float = PATIENCE_INCREASE
    improvement_threshold: float = IMPROVEMENT_THRESHOLD
    best_validation_error: float = math.inf

    def is_improved(self, iteration: int, validation_error: float) -> bool:
        """Take note of a validation error; return whether it is a new best.

        Any new best counts; only a clear one extends `patience`.
        """
        if not validation_error < self.best_validation_error:
            return False
        if validation_error < self.best_validation_error * self.improvement_threshold:
            self.patience = max(self.patience, iteration * self.patience_increase)
        self.best_validation_error = validation_error
        return True

    def is_over(self, iteration: int) -> bool:
        """Return whether patience ran out with this iteration."""
        return self.patience <= iteration
