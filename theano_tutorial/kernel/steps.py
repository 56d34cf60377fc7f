"""The rewrite of a network's step, where a graph updates weights by their gradient.

Weights of 784 x 500 take three megabytes, and so does their gradient. With weight decay, a step
on a minibatch reads or writes that amount some twenty times, and `NetworkStep` three times. It
computes ``W + rate * gW - decay * W``: gradient descent, with L2 or without.
"""

from collections.abc import Iterator
from functools import reduce
from typing import TypeAlias

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter, dfs_rewriter, node_rewriter
from pytensor.scalar.basic import Add, Mul, Neg, Sqr, Sub
from pytensor.tensor.math import Sum
from pytensor.tensor.shape import SpecifyShape
from pytensor.tensor.type import TensorType

from theano_tutorial.kernel.ops import Network, NetworkStep
from theano_tutorial.kernel.patterns import is_elemwise
from theano_tutorial.rewrites.reading import op_of

# After PyTensor has simplified expressions (until 3), before backends replace their parts (40);
# and among PyTensor's in-place rewrites (from 50).
POSITION, IN_PLACE = 3.5, 60
# With more images, the kernel shares out rows instead, in `Network`.
MOST_IMAGES = 128
Factor: TypeAlias = float | Variable  # a number, or a symbolic scalar
Term: TypeAlias = tuple[Variable, Factor]  # a matrix, and what it is multiplied by


class UseSteps(GraphRewriter):
    """Let a network with few images update its largest weights itself."""

    def apply(self, fgraph: FunctionGraph) -> None:
        for new in list(fgraph.outputs):
            if new.owner and isinstance(new.type, TensorType) and new.type.ndim == 2:
                _use_step(fgraph, new)


def _use_step(fgraph: FunctionGraph, new: Variable) -> None:
    terms = list(_terms(fgraph, new))
    network, rate, decay = _step_of(terms) or (None, None, None)
    if network is None or new.type.dtype != network.inputs[1].type.dtype:
        return
    W, (total, log_p, _, *gradients) = network.inputs[1], network.outputs
    step = NetworkStep(network.op.is_mean)
    new_total, new_log_p, new_W, squares, *others = step(*network.inputs, rate, decay)
    pairs = [(total, new_total), (log_p, new_log_p), (new, new_W)]
    pairs += zip(gradients, others, strict=True)
    pairs += [(v, squares) for v in _sums_of_squares(fgraph, W)]
    for old, ours in pairs:
        typed = old.type.filter_variable(ours, allow_convert=True)
        fgraph.replace(old, typed, reason="UseSteps", import_missing=True)


def _step_of(terms: list[Term]) -> tuple[Apply, Variable, Variable] | None:
    """Return network, rate and decay if the terms are its gradient and multiples of W."""
    gradients = [t for t in terms if type(op_of(t[0])) is Network and t[0].index == 2]
    if len(gradients) != 1:
        return None
    ((gradient, rate),) = gradients
    network = gradient.owner
    of_W = [factor for v, factor in terms if v is network.inputs[1]]
    is_small = network.op.images and network.op.images <= MOST_IMAGES
    if not is_small or not of_W or len(of_W) != len(terms) - 1:
        return None
    if 1.0 in of_W:
        of_W.remove(1.0)  # 1 minus nearly 1 would lose digits
    else:
        of_W.append(-1.0)
    decay = sum((_times(-1.0, factor) for factor in of_W), start=0.0)
    # As np.float64, a number stays float64; PyTensor might store a float in fewer digits.
    return network, *(
        pt.as_tensor(v if isinstance(v, Variable) else np.float64(v)) for v in (rate, decay)
    )


def _terms(fgraph: FunctionGraph, v: Variable, factor: Factor = 1.0) -> Iterator[Term]:
    """Yield the matrices that v is a sum of, and the multiplier of each, times `factor`.

    Expressions that the graph also uses elsewhere are not taken apart.
    """
    node, inputs = v.owner, v.owner.inputs if v.owner else []
    scalars = [i for i in inputs if all(getattr(i.type, "broadcastable", [False]))]
    parts: list[Term] = []
    if isinstance(op_of(v), SpecifyShape):
        parts = [(inputs[0], 1.0)]
    elif is_elemwise(node, Neg):
        parts = [(inputs[0], -1.0)]
    elif is_elemwise(node, Add):
        parts = [(term, 1.0) for term in inputs]
    elif is_elemwise(node, Sub):
        parts = [(inputs[0], 1.0), (inputs[1], -1.0)]
    elif is_elemwise(node, Mul) and len(scalars) == len(inputs) - 1:
        matrix = next(i for i in inputs if i not in scalars)
        parts = [(matrix, reduce(_times, map(_number, scalars)))]
    if not parts or len(fgraph.clients[v]) > 1:
        yield v, factor
        return
    for part, by in parts:
        yield from _terms(fgraph, part, _times(by, factor))


def _number(v: Variable) -> Factor:
    return float(v.data.item()) if isinstance(v, Constant) else v.dimshuffle()


def _times(a: Factor, b: Factor) -> Factor:
    return a if isinstance(b, float) and b == 1 else a * b


def _sums_of_squares(fgraph: FunctionGraph, W: Variable) -> Iterator[Variable]:
    """Yield the variables of the graph that are the sum of squares of all entries of W."""
    for square, _ in fgraph.clients[W]:
        if is_elemwise(square, Sqr):
            for client, _ in fgraph.clients[square.outputs[0]]:
                (total,) = client.outputs
                is_all = isinstance(client.op, Sum) and total.type.ndim == 0
                if is_all and total.type.dtype == W.type.dtype:
                    yield total


@node_rewriter([NetworkStep], inplace=True)
def step_in_place(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Let the new weights overwrite the old ones if nothing else needs those."""
    if node.op.in_place:
        return None
    found: list[Variable] = NetworkStep(node.op.is_mean, in_place=True)(*node.inputs)
    return found


def add_steps(mode: Mode) -> Mode:
    """Return a mode that lets networks update their largest weights themselves."""
    return mode.register(
        (UseSteps(), POSITION), (dfs_rewriter(step_in_place, ignore_newtrees=True), IN_PLACE)
    )
