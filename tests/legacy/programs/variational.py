"""A variational autoencoder: draws passed through the gradient, softplus, momentum, a prior."""

import numpy as np
import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.shared_randomstreams import RandomStreams

floatX = theano.config.floatX
trace = []


def glorot(rng, n_in, n_out):
    return rng.uniform(-1.0, 1.0, (n_in, n_out)).astype(floatX) * np.sqrt(6.0 / (n_in + n_out))


class VAE:
    def __init__(self, n_x, n_h, n_z, streams):
        rng = np.random.RandomState(15)
        shapes = dict(xh=(n_x, n_h), hm=(n_h, n_z), hs=(n_h, n_z), zh=(n_z, n_h), hx=(n_h, n_x))
        self.params = {}
        for key in sorted(shapes):
            self.params["W_" + key] = theano.shared(glorot(rng, *shapes[key]), name="W_" + key)
            self.params["b_" + key] = theano.shared(np.zeros(shapes[key][1], dtype=floatX))
        self.x, self.streams = T.matrix("x"), streams
        h = T.nnet.softplus(self.affine(self.x, "xh"))
        self.mu, self.log_sigma = self.affine(h, "hm"), 0.5 * self.affine(h, "hs")
        z = self.mu + T.exp(self.log_sigma) * self.draw(self.mu)
        logits = self.decode(z)
        self.elbo = (self.log_p(logits, self.x) - self.kl()).mean()

    def affine(self, x, key):
        return T.dot(x, self.params["W_" + key]) + self.params["b_" + key].dimshuffle("x", 0)

    def draw(self, like):
        return self.streams.normal(like.shape, avg=0.0, std=1.0, dtype=floatX)

    def decode(self, z):
        return self.affine(T.tanh(self.affine(z, "zh")), "hx")

    def log_p(self, logits, x):
        return -(T.nnet.softplus(logits) - x * logits).sum(axis=1)

    def kl(self):
        inside = 1 + 2 * self.log_sigma - self.mu ** 2 - T.exp(2 * self.log_sigma)
        return -0.5 * T.sum(inside, axis=-1)

    def train_function(self, data, lr=0.02):
        i = T.iscalar("i")
        updates = {}
        for name, p in sorted(self.params.items()):
            m = theano.shared(np.zeros_like(p.get_value()))
            updates[m] = 0.9 * m + 0.1 * T.grad(self.elbo, p)
            updates[p] = T.clip(p + lr * updates[m], -3.0, 3.0)
        batch = data[i * 16 : (i + 1) * 16]
        return theano.function([i], [self.elbo, self.kl().mean()], updates=updates, givens=[(self.x, batch)])

    def importance_weighted(self, samples):
        def one():
            noise = self.draw(self.mu)
            z = self.mu + T.exp(self.log_sigma) * noise
            prior = -0.5 * (z ** 2).sum(axis=1)
            posterior = -0.5 * (noise ** 2).sum(axis=1) - self.log_sigma.sum(axis=1)
            return self.log_p(self.decode(z), self.x) + prior - posterior

        log_w, updates = theano.scan(one, n_steps=samples)
        top = log_w.max(axis=0, keepdims=True)
        bound = T.mean(T.log(T.mean(T.exp(log_w - top), axis=0)) + top[0])
        return theano.function([self.x], bound, updates=updates)


rng = np.random.RandomState(33)
hidden = rng.randn(64, 2)
pictures = (np.dot(hidden, rng.randn(2, 10)) + 0.3 * rng.randn(64, 10) > 0).astype(floatX)
shared = theano.shared(pictures, borrow=True)
for streams in (RandomStreams(seed=234), MRG_RandomStreams(seed=234)):
    vae = VAE(10, 9, 2, streams)
    train = vae.train_function(shared)
    for epoch in range(8):
        bounds = [[float(value) for value in train(batch)] for batch in range(4)]
        trace.extend(bounds)
    bound = vae.importance_weighted(5)
    trace.append([float(bound(pictures)) for _ in range(3)])
    print("%s: elbo %.6f, with five samples %.6f" % (type(streams).__name__, bounds[-1][0], trace[-1][0]))
    z = T.matrix("z")
    generate = theano.function([z], T.nnet.sigmoid(vae.decode(z)))
    trace.append(generate(np.eye(2)).tolist())
