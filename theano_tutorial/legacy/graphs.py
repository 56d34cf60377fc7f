"""Theano's variables and operations, and what `config.compute_test_value` has them compute."""

import copy
import functools
import inspect
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytensor
import pytensor.tensor as pt
from numpy._core import _dtype
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph import Apply, Constant, Variable
from pytensor.scan.op import Scan
from pytensor.tensor.variable import TensorVariable, _tensor_py_operators

from theano_tutorial.legacy.mode import R, as_before, by_position, forget, named
from theano_tutorial.legacy.mode import inputs as graph_inputs
from theano_tutorial.legacy.settings import config

_begin = vars(pytensor.graph.Op).get("__init_subclass__", vars(object)["__init_subclass__"])
_OVERRIDES = ("lop_overrides", "grad_overrides", "rop_overrides")
# What operations made of graphs keep for later, and pickles cannot.
_UNCACHED: dict[str, object] = {"_lop_op_cache": {}, "_rop_op_cache": None}
_MISSING = "Cannot compute test value: input {} ({}) of Op {} missing default value"


def get_test_value(v: object) -> Any:
    """Return a variable's value for tests, or raise `AttributeError` if it has none."""
    variable = v if isinstance(v, Variable) else pt.as_tensor_variable(v)
    if isinstance(variable, Constant):
        return variable.data
    if isinstance(variable, SharedVariable):
        return variable.container.storage[0]
    if not hasattr(variable.tag, "test_value"):
        raise AttributeError(f"{variable} has no test value")
    try:
        return variable.type.filter(variable.tag.test_value)
    except TypeError as error:  # which operators would take for their own, and hide
        raise ValueError(f"{variable}: its test value has another type: {error}") from error


def get_debug_values(*args: object) -> list[Any]:
    """Return the variables' test values, as the one item, if settings ask and all have one."""
    with suppress(AttributeError):
        if config.compute_test_value != "off":
            found = tuple(map(get_test_value, args))
            return [found if len(found) > 1 else found[0]]
    return []


def computing(function: Callable[..., R]) -> Callable[..., R]:
    """Return a function whose results are computed if they can be, and settings say so."""

    def before(v: Variable) -> list[Variable]:
        return [] if v.owner is None or hasattr(v.tag, "test_value") else v.owner.inputs

    @functools.wraps(function)
    def call(*args: object, **how: object) -> R:
        if config.compute_test_value == "off":
            return function(*args, **how)
        with as_before():  # computes nothing on its way
            results = function(*args, **how)
        variables = [v for v in pytensor.utils.flatten(results) if isinstance(v, Variable)]
        for v in pytensor.graph.traversal.walk_toposort(variables, before):
            if v.owner is not None and not hasattr(v.tag, "test_value"):
                _compute(v.owner)
        return results

    return call


def _compute(node: Apply) -> None:
    with as_before():  # newer releases of PyTensor need no clone, and say so
        once = node.clone(clone_inner_graph=True)
    cells: dict[Variable, list[Any]] = {v: [None] for v in once.outputs}
    for i, v in enumerate(node.inputs):
        try:
            cells[v] = [copy.copy(get_test_value(v))]  # an operation may overwrite it
        except AttributeError:
            missing = _MISSING.format(i, v, node)
            if v.owner is None and v.name:  # a script's own; PyTensor makes up others
                if config.compute_test_value == "raise":
                    raise ValueError(missing) from None
                if config.compute_test_value == "warn":
                    warnings.warn(f"Warning, {missing}", stacklevel=4)
            return
    is_known = {v: [v.owner is not once] for v in cells}
    with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        once.op.make_thunk(once, cells, is_known, [], impl="py")()
    for v, computed in zip(node.outputs, once.outputs, strict=True):
        v.tag.test_value = cells[computed][0]


def is_instance(value: object, *kind: Any) -> bool:
    """Return `isinstance`; Theano's constants and shared variables were no `TensorVariable`."""
    if isinstance(value, *kind) and isinstance(value, Constant | SharedVariable):
        kind = (tuple({*pytensor.utils.flatten(get_args(*kind) or kind)} - {TensorVariable}),)
    return isinstance(value, *kind)


class Op(pytensor.graph.Op):
    """The base class of a script's own operations."""

    def perform(self, *_: object) -> None:
        """Compute the outputs; not needed where `make_thunk` is overridden."""
        raise NotImplementedError(f"{self} has no perform")


def _rename_methods(cls: Any, **kwargs: object) -> None:
    """Give methods PyTensor's names, even if the class extends one of PyTensor's operations."""
    _begin.__get__(None, cls)(**kwargs)
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


pytensor.graph.Op.__init_subclass__ = classmethod(_rename_methods)  # type: ignore[arg-type]
pytensor.graph.Op.__call__ = computing(pytensor.graph.Op.__call__)


class OpFromGraph(pytensor.OpFromGraph):
    """An operation made of a graph; overrides replace its derivatives, unless ``"default"``."""

    __eq__, __hash__ = object.__eq__, object.__hash__  # equal graphs may have other overrides
    derivative_op_type = property(type)  # so that overrides may use shared variables

    def __init__(self, *args: Any, **how: Any) -> None:
        names = ("inputs", "outputs", "inline", *_OVERRIDES, "connection_pattern", "name")
        how |= dict(zip(names, args, strict=False))
        lop, grad, rop = (how.pop(name, "default") for name in _OVERRIDES)
        if "default" not in (lop, grad):
            raise ValueError("lop_overrides and grad_overrides are mutually exclusive")
        how |= {"pullback": _told(lop) or _told(grad, _of_gradients), "pushforward": _told(rop)}
        found = graph_inputs(how["outputs"], given := how["inputs"])
        self.shared = [v for v in found if isinstance(v, SharedVariable) and v not in given]
        how |= {"inputs": [*given, *self.shared], "inline": True}  # else in a mode of its own
        super().__init__(**how)

    def __call__(self, *inputs: Any, **how: object) -> Any:
        has_all = len(inputs) == len(self.input_types)  # else shared variables are left out
        return super().__call__(*inputs, *(() if has_all else self.shared), **how)


def _told(overrides: Any, adapt: Callable[..., Any] | None = None) -> Any:
    """Return overrides as PyTensor takes them: None stands for ``"default"``."""
    if isinstance(overrides, list):
        return [_told(each, adapt) for each in overrides]
    if isinstance(overrides, str) and overrides == "default":
        return None
    return functools.partial(adapt, overrides) if adapt and callable(overrides) else overrides


def _of_gradients(grad: Any, inputs: list[Any], outputs: object, given: list[Any]) -> Any:
    if isinstance(grad, OpFromGraph):
        return grad(*inputs, *given, return_list=True)
    return grad(inputs, given)


def apply() -> None:
    """Make variables behave as Theano's did, for the rest of this process."""
    operators: Any = _tensor_py_operators
    operators.__bool__ = _bool
    operators.__getitem__ = _item(operators.__getitem__)
    operators.reshape = by_position(operators.reshape, "self shape ndim")
    for name in ("zeros_like", "ones_like"):
        setattr(operators, name, functools.partialmethod(_like, getattr(operators, name)))
    pt.math.var = import_module("theano_tutorial.legacy.theano.tensor").var
    to_array: Any = pt.TensorType.filter
    pt.TensorType.filter = lambda of, value, *how, **more: to_array(
        of, np.asarray(value) if isinstance(value, np.matrix) else value, *how, **more
    )
    SharedVariable.default_update = property(lambda s: s._default_update, _set_default_update)
    compute = Variable.eval
    Variable.eval = as_before()(
        lambda *args, mode=None, **how: compute(*args, mode=named(mode), **how)
    )
    Scan.inputs, Scan.outputs = Scan.inner_inputs, Scan.inner_outputs
    pytensor.OpFromGraph.__getstate__ = lambda op: {**vars(op), **_UNCACHED}
    for cls in (Variable, TensorVariable):
        cls.__init__.__defaults__ = (None, None, None)  # makes an owner optional
    # NumPy looks up np.bool to name a dtype; a script may set it to Python's, as it once was.
    vars(_dtype)["np"] = SimpleNamespace(**{**vars(np), "bool": np.bool_})


def _like(x: TensorVariable, make: Any, dtype: Any = None) -> Any:
    return make(x, getattr(dtype, "dtype", dtype))  # which may be another variable's


def _bool(variable: TensorVariable) -> bool:
    """Return True; for a comparison, whose value is not known, raise `TypeError`."""
    scalar_op = getattr(getattr(variable.owner, "op", None), "scalar_op", None)
    if isinstance(scalar_op, pytensor.scalar.basic.LogicalComparison):
        raise TypeError("Variables do not support boolean operations.")
    return True


def _item(take: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(take)
    def item(x: TensorVariable, index: object) -> object:
        parts = index if isinstance(index, tuple) else (index,)
        named = [part for part in parts if part is not None]
        simple = not any(p is ... or getattr(p, "ndim", isinstance(p, list)) for p in named)
        # Theano dropped the dimensions after an index with a None, if all of them had length 1.
        if simple and len(named) < len(parts) and all(x.type.broadcastable[len(named) :]):
            x = x.dimshuffle(*range(len(named)))
        return take(x, index)

    return item


def _set_default_update(shared: SharedVariable, value: Any) -> None:
    new = None if value is None else shared.type.filter_variable(forget(value, shared))
    shared._default_update = new
