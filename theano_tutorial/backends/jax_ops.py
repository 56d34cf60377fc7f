"""Those of PyTensor's operations whose own conversion to JAX is wrong or refuses too much."""

import warnings
from collections.abc import Callable

import jax
import jax.numpy as jnp
from pytensor.graph.basic import Apply
from pytensor.link.jax.dispatch import jax_funcify
from pytensor.tensor import subtensor
from pytensor.tensor.basic import ARange, MakeVector, Split
from pytensor.tensor.elemwise import CAReduce, Elemwise
from pytensor.tensor.math import Prod, Sum
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor
from pytensor.tensor.type import discrete_dtypes

from theano_tutorial.convolution import jax_ops as windows_on_jax
from theano_tutorial.convolution.base import WindowOp

# The function that an operation is converted to.
OnDevice = Callable[..., jax.Array]

# Before 3.3, PyTensor has an operation of its own for a single vector of indices.
_IncAtVector = getattr(subtensor, "AdvancedIncSubtensor1", AdvancedIncSubtensor)

_reduce, _elemwise = jax_funcify.dispatch(CAReduce), jax_funcify.dispatch(Elemwise)
_vector, _split = jax_funcify.dispatch(MakeVector), jax_funcify.dispatch(Split)
_choose, _increase = jax_funcify.dispatch(AdvancedSubtensor), jax_funcify.dispatch(_IncAtVector)


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


def _count(convert: OnDevice) -> OnDevice:
    """Compute lengths while JAX compiles, if they are known then: it needs them as numbers."""

    def count(*values: jax.Array) -> jax.Array:
        with jax.ensure_compile_time_eval(), jax.transfer_guard("allow"):
            return convert(*values)

    return count


@jax_funcify.register(Elemwise)
def _each(op: Elemwise, node: Apply, **kwargs: object) -> OnDevice:
    """Convert an elementwise operation; compute lengths, such as n - k + 1, when compiling."""
    convert: OnDevice = _elemwise(op, node=node, **kwargs)
    lengths = all(v.type.ndim == 0 and v.type.dtype in discrete_dtypes for v in node.outputs)
    return _count(convert) if lengths else convert


@jax_funcify.register(MakeVector)
def _side_by_side(op: MakeVector, node: Apply, **kwargs: object) -> OnDevice:
    convert: OnDevice = _vector(op, node=node, **kwargs)
    return _count(convert) if op.dtype in discrete_dtypes else convert


@jax_funcify.register(Split)
def _parts(op: Split, node: Apply, **kwargs: object) -> OnDevice:
    """Split by lengths computed when compiling, as the gradient of a concatenation does."""
    with warnings.catch_warnings(action="ignore"):  # that the lengths are not constants
        return _count(_split(op, node=node, **kwargs))


@jax_funcify.register(ARange)
def _arange(op: ARange, **kwargs: object) -> OnDevice:
    """Count up to a length that is known when JAX compiles, such as ``x.shape[0]``."""
    return _count(lambda start, stop, step: jnp.arange(start, stop, step, dtype=op.dtype))


@jax_funcify.register(AdvancedSubtensor)
def _chosen(op: AdvancedSubtensor, node: Apply, **kwargs: object) -> OnDevice:
    """Give NaN for an entry that does not exist, as that of a label that is not a class."""
    choose: OnDevice = _choose(op, node=node, **kwargs)
    is_entry = sum(not isinstance(index, slice) for index in op.idx_list) > 1
    if not is_entry or not node.outputs[0].type.dtype.startswith("float"):
        return choose

    def chosen(x: jax.Array, *values: jax.Array) -> jax.Array:
        indices = subtensor.indices_from_subtensor(values, op.idx_list)
        return x.at[indices].get(mode="fill", fill_value=jnp.nan)

    return chosen


@jax_funcify.register(_IncAtVector)
def _increased(op: AdvancedIncSubtensor, **kwargs: object) -> OnDevice:
    increase: OnDevice = _increase(op, **kwargs)  # before 3.3, asks a number for its shape
    return lambda x, y, *indices: increase(x, jnp.asarray(y), *indices)
