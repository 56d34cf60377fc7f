"""Loops: taps, until, map, reduce, folds, nesting, a GRU whose steps share their weights."""

import numpy as np
import theano
import theano.tensor as T

trace = []


def record(value):
    trace.append(np.asarray(value).tolist())


# A**k, a polynomial, Fibonacci's numbers, doubling until a limit.
k, A = T.iscalar("k"), T.vector("A")
result, updates = theano.scan(
    fn=lambda prior, A: prior * A, outputs_info=T.ones_like(A), non_sequences=A, n_steps=k
)
power = theano.function(inputs=[A, k], outputs=result[-1], updates=updates)
record(power(np.arange(5.0), 3))
coefficients, x = T.vector("coefficients"), T.scalar("x")
terms, _ = theano.scan(
    lambda c, p, x: c * (x ** p),
    sequences=[coefficients, T.arange(100)],
    outputs_info=None,
    non_sequences=x,
)
record(theano.function([coefficients, x], [terms.sum(), T.grad(terms.sum(), x)])([1.0, 0, 2], 3.0))
start = T.lvector("start")
fibonacci, _ = theano.scan(
    lambda a, b: a + b, outputs_info=[dict(initial=start, taps=[-2, -1])], n_steps=12
)
record(theano.function([start], fibonacci)(np.array([0, 1])))
limit = T.scalar("limit")
doubled, _ = theano.scan(
    lambda previous, limit: (previous * 2, theano.scan_module.until(previous * 2 > limit)),
    outputs_info=T.constant(1.0),
    non_sequences=limit,
    n_steps=1024,
)
double = theano.function([limit], doubled, allow_input_downcast=True)
record(double(45))
print("doubled:", double(45))

# map, reduce, foldl, foldr; a moving average by several taps of a sequence.
v = T.dvector("v")
zero = T.constant(np.float64(0.0))
squares, _ = theano.map(lambda a: a ** 2, sequences=v)
total, _ = theano.reduce(lambda a, acc: acc * 0.5 + a, sequences=squares, outputs_info=zero)
left, _ = theano.foldl(lambda a, acc: T.tanh(acc + a), v, zero)
right, _ = theano.foldr(lambda a, acc: T.tanh(acc + a), v, zero)
smooth, _ = theano.scan(
    lambda before, now, after: (before + 2 * now + after) / 4,
    sequences=dict(input=v, taps=[-1, 0, 1]),
)
for output in (squares, total, left, right, smooth):
    record(theano.function([v], [output, T.grad(output.sum(), v)][0])(np.linspace(-1, 1, 6)))
    record(theano.function([v], T.grad(output.sum(), v))(np.linspace(-1, 1, 6)))

# A loop in a loop, with shared variables that the inner function simply names.
seq = T.tensor3("seq")
decay = theano.shared(0.7, "decay")


def outer(row_block):
    inner, _ = theano.scan(
        lambda row, state: decay * state + row.max(),
        sequences=row_block,
        outputs_info=T.as_tensor_variable(np.asarray(0.0)),
    )
    return inner[-1]


states, _ = theano.scan(outer, sequences=seq)
nested = theano.function([seq], [states, T.grad(T.sum(states ** 2), decay)])
record(nested(np.random.RandomState(3).randn(3, 4, 2))[0])
record(nested(np.random.RandomState(3).randn(3, 4, 2))[1])

# A gated recurrent unit that remembers two steps and counts its calls in a shared variable.
rng = np.random.RandomState(14)
weights = dict((n, theano.shared(rng.randn(5, 5) * 0.4, n)) for n in ("Wz", "Uz", "Wr", "Ur", "Wh", "Uh"))
calls = theano.shared(np.int64(0), "calls")


def gru(x_t, h_2, h_1):
    dot = lambda a, name: T.dot(a, weights[name])
    z = T.nnet.hard_sigmoid(dot(x_t, "Wz") + dot(h_1, "Uz"))
    r = T.nnet.sigmoid(dot(x_t, "Wr") + dot(h_1, "Ur"))
    h = T.tanh(dot(x_t, "Wh") + dot(r * h_1, "Uh"))
    return z * h_1 + (1 - z) * h + 0.1 * h_2, {calls: calls + 1}


inputs = T.matrix("inputs")
h, updates = theano.scan(gru, sequences=inputs, outputs_info=[dict(initial=T.zeros((2, 5)), taps=[-2, -1])])
cost = T.sqr(h[-1] - 0.3).mean()
for w in weights.values():
    updates[w] = w - 0.5 * T.grad(cost, w)
train = theano.function([inputs], cost, updates=updates)
sequence = rng.randn(9, 5)
record([train(sequence) for _ in range(20)])
record([calls.get_value()] + [w.get_value()[0, 0] for _, w in sorted(weights.items())])
print("calls of the step: %d, cost %.9f" % (calls.get_value(), train(sequence)))
