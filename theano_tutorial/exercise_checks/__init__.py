"""Checks for the blanks of notebooks: the first graph, and the exercise (document 4).

Each says what is right or what is wrong, and gives no answer away. A blank that is wrong stops
the notebook with that one sentence, not with a traceback; `say_plainly` lets it do the same
with whatever else a learner's code raises.
"""

from theano_tutorial.exercise_checks.blanks import check_accuracy, check_cost, check_y_hat
from theano_tutorial.exercise_checks.first_graph import (
    check_distance,
    check_downhill,
    check_slope,
)
from theano_tutorial.exercise_checks.own_digit import own_digit
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
    "say_plainly",
]
