"""An LSTM that reads padded sentences through masks: embedding, dropout switch, Adadelta."""

from collections import OrderedDict

import numpy
import theano
from theano import config
import theano.tensor as tensor
from theano.sandbox.rng_mrg import MRG_RandomStreams as RandomStreams

SEED = 123
numpy.random.seed(SEED)
trace = []


def numpy_floatX(data):
    return numpy.asarray(data, dtype=config.floatX)


def _p(pp, name):
    return "%s_%s" % (pp, name)


def init_params(options):
    params = OrderedDict()
    dim = options["dim"]
    params["Wemb"] = (0.1 * numpy.random.rand(options["n_words"], dim)).astype(config.floatX)
    for kind in ("W", "U"):
        blocks = [numpy.random.randn(dim, dim) / numpy.sqrt(dim) for _ in range(4)]
        params[_p("lstm", kind)] = numpy.concatenate(blocks, axis=1).astype(config.floatX)
    params[_p("lstm", "b")] = numpy.zeros((4 * dim,)).astype(config.floatX)
    params["V"] = 0.1 * numpy.random.randn(dim, options["ydim"]).astype(config.floatX)
    params["c"] = numpy.zeros((options["ydim"],)).astype(config.floatX)
    return params


def lstm_layer(tparams, state_below, dim, mask):
    nsteps, n_samples = state_below.shape[0], state_below.shape[1]

    def _slice(_x, n):
        if _x.ndim == 3:
            return _x[:, :, n * dim : (n + 1) * dim]
        return _x[:, n * dim : (n + 1) * dim]

    def _step(m_, x_, h_, c_):
        preact = tensor.dot(h_, tparams[_p("lstm", "U")])
        preact += x_
        i, f, o = [tensor.nnet.sigmoid(_slice(preact, n)) for n in range(3)]
        c = f * c_ + i * tensor.tanh(_slice(preact, 3))
        c = m_[:, None] * c + (1.0 - m_)[:, None] * c_
        h = o * tensor.tanh(c)
        h = m_[:, None] * h + (1.0 - m_)[:, None] * h_
        return h, c

    below = tensor.dot(state_below, tparams[_p("lstm", "W")]) + tparams[_p("lstm", "b")]
    zeros = tensor.alloc(numpy_floatX(0.0), n_samples, dim)
    rval, updates = theano.scan(
        _step, sequences=[mask, below], outputs_info=[zeros, zeros], n_steps=nsteps
    )
    return rval[0]


def build_model(tparams, options):
    trng = RandomStreams(SEED)
    use_noise = theano.shared(numpy_floatX(0.0))
    x, y = tensor.matrix("x", dtype="int64"), tensor.vector("y", dtype="int64")
    mask = tensor.matrix("mask", dtype=config.floatX)
    emb = tparams["Wemb"][x.flatten()].reshape([x.shape[0], x.shape[1], options["dim"]])
    proj = lstm_layer(tparams, emb, options["dim"], mask)
    proj = (proj * mask[:, :, None]).sum(axis=0)
    proj = proj / mask.sum(axis=0)[:, None]
    proj = tensor.switch(
        use_noise,
        proj * trng.binomial(proj.shape, p=0.5, n=1, dtype=proj.dtype),
        proj * 0.5,
    )
    pred = tensor.nnet.softmax(tensor.dot(proj, tparams["V"]) + tparams["c"])
    off = 1e-6 if pred.dtype == "float32" else 1e-8
    cost = -tensor.log(pred[tensor.arange(x.shape[1]), y] + off).mean()
    return use_noise, x, mask, y, theano.function([x, mask], pred.argmax(axis=1)), cost


def adadelta(lr, tparams, grads, x, mask, y, cost):
    zipped = [
        [theano.shared(p.get_value() * numpy_floatX(0.0), name="%s_%s" % (k, kind))
         for k, p in tparams.items()]
        for kind in ("grad", "rup2", "rgrad2")
    ]
    gshared, ru2, rg2 = zipped
    zgup = [(zg, g) for zg, g in zip(gshared, grads)]
    rg2up = [(r, 0.95 * r + 0.05 * (g ** 2)) for r, g in zip(rg2, grads)]
    f_grad_shared = theano.function([x, mask, y], cost, updates=zgup + rg2up)
    updir = [
        -tensor.sqrt(u + 1e-6) / tensor.sqrt(r + 1e-6) * zg for zg, u, r in zip(gshared, ru2, rg2)
    ]
    ru2up = [(u, 0.95 * u + 0.05 * (ud ** 2)) for u, ud in zip(ru2, updir)]
    param_up = [(p, p + ud) for p, ud in zip(tparams.values(), updir)]
    f_update = theano.function([lr], [], updates=ru2up + param_up, on_unused_input="ignore")
    return f_grad_shared, f_update


def prepare(sentences):
    x = numpy.zeros((max(map(len, sentences)), len(sentences))).astype("int64")
    mask = numpy.zeros_like(x).astype(config.floatX)
    for i, s in enumerate(sentences):
        x[: len(s), i] = s
        mask[: len(s), i] = 1.0
    return x, mask


options = {"n_words": 12, "dim": 5, "ydim": 2}
tparams = OrderedDict((k, theano.shared(v, name=k)) for k, v in init_params(options).items())
use_noise, x, mask, y, f_pred, cost = build_model(tparams, options)
decay_c = theano.shared(numpy_floatX(0.001), name="decay_c")
cost += (tparams["V"] ** 2).sum() * decay_c
grads = tensor.grad(cost, wrt=list(tparams.values()))
f_grad_shared, f_update = adadelta(
    tensor.scalar(name="lr"), tparams, grads, x, mask, y, cost
)
sentences = [numpy.random.randint(1, 12, size=n) for n in numpy.random.randint(3, 9, size=24)]
labels = numpy.array([int(s[0] > s[-1]) for s in sentences])
for epoch in range(6):
    use_noise.set_value(1.0)
    for begin in range(0, 24, 8):
        padded = prepare(sentences[begin : begin + 8])
        trace.append(float(f_grad_shared(*padded, labels[begin : begin + 8])))
        f_update(0.5)
    use_noise.set_value(0.0)
    wrong = 1.0 - (f_pred(*prepare(sentences)) == labels).mean()
    print("Epoch ", epoch, "Cost %.8f" % trace[-1], "Error", wrong)
trace.extend(float(abs(p.get_value()).sum()) for p in tparams.values())
