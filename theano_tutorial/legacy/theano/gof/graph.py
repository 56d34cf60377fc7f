"""`theano.gof.graph`: walks through a graph, in Theano's order."""

from collections.abc import Iterable, Mapping

from pytensor.graph.basic import Variable, equal_computations
from pytensor.graph.replace import clone_replace

from theano_tutorial.legacy import renames

__getattr__ = renames.names_of("theano.gof.graph")


def ancestors(
    variable_list: Iterable[Variable], blockers: Iterable[Variable] | None = None
) -> list[Variable]:
    """Return variables and all that they are computed from: the last first, inputs in order."""
    stop, waiting = set(blockers or ()), list(variable_list)
    found: dict[Variable, None] = {}
    while waiting:
        variable = waiting.pop()
        if variable in found:
            continue
        found[variable] = None
        if variable.owner is not None and variable not in stop:
            waiting.extend(reversed(variable.owner.inputs))
    return list(found)


def inputs(
    variable_list: Iterable[Variable], blockers: Iterable[Variable] | None = None
) -> list[Variable]:
    """Return the variables that a graph begins with, shared ones and constants among them."""
    return [v for v in ancestors(variable_list, blockers) if v.owner is None]


def is_same_graph(
    var1: Variable, var2: Variable, givens: Mapping[Variable, Variable] | None = None
) -> bool:
    """Return whether two variables are computed alike, after replacements."""
    first, second = (clone_replace([v], givens)[0] if givens else v for v in (var1, var2))
    return bool(equal_computations([first], [second]))
