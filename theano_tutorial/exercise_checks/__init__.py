"""Checks for the blanks of the notebooks on the first graph and the exercise (document 4).

Each check says what is right or wrong without giving the answer away. A wrong blank stops the
notebook with one sentence instead of a traceback; after `say_plainly`, so does anything else
that a learner's code raises.
"""

from theano_tutorial.exercise_checks.blanks import check_accuracy, check_cost, check_y_hat
from theano_tutorial.exercise_checks.first_graph import (
    check_distance,
    check_downhill,
    check_slope,
)
from theano_tutorial.exercise_checks.own_digit import own_digit
from theano_tutorial.exercise_checks.pairs import pairs_of
from theano_tutorial.exercise_checks.plainly import say_plainly
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
    "check_distance",
    "check_downhill",
    "check_momentum",
    "check_scores",
    "check_slope",
    "check_train",
    "check_updates",
    "check_y_hat",
    "own_digit",
    "pairs_of",
    "say_plainly",
]
