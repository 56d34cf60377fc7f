"""Ops written by users: `perform`, `grad`, `infer_shape`, `as_op`, and a shared state of them."""

import numpy as np
import theano
import theano.tensor as T
from theano import gof
from theano.compile.ops import as_op

trace = []


class Smooth(theano.Op):
    """x where it is large, a parabola near 0."""

    __props__ = ("width",)

    def __init__(self, width):
        self.width = width
        super(Smooth, self).__init__()

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,), z = inputs, output_storage[0]
        near = abs(x) < self.width
        z[0] = np.where(near, x * x / (2 * self.width) + self.width / 2.0, abs(x)).astype(x.dtype)

    def grad(self, inputs, output_grads):
        x, g = inputs[0], output_grads[0]
        return [g * T.clip(x / self.width, -1.0, 1.0)]

    def infer_shape(self, node, i0_shapes):
        return i0_shapes


class Histogram(gof.Op):
    def __init__(self, bins):
        self.bins = bins

    def __eq__(self, other):
        return type(self) == type(other) and self.bins == other.bins

    def __hash__(self):
        return hash(type(self)) ^ hash(self.bins)

    def make_node(self, x):
        return gof.Apply(self, [T.as_tensor_variable(x)], [T.lvector()])

    def perform(self, node, inp, out):
        out[0][0] = np.histogram(inp[0], bins=self.bins, range=(-3, 3))[0].astype("int64")

    def grad(self, inputs, grads):
        return [theano.gradient.grad_undefined(self, 0, inputs[0])]


@as_op(itypes=[T.dmatrix, T.dvector], otypes=[T.dvector])
def solve(a, b):
    return np.linalg.solve(a, b)


rng = np.random.RandomState(21)
A = rng.randn(30, 3)
target = A.dot([1.0, -2.0, 0.5]) + np.where(rng.rand(30) < 0.2, 8.0, 0.1 * rng.randn(30))
w = theano.shared(np.zeros(3), name="w")
x, y = T.dmatrix("x"), T.dvector("y")
residual = T.dot(x, w) - y
cost = Smooth(0.5)(residual).mean()
updates = [(w, w - 0.3 * T.grad(cost, w))]
train = theano.function([x, y], [cost, Histogram(6)(residual)], updates=updates)
for step in range(40):
    value, bins = train(A, target)
    trace.append([float(value)] + bins.tolist())
print("robust:", np.round(w.get_value(), 4))
assert Smooth(0.5) == Smooth(0.5) and Smooth(0.5) != Smooth(1.0)
shape = theano.function([x], Smooth(1.0)(x).shape)
trace.append(shape(A).tolist())

exact = theano.function([x, y], solve(T.dot(x.T, x), T.dot(x.T, y)))
print("least squares:", np.round(exact(A, target), 4))
trace.append(exact(A, target).tolist())
trace.append(w.get_value().tolist())
