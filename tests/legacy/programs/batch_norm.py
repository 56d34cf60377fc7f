"""Batch normalisation three ways; running averages as updates; `theano.clone` for the test."""

import numpy as np
import theano
import theano.tensor as T
from theano.tensor.nnet import bn
from theano.tensor.signal.pool import pool_2d

trace = []
rng = np.random.RandomState(6)
floatX = theano.config.floatX


class BatchNormLayer(object):
    """Statistics by hand, kept in shared variables by `default_update` where asked."""

    def __init__(self, n, axes, alpha=0.1, how="by hand"):
        self.axes, self.alpha, self.how = axes, alpha, how
        shape = [1 if axis in axes else n for axis in range(max(axes) + 1)]
        if len(shape) < 2:
            shape.append(n)
        broadcast = [size == 1 for size in shape]
        make = lambda v, name: theano.shared(v.astype(floatX), name, broadcastable=broadcast)
        self.gamma, self.beta = make(np.ones(shape), "gamma"), make(np.zeros(shape), "beta")
        self.mean, self.var = make(np.zeros(shape), "mean"), make(np.ones(shape), "var")

    def __call__(self, x, training=True):
        if not training:
            if self.how == "by hand":
                return (x - self.mean) * self.gamma / T.sqrt(self.var + 1e-5) + self.beta
            args = x, self.gamma, self.beta, self.mean, self.var
            return bn.batch_normalization_test(*args, axes=self.axes, epsilon=1e-5)
        if self.how == "train":
            out, _, _, mean, var = bn.batch_normalization_train(
                x, self.gamma, self.beta, axes=self.axes, epsilon=1e-5,
                running_average_factor=self.alpha, running_mean=self.mean,
                running_var=self.var,
            )
            self.mean.default_update, self.var.default_update = mean, var
            return out
        mean = x.mean(self.axes, keepdims=True)
        var = T.var(x, axis=self.axes, keepdims=True)
        for average, value in ((self.mean, mean), (self.var, var)):
            value = T.addbroadcast(value, *self.axes)
            average.default_update = (1 - self.alpha) * average + self.alpha * value
        if self.how == "old":
            return bn.batch_normalization(x, self.gamma, self.beta, mean, T.sqrt(var + 1e-5))
        return (x - mean) / T.sqrt(var + 1e-5) * self.gamma + self.beta


images = (rng.rand(48, 2, 6, 6) * [[[[3.0]], [[0.5]]]] + 1.0).astype(floatX)
labels = (images[:, 0, :3].mean(axis=(1, 2)) > images[:, 0, 3:].mean(axis=(1, 2))).astype("int32")
for how in ("by hand", "old", "train"):
    draw = np.random.RandomState(2)
    X, y = T.tensor4("X"), T.ivector("y")
    filters = theano.shared(draw.normal(0, 0.3, (4, 2, 3, 3)).astype(floatX))
    V = theano.shared(draw.normal(0, 0.2, (16, 2)).astype(floatX))
    over_pixels, over_rows = BatchNormLayer(4, (0, 2, 3), how=how), BatchNormLayer(16, (0,), how=how)

    def network(training):
        h = T.nnet.conv2d(X, filters, subsample=(2, 2), border_mode="half", filter_flip=False)
        h = T.nnet.relu(over_pixels(h, training))
        h = pool_2d(h, ws=(2, 2), ignore_border=True, mode="average_inc_pad")
        h = over_rows(T.concatenate([h.flatten(2)] * 4, axis=1), training)
        return T.nnet.softmax(T.dot(h, V))

    p = network(training=True)
    cost = -T.log(p)[T.arange(y.shape[0]), y].mean()
    params = [filters, V, over_pixels.gamma, over_pixels.beta, over_rows.gamma, over_rows.beta]
    updates = [(w, w - 0.2 * g) for w, g in zip(params, T.grad(cost, params))]
    train = theano.function([X, y], cost, updates=updates)
    test_p = network(training=False)
    test = theano.function([X, y], T.neq(T.argmax(test_p, axis=-1), y).mean(), no_default_updates=True)
    shifted = theano.clone(test_p, replace={X: X * 1.1 + 0.01})
    robust = theano.function([X], abs(shifted - test_p).max(axis=0))
    for epoch in range(5):
        for begin in range(0, 48, 16):
            trace.append(float(train(images[begin : begin + 16], labels[begin : begin + 16])))
        trace.append([float(test(images, labels)), robust(images).tolist()])
    print("%s: cost %.8f, test error %.4f" % (how, trace[-2], trace[-1][0]))
    trace.append([over_pixels.mean.get_value().ravel().tolist(), over_rows.var.get_value().sum()])
