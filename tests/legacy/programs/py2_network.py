"""Python 2: layers of a network in the manner of a course; old statements, old division."""

import cPickle, gzip, os, sys, tempfile
from itertools import izip

import numpy as np
import theano
import theano.tensor as T
from theano.tensor import shared_randomstreams
from theano.tensor.nnet import softmax
from theano.tensor.nnet import sigmoid

trace = []


def ReLU(z): return T.maximum(0.0, z)


def dropout_layer(layer, p_dropout):
    srng = shared_randomstreams.RandomStreams(np.random.RandomState(0).randint(999999))
    mask = srng.binomial(n=1, p=1 - p_dropout, size=layer.shape)
    return layer * T.cast(mask, theano.config.floatX)


class FullyConnectedLayer():

    def __init__(self, n_in, n_out, activation_fn=sigmoid, p_dropout=0.0):
        self.n_out, self.activation_fn, self.p_dropout = n_out, activation_fn, p_dropout
        rng = np.random.RandomState(n_in)
        self.w = theano.shared(np.asarray(rng.normal(
            loc=0.0, scale=np.sqrt(1.0 / n_out), size=(n_in, n_out)),
            dtype=theano.config.floatX), name='w', borrow=True)
        self.b = theano.shared(np.zeros((n_out,), dtype=theano.config.floatX), name='b')
        self.params = [self.w, self.b]

    def set_inpt(self, inpt, inpt_dropout, mini_batch_size):
        self.inpt = inpt.reshape((mini_batch_size, inpt.size / mini_batch_size))
        self.output = self.activation_fn(
            (1 - self.p_dropout) * T.dot(self.inpt, self.w) + self.b)
        self.y_out = T.argmax(self.output, axis=1)
        self.inpt_dropout = dropout_layer(
            inpt_dropout.reshape((mini_batch_size, -1)), self.p_dropout)
        self.output_dropout = self.activation_fn(T.dot(self.inpt_dropout, self.w) + self.b)

    def accuracy(self, y):
        return T.mean(T.eq(y, self.y_out))


class Network():

    def __init__(self, layers, mini_batch_size):
        self.layers, self.mini_batch_size = layers, mini_batch_size
        self.params = [param for layer in self.layers for param in layer.params]
        self.x, self.y = T.matrix("x"), T.ivector("y")
        self.layers[0].set_inpt(self.x, self.x, mini_batch_size)
        for j in xrange(1, len(self.layers)):
            prev = self.layers[j - 1]
            self.layers[j].set_inpt(prev.output, prev.output_dropout, mini_batch_size)
        self.output_dropout = self.layers[-1].output_dropout

    def SGD(self, (training_x, training_y), (test_x, test_y), epochs, eta, lmbda):
        size = self.mini_batch_size
        num_batches = training_x.get_value(borrow=True).shape[0] / size
        l2_norm_squared = sum([(layer.w ** 2).sum() for layer in self.layers])
        p = self.output_dropout[T.arange(self.y.shape[0]), self.y]
        cost = -T.mean(T.log(p)) + 0.5 * lmbda * l2_norm_squared / num_batches
        grads = T.grad(cost, self.params)
        updates = [(param, param - eta * grad) for param, grad in izip(self.params, grads)]
        i = T.lscalar()
        givens = {self.x: training_x[i * size: (i + 1) * size],
                  self.y: training_y[i * size: (i + 1) * size]}
        train_mb = theano.function([i], cost, updates=updates, givens=givens)
        test_mb = theano.function([i], self.layers[-1].accuracy(self.y), givens={
            self.x: test_x[i * size: (i + 1) * size],
            self.y: test_y[i * size: (i + 1) * size]})
        best = -1.0
        for epoch in xrange(epochs):
            for minibatch_index in xrange(num_batches):
                iteration = num_batches * epoch + minibatch_index
                if iteration % 7 == 0: print "Training mini-batch number {0}".format(iteration)
                trace.append(float(train_mb(minibatch_index)))
            accuracy = np.mean([test_mb(j) for j in xrange(3)])
            print "Epoch %d: accuracy %.2f%%" % (epoch, 100 * accuracy),
            if accuracy >= best:
                best = accuracy
                print "(the best so far)"
            else:
                print
        print >> sys.stderr, "Finished."


def load_data_shared(filename):
    f = gzip.open(filename, 'rb')
    try:
        parts = cPickle.load(f)
    except IOError, e:
        print "no data:", e
        raise
    f.close()
    def shared((images, labels)):
        shared_x = theano.shared(np.asarray(images, dtype=theano.config.floatX), borrow=True)
        shared_y = theano.shared(np.asarray(labels, dtype=theano.config.floatX), borrow=True)
        return shared_x, T.cast(shared_y, "int32")
    return map(shared, parts)


rng = np.random.RandomState(60)
images = rng.rand(130, 9)
labels = (images[:, :3].sum(1) > images[:, 3:6].sum(1)) + 2L * (images[:, 8] > .5)
path = os.path.join(tempfile.mkdtemp(), 'made_up.pkl.gz')
with gzip.open(path, 'wb') as out:
    cPickle.dump([(images[:100], labels[:100]), (images[100:], labels[100:])], out, 2)
data = load_data_shared(path)
for activation, dropped in [(sigmoid, 0.0), (ReLU, 0.3)]:
    net = Network([
        FullyConnectedLayer(9, 12, activation_fn=activation),
        FullyConnectedLayer(12, 4, activation_fn=softmax, p_dropout=dropped)], 10)
    net.SGD(data[0], data[1], 4, 0.5, 0.05)
counts = {}
for label in labels:
    if not counts.has_key(label): counts[label] = 0
    counts[label] += 1
for label, count in sorted(counts.iteritems()):
    print label, count, 10 * count / len(labels)
    trace.append(100 * count / len(labels))
