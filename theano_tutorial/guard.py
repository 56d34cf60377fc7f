"""A guard against stale functions: compiled functions that ignore the trained parameters.

A compiled function keeps the expression that it was compiled from. If that expression's name is
given to another one, the function still computes the first: no error, no warning, and the first
model's results under the second's name. That is how "Training Neural Networks with Theano" came
to print one model's error, 15.12 %, for two models.
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
    """Which shared variables outputs depend on: print it, or test its truth value.

    Outputs depend on the parameters `found`, not on those `missing`, and on `others`: data, or
    another model's parameters.
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

    It is a compiled function, or one or several symbolic outputs. `params` are shared
    variables, such as those that were trained.
    """
    used, params = _used(function), tuple(listed(params, "params", "shared variables"))
    return Dependence(
        found=tuple(param for param in params if param in used),
        missing=tuple(param for param in params if param not in used),
        others=tuple(variable for variable in used if variable not in params),
    )


def require(function: Outputs, params: Iterable[SharedVariable]) -> None:
    """Refuse a function whose outputs do not depend on every parameter; see `dependence`.

    `StaleFunction` names what is missing, and what the outputs depend on instead.
    """
    result = dependence(function, params)
    if not result:
        raise StaleFunction(f"the function {result}; compile it again for the new expression")


def _used(function: Outputs) -> list[SharedVariable]:
    """Return the shared variables that outputs, or a function as compiled, depend on."""
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
