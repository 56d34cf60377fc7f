"""AdaGrad, RMSprop, Adadelta and Nesterov's momentum as functions that return dictionaries."""

from collections import OrderedDict

import numpy as np
import theano
import theano.tensor as T
from theano.compile import SharedVariable

trace = []


def get_or_compute_grads(loss_or_grads, params):
    if any(not isinstance(p, theano.compile.SharedVariable) for p in params):
        raise ValueError("params must contain shared variables only")
    if isinstance(loss_or_grads, list):
        return loss_or_grads
    return theano.grad(loss_or_grads, params)


def accumulator(param, name):
    value = param.get_value(borrow=True)
    return theano.shared(
        np.zeros(value.shape, dtype=value.dtype), name=name, broadcastable=param.broadcastable
    )


def adagrad(loss, params, learning_rate=0.3, epsilon=1e-6):
    updates = OrderedDict()
    for param, grad in zip(params, get_or_compute_grads(loss, params)):
        accu = accumulator(param, "accu")
        accu_new = accu + grad ** 2
        updates[accu] = accu_new
        updates[param] = param - (learning_rate * grad / T.sqrt(accu_new + epsilon))
    return updates


def rmsprop(loss, params, learning_rate=0.02, rho=0.9, epsilon=1e-6):
    one = T.constant(1)
    updates = {}
    for param, grad in zip(params, get_or_compute_grads(loss, params)):
        accu = accumulator(param, "accu")
        accu_new = rho * accu + (one - rho) * grad ** 2
        updates[accu] = accu_new
        updates[param] = param - (learning_rate * grad / T.sqrt(accu_new + epsilon))
    return list(updates.items())


def adadelta(loss, params, learning_rate=1.0, rho=0.95, epsilon=1e-4):
    updates = OrderedDict()
    for param, grad in zip(params, get_or_compute_grads(loss, params)):
        accu, delta_accu = accumulator(param, "accu"), accumulator(param, "delta")
        accu_new = rho * accu + (1 - rho) * T.sqr(grad)
        step = grad * T.sqrt(delta_accu + epsilon) / T.sqrt(accu_new + epsilon)
        updates[accu] = accu_new
        updates[param] = param - learning_rate * step
        updates[delta_accu] = rho * delta_accu + (1 - rho) * step ** 2
    return updates


def nesterov(loss, params, learning_rate=0.1, momentum=0.9):
    grads = get_or_compute_grads(loss, params)
    updates = OrderedDict((p, p - learning_rate * g) for p, g in zip(params, grads))
    for param in params:
        velocity = accumulator(param, None)
        x = momentum * velocity + updates[param] - param
        updates[velocity] = x
        updates[param] = momentum * x + updates[param]
    return updates


rng = np.random.RandomState(31)
inputs = theano.shared(rng.randn(80, 6).astype(theano.config.floatX))
targets = (inputs.get_value()[:, :2].prod(axis=1, keepdims=True) > 0).astype("float64")
dropped = {}
for rule in (adagrad, rmsprop, adadelta, nesterov):
    draw = np.random.RandomState(5)
    W = theano.shared(draw.normal(0, 0.5, (6, 7)), name="W")
    b = theano.shared(np.zeros((1, 7)), name="b", broadcastable=(True, False))
    v = theano.shared(draw.normal(0, 0.5, (7, 1)), name="v")
    assert isinstance(b, SharedVariable) and b.broadcastable == (True, False)
    out = T.nnet.sigmoid(T.dot(T.nnet.relu(T.dot(inputs, W) + b, 0.01), v))
    t = T.dmatrix("t")
    loss = T.nnet.binary_crossentropy(out, t).mean()
    accuracy = T.eq(out > 0.5, t).mean(dtype=theano.config.floatX)
    updates = rule(loss, [W, b, v])
    train = theano.function([t], [loss, accuracy], updates=updates)
    history = [np.array(train(targets)) for _ in range(60)]
    trace.append(np.array(history).tolist())
    dropped[rule.__name__] = history[0][0] - history[-1][0]
    trace.append([W.get_value().sum().item(), b.get_value().tolist(), abs(v.get_value()).max()])
for name in sorted(dropped, key=dropped.get):
    print("%-9s lowers the loss by %.6f" % (name, dropped[name]))
