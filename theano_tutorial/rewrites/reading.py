"""What rewrites read off a graph: where a variable comes from, and how many rows it has."""

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.tensor.basic import ScalarFromTensor, TensorFromScalar
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Dot
from pytensor.tensor.special import LogSoftmax, Softmax


def op_of(v: Variable) -> Op | None:
    """Return the operation whose output a variable is, if there is one."""
    return None if v.owner is None else v.owner.op


def unwrapped(v: Variable) -> Variable:
    """Return an integer without the conversions between scalars and tensors around it."""
    while isinstance(op_of(v), ScalarFromTensor | TensorFromScalar):
        v = v.owner.inputs[0]
    return v


def like(node: Apply, new: Variable) -> list[Variable] | None:
    """Return a node's new output under the old name, or None if dtype or ndim differ."""
    (old,) = node.outputs
    if old.type.dtype != new.type.dtype or old.type.ndim != new.type.ndim:
        return None
    new.name = old.name
    return [new]


def known_rows(v: Variable) -> int | None:
    """Return how many rows a variable has, or None if that is not known beforehand."""
    if not v.type.ndim:
        return None
    rows: int | None = v.type.shape[0]
    return origin(v).type.shape[0] if rows is None else rows


def origin(v: Variable) -> Variable:
    """Return the variable that v's rows come from, through operations that keep them."""
    while v.owner is not None:
        op, rows = v.owner.op, v.owner.inputs[:1]
        if isinstance(op, Elemwise) and v.type.ndim > 0:
            # Inputs of length 1 are the same in every row.
            rows = [i for i in v.owner.inputs if i.type.shape[0] != 1]
        elif not isinstance(op, Softmax | LogSoftmax | Dot):
            break
        if len(rows) != 1 or rows[0].type.ndim != v.type.ndim:
            break
        v = rows[0]
    return v
