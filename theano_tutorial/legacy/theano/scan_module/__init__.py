"""`theano.scan` and what goes with it: outputs and updates, as it always returned."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytensor.graph.basic import Variable
from pytensor.graph.replace import clone_replace
from pytensor.scan import basic, views

from theano_tutorial.legacy import renames
from theano_tutorial.legacy.lengths import forget
from theano_tutorial.legacy.wrapping import as_before

from ..updates import OrderedUpdates

__getattr__ = renames.names_of("theano.scan_module")


def _as_before(function: Callable[..., Any]) -> Callable[..., tuple[Any, OrderedUpdates]]:
    """Return a scan that takes Theano's arguments, and compiles in the door's mode."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> tuple[Any, OrderedUpdates]:
        given = signature.bind(*args, **kwargs).arguments
        given.pop("mode", None)
        if "outputs_info" in given:
            given["outputs_info"] = _states(given["outputs_info"])
        outputs, updates = as_before(function)(**given)
        found = OrderedUpdates()
        found.update(updates)
        return outputs, found

    return call


def _states(info: Any) -> Any:
    """Return first states whose lengths later ones need not have, as far as types say."""
    if isinstance(info, list | tuple):
        return [_states(state) for state in info]
    if isinstance(info, dict) and isinstance(info.get("initial"), Variable):
        return {**info, "initial": forget(info["initial"])}
    return forget(info) if isinstance(info, Variable) else info


scan = _as_before(basic.scan)
map = _as_before(views.map)
reduce = _as_before(views.reduce)
foldl = _as_before(views.foldl)
foldr = _as_before(views.foldr)


def clone(
    output: Variable | Sequence[Variable],
    replace: Mapping[Variable, Variable] | Sequence[tuple[Variable, Variable]] | None = None,
    strict: bool = True,
    share_inputs: bool = True,
    copy_inputs: bool | None = None,
) -> Variable | list[Variable]:
    """Return a copy of a graph, with some variables replaced.

    With `strict`, a replacement must have the type of what it replaces. The copy has the same
    inputs if `share_inputs` (once `copy_inputs`), else copies.
    """
    shared = share_inputs if copy_inputs is None else copy_inputs
    result: Variable | list[Variable] = clone_replace(
        output, replace, rebuild_strict=strict, copy_inputs_over=shared
    )
    return result
