"""Word vectors by negative sampling: only the rows in use change, by `inc_subtensor`."""

import numpy as np
import theano
import theano.tensor as T

floatX = theano.config.floatX
n_words, dim, negatives, trace = 15, 4, 3, []
rng = np.random.RandomState(19)
E = theano.shared(((rng.rand(n_words, dim) - 0.5) / dim).astype(floatX), name="E")
C = theano.shared(np.zeros((n_words, dim), dtype=floatX), name="C")
text = np.array([(i * i + rng.randint(3)) % n_words for i in range(200)], dtype="int32")

centre, context = T.ivectors("centre", "context")
noise = T.imatrix("noise")
lr = T.fscalar("lr")
e, c, k = E[centre], C[context], C[noise]
positive = T.nnet.sigmoid((e * c).sum(axis=1))
negative = T.nnet.sigmoid(-T.sum(k * e.dimshuffle(0, "x", 1), axis=2))
cost = -T.log(positive).sum() - T.log(negative).sum()
ge, gc, gk = T.grad(cost, [e, c, k])
updates = [
    (E, T.inc_subtensor(e, -lr * ge)),
    (C, T.inc_subtensor(T.inc_subtensor(c, -lr * gc)[noise], -lr * gk)),
]
train = theano.function([centre, context, noise, lr], cost / centre.shape[0], updates=updates)

for epoch in range(4):
    for start in range(0, 180, 30):
        at = np.arange(start, start + 20, dtype="int32")
        draws = rng.randint(0, n_words, size=(20, negatives)).astype("int32")
        trace.append(float(train(text[at], text[at + 1], draws, np.float32(0.05))))
    print("epoch %d: %.7f" % (epoch, trace[-1]))

# Rows put on the unit sphere, by set_subtensor on a slice and by mask.
norms = T.sqrt(T.sqr(E).sum(axis=1, keepdims=True))
long = T.gt(norms, 0.25).flatten().nonzero()[0]
shorten = theano.function(
    [], [norms.flatten(), long], updates={E: T.set_subtensor(E[long], E[long] / norms[long])}
)
before, rows = shorten()
trace.extend([before.tolist(), rows.tolist(), E.get_value().tolist()])

# Nearest words and a masked mean of what surrounds each.
sims = T.dot(E, E.T)
sims = T.fill_diagonal(sims, -1.0) if hasattr(T, "fill_diagonal") else sims
order = T.argsort(sims, axis=1)[:, ::-1]
similar = theano.function([], [order[:, 0], T.max(sims, axis=1)])
nearest, how_near = similar()
trace.extend([nearest.tolist(), how_near.tolist()])
print("nearest:", nearest[:6])

windows, mask = T.imatrix("windows"), T.bmatrix("mask")
m = T.cast(mask, floatX).dimshuffle(0, 1, "x")
vectors = E[windows.flatten()].reshape((windows.shape[0], windows.shape[1], dim))
mean = (vectors * m).sum(axis=1) / T.maximum(m.sum(axis=1), 1.0)
filled = T.set_subtensor(vectors[T.eq(mask, 0).nonzero()], -1.0)
counts = T.extra_ops.bincount(windows.flatten(), minlength=n_words)
one_hot = T.extra_ops.to_one_hot(windows[:, 0], n_words).sum(axis=0)
inspect = theano.function(
    [windows, mask],
    [mean, filled[:, -1], T.any(T.isnan(filled)), T.grad(mean.sum() ** 2, E)[:5], counts, one_hot],
)
w = rng.randint(0, n_words, size=(5, 4)).astype("int32")
for value in inspect(w, (rng.rand(5, 4) > 0.4).astype("int8")):
    trace.append(np.asarray(value).tolist())
