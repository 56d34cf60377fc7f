"""Checks of the first notebook: an expression, its slope, and updates that go downhill.

Nothing in that notebook needs an answer, so an empty blank does not stop it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pytensor
from pytensor.graph.basic import Variable
from pytensor.tensor.sharedvar import TensorSharedVariable as Shared
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial._types import Array
from theano_tutorial.exercise_checks.pairs import pairs_of
from theano_tutorial.exercise_checks.support import (
    Pairs,
    Stop,
    as_written,
    filled,
    learners_code,
    name_mistake,
    right,
    symbolic,
)

BLANKS = 3


def check_distance(distance: object, v: Tensor, w: Tensor) -> None:
    """Check the squared distance of two symbolic vectors, which is a symbolic number."""
    name = "distance"
    if _is_empty(name, distance, "one symbolic number, made from v and w"):
        return
    wanted = "a single number for both vectors"
    expression = symbolic(name, distance, 0, wanted, {"v": v, "w": w})
    one = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 5.0]])
    other = np.array([[4.0, 6.0, 2.0], [7.0, 1.0, 0.5]])
    values = _computed(name, expression, {v: one, w: other})
    gap = one - other
    true = (gap**2).sum(axis=1)
    mistakes = {
        "that is the distance; its square needs no root.": np.sqrt(true),
        "the differences are added before they are squared.": gap.sum(axis=1) ** 2,
        "the differences are not squared.": gap.sum(axis=1),
        "the differences' sizes are added; their squares should be.": abs(gap).sum(axis=1),
        "it has the wrong sign; a square is not negative.": -true,
        "that is a mean; it should be a sum.": (gap**2).mean(axis=1),
        "v and w are multiplied; their difference should be squared.": (one * other).sum(1),
        "v and w are added; they should be subtracted.": ((one + other) ** 2).sum(axis=1),
    }
    said = [f"for {_row(a)} and {_row(b)} it is" for a, b in zip(one, other, strict=True)]
    _judge(name, values, true, mistakes, said)
    pair = _computed(name, expression, {v: np.array([[1.0, 2.0]]), w: np.array([[4.0, 6.0]])})
    _judge(name, pair, np.array([25.0]), {}, ["for (1, 2) and (4, 6) it is"])
    right(name, "For (1, 2) and (4, 6) it is 9 + 16 = 25.", 1, BLANKS)


def check_slope(slope: object, x: Tensor) -> None:
    """Check the derivative of the notebook's cost ``(2 x - 6) ** 2`` with respect to `x`."""
    name = "slope"
    if _is_empty(name, slope, "an expression: the derivative of cost"):
        return
    expression = symbolic(name, slope, 0, "a single number, as x is", {"x": x})
    at = np.array([6.0, 1.0, -2.5])  # no common mistake is right at all three
    values, inner = _computed(name, expression, {x: at}), 2 * at - 6
    mistakes = {
        "that is the cost itself.": inner**2,
        "the inner derivative is missing: 2 x grows twice as fast as x.": 2 * inner,
        "it has the wrong sign.": -4 * inner,
        "that is the derivative of y; cost has another.": 2 * at,
    }
    _judge(name, values, 4 * inner, mistakes, [f"at x = {value:g} it is" for value in at])
    right(name, "At x = 6 it is 2 * (2 * 6 - 6) * 2 = 24.", 2, BLANKS)


def check_downhill(updates: object, cost: Tensor, theta: Shared) -> None:
    """Check updates that step downhill by 0.25 times a cost's slope; then show five steps."""
    name = "downhill"
    if _is_empty(name, updates, "a list with a pair: theta and its new value"):
        return
    pairs = pairs_of(name, updates, [theta])
    if len(pairs) != 1:
        raise Stop(f"{name}: only theta should change, and there are {len(pairs)} pairs.")
    ((_, new),) = pairs
    symbolic(name, new, 0, "a new value that is a single number", {"theta": theta})
    starts = np.array([10.0, 1.0, -4.0])
    routes = _routes(name, pairs, cost, theta, starts)
    slope, height = 2 * (starts - 2), (starts - 2) ** 2
    mistakes = {
        "theta climbs: which way is down?": starts + slope / 4,
        "theta stays where it is.": starts,
        "the new value is the step alone; where does it start from?": -slope / 4,
        "the new value is a part of the slope alone; where does it start from?": slope / 4,
        "the new value is the slope alone.": slope,
        "the step is the whole slope, not a quarter of it.": starts - slope,
        "the step is a quarter of the cost, not of its slope.": starts - height / 4,
        # Last: where theta is 0, it is the step alone.
        "there is a number where theta should be, such as get_value() returns.": (
            theta.get_value() - slope / 4
        ),
    }
    said = [f"from {start:g}, theta goes to" for start in starts]
    _judge(name, routes[:, 1], starts - slope / 4, mistakes, said)
    route = ", ".join(f"{place:g}" for place in routes[0])
    right(name, f"theta goes {route}, ...: half the way to 2 at each step.", 3, BLANKS)


def _is_empty(name: str, value: object, wanted: str) -> bool:
    """Return whether a blank is empty; if so, print what is wanted."""
    try:
        filled(name, value, wanted)
    except Stop as error:
        print(error)
        return True
    return False


def _computed(name: str, expression: Tensor, values: Mapping[Variable, Array]) -> Array:
    """Compute an expression for several values of its symbols."""
    with learners_code(name):
        function = pytensor.function([*values], expression, mode=as_written())
        return np.array([function(*row) for row in zip(*values.values(), strict=True)])


def _routes(name: str, pairs: Pairs, cost: Tensor, theta: Shared, starts: Array) -> Array:
    """Return where five steps take `theta`, one row per start; then restore its value."""
    before, routes = theta.get_value(), []
    with learners_code(name):
        step = pytensor.function([], cost, updates=pairs, mode=as_written())
    try:
        for start in starts:
            theta.set_value(start)
            routes.append([start])
            for _ in range(5):
                step()
                routes[-1].append(float(theta.get_value()))
    finally:
        theta.set_value(before)
    return np.array(routes)


def _judge(
    name: str, values: Array, true: Array, mistakes: Mapping[str, Array], said: Sequence[str]
) -> None:
    """Stop unless all values are the true ones; `said` begins the message about each value."""
    if np.allclose(values, true):
        return
    name_mistake(name, values, mistakes)
    k = int(np.argmin(np.isclose(values, true)))  # the first that is wrong
    raise Stop(f"{name}: {said[k]} {values[k]:g}, not {true[k]:g}.")


def _row(values: Array) -> str:
    return f"({', '.join(f'{value:g}' for value in values)})"
