"""Sigmoid and softplus, cut off where Theano's C code did so, in the door's mode alone.

This affects results: a saturated unit has no gradient, and a cost differs in its eighth digit.
"""

from functools import partial

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.scalar.math import Sigmoid, Softplus
from pytensor.tensor.elemwise import Elemwise

# After rewrites that look for sigmoids (2.9), before NumPy's calls (40) and fusion (49).
POSITION = 2.95
# Functions are cut off below the first number and above the second, by the input's dtype. For
# integers, Theano ran Python code, which cut off elsewhere (`_WHOLE`).
_EDGES = {
    Sigmoid: {"float64": (-709, 19), "float32": (-88, 15), "float16": (-88, 15)},
    Softplus: {"float64": (-745, 16), "float32": (-103, 14), "float16": (-103, 14)},
}
_WHOLE = (-30, 30)


@node_rewriter([Elemwise])
def cut_off(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a sigmoid or softplus with one that is cut off."""
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
