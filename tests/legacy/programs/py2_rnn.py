# Python 2: a language model of characters; everything that scripts took for granted then.
import operator, random, time
import numpy as np
import theano, theano.tensor as T
import StringIO

text = u"""the cat sat on the mat; the rat sat on the cat; the mat is flat and that is that."""
letters = sorted(set(text))
index_to_char = dict(enumerate(letters))
char_to_index = dict(map(lambda (i, c): (c, i), index_to_char.items()))
trace = []


class RNNTheano:

    def __init__(self, word_dim, hidden_dim=12, bptt_truncate=4):
        self.word_dim = word_dim
        self.hidden_dim = hidden_dim
        self.bptt_truncate = bptt_truncate
        rng = np.random.RandomState(10)
        draw = lambda n, shape: rng.uniform(-np.sqrt(1. / n), np.sqrt(1. / n), shape)
        self.U = theano.shared(name='U', value=draw(word_dim, (hidden_dim, word_dim)).astype(theano.config.floatX))
        self.V = theano.shared(name='V', value=draw(hidden_dim, (word_dim, hidden_dim)).astype(theano.config.floatX))
        self.W = theano.shared(name='W', value=draw(hidden_dim, (hidden_dim, hidden_dim)).astype(theano.config.floatX))
        self.theano = {}
        self.__theano_build__()

    def __theano_build__(self):
        U, V, W = self.U, self.V, self.W
        x = T.ivector('x')
        y = T.ivector('y')
        def forward_prop_step(x_t, s_t_prev, U, V, W):
            s_t = T.tanh(U[:, x_t] + W.dot(s_t_prev))
            o_t = T.nnet.softmax(V.dot(s_t))
            return [o_t[0], s_t]
        [o, s], updates = theano.scan(
            forward_prop_step,
            sequences=x,
            outputs_info=[None, dict(initial=T.zeros(self.hidden_dim))],
            non_sequences=[U, V, W],
            truncate_gradient=self.bptt_truncate,
            strict=True)
        prediction = T.argmax(o, axis=1)
        o_error = T.sum(T.nnet.categorical_crossentropy(o, y))
        dU = T.grad(o_error, U)
        dV = T.grad(o_error, V)
        dW = T.grad(o_error, W)
        self.forward_propagation = theano.function([x], o)
        self.predict = theano.function([x], prediction)
        self.ce_error = theano.function([x, y], o_error)
        self.bptt = theano.function([x, y], [dU, dV, dW])
        learning_rate = T.scalar('learning_rate')
        self.sgd_step = theano.function([x, y, learning_rate], [],
                      updates=[(self.U, self.U - learning_rate * dU),
                              (self.V, self.V - learning_rate * dV),
                              (self.W, self.W - learning_rate * dW)])

    def calculate_loss(self, X, Y):
        num_words = reduce(operator.add, map(len, Y))
        return sum([self.ce_error(x, y) for x, y in zip(X, Y)]) / float(num_words)


def sentences(length):
    codes = map(lambda c: char_to_index[c], text)
    count = len(codes) / length
    pieces = [codes[i * length:(i + 1) * length + 1] for i in range(count)]
    return [np.array(p[:-1], dtype='int32') for p in pieces], [np.array(p[1:], dtype='int32') for p in pieces]


def train_with_sgd(model, X_train, y_train, learning_rate=0.05, nepoch=8, evaluate_loss_after=2):
    losses = []
    num_examples_seen = 0
    for epoch in range(nepoch):
        if (epoch % evaluate_loss_after == 0):
            loss = model.calculate_loss(X_train, y_train)
            losses.append((num_examples_seen, loss))
            print "Loss after num_examples_seen=%d epoch=%d: %f" % (num_examples_seen, epoch, loss)
            if (len(losses) > 1 and losses[-1][1] > losses[-2][1]):
                learning_rate = learning_rate * 0.5
                print "Setting learning rate to %f" % learning_rate
        for i in range(len(y_train)):
            model.sgd_step(X_train[i], y_train[i], learning_rate)
            num_examples_seen += 1
    return losses


t1 = time.clock()
X, Y = sentences(9)
model = RNNTheano(len(letters))
trace.append([g.tolist() for g in model.bptt(X[0], Y[0])][2])
for seen, loss in train_with_sgd(model, X, Y):
    trace.append([seen, float(loss)])
assert time.clock() >= t1
trace.append(model.forward_propagation(X[1])[-1].tolist())
written = StringIO.StringIO()
for x in X[:3]:
    print >>written, u"".join([index_to_char[i] for i in model.predict(x)])
print written.getvalue(),
class Names(dict): pass
names = Names(dict((str(p), p.get_value().shape) for p in (model.U, model.V, model.W)))
for name in names.keys():
    if not isinstance(name, basestring): raise TypeError, "a name is a string"
print `sorted(names.items())[0][0]`, 7 / 2, -7 / 2, 7. / 2, 7 // 2, 07 + 1, 3 <> 4
