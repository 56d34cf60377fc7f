"""Recurrent networks by scan: softmax at each step, truncated gradients, both directions."""

import numpy as np
import theano
import theano.tensor as T

trace = []
dtype = theano.config.floatX


class RNN(object):
    def __init__(self, n_in, n_hidden, n_out, truncate, backwards=False):
        rng = np.random.RandomState(2)
        draw = lambda *shape: rng.uniform(-0.5, 0.5, shape).astype(dtype)
        self.W_in = theano.shared(draw(n_in, n_hidden), "W_in")
        self.W = theano.shared(draw(n_hidden, n_hidden), "W")
        self.W_out = theano.shared(draw(n_hidden, n_out), "W_out")
        self.h0 = theano.shared(np.zeros(n_hidden, dtype=dtype), "h0")
        self.b = theano.shared(np.zeros(n_out, dtype=dtype), "b")
        self.params = [self.W_in, self.W, self.W_out, self.h0, self.b]
        self.velocities = [theano.shared(np.zeros_like(p.get_value())) for p in self.params]
        self.truncate, self.backwards = truncate, backwards
        self.compile()

    def compile(self):
        x, t = T.imatrix("x"), T.ivector("t")
        lr, mom = T.scalars("lr", "mom")

        def step(x_t, h_tm1, W_in, W, W_out, b):
            h_t = T.tanh(W_in[x_t].sum(axis=0) + T.dot(h_tm1, W))
            return h_t, T.nnet.softmax(T.dot(h_t, W_out) + b)[0]

        [h, p], _ = theano.scan(
            step,
            sequences=x,
            outputs_info=[self.h0, None],
            non_sequences=[self.W_in, self.W, self.W_out, self.b],
            truncate_gradient=self.truncate,
            go_backwards=self.backwards,
            strict=True,
        )
        if self.backwards:
            p = p[::-1]
        nll = T.sum(T.nnet.categorical_crossentropy(p, t))
        grads = T.grad(nll, self.params)
        updates = []
        for param, velocity, grad in zip(self.params, self.velocities, grads):
            v = mom * velocity - lr * grad
            updates += [(velocity, v), (param, param + v)]
        self.gradients = theano.function([x, t], grads)
        self.train = theano.function([x, t, lr, mom], nll, updates=updates)
        self.predict = theano.function([x], T.argmax(p, axis=1))
        self.hidden = theano.function([x], h)


def check_gradient(net, x, t, eps=1e-4):
    """Compare five entries of dW with finite differences, as one did before training."""
    exact, W = net.gradients(x, t)[1], net.W.get_value()
    cost = lambda: net.train(x, t, 0.0, 0.0)
    for i, j in ((0, 0), (1, 3), (2, 2), (4, 1), (5, 5)):
        around = []
        for sign in (1, -1):
            moved = W.copy()
            moved[i, j] += sign * eps
            net.W.set_value(moved)
            around.append(cost())
        net.W.set_value(W)
        if abs((around[0] - around[1]) / (2 * eps) - exact[i, j]) > 1e-5:
            return False
    return True


rng = np.random.RandomState(0)
sentences = [rng.randint(0, 9, size=(n, 2)).astype("int32") for n in (6, 12, 9, 12)]
answers = [((s[:, 0] + np.roll(s[:, 1], 1)) % 3).astype("int32") for s in sentences]
for truncate, backwards in ((-1, False), (3, False), (-1, True)):
    net = RNN(9, 6, 3, truncate, backwards)
    print("gradient is whole:", check_gradient(net, sentences[0], answers[0]))
    trace.append([g.tolist() for g in net.gradients(sentences[1], answers[1])[1:2]])
    rate = 0.02
    for epoch in range(15):
        total = 0.0
        for sentence, answer in zip(sentences, answers):
            total += net.train(sentence, answer, rate, 0.5 if epoch < 5 else 0.8)
        trace.append(float(total))
        rate = rate * 0.97
    print("%d %s: %.6f" % (truncate, backwards, total), net.predict(sentences[0]))
    trace.append(net.hidden(sentences[2])[-1].tolist())
