"""`theano.gof.graph`: walks through a graph, in Theano's order."""

from collections.abc import Iterable

from pytensor.graph.basic import Variable

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
