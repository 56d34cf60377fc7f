"""Convolution, pooling, rectified linear units and dropout by MRG_RandomStreams; RMSprop."""

import numpy as np
import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams as RandomStreams
from theano.tensor.nnet.conv import conv2d

try:
    from theano.tensor.signal.pool import pool_2d as max_pool_2d
except ImportError:
    from theano.tensor.signal.downsample import max_pool_2d

srng = RandomStreams(seed=20)
rng = np.random.RandomState(4)
trace = []


def floatX(X):
    return np.asarray(X, dtype=theano.config.floatX)


def init_weights(*shape):
    return theano.shared(floatX(rng.randn(*shape) * 0.1))


def rectify(X):
    return T.maximum(X, 0.0)


def softmax(X):
    e_x = T.exp(X - X.max(axis=1).dimshuffle(0, "x"))
    return e_x / e_x.sum(axis=1).dimshuffle(0, "x")


def dropout(X, p=0.0):
    if p > 0:
        retain_prob = 1 - p
        X *= srng.binomial(X.shape, p=retain_prob, dtype=theano.config.floatX)
        X /= retain_prob
    return X


def RMSprop(cost, params, lr=0.01, rho=0.9, epsilon=1e-6):
    grads = T.grad(cost=cost, wrt=params)
    updates = []
    for p, g in zip(params, grads):
        acc = theano.shared(p.get_value() * 0.0)
        acc_new = rho * acc + (1 - rho) * g ** 2
        updates.append((acc, acc_new))
        updates.append((p, p - lr * g / T.sqrt(acc_new + epsilon)))
    return updates


def model(X, w1, w2, w3, w_o, p_conv, p_hidden):
    l1 = max_pool_2d(rectify(conv2d(X, w1, border_mode="full")), (2, 2), ignore_border=False)
    l1 = dropout(l1, p_conv)
    l2a = rectify(T.nnet.conv2d(l1, w2))
    l2 = T.flatten(max_pool_2d(l2a, (2, 2), ignore_border=True), outdim=2)
    l2 = dropout(l2, p_conv)
    l3 = dropout(rectify(T.dot(l2, w3)), p_hidden)
    return l1, l2, softmax(T.dot(l3, w_o))


def stripes(n):
    labels = rng.randint(0, 3, size=n)
    images = 0.3 * rng.rand(n, 1, 12, 12)
    for image, label in zip(images, labels):
        image[0, rng.randint(0, 3) :: 3] += 1.0 if label == 0 else 0.0
        image[0, :, rng.randint(0, 3) :: 3] += 1.0 if label == 1 else 0.0
    return floatX(images), floatX(np.eye(3)[labels])


trX, trY = stripes(64)
teX, teY = stripes(32)
X, Y = T.ftensor4() if theano.config.floatX == "float32" else T.dtensor4(), T.matrix()
params = [init_weights(4, 1, 3, 3), init_weights(5, 4, 2, 2), init_weights(45, 20)]
params.append(init_weights(20, 3))
noisy_l1, noisy_l2, noise_py_x = model(X, *params, 0.2, 0.5)
l1, l2, py_x = model(X, *params, 0.0, 0.0)
y_x = T.argmax(py_x, axis=1)

cost = T.mean(T.nnet.categorical_crossentropy(noise_py_x, Y))
updates = RMSprop(cost, params)
train = theano.function(inputs=[X, Y], outputs=cost, updates=updates, allow_input_downcast=True)
predict = theano.function(inputs=[X], outputs=y_x, allow_input_downcast=True)
activity = theano.function([X], [l1.mean(), l2.max(axis=1), noisy_l1.sum(), noisy_l2.var()])

for i in range(6):
    for start, end in zip(range(0, len(trX), 16), range(16, len(trX) + 1, 16)):
        trace.append(float(train(trX[start:end], trY[start:end])))
    for value in activity(teX):
        trace.append(np.asarray(value).tolist())
    print(i, np.mean(np.argmax(teY, axis=1) == predict(teX)))
trace.extend(p.get_value().ravel()[:10].tolist() for p in params)
