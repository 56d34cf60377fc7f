"""A restricted Boltzmann machine: persistent chains by scan, its draws and its updates."""

import numpy
import theano
import theano.tensor as T
from theano.tensor.shared_randomstreams import RandomStreams

trace = []


class RBM(object):
    def __init__(self, input, n_visible, n_hidden, numpy_rng, theano_rng):
        width = 4 * numpy.sqrt(6.0 / (n_hidden + n_visible))
        W = numpy_rng.uniform(low=-width, high=width, size=(n_visible, n_hidden))
        self.W = theano.shared(value=numpy.asarray(W, theano.config.floatX), name="W")
        self.hbias = theano.shared(numpy.zeros(n_hidden, theano.config.floatX), name="hbias")
        self.vbias = theano.shared(numpy.zeros(n_visible, theano.config.floatX), name="vbias")
        self.input, self.theano_rng, self.n_visible = input, theano_rng, n_visible
        self.params = [self.W, self.hbias, self.vbias]

    def free_energy(self, v):
        wx_b = T.dot(v, self.W) + self.hbias
        return -T.dot(v, self.vbias) - T.sum(T.log(1 + T.exp(wx_b)), axis=1)

    def sample_h_given_v(self, v):
        pre = T.dot(v, self.W) + self.hbias
        mean = T.nnet.sigmoid(pre)
        draw = self.theano_rng.binomial(size=mean.shape, n=1, p=mean, dtype=theano.config.floatX)
        return [pre, mean, draw]

    def sample_v_given_h(self, h):
        pre = T.dot(h, self.W.T) + self.vbias
        mean = T.nnet.sigmoid(pre)
        draw = self.theano_rng.binomial(size=mean.shape, n=1, p=mean, dtype=theano.config.floatX)
        return [pre, mean, draw]

    def gibbs_hvh(self, h0):
        v = self.sample_v_given_h(h0)
        return v + self.sample_h_given_v(v[2])

    def gibbs_vhv(self, v0):
        h = self.sample_h_given_v(v0)
        return h + self.sample_v_given_h(h[2])

    def cost_updates(self, lr=0.1, persistent=None, k=1):
        ph_sample = self.sample_h_given_v(self.input)[2]
        start = ph_sample if persistent is None else persistent
        outputs, updates = theano.scan(
            self.gibbs_hvh,
            outputs_info=[None, None, None, None, None, start],
            n_steps=k,
            name="gibbs_hvh",
        )
        chain_end = outputs[2][-1]
        cost = T.mean(self.free_energy(self.input)) - T.mean(self.free_energy(chain_end))
        gparams = T.grad(cost, self.params, consider_constant=[chain_end])
        for gparam, param in zip(gparams, self.params):
            updates[param] = param - gparam * T.cast(lr, dtype=theano.config.floatX)
        if persistent:
            updates[persistent] = outputs[5][-1]
            return self.pseudo_likelihood(updates), updates
        return self.reconstruction(outputs[0][-1]), updates

    def pseudo_likelihood(self, updates):
        bit_i_idx = theano.shared(value=0, name="bit_i_idx")
        xi = T.round(self.input)
        fe_xi = self.free_energy(xi)
        xi_flip = T.set_subtensor(xi[:, bit_i_idx], 1 - xi[:, bit_i_idx])
        fe_flip = self.free_energy(xi_flip)
        updates[bit_i_idx] = (bit_i_idx + 1) % self.n_visible
        return T.mean(self.n_visible * T.log(T.nnet.sigmoid(fe_flip - fe_xi)))

    def reconstruction(self, pre):
        p = T.nnet.sigmoid(pre)
        return T.mean(T.sum(self.input * T.log(p) + (1 - self.input) * T.log(1 - p), axis=1))


rng = numpy.random.RandomState(11)
bars = numpy.kron(numpy.eye(4), numpy.ones((1, 4)))
pictures = numpy.maximum(bars[rng.randint(4, size=80)], rng.rand(80, 16) < 0.05)
data = theano.shared(pictures.astype(theano.config.floatX), borrow=True)
index, x = T.lscalar(), T.matrix("x")

for k, persistent in ((1, False), (5, True)):
    rbm = RBM(x, 16, 6, numpy.random.RandomState(123), RandomStreams(2 ** 20 + 7))
    chain = None
    if persistent:
        chain = theano.shared(numpy.zeros((20, 6), dtype=theano.config.floatX), borrow=True)
    cost, updates = rbm.cost_updates(lr=0.1, persistent=chain, k=k)
    train = theano.function(
        [index], cost, updates=updates, givens={x: data[index * 20 : (index + 1) * 20]}
    )
    for epoch in range(8):
        costs = [train(batch) for batch in range(4)]
        trace.extend(float(c) for c in costs)
        print("epoch %d, cost is %.7f" % (epoch, numpy.mean(costs)))
    trace.append(rbm.W.get_value(borrow=True).T.tolist())

vis_chain = theano.shared(pictures[:5].astype(theano.config.floatX))
outputs, updates = theano.scan(
    rbm.gibbs_vhv, outputs_info=[None] * 5 + [vis_chain], n_steps=20, name="gibbs_vhv"
)
updates.update({vis_chain: outputs[5][-1]})
sample = theano.function([], [outputs[4][-1], outputs[5][-1]], updates=updates, name="sample")
for repeat in range(3):
    vis_mf, vis_sample = sample()
    trace.append([vis_mf.tolist(), vis_sample.tolist()])
