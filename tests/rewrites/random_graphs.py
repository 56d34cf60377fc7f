"""Random small graphs of the tutorials' vocabulary, and what they should compute.

A graph is made from bytes, each of which decides what comes next: zeros are the simplest
graph, so that a failure shrinks to it. Two ways to compute it without any rewrite judge ours:
PyTensor's Python mode, and the same operations in extended precision (80 bits where the
machine has them), which neither overflows nor rounds where float64 does.
"""

import functools

import numpy as np
import pytensor
import pytensor.tensor as pt
import scipy.special
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Constant
from pytensor.scalar.basic import Cast, Second, Switch, true_div
from pytensor.tensor.basic import Alloc
from pytensor.tensor.elemwise import CAReduce, Elemwise
from pytensor.tensor.math import Dot

from theano_tutorial.backends.inline import add_inlining

ROWS = 3  # minibatches of the data
INPUTS = {
    "x": pt.dmatrix("x"),
    "W": pt.dmatrix("W"),
    "b": pt.dvector("b"),
    "z": pt.dmatrix("z"),
    "y": pt.ivector("y"),
    "data": pt.dmatrix("data"),
    "i": pt.lscalar("i"),
}


def values(n, n_in, n_out, scale, seed):
    """Return values for the inputs: n rows, and logits of some scale."""
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(n, n_in)),
        "W": scale * rng.normal(size=(n_in, n_out)),
        "b": scale * rng.normal(size=n_out),
        "z": scale * rng.normal(size=(n, n_out)),
        "y": rng.integers(n_out, size=n).astype("int32"),
        "data": rng.normal(size=(ROWS * 4, n_in)),
        "i": np.int64(rng.integers(ROWS)),
    }


class Maker:
    """Makes an expression from bytes."""

    def __init__(self, tape):
        self._tape = iter(tape)

    def choose(self, *options):
        """Return one of the options, the first where the bytes have run out."""
        return options[next(self._tape, 0) % len(options)]

    def make(self):
        """Return a number, vector or matrix, or the gradient of a number."""
        kind = self.choose(self.scalar, self.matrix, self.vector, self.gradient, self.gradient)
        return kind(3)

    def gradient(self, depth):
        cost = self.scalar(depth)
        wrt = INPUTS[self.choose("W", "b", "z", "x")]
        return pytensor.grad(cost, wrt, disconnected_inputs="ignore")

    def scalar(self, depth):
        reduce = self.choose(pt.mean, pt.sum, pt.max)
        return reduce(self.choose(self.vector, self.matrix)(depth - 1))

    def vector(self, depth):
        if depth <= 0:
            return INPUTS["b"]
        m, y = self.matrix(depth - 1), INPUTS["y"]
        return self.choose(
            lambda: m[pt.arange(y.shape[0]), y],
            lambda: pt.log(m)[pt.arange(y.shape[0]), y],
            lambda: m[pt.arange(m.shape[0]), y],
            lambda: pt.log(m[pt.arange(m.shape[0]), y]),
            lambda: self.reduced(m, keepdims=False),
            lambda: pt.neq(pt.argmax(m, axis=self.axis()), y).astype("float64"),
            lambda: m[0],
            lambda: m[:, -1],
            lambda: self.unary(self.vector(depth - 1)),
            lambda: self.binary(self.vector(depth - 1), self.vector(depth - 2)),
        )()

    def matrix(self, depth):
        x, W, b, z, y, data, i = INPUTS.values()
        if depth <= 0:
            return self.choose(
                lambda: z,
                lambda: pt.dot(x, W) + b,
                lambda: pt.dot(data[i * 4 : (i + 1) * 4], W) + b,
                lambda: pt.dot(x, W),
                lambda: pt.tanh(pt.dot(x, W) + b),
            )()
        return self.choose(
            lambda: self.matrix(0),
            lambda: self.softmax(self.matrix(depth - 1)),
            lambda: self.softmax(self.matrix(depth - 2)),
            lambda: self.unary(self.matrix(depth - 1)),
            lambda: self.less_the_largest(self.matrix(depth - 1)),
            lambda: self.binary(self.matrix(depth - 1), self.matrix(depth - 2)),
            lambda: self.binary(self.matrix(depth - 1), self.vector(depth - 2)),
            lambda: self.binary(self.matrix(depth - 1), self.scalar(depth - 2)),
            lambda: self.matrix(depth - 1).T,
            lambda: self.matrix(depth - 1)[y],
            lambda: self.matrix(depth - 1)[1:],
            lambda: pt.dot(self.matrix(depth - 1), self.matrix(depth - 2).T),
            lambda: pt.switch(self.matrix(depth - 1) > 0, self.matrix(depth - 2), 0.5),
        )()

    def axis(self):
        return self.choose(1, 0, -1, -2)

    def reduced(self, m, keepdims):
        reduce = self.choose(pt.sum, pt.mean, pt.max, pt.min)
        return reduce(m, axis=self.axis(), keepdims=keepdims)

    def less_the_largest(self, m):
        return m - pt.max(m, axis=self.choose(1, 0, None), keepdims=self.choose(True, False))

    def softmax(self, m):
        """Return a softmax in one of many spellings, some of which are none."""
        m = self.choose(lambda m: m, self.less_the_largest)(m)
        e, axis = pt.exp(m), self.axis()
        sums = e.sum(axis=axis, keepdims=self.choose(True, False))
        own = e.sum(axis=1)
        return self.choose(
            lambda: e / sums,
            lambda: pt.special.softmax(m, axis=self.choose(axis, None)),
            lambda: pt.special.log_softmax(m, axis=axis),
            lambda: pt.log(e / sums),
            lambda: e * (1 / sums),
            lambda: pt.exp(m) / pt.sum(pt.exp(m), axis=axis, keepdims=True),
            lambda: e / own[:, None],
            lambda: e / own.dimshuffle("x", 0),
            lambda: (e.T / own).T,
            lambda: e / e.sum(),
            lambda: m - pt.log(sums),
            lambda: pt.exp(m - pt.log(sums)),
            lambda: pt.log(pt.special.softmax(m, axis=axis)),
            lambda: pt.log(pt.special.softmax(m, axis=axis).T),
            lambda: pt.exp(pt.special.log_softmax(m, axis=axis)),
        )()

    def unary(self, v):
        function = self.choose(
            pt.exp, pt.log, pt.tanh, pt.sigmoid, pt.neg, pt.sqr, abs, lambda v: 1 - v,
            lambda v: pt.log(1 + pt.exp(v)), lambda v: pt.log(1 - pt.sigmoid(v)),
            lambda v: 1 / v, lambda v: pt.maximum(v, 0),
            lambda v: v / 3, lambda v: pt.log(pt.sigmoid(v)),
            lambda v: pt.exp(-v), lambda v: v**2, pt.sqrt, lambda v: pt.log(pt.exp(v)),
        )  # fmt: skip
        return function(v)

    def binary(self, v, w):
        function = self.choose(pt.sub, pt.add, pt.mul, pt.true_div, pt.maximum)
        return function(v, w)


def reference(graph, given):
    """Compute a graph by PyTensor without rewrites, and `by_numpy`."""
    function = _without_rewrites(graph)
    return np.asarray(function(*given.values())), *by_numpy(graph, given)


def by_numpy(graph, given):
    """Compute a graph by NumPy in extended precision, without PyTensor's checks of shapes.

    Return also whether anything that it computes by the way is infinite in float64, or is zero
    by zero, as are exponentials of which all are too small.
    """
    fgraph, numbers = _without_rewrites(graph).maker.fgraph, list(given.values())
    (out,) = fgraph.outputs
    exact = _computed(fgraph, numbers, np.longdouble)[out]
    within = _computed(fgraph, numbers, np.float64)
    overflows = any(np.isinf(value).any() for value in within.values())
    divisions = [n for n in fgraph.apply_nodes if getattr(n.op, "scalar_op", None) == true_div]
    zeros = ([within[v] == 0 for v in node.inputs] for node in divisions)
    return np.asarray(exact), overflows or any(np.any(a & b) for a, b in zeros)


def is_nan_on_the_way(graph, given):
    """Return whether anything that the plain graph computes is NaN."""
    fgraph = _without_rewrites(graph).maker.fgraph
    within = _computed(fgraph, list(given.values()), np.float64).values()
    floats = (value for value in map(np.asarray, within) if value.dtype.kind == "f")
    return any(np.isnan(value).any() for value in floats)


def nudged(graph, given, dtype, rng):
    """Compute a graph where a quarter of what operations are given is off in the tenth digit.

    So is what a compiler computes twice, in two places, by different orders of operations.
    """

    def nudge(value):
        value = np.asarray(value)
        if value.dtype.kind != "f":
            return value
        is_off = rng.random(value.shape) < 0.25
        return value * (1 + 1e-10 * is_off * rng.normal(size=value.shape))

    fgraph = _without_rewrites(graph).maker.fgraph
    return _computed(fgraph, list(given.values()), dtype, nudge)[fgraph.outputs[0]]


@functools.lru_cache(maxsize=1)
def _without_rewrites(graph):
    mode = add_inlining(Mode("py", None))  # softmax is a graph of its own, elsewhere compiled
    return pytensor.function(list(INPUTS.values()), graph, mode=mode, on_unused_input="ignore")


def _computed(fgraph, given, dtype, change=np.asarray):
    """Compute a graph in a precision; return the value of each of its variables.

    `change` has the last word on what each operation is given.
    """

    def cast(value):
        return np.asarray(value, dtype) if np.asarray(value).dtype.kind == "f" else value

    known = {v: cast(v.data) for v in fgraph.variables if isinstance(v, Constant)}
    known.update(zip(fgraph.inputs, map(cast, given), strict=True))
    with np.errstate(all="ignore"):
        for node in fgraph.toposort():
            outputs = _outputs(node, [change(known[v]) for v in node.inputs])
            known.update(zip(node.outputs, outputs, strict=True))
    return known


def _outputs(node, inputs):
    op = node.op
    if isinstance(op, Elemwise):
        return [_elemwise(op.scalar_op, node, inputs)]
    if isinstance(op, CAReduce):
        return [getattr(np, op.nfunc_spec[0])(inputs[0], axis=op.axis)]
    if isinstance(op, Dot):
        return [np.dot(*inputs)]
    if isinstance(op, Alloc):
        return [np.array(np.broadcast_to(inputs[0], [int(n) for n in inputs[1:]]))]
    storage = [[None] for _ in node.outputs]
    op.perform(node, inputs, storage)
    return [value for (value,) in storage]


def _elemwise(op, node, inputs):
    if isinstance(op, Cast):
        dtype = op.o_type.dtype
        wide = np.result_type(inputs[0], dtype) if dtype.startswith("float") else dtype
        return np.asarray(inputs[0], wide)
    if isinstance(op, Second):
        return np.array(np.broadcast_arrays(*inputs)[1])
    if isinstance(op, Switch):
        return np.where(*inputs)
    name, n_inputs, _ = op.nfunc_spec
    function = scipy.special.expit if name == "scipy.special.expit" else getattr(np, name)
    out = function(*inputs[:n_inputs])
    for more in inputs[n_inputs:]:  # a sum or product of several
        out = function(out, more)
    return out
