"""Checks of the first notebook: an expression, its slope, and updates that go downhill.

Nothing in that notebook needs an answer, so an empty blank does not stop it.
"""

from collections.abc import Mapping

import numpy as np
import pytensor
from pytensor.graph.basic import Variable
from pytensor.tensor.sharedvar import TensorSharedVariable as Shared
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial._types import Array
from theano_tutorial.exercise_checks.support import (
    EMPTY,
    Stop,
    as_written,
    empty,
    learners_code,
    pairs_of,
    right,
    symbolic,
)

BLANKS = 3


def check_distance(distance: object, v: Tensor, w: Tensor) -> None:
    """Check the squared distance of two symbolic vectors, a symbolic number."""
    name = "distance"
    if _is_empty(name, distance, "one symbolic number, made from v and w"):
        return
    wanted = "a single number: what is added up?"
    expression = symbolic(name, distance, 0, wanted, {"v": v, "w": w})
    one, other = np.array([1.0, 2.0, 3.0]), np.array([4.0, 6.0, 2.0])
    value = _computed(name, expression, {v: one, w: other})
    gap = one - other
    mistakes = {
        "that is the distance; its square needs no root.": np.sqrt(gap @ gap),
        "the differences are added before they are squared.": gap.sum() ** 2,
        "the differences are not squared.": gap.sum(),
        "the differences' sizes are added; their squares should be.": abs(gap).sum(),
        "it has the wrong sign; a square is not negative.": -(gap @ gap),
        "that is a mean; it should be a sum.": (gap**2).mean(),
        "v and w are multiplied; their difference should be squared.": one @ other,
        "v and w are added; they should be subtracted.": ((one + other) ** 2).sum(),
    }
    _judge(name, value, float(gap @ gap), mistakes, f"for {_row(one)} and {_row(other)}")
    right(name, "For (1, 2) and (4, 6) it is 9 + 16 = 25.", 1, BLANKS)


def check_slope(slope: object, x: Tensor) -> None:
    """Check the derivative of the notebook's cost, ``(2 x - 6) ** 2``, by its symbol `x`."""
    name = "slope"
    if _is_empty(name, slope, "an expression: the derivative of cost"):
        return
    expression = symbolic(name, slope, 0, "a single number, as x is", {"x": x})
    value = _computed(name, expression, {x: np.array(6.0)})
    mistakes = {
        "that is the cost itself.": 36.0,
        "the inner derivative is missing: 2 x grows twice as fast as x.": 12.0,
        "it has the wrong sign.": -24.0,
    }
    _judge(name, value, 24.0, mistakes, "at x = 6")
    right(name, "At x = 6 it is 2 * (2 * 6 - 6) * 2 = 24.", 2, BLANKS)


def check_downhill(updates: object, cost: Tensor, theta: Shared) -> None:
    """Check updates that take a step of 0.25 down a cost's slope; then show five steps."""
    name = "downhill"
    if _is_empty(name, updates, "a list with a pair: theta and its new value"):
        return
    pairs = pairs_of(name, updates, [theta])
    if len(pairs) != 1:
        raise Stop(f"{name}: only theta should change, and there are {len(pairs)} pairs.")
    ((_, new),) = pairs
    symbolic(name, new, 0, "a new value that is a single number", {"theta": theta})
    before = theta.get_value()
    with learners_code(name):
        step = pytensor.function([], cost, updates=pairs, mode=as_written())
    try:
        theta.set_value(np.array(10.0))
        step()
        value = float(theta.get_value())
        mistakes = {
            "theta climbs: which way is down?": 14.0,
            "theta stays where it is.": 10.0,
            "the new value is the step alone; where does it start from?": -4.0,
            "the new value is a part of the slope alone; where does it start from?": 4.0,
            "the new value is the slope alone.": 16.0,
            "the step is the whole slope, not a quarter of it.": -6.0,
        }
        _judge(name, value, 6.0, mistakes, "the new theta after 10")
        places = [value]
        for _ in range(4):
            step()
            places.append(float(theta.get_value()))
    finally:
        theta.set_value(before)
    route = ", ".join(f"{place:g}" for place in (10.0, *places))
    right(name, f"theta goes {route}, ...: half the way to 2 at each step.", 3, BLANKS)


def _is_empty(name: str, value: object, wanted: str) -> bool:
    """Return whether a blank is empty; if so, say what is wanted."""
    if value is EMPTY or value is None:
        print(empty(name, wanted))
        return True
    return False


def _computed(name: str, expression: Tensor, values: Mapping[Variable, Array]) -> float:
    with learners_code(name):
        function = pytensor.function([*values], expression, mode=as_written())
        return float(function(*values.values()))


def _judge(
    name: str, value: float, true: float, mistakes: Mapping[str, float], where: str
) -> None:
    if np.isclose(value, true):
        return
    for mistake, wrong in mistakes.items():
        if np.isclose(value, wrong):
            raise Stop(f"{name}: {mistake}")
    raise Stop(f"{name}: {where} it is {value:g}, not {true:g}.")


def _row(values: Array) -> str:
    return f"({', '.join(f'{value:g}' for value in values)})"
