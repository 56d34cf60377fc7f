"""`theano.scan` and what goes with it. It returns outputs and updates, as it always did."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytensor.graph.basic import Variable
from pytensor.graph.replace import clone_replace
from pytensor.scan import basic
from pytensor.scan.utils import until

from theano_tutorial.legacy import renames
from theano_tutorial.legacy.lengths import forget
from theano_tutorial.legacy.wrapping import as_before

from ..updates import OrderedUpdates

__all__ = ["clone", "foldl", "foldr", "map", "reduce", "scan", "until"]

__getattr__ = renames.names_of("theano.scan_module")

# One variable, a list of them, or dictionaries with "input" or "initial", and "taps".
Info = Any
# What a step or a scan gives: outputs, and new values of shared variables.
Result = tuple[Any, OrderedUpdates]


def scan(
    fn: Callable[..., object],
    sequences: Info = None,
    outputs_info: Info = None,
    non_sequences: Info = None,
    n_steps: int | Variable | None = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: object = None,
    name: str | None = None,
    profile: bool | str = False,
    allow_gc: bool | None = None,
    strict: bool = False,
    return_list: bool = False,
) -> Result:
    """Take steps along sequences; return what they give, and the updates of shared variables.

    The arguments are Theano's. Steps are compiled in the door's mode, whatever `mode` says.
    """
    outputs, updates = as_before(basic.scan)(
        fn,
        sequences=sequences,
        outputs_info=_states(outputs_info),
        non_sequences=non_sequences,
        n_steps=n_steps,
        truncate_gradient=truncate_gradient,
        go_backwards=go_backwards,
        name=name,
        profile=profile,
        allow_gc=allow_gc,
        strict=strict,
        return_list=return_list,
    )
    found = OrderedUpdates()
    found.update(updates)
    return outputs, found


def _states(info: Info) -> Info:
    """Return first states whose lengths later ones need not have, as far as types say."""
    if isinstance(info, list | tuple):
        return [_states(state) for state in info]
    if isinstance(info, dict) and isinstance(info.get("initial"), Variable):
        return {**info, "initial": forget(info["initial"])}
    return forget(info) if isinstance(info, Variable) else info


def map(
    fn: Callable[..., object],
    sequences: Info,
    non_sequences: Info = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: object = None,
    name: str | None = None,
) -> Result:
    """Apply a function to each entry of sequences."""
    return scan(
        fn, sequences, [], non_sequences, None, truncate_gradient, go_backwards, name=name
    )


def reduce(
    fn: Callable[..., object],
    sequences: Info,
    outputs_info: Info,
    non_sequences: Info = None,
    go_backwards: bool = False,
    mode: object = None,
    name: str | None = None,
) -> Result:
    """Apply a function to each entry of sequences and what it gave before; return the last."""
    outputs, updates = scan(
        fn, sequences, outputs_info, non_sequences, go_backwards=go_backwards, name=name
    )
    if isinstance(outputs, list | tuple):
        return [output[-1] for output in outputs], updates
    return outputs[-1], updates


def foldl(
    fn: Callable[..., object],
    sequences: Info,
    outputs_info: Info,
    non_sequences: Info = None,
    mode: object = None,
    name: str | None = None,
) -> Result:
    """Reduce from the left."""
    return reduce(fn, sequences, outputs_info, non_sequences, name=name)


def foldr(
    fn: Callable[..., object],
    sequences: Info,
    outputs_info: Info,
    non_sequences: Info = None,
    mode: object = None,
    name: str | None = None,
) -> Result:
    """Reduce from the right."""
    return reduce(fn, sequences, outputs_info, non_sequences, go_backwards=True, name=name)


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
