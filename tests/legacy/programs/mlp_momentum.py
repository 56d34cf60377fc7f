"""A multilayer perceptron with L1 and L2 terms, momentum and a learning rate that decays."""

from collections import OrderedDict

import numpy as np
import theano
from theano import tensor as T

trace = []


class HiddenLayer(object):
    def __init__(self, rng, input, n_in, n_out, W=None, b=None, activation=T.tanh):
        if W is None:
            bound = np.sqrt(6.0 / (n_in + n_out))
            W_values = np.asarray(
                rng.uniform(low=-bound, high=bound, size=(n_in, n_out)),
                dtype=theano.config.floatX,
            )
            if activation == theano.tensor.nnet.sigmoid:
                W_values *= 4
            W = theano.shared(value=W_values, name="W", borrow=True)
        if b is None:
            b = theano.shared(np.zeros((n_out,), dtype=theano.config.floatX), name="b")
        self.W, self.b = W, b
        linear = T.dot(input, self.W) + self.b
        self.output = linear if activation is None else activation(linear)
        self.params = [self.W, self.b]


class MLP(object):
    def __init__(self, rng, input, sizes, activation):
        self.layers, out = [], input
        for n_in, n_out in zip(sizes[:-2], sizes[1:-1]):
            self.layers.append(HiddenLayer(rng, out, n_in, n_out, activation=activation))
            out = self.layers[-1].output
        top = HiddenLayer(rng, out, sizes[-2], sizes[-1], activation=None)
        self.layers.append(top)
        self.p = T.nnet.softmax(top.output)
        self.L1 = sum(abs(layer.W).sum() for layer in self.layers)
        self.L2_sqr = sum((layer.W ** 2).sum() for layer in self.layers)
        self.params = [param for layer in self.layers for param in layer.params]

    def cost(self, y):
        return T.nnet.categorical_crossentropy(self.p, y).mean()


def momentum_updates(cost, params, learning_rate, momentum):
    assert T.and_(momentum < 1, momentum >= 0)
    updates = OrderedDict()
    for param in params:
        velocity = theano.shared(
            param.get_value() * 0.0, broadcastable=param.broadcastable, name="v_" + param.name
        )
        step = momentum * velocity - learning_rate * T.grad(cost, param)
        updates[velocity] = step
        updates[param] = param + step
    return updates


rng = np.random.RandomState(7)
inputs = rng.rand(150, 8).astype(theano.config.floatX)
labels = ((inputs[:, 0] > 0.5) + 2 * (inputs[:, 1] * inputs[:, 2] > 0.25)).astype("int32")

for activation in (T.tanh, T.nnet.sigmoid, T.nnet.relu):
    X, y = T.matrix("X"), T.ivector("y")
    rate, momentum = T.scalar("learning_rate"), T.scalar("momentum", dtype=theano.config.floatX)
    net = MLP(np.random.RandomState(3), X, [8, 10, 6, 4], activation)
    cost = net.cost(y) + 0.001 * net.L1 + 0.0001 * net.L2_sqr
    train = theano.function(
        [X, y, rate, theano.In(momentum, value=0.9)],
        [cost, T.mean(T.neq(T.argmax(net.p, axis=1), y))],
        updates=momentum_updates(cost, net.params, rate, momentum),
        allow_input_downcast=True,
        name="train",
    )
    learning_rate = theano.shared(np.array(0.1, dtype=theano.config.floatX))
    decay = theano.function([], learning_rate, updates={learning_rate: learning_rate * 0.95})
    for epoch in range(12):
        for start in range(0, len(inputs), 50):
            batch = slice(start, start + 50)
            if epoch < 2:
                out = train(inputs[batch], labels[batch], learning_rate.get_value(), 0.5)
            else:
                out = train(inputs[batch], labels[batch], learning_rate.get_value())
            trace.extend(float(value) for value in out)
        trace.append(float(decay()))
    trace.extend(float((param.get_value() ** 2).sum()) for param in net.params)
    print("%s: cost %.6f, error %.3f" % (getattr(activation, "__name__", "?"), out[0], out[1]))
