"""Numba: our operations as loops that it compiles and caches."""

import os
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numba
import numpy as np
import pytensor
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.db import RewriteDatabaseQuery
from pytensor.link.numba.dispatch.basic import (
    generate_fallback_impl,
    get_numba_type,
    numba_funcify,
    numba_funcify_and_cache_key,
    numba_njit,
    register_funcify_and_cache_key,
    register_funcify_default_op_cache_key,
)
from pytensor.link.numba.dispatch.elemwise import scalar_in_place_fn
from pytensor.link.numba.dispatch.subtensor import subtensor_op_cache_key
from pytensor.link.numba.linker import NumbaLinker
from pytensor.scalar.basic import ScalarMaximum, ScalarMinimum
from pytensor.tensor import subtensor
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.math import All, Any, Max, Min

from theano_tutorial._types import Array
from theano_tutorial.backends.modes import HostMode
from theano_tutorial.convolution.base import WindowOp
from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.rewrites import index_ops
from theano_tutorial.rewrites.index_rewrites import PAIR, add_rewrites
from theano_tutorial.rewrites.one_dtype import add_one_dtype
from theano_tutorial.system.folders import can_write

# Compiled loops are cached on disk under this number: raise it when a loop changes.
_VERSION = 5
# A function for Numba to compile, and its version number.
Loop = tuple[Callable[..., Array], int]
# A graph as PyTensor's function for Numba, and the key that it is cached under.
Converted = tuple[Callable[..., object], str | None]


@register_funcify_default_op_cache_key(index_ops.PickEntries)
def _pick(op: Op, **kwargs: object) -> Loop:
    @numba_njit
    def pick(x, y):  # type: ignore[no-untyped-def]
        if len(x) != len(y):
            raise ValueError("a matrix and labels of different lengths")
        out, k = np.empty(len(y), x.dtype), x.shape[1]
        for i in range(len(y)):
            if not -k <= y[i] < k:  # which Numba would read beyond the row
                raise IndexError("a label that is not a class")
            out[i] = x[i, y[i]]
        return out

    return pick, _VERSION


@register_funcify_default_op_cache_key(index_ops.ScatterEntries)
def _scatter(op: Op, **kwargs: object) -> Loop:
    @numba_njit
    def scatter(x, g, y):  # type: ignore[no-untyped-def]
        if len(x) != len(y):
            raise ValueError("a matrix and labels of different lengths")
        out, k = np.zeros(x.shape, x.dtype), x.shape[1]
        for i in range(len(y)):
            if not -k <= y[i] < k:
                raise IndexError("a label that is not a class")
            out[i, y[i]] = g[i]
        return out

    return scatter, _VERSION


_shuffle = numba_funcify_and_cache_key.dispatch(DimShuffle)


@register_funcify_and_cache_key(DimShuffle)
def _dim_shuffle(op: DimShuffle, **kwargs: object) -> Converted:
    """Let Numba know that a matrix's transpose is stored column by column.

    PyTensor 3.0's own conversion does not, so every product copies the whole matrix first.
    """
    if tuple(op.new_order) != (1, 0):
        converted: Converted = _shuffle(op, **kwargs)
        return converted

    @numba_njit
    def transpose(x):  # type: ignore[no-untyped-def]
        return x.T

    return transpose, f"{__name__} {_VERSION}"


_IncAtVector = getattr(subtensor, "AdvancedIncSubtensor1", subtensor.AdvancedIncSubtensor)
_INDEXING = subtensor.AdvancedSubtensor, subtensor.AdvancedIncSubtensor, _IncAtVector
_PYTENSORS = {op: numba_funcify_and_cache_key.dispatch(op) for op in (*_INDEXING, Max, Min)}


def _indexed(op: Op, node: Apply, **kwargs: object) -> Converted:
    """Refuse indices of what does not exist, and masks of another length."""
    indices = node.inputs[1 if isinstance(op, subtensor.AdvancedSubtensor) else 2 :]
    if any(getattr(v.type, "dtype", None) == "bool" for v in indices):
        with warnings.catch_warnings(action="ignore"):  # that NumPy computes it, and checks
            return generate_fallback_impl(op, node), subtensor_op_cache_key(op, by="NumPy")
    loop, key = _PYTENSORS[type(op)](op, node=node, **kwargs)
    return numba_njit(loop.py_func, boundscheck=True), f"{key} {__name__} {_VERSION}"


def _largest(op: Max | Min, node: Apply, **kwargs: object) -> Converted:
    """Find NaN and the largest of booleans, but not of nothing."""
    convert, x = _PYTENSORS[type(op)], node.inputs[0].type
    axes = tuple(range(x.ndim) if op.axis is None else op.axis)
    if x.dtype == "bool":
        op = (Any if isinstance(op, Max) else All)(op.axis)
    converted, key = convert(op, node=op.make_node(*node.inputs), **kwargs)
    loop = numba_njit(converted.py_func)

    @numba_njit
    def largest(x):  # type: ignore[no-untyped-def]
        for axis in axes:
            if x.shape[axis] == 0:
                raise ValueError("an array of length 0 has no largest or smallest entry")
        return loop(x)

    return largest, f"{key} {__name__} {_VERSION}"


for _op in _PYTENSORS:
    register_funcify_and_cache_key(_op)(_indexed if _op in _INDEXING else _largest)

if fused := find_spec("pytensor.tensor.rewriting.fused_elemwise"):  # since 3.3
    _fused_op = import_module(fused.name).FusedElemwise
    _fused = numba_funcify_and_cache_key.dispatch(_fused_op)

    @register_funcify_and_cache_key(_fused_op)
    def _apart_if_indexed(op: Op, **kwargs: object) -> Converted:
        is_apart = op.indexed_inputs or any(op.indexed_outputs)  # it checks none of them
        convert = numba_funcify_and_cache_key.dispatch(OpFromGraph) if is_apart else _fused
        converted: Converted = convert(op, **kwargs)
        return converted


for _op, _below in ((ScalarMaximum, "<"), (ScalarMinimum, ">")):
    # Before 3.3, PyTensor's code for a maximum passes over NaN: it has no ``x != x``.
    if "!=" not in str(scalar_in_place_fn.dispatch(_op)(_op, "()", "res", "x")):

        @scalar_in_place_fn.register(_op)
        def _keep(op: Op, i: str, r: str, x: str, below: str = _below) -> list[str]:
            return [f"if {r}[{i}] {below} {x} or {x} != {x}: {r}[{i}] = {x}"]


@numba_funcify.register(WindowOp)
def _window_op(op: WindowOp, node: Apply, **kwargs: object) -> Callable[..., Array]:
    """Call the NumPy code: loops compiled by Numba would be far slower than BLAS."""
    made, compute = get_numba_type(node.outputs[0].type), op.computed_by(op.on_numpy)

    @numba_njit
    def call(*inputs):  # type: ignore[no-untyped-def]
        with numba.objmode(out=made):
            out = compute(*inputs)
        return out  # noqa: RET504  (objmode passes on only names)

    compiled: Callable[..., Array] = call
    return compiled


class ExactNumbaLinker(NumbaLinker):
    """Numba's linker, with arithmetic that does not depend on how code was optimised.

    By default PyTensor lets the compiler reorder sums. It optimises an operation once for
    itself and once more within a function, and which of the two computes depends on whether
    the function was compiled in this process or taken from the cache: the second process
    would give other last bits than the first.
    """

    def fgraph_convert(self, fgraph: FunctionGraph, **kwargs: object) -> Converted:
        if any(getattr(v.type, "dtype", None) == "float16" for v in fgraph.variables):
            raise BackendUnavailable("backend 'numba' has no float16; numpy, c and jax do")
        with _exact():
            converted: Converted = super().fgraph_convert(fgraph, **kwargs)
            return converted

    def jit_compile(self, fn_and_cache: Converted) -> Callable[..., object]:
        with _exact():
            compiled: Callable[..., object] = super().jit_compile(fn_and_cache)
            return compiled


def _exact() -> AbstractContextManager[None]:
    """Define functions with exact arithmetic, unless the user has set fastmath."""
    if "numba__fastmath" in os.environ.get("PYTENSOR_FLAGS", ""):
        return nullcontext()
    exact: AbstractContextManager[None] = pytensor.config.change_flags(numba__fastmath=False)
    return exact


def make_mode(rewrites: bool) -> Mode:
    """Return PyTensor's mode for Numba, with or without our rewrites."""
    # Silence Numba's advice on how to speed up code that PyTensor wrote. Numba reads settings
    # from the environment when it is imported, and again whenever the environment changes.
    os.environ.setdefault("NUMBA_DISABLE_PERFORMANCE_WARNINGS", "1")
    numba.config.reload_config()
    if not can_write(Path(pytensor.config.base_compiledir)):
        pytensor.config.numba__cache = False  # a full or read-only disk: a traceback
    mode = HostMode(ExactNumbaLinker(), RewriteDatabaseQuery(include=["fast_run", "numba"]))
    mode = mode.excluding("bool_idx_to_nonzero")  # which drops the length of a mask
    # A slice with a symbolic start is no trouble here.
    return add_rewrites(add_one_dtype(mode), PAIR) if rewrites else mode
