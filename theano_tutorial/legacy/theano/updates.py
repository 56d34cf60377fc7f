"""`OrderedUpdates`: a dictionary of new values of shared variables."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable

Pairs = Mapping[SharedVariable, Variable] | Iterable[tuple[SharedVariable, Variable]]


class OrderedUpdates(OrderedDict[SharedVariable, Any]):
    """New values of shared variables, in the order in which they came.

    A key that is not shared raises a `TypeError`, as does a value that its variable cannot
    take; two new values of the same variable raise a `KeyError`.
    """

    def __setitem__(self, key: SharedVariable, value: object) -> None:
        if not isinstance(key, SharedVariable):
            raise TypeError("OrderedUpdates keys must inherit from SharedVariable", key)
        super().__setitem__(key, key.type.filter_variable(value))

    def update(self, *pairs: Pairs) -> None:  # type: ignore[override]
        """Add pairs, or all of another dictionary."""
        for given in pairs:
            for key, value in given.items() if isinstance(given, Mapping) else given:
                if key in self and self[key] is not value:
                    raise KeyError("Collision", key)
                self[key] = value

    def __add__(self, other: Pairs) -> "OrderedUpdates":
        result = OrderedUpdates()
        result.update(self, other)
        return result

    def __radd__(self, other: Pairs) -> "OrderedUpdates":
        result = OrderedUpdates()
        result.update(other, self)
        return result
