"""A denoising autoencoder with tied weights, corrupted by RandomStreams; the patches made up."""

from __future__ import print_function

import numpy
import theano
import theano.tensor as T
from theano.tensor.shared_randomstreams import RandomStreams


class DenoisingAutoencoder(object):
    def __init__(self, numpy_rng, theano_rng=None, input=None, n_visible=20, n_hidden=8):
        self.n_visible, self.n_hidden = n_visible, n_hidden
        if not theano_rng:
            theano_rng = RandomStreams(numpy_rng.randint(2 ** 30))
        limit = 4 * numpy.sqrt(6.0 / (n_hidden + n_visible))
        start = numpy_rng.uniform(low=-limit, high=limit, size=(n_visible, n_hidden))
        self.W = theano.shared(numpy.asarray(start, dtype=theano.config.floatX), "W")
        self.b = theano.shared(numpy.zeros(n_hidden, dtype=theano.config.floatX), "b")
        self.b_prime = theano.shared(numpy.zeros(n_visible, dtype=theano.config.floatX), "b'")
        self.W_prime = self.W.T
        self.theano_rng = theano_rng
        self.x = T.dmatrix(name="input") if input is None else input
        self.params = [self.W, self.b, self.b_prime]

    def corrupt(self, input, level):
        mask = self.theano_rng.binomial(
            size=input.shape, n=1, p=1 - level, dtype=theano.config.floatX
        )
        return mask * input

    def encode(self, input):
        return T.nnet.sigmoid(T.dot(input, self.W) + self.b)

    def decode(self, hidden):
        return T.nnet.sigmoid(T.dot(hidden, self.W_prime) + self.b_prime)

    def cost_updates(self, corruption_level, learning_rate, contraction=0.0):
        y = self.encode(self.corrupt(self.x, corruption_level))
        z = self.decode(y)
        L = -T.sum(self.x * T.log(z) + (1 - self.x) * T.log(1 - z), axis=1)
        cost = T.mean(L)
        if contraction:
            J = T.reshape(y * (1 - y), (y.shape[0], 1, self.n_hidden)) * T.reshape(
                self.W, (1, self.n_visible, self.n_hidden)
            )
            cost = cost + contraction * T.sum(J ** 2) / y.shape[0]
        gparams = T.grad(cost, self.params)
        return cost, [(p, p - learning_rate * g) for p, g in zip(self.params, gparams)]


trace = []
rng = numpy.random.RandomState(123)
basis = rng.rand(4, 20) ** 3
data = theano.shared(numpy.clip(rng.rand(100, 4).dot(basis), 0.0, 1.0), borrow=True)
index, x = T.lscalar(), T.matrix("x")
batch_size = 10

for corruption, contraction in ((0.0, 0.0), (0.3, 0.0), (0.1, 0.1)):
    net = DenoisingAutoencoder(
        numpy_rng=numpy.random.RandomState(42),
        theano_rng=RandomStreams(99),
        input=x,
    )
    cost, updates = net.cost_updates(corruption, 0.1, contraction)
    train = theano.function(
        [index],
        cost,
        updates=updates,
        givens={x: data[index * batch_size : (index + 1) * batch_size]},
    )
    for epoch in range(5):
        costs = []
        for batch in range(10):
            costs.append(train(batch))
        trace.extend(numpy.array(costs).tolist())
        print("Training epoch %d, cost " % epoch, "%.8f" % numpy.mean(costs))
    again = theano.function([], [net.decode(net.encode(data))[:3, :5], net.W.norm(2)])
    trace.extend(numpy.asarray(value).tolist() for value in again())

theano_rng = RandomStreams(5)
draw = theano_rng.normal((2, 3), avg=1.0, std=2.0)
sample = theano.function([], draw)
first, second = sample(), sample()
state = theano_rng.state_updates[0][0].get_value(borrow=False)
theano_rng.seed(5)
assert (sample() == first).all() and (first != second).any()
kept = theano.function([], draw, no_default_updates=True)
assert (kept() == kept()).all() and (kept() == second).all()
trace.extend([first.tolist(), second.tolist(), int(state.get_state()[1][:4].sum() % 65536)])
