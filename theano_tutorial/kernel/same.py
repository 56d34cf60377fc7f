"""When two graphs compute the same in the same way."""

from typing import Any

from pytensor.graph.basic import Constant, Variable
from pytensor.tensor.special import LogSoftmax, Softmax


def same(a: Variable, b: Variable | None) -> bool:
    """Return whether two variables are the same operations on the same inputs.

    Unlike PyTensor's own comparison, it does not ask what types know of shapes: by ``givens``
    that may have become known after the one was built, and before the other.
    """
    if a is b:
        return True
    if isinstance(a, Constant) or isinstance(b, Constant):
        return isinstance(a, Constant) and a.equals(b)
    if b is None or a.owner is None or b.owner is None:
        return False
    return (
        _is_same_op(a.owner.op, b.owner.op)
        and a.index == b.index
        and len(a.owner.inputs) == len(b.owner.inputs)
        and all(map(same, a.owner.inputs, b.owner.inputs))
    )


def _is_same_op(a: Any, b: Any) -> bool:
    if isinstance(a, Softmax | LogSoftmax):  # they hold a graph within, with its shapes
        return type(a) is type(b) and a.axis == b.axis
    return bool(a == b)
