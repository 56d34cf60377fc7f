"""Softmax regression in one flat vector, fitted by SciPy's conjugate gradient and BFGS."""

import numpy
import scipy.optimize
import theano
import theano.tensor as T

n_in, n_out, batch_size = 10, 3, 25
trace = []


class LogisticRegression(object):
    def __init__(self, input, n_in, n_out):
        self.theta = theano.shared(
            value=numpy.zeros(n_in * n_out + n_out, dtype=theano.config.floatX),
            name="theta",
            borrow=True,
        )
        self.W = self.theta[0 : n_in * n_out].reshape((n_in, n_out))
        self.b = self.theta[n_in * n_out : n_in * n_out + n_out]
        self.p_y_given_x = T.nnet.softmax(T.dot(input, self.W) + self.b)
        self.y_pred = T.argmax(self.p_y_given_x, axis=1)

    def negative_log_likelihood(self, y):
        return -T.mean(T.log(self.p_y_given_x)[T.arange(y.shape[0]), y])

    def errors(self, y):
        return T.mean(T.neq(self.y_pred, y))


rng = numpy.random.RandomState(77)
centres = rng.normal(size=(n_out, n_in))
labels = rng.randint(n_out, size=150)
features = centres[labels] + rng.normal(scale=1.5, size=(150, n_in))
train_x = theano.shared(features[:100])
train_y = T.cast(theano.shared(labels[:100].astype(theano.config.floatX)), "int32")
valid_x, valid_y = features[100:], labels[100:].astype("int32")

offset = T.lscalar()
x, y = T.matrix("x"), T.ivector("y")
classifier = LogisticRegression(input=x, n_in=n_in, n_out=n_out)
cost = classifier.negative_log_likelihood(y).mean() + 0.01 * T.sqr(classifier.theta).sum()
batch = {
    x: train_x[offset : offset + batch_size],
    y: train_y[offset : offset + batch_size],
}
batch_cost = theano.function([offset], cost, givens=batch, name="batch_cost")
batch_grad = theano.function([offset], T.grad(cost, classifier.theta), givens=batch)
validate = theano.function([x, y], classifier.errors(y))
hessian = theano.function(
    [], theano.gradient.hessian(cost, classifier.theta)[:4, :4], givens={x: train_x, y: train_y}
)


def train_fn(theta_value):
    classifier.theta.set_value(theta_value, borrow=True)
    return numpy.mean([batch_cost(i * batch_size) for i in range(4)])


def train_fn_grad(theta_value):
    classifier.theta.set_value(theta_value, borrow=True)
    grad = batch_grad(0)
    for i in range(1, 4):
        grad += batch_grad(i * batch_size)
    return grad / 4


scores = []


def callback(theta_value):
    classifier.theta.set_value(theta_value, borrow=True)
    scores.append(float(validate(valid_x, valid_y)))
    trace.append([float(train_fn(theta_value)), scores[-1]])
    print("validation error %f %%" % (scores[-1] * 100.0))


start = numpy.zeros((n_in + 1) * n_out, dtype=x.dtype)
best = scipy.optimize.fmin_cg(
    f=train_fn, x0=start, fprime=train_fn_grad, callback=callback, disp=0, maxiter=8
)
trace.append(best.tolist())
trace.append(hessian().tolist())
value, gradient = train_fn(best), train_fn_grad(best)
print("cost %.6f, gradient below %.0e: %s" % (value, 1e-2, abs(gradient).max() < 1e-2))
