"""Where Theano's C code cut sigmoid and softplus off, for the door's mode alone.

It shows: a saturated unit has no gradient at all, and a cost differs in its eighth digit.
"""

from functools import partial

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.scalar.math import Sigmoid, Softplus
from pytensor.tensor.elemwise import Elemwise

# After all that looks for a sigmoid (2.9), before operations are NumPy's (40) or fused (49).
POSITION = 2.95
# Below the first number and above the second, by dtype. Of whole numbers Theano computed both
# in Python, which cut off elsewhere.
_EDGES = {
    Sigmoid: {"float64": (-709, 19), "float32": (-88, 15), "float16": (-88, 15)},
    Softplus: {"float64": (-745, 16), "float32": (-103, 14), "float16": (-103, 14)},
}
_WHOLE = (-30, 30)


@node_rewriter([Elemwise])
def cut_off(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a sigmoid or softplus by one that is cut off."""
    edges = _EDGES.get(type(node.op.scalar_op))
    if edges is None:
        return None
    x = node.inputs[0]
    z = x.astype(node.outputs[0].dtype)
    number = partial(pt.constant, dtype=z.dtype)
    low, high = map(number, edges.get(x.dtype, _WHOLE))
    if isinstance(node.op.scalar_op, Sigmoid):
        rest = pt.switch(z < low, number(-np.inf), z)
        return [node.op(pt.switch(z > high, number(np.inf), rest))]
    rest = pt.switch(z < low, number(0), pt.log1p(pt.exp(pt.minimum(z, high))))
    return [pt.switch(z > high, z, rest)]
