"""A guard against stale functions, which do not use the parameters that were trained.

A compiled function keeps the expression that it was compiled from. Give the name of that
expression to another one, and the function goes on computing the first: no error, no warning,
and the first model's results under the second's name. That is how documents 1 and 2 came to
print one model's 15.12 % for two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.traversal import ancestors

from theano_tutorial.errors import StaleFunction


@dataclass(frozen=True)
class Dependence:
    """Which shared variables an output depends on; true if all that were asked for.

    Attributes
    ----------
    found, missing
        The parameters that it does and does not depend on.
    others
        The other shared variables that it depends on: data, or another model's parameters.
    """

    found: tuple[Any, ...]
    missing: tuple[Any, ...]
    others: tuple[Any, ...]

    def __bool__(self) -> bool:
        """Return whether it depends on every parameter."""
        return not self.missing

    def __str__(self) -> str:
        """Say it in one line."""
        if self:
            return f"depends on {_names(self.found)}"
        same = {param.name for param in self.missing} & {other.name for other in self.others}
        twins = f" (not the same {', '.join(sorted(filter(None, same)))})" if same else ""
        return (
            f"does not depend on {_names(self.missing)}; "
            f"it depends on {_names((*self.found, *self.others))} instead{twins}"
        )


def _names(variables: Sequence[Any]) -> str:
    """Return the names of variables, or types where they have none."""
    names = [variable.name or f"an unnamed {variable.type}" for variable in variables]
    return ", ".join(names) or "no shared variable"


def dependence(function: Any, params: Iterable[Any]) -> Dependence:
    """Find out which shared variables a function's outputs depend on.

    Parameters
    ----------
    function
        A compiled function; or one or several symbolic outputs.
    params
        Shared variables, such as those that were trained.

    Returns
    -------
    A `Dependence`: print it, or ask whether it is true.
    """
    used = _used(function)
    params = tuple(params)
    return Dependence(
        found=tuple(param for param in params if param in used),
        missing=tuple(param for param in params if param not in used),
        others=tuple(variable for variable in used if variable not in params),
    )


def require(function: Any, params: Iterable[Any]) -> None:
    """Refuse a function whose outputs do not depend on every one of the parameters.

    Raises
    ------
    StaleFunction
        Naming the parameters, and what it depends on instead.
    """
    result = dependence(function, params)
    if not result:
        raise StaleFunction(f"the function {result}; compile it again for the new expression")


def _used(function: Any) -> list[Any]:
    """Return the shared variables that outputs depend on, those of a function as compiled."""
    maker = getattr(function, "maker", None)
    if maker is None:
        outputs = function if isinstance(function, list | tuple) else [function]
        return [found for found in ancestors(outputs) if isinstance(found, SharedVariable)]
    # The compiled graph has copies of the shared variables in the order of the inputs; after
    # the outputs that the user asked for come the updates.
    outputs = maker.fgraph.outputs[: _n_outputs(maker)]
    reached = set(ancestors(outputs))
    pairs = zip(maker.inputs, maker.fgraph.inputs, strict=True)
    return [
        given.variable
        for given, copy in pairs
        if copy in reached and isinstance(given.variable, SharedVariable)
    ]


def _n_outputs(maker: Any) -> int:
    outputs = maker.outputs
    return len(outputs) if isinstance(outputs, list | tuple) else 1
