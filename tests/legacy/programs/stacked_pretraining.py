"""Greedy layers trained one after another, `In(value=)` with names, then all together."""

import numpy
import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.shared_randomstreams import RandomStreams

rng = numpy.random.RandomState(89677)
trace = []


def weights(n_in, n_out, name):
    value = rng.uniform(-1, 1, size=(n_in, n_out)) * numpy.sqrt(6.0 / (n_in + n_out))
    return theano.shared(value.astype(theano.config.floatX), name=name, borrow=True)


def zeros(n, name):
    return theano.shared(numpy.zeros(n, dtype=theano.config.floatX), name=name, borrow=True)


class Stack(object):
    def __init__(self, sizes, n_out, streams):
        self.x, self.y, self.streams = T.matrix("x"), T.ivector("y"), streams
        self.params, self.layers = [], []
        below = self.x
        for i, (n_in, n_hidden) in enumerate(zip(sizes, sizes[1:])):
            W, b = weights(n_in, n_hidden, "W%d" % i), zeros(n_hidden, "b%d" % i)
            self.layers.append((below, W, b, zeros(n_in, "c%d" % i)))
            self.params.extend([W, b])
            below = T.nnet.sigmoid(T.dot(below, W) + b)
        V, c = weights(sizes[-1], n_out, "V"), zeros(n_out, "c")
        self.params += [V, c]
        p = T.nnet.softmax(T.dot(below, V) + c)
        self.cost = T.nnet.categorical_crossentropy(p, self.y).mean()
        self.errors = T.mean(T.neq(T.argmax(p, axis=1), self.y), dtype=theano.config.floatX)

    def reconstruction(self, below, W, b, c, level):
        keep = self.streams.binomial(size=below.shape, p=1 - level, dtype=theano.config.floatX)
        hidden = T.nnet.sigmoid(T.dot(below * keep, W) + b)
        z = T.nnet.sigmoid(T.dot(hidden, W.T) + c)
        return T.nnet.binary_crossentropy(z, below).sum(axis=1).mean()

    def pretraining_functions(self, data, batch_size):
        index = T.lscalar("index")
        level, rate = T.scalar("corruption"), T.scalar("lr")
        begin, end = index * batch_size, (index + 1) * batch_size
        for below, W, b, c in self.layers:
            cost = self.reconstruction(below, W, b, c, level)
            params = [W, b, c]
            updates = [(p, p - rate * g) for p, g in zip(params, T.grad(cost, params))]
            yield theano.function(
                inputs=[index, theano.In(level, value=0.2), theano.In(rate, value=0.1)],
                outputs=cost,
                updates=updates,
                givens={self.x: data[begin:end]},
            )

    def finetune_functions(self, x, y, batch_size, learning_rate):
        index = T.lscalar("index")
        batch = slice(index * batch_size, (index + 1) * batch_size)
        gparams = T.grad(self.cost, self.params)
        updates = []
        for param, gparam in zip(self.params, gparams):
            updates.append((param, param - gparam * learning_rate))
        givens = {self.x: x[batch], self.y: y[batch]}
        train = theano.function([index], self.cost, updates=updates, givens=givens, name="train")
        score = theano.function([index], self.errors, givens=givens)
        return train, lambda: [float(score(i)) for i in range(6)]


labels = rng.randint(0, 3, size=120)
templates = rng.rand(3, 15) > 0.5
pixels = numpy.where(rng.rand(120, 15) < 0.1, ~templates[labels], templates[labels])
x = theano.shared(pixels.astype(theano.config.floatX), borrow=True)
y = T.cast(theano.shared(labels.astype(theano.config.floatX)), "int32")

for streams in (RandomStreams(1), MRG_RandomStreams(1)):
    stack = Stack([15, 10, 7], 3, streams)
    for i, pretrain in enumerate(stack.pretraining_functions(x, 20)):
        for epoch in range(3):
            costs = [
                pretrain(index=batch, corruption=[0.1, 0.3][i], lr=0.05) for batch in range(5)
            ]
            costs.append(pretrain(5))
            costs.append(pretrain(0, lr=0.2))
            trace.extend(numpy.array(costs).tolist())
        print("Pre-training layer %i, cost %.6f" % (i, numpy.mean(costs)))
    train, score = stack.finetune_functions(x, y, 20, 0.3)
    for epoch in range(6):
        trace.extend(train(i).item() for i in range(6))
    trace.append(score())
    print("errors", trace[-1])
