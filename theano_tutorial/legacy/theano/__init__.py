"""`theano`, `theano.compile`, `theano.gof`; `renames` finds what is not defined here."""

import inspect
import operator
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.debug.monitormode import MonitorMode as PyTensorMonitorMode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph import traversal as walks
from pytensor.graph.basic import Variable, equal_computations
from pytensor.scan import basic, views

from theano_tutorial._types import Array
from theano_tutorial.legacy import mode as door
from theano_tutorial.legacy.draws.random_state import share
from theano_tutorial.legacy.graphs import Op, OpFromGraph, computing, get_test_value  # noqa: F401
from theano_tutorial.legacy.mode import Mode, OpRemove, as_before, by_position, forget, inputs  # noqa: F401
from theano_tutorial.legacy.settings import change_flags, config

__version__, enable_sparse = "1.0.5", True

_GRADIENTS = (pytensor.gradient.Lop, pytensor.gradient.jacobian, pytensor.gradient.hessian)
Lop, jacobian, hessian = (computing(as_before()(each)) for each in _GRADIENTS)


@computing
@as_before()
def Rop(*args: object, **how: object) -> Any:
    """Return products with a Jacobian, by each operation's own `R_op` if all have one."""
    try:
        return pytensor.gradient.Rop(*args, use_op_rop_implementation=True, **how)
    except NotImplementedError:
        return pytensor.gradient.Rop(*args, **how)


@computing
def grad(*args: object, return_disconnected: str = "zero", **how: object) -> Any:
    """Return gradients; `return_disconnected` may be ``"None"``, with a capital."""
    return pytensor.gradient.grad(*args, return_disconnected=return_disconnected.lower(), **how)


def _asarray(a: object, dtype: str, **how: Any) -> Array:
    """Return an array of a dtype, which may be ``"floatX"``."""
    return np.asarray(a, np.dtype(config.floatX if dtype == "floatX" else dtype), **how)


class OrderedUpdates(OrderedDict[SharedVariable, Any]):
    """Updates of shared variables; ``+`` merges them with others."""

    def __add__(self, other: Any) -> "OrderedUpdates":
        return OrderedUpdates({**self, **dict(other)})

    def __radd__(self, other: Any) -> "OrderedUpdates":  # adds to a list of pairs
        return OrderedUpdates({**dict(other), **self})


def _as_before(function: Callable[..., Any]) -> Callable[..., tuple[Any, OrderedUpdates]]:
    """Return a scan that takes Theano's arguments and compiles in the door's mode."""
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: Any, **kwargs: object) -> tuple[Any, OrderedUpdates]:
        given = signature.bind(*args, **kwargs).arguments
        given.pop("mode", None)
        if "outputs_info" in given:
            given["outputs_info"] = _states(given["outputs_info"])
        fixed = given.get("non_sequences")
        fixed = fixed if isinstance(fixed, list | tuple) else [] if fixed is None else [fixed]
        fixed = [v if isinstance(v, Variable) else pt.as_tensor(v) for v in fixed]
        step, compute = _draws_anew(given["fn"], fixed), config.compute_test_value
        examples = [] if compute == "off" else [*_examples(given)]

        def fn(*args: Variable) -> object:
            for argument, example in zip(args, examples, strict=False):
                vars(argument.tag).update(vars(example.tag))
            with change_flags(compute_test_value=compute):
                return step(*args)

        given |= {"non_sequences": fixed, "fn": fn}
        outputs, updates = computing(as_before()(function))(**given)
        return outputs, OrderedUpdates(updates)

    return call


def _draws_anew(step: Callable[..., object], given: list[Variable]) -> Callable[..., object]:
    """Return a step that also applies default updates of shared variables it is not given."""

    def call(*args: Variable) -> tuple[object, ...]:
        condition, outputs, updates = basic.get_updates_and_outputs(step(*args))
        for v in inputs([*outputs, *updates.values()], given):
            if isinstance(v, SharedVariable) and v.default_update is not None:
                updates.setdefault(v, v.default_update)
        return outputs, updates, *([] if condition is None else [basic.until(condition)])

    return call


def _examples(given: dict[str, Any]) -> Iterator[Variable]:
    """Yield what sequences and states stand for in the first step, with test values."""
    for name, usual in ("sequences", [0]), ("outputs_info", [-1]):
        whole = given.get(name)
        for each in whole if isinstance(whole, list | tuple) else [whole]:
            told = each if isinstance(each, dict) else {"input": each}
            x = told.get("input", told.get("initial"))
            if x is None:
                continue
            x, taps = pt.as_tensor(x), [*np.ravel(told.get("taps") or usual)]
            if taps == usual == [-1]:  # the state is the first step's
                yield x
            else:
                yield from (x[k - min(0, *taps)] for k in taps)


def _states(info: object) -> Any:
    """Return initial states whose types do not fix the lengths of later ones."""
    if isinstance(info, list | tuple):
        return [_states(state) for state in info]
    if isinstance(info, dict) and "initial" in info:
        return {**info, "initial": _states(info["initial"])}
    return forget(info)


_WALKS = (walks.ancestors, walks.applys_between, walks.orphans_between, walks.vars_between)
ancestors, ops, orphans, variables = (lambda *given, f=f: [*f(*given)] for f in _WALKS)
scan, map, reduce = (_as_before(each) for each in (basic.scan, views.map, views.reduce))
foldl, foldr = _as_before(views.foldl), _as_before(views.foldr)
_STRICT = "strict=rebuild_strict share_inputs=copy_inputs_over"
is_same_graph = by_position(lambda var1, var2: equal_computations([var1], [var2]), "var1 var2")
clone = by_position(pytensor.graph.clone_replace, f"output replace {_STRICT}")

_SIGNATURE = inspect.signature(pytensor.function)
FAST_RUN, FAST_COMPILE = "FAST_RUN", "FAST_COMPILE"
get_mode = get_default_mode = door.named


class In(pytensor.compile.io.In):
    """An input with a default `value`, which PyTensor accepts only in a container."""

    def __init__(
        self, variable: Variable, name: str | None = None, value: Any = None, **how: Any
    ) -> None:
        if value is not None:
            value = pytensor.link.basic.Container(variable, [variable.type.filter(value)])
        super().__init__(variable, name=name, value=value, **{"implicit": False, **how})


Param = by_position(In, "variable default=value name mutable strict allow_downcast borrow")


class Function(pytensor.compile.executor.Function):
    """A compiled function whose default arguments stay the same, whatever a call is given."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: object) -> Any:
        try:
            results = super().__call__(*args, **kwargs)
            keys = self.maker.keys  # if outputs are a dictionary
            return results if keys is None else dict(zip(keys, results, strict=True))
        finally:
            for container, value in self.maker.defaults:
                container.storage[0] = value

    def copy(self, *args: object, **how: object) -> "Function":
        """Return a copy; as in Theano, it returns a list even if there is one output."""
        made = super().copy(*args, **how)
        made.unpack_single = False
        return _as_theanos(made, keys=None, again=partial(Function.copy, self, *args, **how))

    fn, value = property(lambda self: self.vm), property(lambda self: self)

    @property
    def container(self) -> dict[object, Any]:
        """The places of arguments, by name and by variable."""
        pairs = zip(self.maker.inputs, self.input_storage, strict=True)
        return {key: cell for given, cell in pairs for key in (given.variable, given.name)}

    def __getitem__(self, key: object) -> Any:
        return self.container[key].value

    def __setitem__(self, key: object, value: object) -> None:
        self.container[key].value = value

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Callable[[], "Function"]]]:
        """Pickle or deep-copy the arguments, and compile from them again."""
        return operator.call, (self.maker.again,)


def _input(given: Any) -> Any:
    """Return an input; ``(variable, value)`` and ``((variable, update), value)`` are, too."""
    if not isinstance(given, list | tuple):
        return given
    *name, variable, value = given
    new = variable if isinstance(variable, list | tuple) else (variable, None)
    return In(new[0], name[0] if name else None, value=value, update=new[1])


def function(
    inputs: Sequence[Any], outputs: Any = None, mode: Any = None, *args: Any, **how: Any
) -> Function:
    """Compile a function, as `theano.function` did."""
    inputs = [_input(each) for each in inputs]
    told = _SIGNATURE.bind(inputs, outputs, None, *args, **how).arguments
    keys = [*outputs] if isinstance(outputs, dict) else None
    listed = [*outputs.values()] if keys else outputs
    listed = list(listed) if isinstance(listed, tuple) else listed
    updates = told.get("updates") or ()
    pairs = updates.items() if isinstance(updates, dict) else updates
    told["updates"] = [(old, forget(value, old)) for old, value in pairs]
    told["no_default_updates"] = told.get("no_default_updates") or None
    with door.as_before():
        made: Any = pytensor.function(**{**told, "outputs": listed, "mode": door.named(mode)})
    return _as_theanos(made, keys=keys, again=partial(function, **told))


def _as_theanos(made: Function, **kept: object) -> Function:
    made.maker.__dict__.update(kept)
    made.maker.defaults = [
        (container, container.storage[0])
        for given, container in zip(made.maker.inputs, made.input_storage, strict=True)
        if not (container.required or container.implicit or given.update)
    ]
    made.__class__ = Function  # it adds methods, but no attribute
    return made


def MonitorMode(pre_func: Any = None, post_func: Any = None, **_: object) -> Any:
    """Return a mode that calls functions before and after each node."""
    told = [f and (lambda graph, *node, f=f: f(*node)) for f in (pre_func, post_func)]
    return PyTensorMonitorMode(*told, optimizer=door.named().provided_optimizer)


def shared(value: Any, name: str | None = None, *args: object, **how: Any) -> SharedVariable:
    """Return a shared variable; `target`, a GPU's name, is ignored."""
    if isinstance(value, np.random.RandomState):
        return share(value, name)
    how.pop("target", None)
    value = np.asarray(value) if isinstance(value, np.ma.MaskedArray) else value
    if (pattern := how.pop("broadcastable", None)) is not None:
        how["shape"] = [bool(repeated) for repeated in pattern]
    made: SharedVariable = pytensor.shared(value, name, *args, **how)
    return made
