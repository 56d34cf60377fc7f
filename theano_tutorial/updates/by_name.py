"""Look up update rules by name, to minimise a cost or to maximise an objective."""

from collections.abc import Sequence

from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._text import shortened
from theano_tutorial.errors import UsageError
from theano_tutorial.updates import NAMES, RULES
from theano_tutorial.updates.ascent import gradient_ascent
from theano_tutorial.updates.steps import Rule, Scalar, Updates, check_scalar


def descending(name: str) -> Rule:
    """Return the rule of that name, which minimises a cost; `UsageError` if there is none."""
    if name not in NAMES:
        raise UsageError(
            f"unknown update rule {shortened(name)!r}; accepted: {', '.join(NAMES)}"
        )
    return RULES[name]


def ascending(name: str) -> Rule:
    """Return the rule of that name, reversed so that it maximises an objective.

    For `sgd`, this is `gradient_ascent`. The others descend the negative of the objective.
    """
    rule = descending(name)
    if name == "sgd":
        return gradient_ascent

    def climb(
        objective: TensorVariable, params: Sequence[TensorSharedVariable], learning_rate: Scalar
    ) -> Updates:
        check_scalar(objective, "objective")
        return rule(-objective, params, learning_rate)

    return climb
