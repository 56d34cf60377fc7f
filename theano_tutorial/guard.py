"""A guard against stale functions: compiled functions that ignore the trained parameters.

A compiled function keeps the expression that it was compiled from. If a new expression takes
over the old one's name, the function still computes the old one. Nothing warns that the first
model's results now pass for the second's. That is how "Training Neural Networks with Theano"
came to print one model's error, 15.12 %, for two models.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pytensor.compile.executor import Function
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors

from theano_tutorial._arguments import listed
from theano_tutorial._text import shortened
from theano_tutorial.errors import StaleFunction

Outputs: TypeAlias = Function | Variable | Sequence[Variable]


@dataclass(frozen=True)
class Dependence:
    """The shared variables that outputs depend on; it is true if no parameter is missing.

    The outputs depend on the parameters in `found` but not on those in `missing`. `others` are
    the other variables they depend on: data, or another model's parameters.
    """

    found: tuple[SharedVariable, ...]
    missing: tuple[SharedVariable, ...]
    others: tuple[SharedVariable, ...]

    def __bool__(self) -> bool:
        return not self.missing

    def __str__(self) -> str:
        if self:
            return f"depends on {_names(self.found)}"
        same = {param.name for param in self.missing} & {other.name for other in self.others}
        twins = f" (not the same {', '.join(sorted(filter(None, same)))})" if same else ""
        return (
            f"does not depend on {_names(self.missing)}; "
            f"it depends on {_names((*self.found, *self.others))} instead{twins}"
        )


def _names(variables: Sequence[Variable]) -> str:
    """Return the names of variables, or the types of those without a name."""
    names = [variable.name or f"an unnamed {variable.type}" for variable in variables]
    return ", ".join(names) or "no shared variable"


def dependence(function: Outputs, params: Iterable[SharedVariable]) -> Dependence:
    """Find out which shared variables a function's outputs depend on.

    `function` is a compiled function, or one or several symbolic outputs. `params` are the
    shared variables to look for, such as those that were trained. If there are none, or one is
    not a shared variable, `TypeError` is raised.
    """
    used, params = _used(function), tuple(listed(params, "params", "shared variables"))
    if not params or not all(isinstance(param, SharedVariable) for param in params):
        got = shortened(", ".join(map(repr, params))) or "none"
        raise TypeError(f"params must be shared variables, such as model.params; got {got}")
    return Dependence(
        found=tuple(param for param in params if param in used),
        missing=tuple(param for param in params if param not in used),
        others=tuple(variable for variable in used if variable not in params),
    )


def require(function: Outputs, params: Iterable[SharedVariable]) -> None:
    """Refuse a function whose outputs do not depend on every parameter; see `dependence`.

    Raises `StaleFunction`, which names the missing ones and those that are used instead.
    """
    result = dependence(function, params)
    if not result:
        raise StaleFunction(f"the function {result}; compile it again for the new expression")


def _used(function: Outputs) -> list[SharedVariable]:
    """Return the shared variables that symbolic outputs, or a whole function, depend on."""
    maker = getattr(function, "maker", None)
    if maker is None:
        outputs = function if isinstance(function, list | tuple) else [function]
        if not all(isinstance(output, Variable) for output in outputs):
            got = shortened(repr(function))
            raise TypeError(f"a compiled function or symbolic outputs are wanted; got {got}")
        return [found for found in ancestors(outputs) if isinstance(found, SharedVariable)]
    # The compiled graph holds copies of the shared variables, in the order of the inputs. Its
    # outputs are those that the user asked for, then the updates.
    n_outputs = len(maker.outputs) if isinstance(maker.outputs, list | tuple) else 1
    outputs = maker.fgraph.outputs[:n_outputs]
    reached = set(ancestors(outputs))
    return [
        given.variable
        for given, copy in zip(maker.inputs, maker.fgraph.inputs, strict=True)
        if copy in reached and isinstance(given.variable, SharedVariable)
    ]
