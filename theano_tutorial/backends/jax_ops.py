"""Those of PyTensor's operations whose own conversion to JAX is wrong or refuses too much."""

import warnings
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.jax.dispatch import jax_funcify
from pytensor.link.jax.dispatch.basic import IfElse  # its place moved in 3.3
from pytensor.link.jax.dispatch.random import jax_sample_fn
from pytensor.scalar.basic import IntDiv
from pytensor.scan.op import Scan
from pytensor.tensor import subtensor
from pytensor.tensor.basic import ARange, Join, MakeVector, ScalarFromTensor, Split
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.extra_ops import Unique
from pytensor.tensor.math import Prod, Sum
from pytensor.tensor.random.basic import BinomialRV
from pytensor.tensor.shape import Reshape
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor
from pytensor.tensor.type import discrete_dtypes

from theano_tutorial._types import Array
from theano_tutorial.convolution import jax_ops as windows_on_jax
from theano_tutorial.convolution.base import WindowOp

# The function that an operation is converted to.
OnDevice = Callable[..., jax.Array]

# Before 3.3, PyTensor has an operation of its own for a single vector of indices.
_IncAtVector = getattr(subtensor, "AdvancedIncSubtensor1", AdvancedIncSubtensor)

_reduce, _split = jax_funcify.dispatch(CAReduce), jax_funcify.dispatch(Split)
_take, _loop = jax_funcify.dispatch(subtensor.Subtensor), jax_funcify.dispatch(Scan)
_put, _choose = jax_funcify.dispatch(subtensor.IncSubtensor), jax_funcify.dispatch(IfElse)


@jax_funcify.register(WindowOp)
def _window_op(op: WindowOp, **kwargs: object) -> OnDevice:
    return op.computed_by(windows_on_jax)


@jax_funcify.register(Prod)
@jax_funcify.register(Sum)
def _sum(op: Prod | Sum, node: Apply, **kwargs: object) -> OnDevice:
    """Compute in float64, but return float32 where the graph says so, unlike PyTensor's own."""
    wide = _reduce(op, node=node, **kwargs)
    dtype = node.outputs[0].type.dtype
    return lambda x: wide(x).astype(dtype)


def _number(value: jax.Array) -> jax.Array | Array:
    return value if isinstance(value, jax.core.Tracer) else np.asarray(value)


def _count(convert: OnDevice) -> OnDevice:
    """Compute lengths while JAX compiles, if they are known then: it needs them as numbers."""

    def count(*values: jax.Array) -> jax.Array:
        with jax.ensure_compile_time_eval(), jax.transfer_guard("allow"):
            return jax.tree.map(_number, convert(*values))

    return count


def _lengths(convert: Callable[..., OnDevice]) -> Callable[..., OnDevice]:
    """Convert an operation that may compute lengths, such as n - k + 1."""

    def converted(op: Op, node: Apply, **kwargs: object) -> OnDevice:
        function = convert(op, node=node, **kwargs)
        types = [v.type for v in node.outputs]
        has_lengths = any(t.dtype in discrete_dtypes for t in types)
        return _count(function) if has_lengths and all(t.ndim < 2 for t in types) else function

    return converted


@jax_funcify.register(Split)
def _parts(op: Split, node: Apply, **kwargs: object) -> OnDevice:
    """Split by lengths computed when compiling, as the gradient of a concatenation does."""
    with warnings.catch_warnings(action="ignore"):  # that the lengths are not constants
        return _count(_split(op, node=node, **kwargs))


@jax_funcify.register(Reshape)
def _reshape(op: Reshape, **kwargs: object) -> OnDevice:
    return lambda x, shape: jnp.reshape(x, jax.tree.map(_number, shape))


@jax_funcify.register(ARange)
def _arange(op: ARange, **kwargs: object) -> OnDevice:
    """Count up to a length that is known when JAX compiles, such as ``x.shape[0]``."""
    return _count(lambda start, stop, step: jnp.arange(start, stop, step, dtype=op.dtype))


@jax_funcify.register(IfElse)
def _ifelse(op: IfElse, **kwargs: object) -> OnDevice:
    """Choose one of two equal lengths, as in gradients, though the condition is not known."""
    choose: OnDevice = _choose(op, **kwargs)

    def ifelse(condition: jax.Array, *values: jax.Array) -> jax.Array | tuple[jax.Array, ...]:
        first, second = values[: op.n_outs], values[op.n_outs :]
        if any(isinstance(v, jax.Array) for v in values) or not all(
            map(np.array_equal, first, second)
        ):
            return choose(condition, *values)
        return first if op.n_outs > 1 else first[0]

    return ifelse


@jax_funcify.register(Unique)
def _unique(op: Unique, **kwargs: object) -> OnDevice:
    raise NotImplementedError("how many entries differ depends on their values")


@jax_funcify.register(IntDiv)
def _quotient(op: IntDiv, **kwargs: object) -> OnDevice:
    """Divide integers by 0 as NumPy does: JAX gives -1 or -2."""

    def quotient(x: jax.Array, y: jax.Array) -> jax.Array:
        whole = jnp.floor_divide(x, y)
        return whole if whole.dtype.kind == "f" else jnp.where(y == 0, 0, whole)

    return quotient


@jax_funcify.register(getattr(subtensor, "AdvancedSubtensor1", AdvancedSubtensor))
@jax_funcify.register(AdvancedSubtensor)
@jax_funcify.register(subtensor.Subtensor)
def _part(op: Op, node: Apply, **kwargs: object) -> OnDevice:
    """Give NaN for an entry or row that does not exist; of integers, the lowest, no index."""
    take: OnDevice = _take(op, node=node, **kwargs)

    def part(x: jax.Array, *values: jax.Array) -> jax.Array:
        indices = subtensor.indices_from_subtensor(values, op.idx_list)
        if any(isinstance(v, jax.Array) for v in values):
            return x.at[indices].get(mode="fill")
        np.broadcast_to(False, np.shape(x))[indices]  # known already: may raise an IndexError
        return take(x, *values)

    return part


@jax_funcify.register(_IncAtVector)
@jax_funcify.register(AdvancedIncSubtensor)
@jax_funcify.register(subtensor.IncSubtensor)
def _put_in(op: Op, node: Apply, **kwargs: object) -> OnDevice:
    """Put NaN, into the nearest entries, if one does not exist; a mask is a choice."""
    put: OnDevice = _put(op, node=node, **kwargs)

    def put_in(x: jax.Array, y: jax.Array, *values: jax.Array) -> jax.Array:
        x, y, places = jnp.asarray(x), jnp.asarray(y, node.outputs[0].type.dtype), [*values]
        is_there: jax.Array | bool = True
        for axis, i in enumerate(op.idx_list):
            index, n = values[i] if isinstance(i, int) else slice(None), x.shape[axis]
            if not isinstance(index, jax.Array):
                np.broadcast_to(False, n)[index]  # may raise an IndexError
            elif index.dtype != bool:
                places[i] = jnp.clip(index.astype(int), -n, n - 1)
                is_there &= (places[i] == index).all()
            elif index.shape != x.shape[axis : axis + index.ndim]:
                raise IndexError(f"a mask {index.shape} for an array {x.shape}")
            elif not y.ndim and len(values) == 1:
                where = index.reshape(*index.shape, *[1] * (x.ndim - axis - index.ndim))
                return jnp.where(where, y if op.set_instead_of_inc else x + y, x)
        if is_there is not True:
            y = jnp.where(is_there, y, jnp.zeros(1, y.dtype).at[1].get(mode="fill"))
        out = put(x, y, *places)
        # Merging a part's new values with ``[::-1]``, XLA ends the process.
        return jax.lax.optimization_barrier(out) if type(op) in _PARTS else out

    return put_in


_PARTS = subtensor.Subtensor, subtensor.IncSubtensor
for _op in (DimShuffle, Elemwise, Join, MakeVector, ScalarFromTensor, *_PARTS):
    jax_funcify.register(_op)(_lengths(jax_funcify.dispatch(_op)))


@jax_funcify.register(Scan)
def _scan(op: Scan, node: Apply, **kwargs: object) -> OnDevice:
    """Loop for fewer steps than rows are asked for, as a truncated gradient does."""
    loop: OnDevice = _loop(op, node=node, **kwargs)
    lengths = op.outer_nitsot(range(len(node.inputs)))
    outs = op.outer_nitsot_outs(range(len(node.outputs)))

    def scan(*values: jax.Array) -> jax.Array | list[jax.Array]:
        rest = {i: max(values[i] - values[0], 0) for i in lengths}
        found = loop(*(v - rest[i] if i in rest else v for i, v in enumerate(values)))
        all_found = [*found] if len(node.outputs) > 1 else [found]
        if not isinstance(values[0], jax.Array) and values[0] == 0:
            # XLA (of JAX 0.10) ends the process where rows are put behind the initial ones.
            buffers = (
                *op.outer_mitmot(values),
                *op.outer_mitsot(values),
                *op.outer_sitsot(values),
            )
            for i, rows in enumerate(buffers):
                all_found[i] = rows[: len(all_found[i])]
        for i, n in zip(outs, rest.values(), strict=True):
            rows = all_found[i]
            all_found[i] = jnp.pad(rows, [(0, n), *[(0, 0)] * (rows.ndim - 1)]) if n else rows
        return all_found if len(all_found) > 1 else all_found[0]

    return scan


@jax_sample_fn.register(BinomialRV)
def _binomial(op: BinomialRV, **kwargs: object) -> OnDevice:
    """Draw by JAX itself: PyTensor asks for NumPyro, even for a mask of zeros and ones."""
    return lambda key, size, dtype, n, p: jax.random.binomial(key, n, p, size).astype(dtype)
