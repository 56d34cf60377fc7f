"""`theano.gof`: walks through a graph, in Theano's order, and `Op` with the methods it had."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from pytensor.graph import op
from pytensor.graph.basic import Variable, equal_computations
from pytensor.graph.replace import clone_replace

from theano_tutorial.legacy import renames

__getattr__ = renames.names_of("theano.gof")


class Op(op.Op):
    """A base for operations of one's own, with `grad`, `R_op` and `infer_shape` as they were.

    PyTensor asks for `pullback` and `pushforward`, and gives `infer_shape` the graph first.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        defined = vars(cls)
        if "grad" in defined and not {"L_op", "pullback"} & set(defined):
            cls.L_op = lambda self, inputs, outputs, given: self.grad(inputs, given)
        if "L_op" in defined and "pullback" not in defined:
            cls.pullback = defined["L_op"]
        if "R_op" in defined and "pushforward" not in defined:
            cls.pushforward = lambda self, inputs, outputs, points: self.R_op(inputs, points)
        theirs: Any = defined.get("infer_shape")
        if theirs and len(inspect.signature(theirs).parameters) == 3:
            cls.infer_shape = lambda self, *context: theirs(self, *context[-2:])


def inputs(
    variable_list: Iterable[Variable], blockers: Iterable[Variable] | None = None
) -> list[Variable]:
    """Return the variables that graphs begin with: the last graph's first, from the left."""
    stop, waiting = set(blockers or ()), list(variable_list)
    found: dict[Variable, None] = {}
    while waiting:
        variable = waiting.pop()
        if variable not in found and variable.owner is not None and variable not in stop:
            waiting.extend(reversed(variable.owner.inputs))
        found[variable] = None
    return [variable for variable in found if variable.owner is None]


def is_same_graph(
    var1: Variable, var2: Variable, givens: Mapping[Variable, Variable] | None = None
) -> bool:
    """Return whether two variables are computed alike, after replacements."""
    return bool(equal_computations(*(clone_replace([v], givens or {}) for v in (var1, var2))))
