"""Adam written out, gradients clipped by their norm, warm restarts; a regression of sines."""

import math

import numpy as np
import theano
import theano.tensor as tt
from theano import function, shared

trace = []
floatX = theano.config.floatX


def sharedX(value, name=None, borrow=False, dtype=None):
    return theano.shared(
        theano._asarray(value, dtype=dtype or floatX), name=name, borrow=borrow
    )


def clip_norm(grads, threshold):
    norm = tt.sqrt(sum([tt.sum(g ** 2) for g in grads]))
    return [tt.switch(tt.ge(norm, threshold), g * threshold / norm, g) for g in grads], norm


class Adam(object):
    def __init__(self, alpha=0.01, b1=0.9, b2=0.999, eps=1e-8):
        self.alpha, self.b1, self.b2, self.eps = alpha, b1, b2, eps

    def __call__(self, params, grads):
        updates = []
        i = sharedX(0.0, "steps")
        i_t = i + 1.0
        fix1 = 1.0 - self.b1 ** i_t
        fix2 = 1.0 - self.b2 ** i_t
        lr_t = self.alpha * (tt.sqrt(fix2) / fix1)
        for p, g in zip(params, grads):
            m = shared(np.zeros(p.get_value(borrow=True).shape, dtype=p.dtype))
            v = shared(np.zeros(p.get_value(borrow=True).shape, dtype=p.dtype))
            m_t = self.b1 * m + (1.0 - self.b1) * g
            v_t = self.b2 * v + (1.0 - self.b2) * tt.sqr(g)
            p_t = p - lr_t * m_t / (tt.sqrt(v_t) + self.eps)
            updates.extend([(m, m_t), (v, v_t), (p, p_t)])
        updates.append((i, i_t))
        return updates


rng = np.random.RandomState(1)
X = np.linspace(-math.pi, math.pi, 60)[:, None]
Y = np.sin(2 * X) + 0.1 * rng.normal(size=X.shape)
x, y = tt.matrices("x", "y")
for nonlinearity in (tt.tanh, lambda z: tt.nnet.softplus(z) - 0.5, lambda z: tt.clip(z, 0, 6)):
    rng = np.random.RandomState(8)
    sizes = [1, 12, 10, 1]
    params, h = [], x
    for i, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:])):
        W = sharedX(rng.randn(fan_in, fan_out) * np.sqrt(2.0 / fan_in), name="W_%i" % i)
        b = sharedX(rng.randn(fan_out), name="b_%i" % i)
        params += [W, b]
        h = tt.dot(h, W) + b
        if i < len(sizes) - 2:
            h = nonlinearity(h)
    loss = ((h - y) ** 2).mean()
    weight_decay = sum((p ** 2).sum() for p in params if p.ndim == 2)
    grads = tt.grad(loss + 1e-4 * weight_decay, params)
    grads, norm = clip_norm(grads, 1.0)
    learning_rate = tt.scalar("lr")
    updates = Adam(alpha=learning_rate)(params, grads)
    train = function([x, y, learning_rate], [loss, norm], updates=updates)
    score = function([x, y], loss)
    for epoch in range(60):
        rate = 0.005 * (1 + math.cos(math.pi * (epoch % 20) / 20))
        value, length = train(X[epoch % 3 :: 3], Y[epoch % 3 :: 3], rate)
        trace.append([float(value), float(length)])
    print("loss after 60 steps: %.9f" % score(X, Y))
    trace.append(float(score(X, Y)))
