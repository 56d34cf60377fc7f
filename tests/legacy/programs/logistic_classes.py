"""Softmax regression as a class, minibatches by `givens`, early stopping, the best one pickled."""

import os
import tempfile
import timeit

import numpy
import six.moves.cPickle as pickle
import theano
import theano.tensor as T

trace = []


class Softmax(object):
    def __init__(self, input, n_in, n_out):
        self.W = theano.shared(
            value=numpy.zeros((n_in, n_out), dtype=theano.config.floatX), name="W", borrow=True
        )
        self.b = theano.shared(
            value=numpy.zeros((n_out,), dtype=theano.config.floatX), name="b", borrow=True
        )
        self.p_y_given_x = T.nnet.softmax(T.dot(input, self.W) + self.b)
        self.y_pred = T.argmax(self.p_y_given_x, axis=1)
        self.params = [self.W, self.b]
        self.input = input

    def nll(self, y):
        return -T.mean(T.log(self.p_y_given_x)[T.arange(y.shape[0]), y])

    def errors(self, y):
        if y.ndim != self.y_pred.ndim:
            raise TypeError("y should have the shape of y_pred", ("y", y.type))
        if not y.dtype.startswith("int"):
            raise NotImplementedError()
        return T.mean(T.neq(self.y_pred, y))


def share(data_xy, borrow=True):
    data_x, data_y = data_xy
    shared_x = theano.shared(numpy.asarray(data_x, dtype=theano.config.floatX), borrow=borrow)
    shared_y = theano.shared(numpy.asarray(data_y, dtype=theano.config.floatX), borrow=borrow)
    return shared_x, T.cast(shared_y, "int32")


def made_up(rng, centres, n):
    labels = rng.randint(0, len(centres), size=n)
    return centres[labels] + 1.4 * rng.randn(n, centres.shape[1]), labels


rng = numpy.random.RandomState(1234)
centres = rng.randn(4, 12)
train_x, train_y = share(made_up(rng, centres, 240))
valid_x, valid_y = share(made_up(rng, centres, 80))
test_x, test_y = share(made_up(rng, centres, 80))
batch_size = 20
n_train = train_x.get_value(borrow=True).shape[0] // batch_size
n_valid = valid_x.get_value(borrow=True).shape[0] // batch_size

index = T.lscalar()
x, y = T.matrix("x"), T.ivector("y")
model = Softmax(input=x, n_in=12, n_out=4)
cost = model.nll(y)
test = theano.function([], model.errors(y), givens={x: test_x, y: test_y})
validate = theano.function(
    inputs=[index],
    outputs=model.errors(y),
    givens={
        x: valid_x[index * batch_size : (index + 1) * batch_size],
        y: valid_y[index * batch_size : (index + 1) * batch_size],
    },
)
g_W, g_b = T.grad(cost=cost, wrt=model.W), T.grad(cost=cost, wrt=model.b)
train = theano.function(
    inputs=[index],
    outputs=cost,
    updates=[(model.W, model.W - 0.13 * g_W), (model.b, model.b - 0.13 * g_b)],
    givens={
        x: train_x[index * batch_size : (index + 1) * batch_size],
        y: train_y[index * batch_size : (index + 1) * batch_size],
    },
)

patience, patience_increase, threshold = 60, 2, 0.995
validation_frequency = min(n_train, patience // 2)
best, epoch, done_looping = numpy.inf, 0, False
file = os.path.join(tempfile.mkdtemp(), "best_model.pkl")
started = timeit.default_timer()
while epoch < 20 and not done_looping:
    epoch = epoch + 1
    for minibatch in range(n_train):
        trace.append(train(minibatch))
        iteration = (epoch - 1) * n_train + minibatch
        if (iteration + 1) % validation_frequency == 0:
            loss = numpy.mean([validate(i) for i in range(n_valid)])
            print("epoch %i, minibatch %i/%i, validation error %f %%"
                  % (epoch, minibatch + 1, n_train, loss * 100.0))
            if loss < best:
                if loss < best * threshold:
                    patience = max(patience, iteration * patience_increase)
                best = loss
                trace.append(test())
                with open(file, "wb") as f:
                    pickle.dump([p.get_value() for p in model.params], f)
        if patience <= iteration:
            done_looping = True
            break
took = timeit.default_timer() - started

with open(file, "rb") as f:
    for param, value in zip(model.params, pickle.load(f)):
        param.set_value(value)
predict = theano.function(inputs=[model.input], outputs=model.y_pred)
print("best %f %%, after %d epochs" % (best * 100.0, epoch))
print("predicted:", predict(test_x.get_value()[:10]))
trace.extend([test(), float(epoch)])
