"""Checks for the blanks of the exercise notebook (document 4).

Each says what is right or what is wrong, and gives no answer away. A blank that is empty or
wrong stops the notebook with that one sentence, not with a traceback.
"""

from theano_tutorial.exercise_checks.blanks import check_accuracy, check_cost, check_y_hat
from theano_tutorial.exercise_checks.projects import (
    check_momentum,
    check_scores,
    check_train,
    check_updates,
)
from theano_tutorial.exercise_checks.support import EMPTY, Stop

__all__ = [
    "EMPTY",
    "Stop",
    "check_accuracy",
    "check_cost",
    "check_momentum",
    "check_scores",
    "check_train",
    "check_updates",
    "check_y_hat",
]
