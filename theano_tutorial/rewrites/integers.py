"""Symbolic integers as sums of multiples of variables: how a minibatch's ends are compared."""

from pytensor.graph.basic import Constant, Variable
from pytensor.tensor.basic import ScalarFromTensor, TensorFromScalar
from pytensor.tensor.elemwise import Elemwise

# What each variable is multiplied by.
Terms = dict[Variable, int]


def unwrapped(v: Variable) -> Variable:
    """Return an integer without the conversions between scalars and tensors around it."""
    while v.owner is not None and isinstance(v.owner.op, ScalarFromTensor | TensorFromScalar):
        v = v.owner.inputs[0]
    return v


def linear(v: Variable) -> tuple[Terms, int]:
    """Return an integer as a sum of multiples of variables, and a constant."""
    v = unwrapped(v)
    if isinstance(v, Constant):
        return {}, int(v.data)
    name = ""
    if v.owner is not None and isinstance(v.owner.op, Elemwise):
        name = type(v.owner.op.scalar_op).__name__
    if name not in {"Add", "Sub", "Mul"}:
        return {v: 1}, 0
    terms, constant = linear(v.owner.inputs[0])
    for other_input in v.owner.inputs[1:]:
        others, other = linear(other_input)
        if name == "Mul":
            if others and terms:
                return {v: 1}, 0
            if others:
                (terms, constant), (others, other) = (others, other), (terms, constant)
            terms = {key: other * factor for key, factor in terms.items()}
            constant *= other
        else:
            sign = 1 if name == "Add" else -1
            keys = {*terms, *others}
            terms = {key: terms.get(key, 0) + sign * others.get(key, 0) for key in keys}
            constant += sign * other
    return {key: factor for key, factor in terms.items() if factor}, constant
