"""The rewrite that says which dtype to compute in, where a graph mixes several.

For PyTensor and NumPy, int64 times float32 is float64. JAX and PyTorch compute it in float32,
and PyTorch also where one of the two is a float64 scalar, such as a learning rate; C and Numba
find the larger of the two in float32. All compare them so; C finds -1 above any uint64, and
PyTorch compares most unsigned integers with no others.
"""

import pytensor.scalar.basic as ps
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.tensor.basic import Join, cast, constant
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import Dot, Prod, Sum

from theano_tutorial.rewrites.reading import like

_ARITHMETIC = ps.Add, ps.ArcTan2, ps.IntDiv, ps.Mod, ps.Mul, ps.Pow, ps.Sub, ps.TrueDiv, Dot
_CHOICES = ps.Clip, ps.ScalarMaximum, ps.ScalarMinimum, ps.Switch
_COMPUTE = *_ARITHMETIC, *_CHOICES, ps.BinaryBitOp, ps.UnaryScalarOp, Join
# After all rewrites that move casts.
POSITION = 40


@node_rewriter([Elemwise, Dot, Join, Prod, Sum])
def use_one_dtype(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Cast an operation's inputs to the dtype of its result, or that of its comparison."""
    op, wanted = getattr(node.op, "scalar_op", node.op), node.outputs[0].type.dtype
    # A choice has a condition and, before PyTensor 3.3, a concatenation an axis.
    n = isinstance(op, ps.Switch) or (isinstance(op, Join) and "axis" not in op.__props__)
    chosen, values = node.inputs[:n], node.inputs[n:]
    dtypes = {v.type.dtype for v in values}
    if isinstance(op, ps.LogicalComparison):
        wanted = ps.upcast(*dtypes)
        computes = wanted == "float64" or any(dtype.startswith("uint") for dtype in dtypes)
    elif isinstance(node.op, Prod | Sum):
        computes = dtypes == {"float32"}
    else:
        computes = isinstance(op, _COMPUTE) and not isinstance(op, ps.Cast) and wanted != "bool"
    if not computes or dtypes == {wanted} or any(d.startswith("complex") for d in dtypes):
        return None
    return like(node, node.op(*chosen, *(_as(v, wanted) for v in values)))


def _as(v: Variable, dtype: str) -> Variable:
    return constant(v.data.astype(dtype)) if isinstance(v, Constant) else cast(v, dtype)


def add_one_dtype(mode: Mode) -> Mode:
    """Return a mode that computes in the dtypes that the graph says."""
    return mode.register((dfs_rewriter(use_one_dtype), POSITION))
