"""Graphs taken apart and put together: clone, ifelse, known_grads, Rop, Jacobian, givens."""

import numpy as np
import theano
import theano.tensor as T
from theano.gradient import disconnected_grad
from theano.ifelse import ifelse

trace = []
rng = np.random.RandomState(9)


def record(*values):
    trace.extend(np.asarray(value).tolist() for value in values)


# A network cut in two; its gradient passed on by hand.
x, W, V = T.dmatrix("x"), theano.shared(rng.randn(4, 5), "W"), theano.shared(rng.randn(5, 2), "V")
h = T.tanh(T.dot(x, W))
top_input = h.type("top_input")
cost = T.sum(T.nnet.softmax(T.dot(top_input, V))[:, 0] ** 2)
dh, dV = T.grad(cost, [top_input, V])
dW = T.grad(None, W, known_grads={h: dh})
whole = theano.clone(cost, replace={top_input: h})
data = rng.randn(6, 4)
parts = theano.function([x], [dW, dV, whole], givens={top_input: h})
record(*parts(data))
direct = theano.function([x], T.grad(whole, [W, V]))
print("cut and whole agree:", [np.allclose(a, b) for a, b in zip(parts(data), direct(data))])

# The same expression with other parameters, shared or copied.
W2 = theano.shared(W.get_value() * 2, "W2")
other = theano.clone(whole, replace=[(W, W2)], share_inputs=True)
record(theano.function([x], [other, T.grad(other, W2)[0]])(data)[0])
inputs = [v for v in theano.gof.graph.inputs([other]) if isinstance(v, theano.compile.SharedVariable)]
print("shared:", [v.name for v in inputs])

# Choices: ifelse computes one branch, switch both.
a, b, n = T.dscalars("a", "b", "n")
big, small = T.dvectors("big", "small")
lazy = theano.function([a, b, big, small], ifelse(T.lt(a, b), T.mean(big), T.max(small)))
pair = ifelse(T.gt(a, 0), (a * big, small.sum()), (big, b * small.sum()))
both = theano.function([a, b, big, small], pair)
for low, high in ((1.0, 2.0), (2.0, 1.0), (-1.0, 3.0)):
    record(lazy(low, high, np.arange(4.0), np.ones(3)), *both(low, high, np.arange(4.0), np.ones(3)))
y = T.switch(T.and_(a > 0, b > 0), T.log(T.maximum(a, 1e-3)) * b, -T.abs_(b))
record(*[theano.function([a, b], [y] + T.grad(y, [a, b]))(*p) for p in ((1.5, 2.0), (-1.0, 2.0))])

# Constants for the gradient only, disconnected inputs, names and defaults of arguments.
z = T.sum(disconnected_grad(h) * h)
g_half, g_all = T.grad(z, W), T.grad(T.sum(h * h), W, consider_constant=[])
record(*theano.function([x], [g_half, g_all / 2 - g_half])(data))
unused = T.dvector("unused")
zero = T.grad(z, unused, disconnected_inputs="ignore")
record(theano.function([unused], zero)(np.ones(3)))
try:
    T.grad(z, unused)
except theano.gradient.DisconnectedInputError:
    print("unused is not part of the cost")
scale = theano.function(
    [x, theano.In(a, value=3.0), theano.In(b, value=0.5, name="shift")],
    {"scaled": a * x + b, "total": T.sum(a * x + b)},
)
by_default, named = scale(data), scale(data, shift=2.0)
record(by_default["total"], named["total"], scale(data, 1.0, 0.0)["scaled"][0])

# Derivatives of vectors.
v, u = T.dvector("v"), T.dvector("u")
f = T.dot(T.nnet.sigmoid(v), W[:3]) ** 2
J = theano.gradient.jacobian(f, v)
JV, uJ = T.Rop(f, v, u), T.Lop(f, v, T.arange(5.0))
H = T.hessian(f.sum(), v)
by_scan, updates = theano.scan(
    lambda i, f, v: T.grad(f[i], v), sequences=T.arange(f.shape[0]), non_sequences=[f, v]
)
point, direction = np.array([0.3, -1.0, 2.0]), np.array([1.0, 0.0, -2.0])
derive = theano.function([v, u], [J, JV, uJ, H, by_scan], updates=updates, on_unused_input="warn")
record(*derive(point, direction))
print("scan's Jacobian is jacobian's:", np.allclose(trace[-5], trace[-1]))
record((v ** 2).sum().eval({v: point}), T.outer(v, v).trace().eval({v: point}))
